package room

import "slices"

// picture is what there is to be seen of the room. What people are told is the difference between two of them.
type picture struct {
	counsellor Presence
	room       Room
	members    []Member // with Details
	waiting    []waiter
	flows      []Flow
}

// waiter is a Waiter that does not grow older, so that it can be compared.
type waiter struct {
	Waiter
	since int64
}

func (s *State) picture() picture {
	p := picture{counsellor: s.counsellor(), room: s.room()}
	for _, x := range s.d.Seats {
		if x.inside() {
			p.members = append(p.members, x.member())
			p.flows = append(p.flows, s.flow(x))
		} else {
			p.waiting = append(p.waiting, waiter{s.waiter(x, x.Since), x.Since})
		}
	}
	return p
}

// flow is the rule of what is forwarded: nothing to and from those who do not moderate while the room is held or no
// counsellor is here, and never what is switched off.
func (s *State) flow(x *seat) Flow {
	f := Flow{Participant: x.ID, Audio: x.On.Audio, Video: x.On.Video}
	if x.Role.Moderates() || s.counsellorHere() && !s.d.Held {
		f.Group = everybody
	}
	return f
}

// everybody is the one group of a room. Who must not be forwarded to or from anybody is in none.
const everybody = "room"

// flows gives what changed for media: what must come before people are told, and what may only come after.
func (t *step) flows(after picture) (first, last []Event) {
	renewed := func(id Participant) bool { return slices.Contains(t.renewed, id) }
	for _, f := range t.before.flows {
		if renewed(f.Participant) || find(after.flows, f.Participant, Flow.who) == nil {
			first = append(first, Event{Body: Drop{f.Participant}})
		}
	}
	for _, f := range after.flows {
		old := find(t.before.flows, f.Participant, Flow.who)
		switch {
		case old == nil, renewed(f.Participant):
			// Leave to have a media session must come before its client is told that he is in: he offers at once.
			first = append(first, Event{Body: f})
		case *old == f:
		case old.Group != "" && f.Group == "", old.Audio && !f.Audio, old.Video && !f.Video:
			first = append(first, Event{Body: f})
		default:
			last = append(last, Event{Body: f})
		}
	}
	return first, last
}

// differences gives what changed for those who did not just get a whole view.
func (t *step) differences(after picture) []Event {
	var events []Event
	send := func(b Body, to []Socket) {
		if len(to) > 0 {
			events = append(events, Event{to, b})
		}
	}
	toWhom := func(sees func(*seat) bool) []Socket {
		return t.s.sockets(func(x *seat) bool { return sees(x) && !slices.Contains(t.whole, x.Socket) })
	}
	moderators := toWhom(func(x *seat) bool { return x.inside() && x.Role.Moderates() })
	everybody := toWhom(func(*seat) bool { return true })

	for _, w := range t.before.waiting {
		if find(after.waiting, w.Participant, waiter.who) == nil {
			why := t.gone[w.Participant]
			if why == "" {
				why = ReasonAdmitted
			}
			send(WaitingGone{w.Participant, why}, moderators)
		}
	}
	for _, m := range t.before.members {
		if find(after.members, m.Participant, Member.who) == nil {
			why := t.gone[m.Participant]
			if why == "" {
				why = ReasonPutBack
			}
			send(MemberGone{m.Participant, why}, toWhom((*seat).inside))
		}
	}
	for _, w := range after.waiting {
		if old := find(t.before.waiting, w.Participant, waiter.who); old == nil || !old.equal(w) {
			w.WaitedMS = t.now - w.since
			send(WaitingChanged{w.Waiter}, moderators)
		}
	}
	for _, m := range after.members {
		if old := find(t.before.members, m.Participant, Member.who); old == nil || !old.equal(m) {
			others := func(x *seat) bool { return x.inside() && x.ID != m.Participant }
			send(MemberChanged{m}, toWhom(func(x *seat) bool { return others(x) && x.Role.Moderates() }))
			send(MemberChanged{m.public()}, toWhom(func(x *seat) bool { return others(x) && !x.Role.Moderates() }))
		}
	}
	if after.room != t.before.room {
		send(RoomChanged{after.room}, everybody)
	}
	if after.counsellor != t.before.counsellor {
		send(CounsellorChanged{after.counsellor}, everybody)
	}
	return events
}

// sockets gives the sockets of the seats that a message is for.
func (s *State) sockets(is func(*seat) bool) []Socket {
	var to []Socket
	for _, x := range s.d.Seats {
		if x.Socket != "" && is(x) {
			to = append(to, x.Socket)
		}
	}
	return to
}

func find[T any](list []T, id Participant, who func(T) Participant) *T {
	for i := range list {
		if who(list[i]) == id {
			return &list[i]
		}
	}
	return nil
}

func (f Flow) who() Participant   { return f.Participant }
func (m Member) who() Participant { return m.Participant }
func (w waiter) who() Participant { return w.Participant }

func (m Member) equal(o Member) bool {
	return m.Participant == o.Participant && m.Role == o.Role && m.Name.Equal(o.Name) && m.Switches == o.Switches &&
		m.Connection == o.Connection && m.Details.Person == o.Details.Person && m.Details.Label.Equal(o.Details.Label)
}

func (w waiter) equal(o waiter) bool {
	return w.Participant == o.Participant && w.Person == o.Person && w.Role == o.Role &&
		w.Label.Equal(o.Label) && w.Name.Equal(o.Name) && w.Lang == o.Lang && w.Platform == o.Platform &&
		w.Media == o.Media && w.Consent == o.Consent && w.OtherDevice == o.OtherDevice && w.State == o.State
}
