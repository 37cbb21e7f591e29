package room

import "slices"

// step is one command at work: what it must say besides the difference that everybody sees.
type step struct {
	s      *State
	now    int64
	before picture

	own     []message
	gone    map[Participant]Reason // why a seat was given up
	renewed []Participant          // whose media session is to be dropped and may be made anew
	durable []Durable
	over    *Over    // the room has ended
	gently  bool     // the pair is parted for no fault of either
	whole   []Socket // who gets a whole View in this step, and therefore no differences
}

// message is something that particular people are told. Bodies with a View are made at the end, when it is known.
type message struct {
	to   []Socket
	body func() Body
}

// tell says something to one socket, if there is one.
func (t *step) tell(to Socket, b Body) {
	if to != "" {
		t.own = append(t.own, message{[]Socket{to}, func() Body { return b }})
	}
}

// tellView says something that carries the whole view of this seat.
func (t *step) tellView(x *seat, body func(View) Body) {
	if x.Socket != "" {
		t.whole = append(t.whole, x.Socket)
		t.own = append(t.own, message{[]Socket{x.Socket}, func() Body { return body(t.s.view(x, t.now)) }})
	}
}

// farewell is the last that a socket hears.
func (t *step) farewell(x *seat, b Body, why Reason) {
	if b != nil {
		t.tell(x.Socket, b)
	}
	t.tell(x.Socket, Close{why})
}

func (t *step) welcome(x *seat, kept bool) {
	t.tellView(x, func(v View) Body {
		w := Welcome{
			Participant: x.ID, Role: x.Role, Phase: x.phase(), Kept: kept,
			Standing: t.s.standing(x), OtherDevice: t.s.otherDevice(x), View: v,
		}
		if p := t.s.d.Persons[x.Person]; p != nil {
			w.Generation = p.Generation
		}
		return w
	})
}

// events puts together what follows from the step: cuts and leave to have a media session, what particular people are
// told, what changed for the others, what opens, what is to be written.
func (t *step) events() []Event {
	after := t.s.picture()
	parted, paired := t.pairs()
	cuts, opens := t.flows(&after)
	events := slices.Concat(parted, cuts)
	if t.over != nil {
		events = append(events, Event{Body: *t.over})
	}
	for _, m := range t.own {
		events = append(events, Event{m.to, m.body()})
	}
	if !t.s.d.Over {
		events = append(events, t.differences(&after)...)
	}
	events = append(events, opens...)
	events = append(events, paired...)
	for _, d := range t.durable {
		events = append(events, Event{Body: d})
	}
	return events
}
