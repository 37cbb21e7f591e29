package room

import (
	"fmt"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// where are all the places that a client can be in, each with how he comes there. h has a counsellor inside.
func where() map[string]func(h *house, c Arrive, ada Socket) Arrive {
	admit := func(h *house, c Arrive, ada Socket) Arrive {
		h.must(c)
		h.must(Admit{ada, c.Participant})
		return c
	}
	return map[string]func(h *house, c Arrive, ada Socket) Arrive{
		"invited": func(h *house, c Arrive, ada Socket) Arrive { return c },
		"waiting": func(h *house, c Arrive, ada Socket) Arrive { h.must(c); return c },
		"waiting, line lost": func(h *house, c Arrive, ada Socket) Arrive {
			h.must(c)
			h.must(Disconnect{Socket: c.Socket})
			return c
		},
		"declined": func(h *house, c Arrive, ada Socket) Arrive {
			h.must(c)
			h.must(Decline{ada, c.Participant})
			return c
		},
		"admitted": admit,
		"reconnecting": func(h *house, c Arrive, ada Socket) Arrive {
			admit(h, c, ada)
			h.must(Disconnect{Socket: c.Socket})
			return c
		},
		"left": func(h *house, c Arrive, ada Socket) Arrive {
			admit(h, c, ada)
			h.must(Leave{By: c.Socket})
			return c
		},
		"put back": func(h *house, c Arrive, ada Socket) Arrive {
			admit(h, c, ada)
			h.must(PutBack{ada, c.Participant})
			return c
		},
		"removed": func(h *house, c Arrive, ada Socket) Arrive {
			admit(h, c, ada)
			h.must(Remove{ada, c.Participant})
			return c
		},
	}
}

// TestEdges does every command in every place: what leads somewhere leads there, everything else is refused.
func TestEdges(t *testing.T) {
	const stay = ""
	type outcome struct {
		refused Refusal
		state   lobby.State // where he is afterwards; stay for where he was or nowhere
	}
	ok := func(s lobby.State) outcome { return outcome{state: s} }
	no := func(r Refusal) outcome { return outcome{refused: r} }

	commands := map[string]func(c Arrive, ada Socket) Command{
		"arrive":        func(c Arrive, _ Socket) Command { c.Socket = "socket-new"; return c },
		"disconnect":    func(c Arrive, _ Socket) Command { return Disconnect{Socket: c.Socket} },
		"heard":         func(c Arrive, _ Socket) Command { return Heard{c.Participant} },
		"leave":         func(c Arrive, _ Socket) Command { return Leave{By: c.Socket} },
		"knock":         func(c Arrive, _ Socket) Command { return Knock{c.Socket} },
		"self":          func(c Arrive, _ Socket) Command { return Self{By: c.Socket, Audio: new(false), Video: new(false)} },
		"admit":         func(c Arrive, ada Socket) Command { return Admit{ada, c.Participant} },
		"decline":       func(c Arrive, ada Socket) Command { return Decline{ada, c.Participant} },
		"put_back":      func(c Arrive, ada Socket) Command { return PutBack{ada, c.Participant} },
		"remove":        func(c Arrive, ada Socket) Command { return Remove{ada, c.Participant} },
		"mute":          func(c Arrive, ada Socket) Command { return Mute{ada, c.Participant, Audio} },
		"remove_person": func(c Arrive, ada Socket) Command { return RemovePerson{c.Person} },
	}
	nobody := no(ErrNotFound)
	table := map[string]map[string]outcome{
		"invited": {
			"arrive": ok(lobby.Waiting), "disconnect": nobody, "heard": nobody, "leave": nobody, "knock": nobody, "self": nobody,
			"admit": nobody, "decline": nobody, "put_back": nobody, "remove": nobody, "mute": nobody, "remove_person": ok(stay),
		},
		"waiting": {
			"arrive": ok(lobby.Waiting), "disconnect": ok(lobby.Waiting), "heard": ok(lobby.Waiting), "leave": ok(stay),
			"knock": no(ErrWrongState), "self": no(ErrWrongState), "admit": ok(lobby.Admitted), "decline": ok(lobby.Declined),
			"put_back": no(ErrWrongState), "remove": ok(stay), "mute": no(ErrWrongState), "remove_person": ok(stay),
		},
		"waiting, line lost": {
			"arrive": ok(lobby.Waiting), "disconnect": nobody, "heard": ok(lobby.Waiting), "leave": nobody, "knock": nobody,
			"self": nobody, "admit": ok(lobby.Reconnecting), "decline": ok(lobby.Declined), "put_back": no(ErrWrongState),
			"remove": ok(stay), "mute": no(ErrWrongState), "remove_person": ok(stay),
		},
		"declined": {
			"arrive": ok(lobby.Declined), "disconnect": ok(lobby.Declined), "heard": ok(lobby.Declined), "leave": ok(stay),
			"knock": no(ErrTooFast), "self": no(ErrWrongState), "admit": no(ErrWrongState), "decline": no(ErrWrongState),
			"put_back": no(ErrWrongState), "remove": ok(stay), "mute": no(ErrWrongState), "remove_person": ok(stay),
		},
		"admitted": {
			"arrive": ok(lobby.Admitted), "disconnect": ok(lobby.Reconnecting), "heard": ok(lobby.Admitted), "leave": ok(stay),
			"knock": no(ErrWrongState), "self": ok(lobby.Admitted), "admit": no(ErrWrongState), "decline": no(ErrWrongState),
			"put_back": ok(lobby.Waiting), "remove": ok(stay), "mute": ok(lobby.Admitted), "remove_person": ok(stay),
		},
		"reconnecting": {
			"arrive": ok(lobby.Admitted), "disconnect": nobody, "heard": ok(lobby.Reconnecting), "leave": nobody, "knock": nobody,
			"self": nobody, "admit": no(ErrWrongState), "decline": no(ErrWrongState), "put_back": ok(lobby.Waiting),
			"remove": ok(stay), "mute": ok(lobby.Reconnecting), "remove_person": ok(stay),
		},
		"left": {
			"arrive": ok(lobby.Waiting), "disconnect": nobody, "heard": nobody, "leave": nobody, "knock": nobody, "self": nobody,
			"admit": nobody, "decline": nobody, "put_back": nobody, "remove": nobody, "mute": nobody, "remove_person": ok(stay),
		},
		"put back": {
			"arrive": ok(lobby.Waiting), "disconnect": ok(lobby.Waiting), "heard": ok(lobby.Waiting), "leave": ok(stay),
			"knock": no(ErrWrongState), "self": no(ErrWrongState), "admit": ok(lobby.Admitted), "decline": ok(lobby.Declined),
			"put_back": no(ErrWrongState), "remove": ok(stay), "mute": no(ErrWrongState), "remove_person": ok(stay),
		},
		"removed": {
			"arrive": no(ErrRemoved), "disconnect": nobody, "heard": nobody, "leave": nobody, "knock": nobody, "self": nobody,
			"admit": nobody, "decline": nobody, "put_back": nobody, "remove": nobody, "mute": nobody, "remove_person": ok(stay),
		},
	}
	for place, come := range where() {
		for name, command := range commands {
			t.Run(place+"/"+name, func(t *testing.T) {
				want, listed := table[place][name]
				if !listed {
					t.Fatal("not in the table")
				}
				h := newHouse(t, testConfig())
				ada := h.account("ada", 1)
				h.must(ada)
				c := come(h, h.client("ben", 2), ada.Socket)
				do := command(c, ada.Socket)
				if want.refused != "" {
					h.refuse(do, want.refused)
					return
				}
				h.must(do)
				var state lobby.State
				if x := h.s.seatOf(c); x != nil {
					state = x.State
				}
				if state != want.state {
					t.Fatalf("is %q, want %q", state, want.state)
				}
			})
		}
	}
}

// TestRights: what moderates is refused to everybody who does not moderate or is not himself inside.
func TestRights(t *testing.T) {
	commands := func(by Socket, target Participant) []Command {
		return []Command{
			Admit{by, target}, Decline{by, target}, PutBack{by, target}, Remove{by, target}, Mute{by, target, Audio},
			MuteAll{by}, Hold{By: by, On: true}, End{by},
		}
	}
	for _, role := range []lobby.Role{lobby.RoleClient, lobby.RoleCompanion, lobby.RoleInterpreter, lobby.RoleSpecialist} {
		h := newHouse(t, testConfig())
		ada, cleo := h.account("ada", 1), h.client("cleo", 9)
		member, waiter := h.client("ben", 2), h.client("dora", 3)
		member.Role, waiter.Role = role, role
		for _, a := range []Arrive{ada, cleo, member, waiter} {
			h.must(a)
		}
		h.must(Admit{ada.Socket, member.Participant})
		for _, by := range []Socket{member.Socket, waiter.Socket} {
			for _, c := range commands(by, cleo.Participant) {
				h.refuse(c, ErrNotAllowed)
			}
		}
		for _, c := range commands("socket-unknown", cleo.Participant) {
			h.refuse(c, ErrNotFound)
		}
	}
	// A second device of a link that moderates waits; waiting it may nothing.
	h := newHouse(t, testConfig())
	first, second := h.link("coco", 1, lobby.RoleCoCounsellor), h.link("coco", 2, lobby.RoleCoCounsellor)
	ben := h.client("ben", 3)
	h.must(first)
	h.must(second)
	h.must(ben)
	for _, c := range commands(second.Socket, ben.Participant) {
		h.refuse(c, ErrNotAllowed)
	}
	h.must(Admit{first.Socket, ben.Participant})
}

// TestTargetsWhoModerate: who moderates can be put back by nobody, removed by a counsellor alone and only where there
// is a link.
func TestTargetsWhoModerate(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, coco := h.account("ada", 1), h.link("coco", 2, lobby.RoleCoCounsellor)
	bea, cara := h.account("bea", 3), h.link("cara", 4, lobby.RoleCounsellor)
	for _, a := range []Arrive{ada, coco, bea, cara} {
		want(t, "state", h.arrive(a).State, lobby.Admitted)
	}
	for _, target := range []Arrive{ada, coco, bea, cara} {
		h.refuse(PutBack{ada.Socket, target.Participant}, ErrNotAllowed)
	}
	for _, target := range []Arrive{ada, bea, cara, coco} {
		h.refuse(Remove{coco.Socket, target.Participant}, ErrNotAllowed)
	}
	for _, target := range []Arrive{ada, bea, cara} {
		h.refuse(Remove{ada.Socket, target.Participant}, ErrNotAllowed)
	}
	events := h.must(Remove{ada.Socket, coco.Participant})
	want(t, "told", types(events, coco.Socket), "removed close")
	h.refuse(h.again(coco), ErrRemoved)
	h.must(Mute{cara.Socket, ada.Participant, Video})
	want(t, "ada's video", h.s.seat(ada.Participant).On, Switches{Audio: true})
}

func TestAdmit(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	h.must(ada)
	events := h.must(ben)
	want(t, "ben hears", types(events, ben.Socket), "welcome")
	want(t, "ada hears", types(events, ada.Socket), "waiting")
	h.must(cleo)

	events = h.must(Admit{ada.Socket, cleo.Participant})
	want(t, "cleo hears", types(events, cleo.Socket), "admitted")
	want(t, "ada hears", types(events, ada.Socket), "waiting_gone member")
	want(t, "ben hears", types(events, ben.Socket), "counsellor")
	want(t, "reason", told(events, ada.Socket)[0].(WaitingGone), WaitingGone{cleo.Participant, ReasonAdmitted})
	want(t, "flows", h.groups(), "ada=room/true/true cleo=room/true/true")
	if _, first := events[0].Body.(Flow); !first {
		t.Fatalf("leave to have a media session must come before the news: %#v", events)
	}
	want(t, "ben", h.s.seat(ben.Participant).State, lobby.Waiting)

	events = h.must(Admit{ada.Socket, ben.Participant})
	member := told(events, cleo.Socket)[0].(MemberChanged)
	if member.Details != nil || member.Name.Plain != "name ben" {
		t.Fatalf("cleo learns %#v", member)
	}
	member = told(events, ada.Socket)[1].(MemberChanged)
	if member.Details == nil || member.Details.Label.Plain != "label of ben" || string(member.Details.SealedLink) != "link of ben" {
		t.Fatalf("ada learns %#v", member)
	}
	want(t, "writes", len(effects[Durable](events)), 0)
}

// TestAdmitOtherDevice: admitting a second device closes the first, and its token is worth nothing, durably.
func TestAdmitOtherDevice(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	other := h.client("ben", 7)
	events := h.must(other)
	w := told(events, ada.Socket)[0].(WaitingChanged)
	if !w.OtherDevice || !told(events, other.Socket)[0].(Welcome).OtherDevice {
		t.Fatalf("not marked as another device: %#v", events)
	}
	events = h.must(Admit{ada.Socket, other.Participant})
	want(t, "the first hears", types(events, ben.Socket), "replaced close")
	want(t, "ada hears", types(events, ada.Socket), "member_gone waiting_gone member")
	want(t, "written", effects[Durable](events)[0], Durable{Raise, "person-ben", 1})
	want(t, "admitted", told(events, other.Socket)[0].(Admitted).Generation, 1)
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")

	ben = h.again(ben)
	ben.Token = &Token{Session: session, Generation: 0, Admitted: true}
	h.refuse(ben, ErrStale)
	ben.Token = nil
	want(t, "the first device", h.arrive(ben).State, lobby.Waiting)
	// The other way round: back to the first device, which must not leave the second with a way in.
	h.must(Admit{ada.Socket, ben.Participant})
	stale := h.again(other)
	stale.Token = &Token{Session: session, Generation: 1, Admitted: true}
	h.refuse(stale, ErrStale)
}

// TestAdmitAfterOtherDeviceLeft: also an admission that could still re-enter ends when another device is admitted.
func TestAdmitAfterOtherDeviceLeft(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Leave{By: ben.Socket})
	other := h.client("ben", 7)
	h.must(other)
	events := h.must(Admit{ada.Socket, other.Participant})
	want(t, "written", effects[Durable](events)[0].Op, Raise)
	h.must(Leave{By: other.Socket})
	ben = h.again(ben)
	ben.Token = &Token{Session: session, Generation: 0, Admitted: true}
	h.refuse(ben, ErrStale)
}

func TestDeclineAndKnock(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.account("ada", 1), h.client("ben", 2), h.client("cleo", 3)
	h.must(ada)
	h.must(ben)
	h.wait(time.Second, ada.Participant)
	h.must(cleo)
	events := h.must(Decline{ada.Socket, ben.Participant})
	want(t, "ben hears", types(events, ben.Socket), "declined")
	want(t, "ada hears", told(events, ada.Socket)[0].(WaitingChanged).State, WaitDeclined)

	h.wait(KnockAgainAfter-time.Millisecond, ada.Participant)
	h.refuse(Knock{ben.Socket}, ErrTooFast)
	h.wait(time.Millisecond, ada.Participant)
	h.must(Knock{ben.Socket})
	want(t, "queue", queue(h), "cleo ben")
	h.must(Admit{ada.Socket, ben.Participant})

	// A new tab is not a way around the pause, another device of the person neither.
	dora := h.client("dora", 4)
	h.must(dora)
	h.must(Decline{ada.Socket, dora.Participant})
	h.must(Leave{By: dora.Socket})
	dora = h.client("dora", 5)
	want(t, "dora in a new tab", h.arrive(dora).State, lobby.Declined)
	h.refuse(Knock{dora.Socket}, ErrTooFast)
	h.wait(KnockAgainAfter, ada.Participant)
	h.must(Knock{dora.Socket})
	want(t, "dora later", h.arrive(h.client("dora", 6)).State, lobby.Waiting)
}

func queue(h *house) string {
	all := ""
	for _, x := range h.s.d.Seats {
		if !x.inside() {
			all += " " + x.name()
		}
	}
	return all[1:]
}

func TestPutBack(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.must(Admit{ada.Socket, cleo.Participant})
	events := h.must(PutBack{ada.Socket, ben.Participant})
	want(t, "ben hears", types(events, ben.Socket), "put_back")
	want(t, "cleo hears", told(events, cleo.Socket)[0].(MemberGone), MemberGone{ben.Participant, ReasonPutBack})
	want(t, "ada hears", types(events, ada.Socket), "member_gone waiting")
	want(t, "written", effects[Durable](events)[0], Durable{Raise, "person-ben", 1})
	if _, first := events[0].Body.(Drop); !first {
		t.Fatalf("media is not cut first: %#v", events)
	}
	sent := told(events, ben.Socket)[0].(SentBack)
	if sent.Generation != 1 || sent.View.Self != nil || sent.View.Members != nil {
		t.Fatalf("ben gets %#v", sent)
	}

	// The old token is worth nothing, to the seat and after it; a ticket leads to the same place, which is outside.
	old := h.again(ben)
	old.Token = &Token{Session: session, Generation: 0, Admitted: true}
	h.refuse(old, ErrStale)
	ticket := h.again(ben)
	ticket.Token = nil
	want(t, "with a ticket", h.arrive(ticket).State, lobby.Waiting)
	h.must(Leave{By: ticket.Socket})
	h.refuse(old, ErrStale)
	ticket.Socket = h.socket()
	want(t, "after leaving", h.arrive(ticket).State, lobby.Waiting)
	h.must(Admit{ada.Socket, ticket.Participant})
}

// TestPutBackWhileAway: also who has no socket waits again, for as long as anybody who lost his line.
func TestPutBackWhileAway(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Disconnect{Socket: ben.Socket})
	h.wait(SeatGrace-time.Second, ada.Participant)
	events := h.must(PutBack{ada.Socket, ben.Participant})
	want(t, "ada sees", told(events, ada.Socket)[1].(WaitingChanged).State, WaitReconnecting)
	h.wait(WaitingGrace-time.Second, ada.Participant)
	want(t, "his place is kept", h.s.seatOf(ben) != nil, true)
	want(t, "ben", h.arrive(h.again(ben)).State, lobby.Waiting)
}

// TestRemove: the person is out on all devices, for good, and nothing brings him back.
func TestRemove(t *testing.T) {
	for _, outside := range []bool{false, true} {
		h := newHouse(t, testConfig())
		ada, ben := h.inside()
		other, cleo := h.client("ben", 7), h.client("cleo", 3)
		h.must(other)
		h.must(cleo)
		h.must(Admit{ada.Socket, cleo.Participant})
		var c Command = Remove{ada.Socket, ben.Participant}
		if outside {
			c = RemovePerson{ben.Person}
		}
		events := h.must(c)
		want(t, "ben hears", types(events, ben.Socket), "removed close")
		want(t, "his other device hears", types(events, other.Socket), "removed close")
		want(t, "ada hears", types(events, ada.Socket), "member_gone waiting_gone")
		want(t, "cleo hears", told(events, cleo.Socket)[0].(MemberGone).Reason, ReasonRemoved)
		if written := effects[Durable](events); outside != (len(written) == 0) {
			t.Fatalf("written: %v", written)
		}
		for _, a := range []Arrive{h.again(ben), h.again(other), h.client("ben", 8)} {
			a.Generation, a.Token = 0, &Token{Session: session, Generation: 0, Admitted: true}
			h.refuse(a, ErrRemoved)
		}
		h.must(RemovePerson{"person-never-here"})
		h.refuse(Arrive{
			Socket: h.socket(), Participant: "p", Person: "person-never-here", Role: lobby.RoleClient, Device: device(1),
			Platform: Phone, Media: MediaNone,
		}, ErrRemoved)
	}
}

// TestReplaceLink: a new link closes every seat that came by the old one, inside and waiting, and what was made with the old
// one is worth nothing, whatever the store says in the same moment; the person comes again with the new one.
func TestReplaceLink(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	other := h.client("ben", 7)
	h.must(other)
	events := h.must(ReplaceLink{ben.Person, 1})
	want(t, "ben hears", types(events, ben.Socket), "replaced close")
	want(t, "his other device hears", types(events, other.Socket), "replaced close")
	want(t, "why", told(events, ben.Socket)[1].(Close).Reason, ReasonReplaced)
	want(t, "ada hears", types(events, ada.Socket), "member_gone waiting_gone")
	want(t, "flows", h.groups(), "ada=room/true/true")
	want(t, "written", len(effects[Durable](events)), 0)
	for _, read := range []uint32{0, 1} { // before and after the store's write
		old := h.again(ben)
		old.Generation, old.Token = read, &Token{Session: session, Generation: 0, Admitted: true}
		h.refuse(old, ErrStale)
	}
	ticket := h.client("ben", 8)
	ticket.Generation = 0
	h.refuse(ticket, ErrStale)
	again := h.client("ben", 2)
	want(t, "with the new link", h.arrive(again).State, lobby.Waiting)
	h.must(Admit{ada.Socket, again.Participant})

	// A seat inside is no help to what the store has made worthless.
	back := h.again(again)
	back.Generation++
	h.refuse(back, ErrStale)

	// Tokens of the store's next generation are about already, because a raise of this room is not written yet.
	h.must(PutBack{ada.Socket, again.Participant})
	stale := h.again(again)
	events = h.must(ReplaceLink{ben.Person, 2})
	want(t, "written", effects[Durable](events)[0], Durable{Raise, ben.Person, 3})
	h.refuse(stale, ErrStale)

	// Who was removed gets nothing, who never came is remembered.
	h.must(RemovePerson{ben.Person})
	h.must(ReplaceLink{ben.Person, 9})
	h.refuse(h.client("ben", 9), ErrRemoved)
	h.must(ReplaceLink{"person-cleo", 1})
	cleo := h.client("cleo", 1)
	cleo.Generation = 0
	h.refuse(cleo, ErrStale)
}

// TestReentry: straight in only with everything that proves the admission, in time.
func TestReentry(t *testing.T) {
	cases := map[string]struct {
		policy time.Duration
		away   time.Duration
		change func(h *house, a *Arrive)
		want   lobby.State
	}{
		"in time":             {10 * time.Minute, 9 * time.Minute, func(*house, *Arrive) {}, lobby.Admitted},
		"last moment":         {10 * time.Minute, 10*time.Minute - time.Millisecond, func(*house, *Arrive) {}, lobby.Admitted},
		"too late":            {10 * time.Minute, 10 * time.Minute, func(*house, *Arrive) {}, lobby.Waiting},
		"no re-entry":         {0, 0, func(*house, *Arrive) {}, lobby.Waiting},
		"a ticket":            {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Token = nil }, lobby.Waiting},
		"not admitted":        {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Token.Admitted = false }, lobby.Waiting},
		"another session":     {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Token.Session = "session-0" }, lobby.Waiting},
		"another device":      {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Device = device(9) }, lobby.Waiting},
		"a raised generation": {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Generation, a.Token = a.Generation+1, nil }, lobby.Waiting},
		"a later generation":  {10 * time.Minute, time.Second, func(_ *house, a *Arrive) { a.Token.Generation++ }, lobby.Waiting},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			config := testConfig()
			config.Reentry = c.policy
			h := newHouse(t, config)
			ada, ben := h.inside()
			events := h.must(Leave{By: ben.Socket})
			want(t, "ben hears", types(events, ben.Socket), "close")
			want(t, "written", len(effects[Durable](events)) == 1, c.policy == 0)
			h.wait(c.away, ada.Participant)
			back := h.again(ben)
			back.Fresh = true
			c.change(h, &back)
			want(t, "ben", h.arrive(back).State, c.want)
		})
	}
}

// TestRestart: a room that knows nothing yet lets in who proves an admission, and nobody else.
func TestRestart(t *testing.T) {
	for _, reentry := range []time.Duration{0, 10 * time.Minute} {
		config := testConfig()
		config.Reentry = reentry
		h := newHouse(t, config)
		ben, cleo, dora := h.client("ben", 2), h.client("cleo", 3), h.client("dora", 4)
		for i, a := range []*Arrive{&ben, &cleo, &dora} {
			a.Generation, a.Token = 4, &Token{Session: session, Generation: 4, Admitted: i != 1}
		}
		dora.Generation = 5
		want(t, "ben", h.arrive(ben).State, lobby.Admitted)
		want(t, "cleo", h.arrive(cleo).State, lobby.Waiting)
		h.refuse(dora, ErrStale)
		want(t, "flows", h.groups(), "ben=/true/true")
		want(t, "paused", h.s.room().Paused, true)
		other := h.client("ben", 8)
		other.Generation, other.Token = 4, &Token{Session: session, Generation: 4, Admitted: true}
		want(t, "another device", h.arrive(other).State, lobby.Waiting)
	}
}

func TestLimits(t *testing.T) {
	h := newHouse(t, testConfig())
	for d := range byte(3) {
		h.must(h.client("ben", d+1))
	}
	h.refuse(h.client("ben", 4), ErrLinkFull)
	for i := range 17 {
		h.must(h.client(fmt.Sprint("client", i), 1))
	}
	h.refuse(h.client("late", 1), ErrRoomFull)
	ben := h.client("ben", 3)
	h.must(ben) // who waits already keeps his place
	ada := h.account("ada", 1)
	h.must(ada) // who does not wait is not counted
	h.must(Decline{ada.Socket, h.s.seatOf(ben).ID})
	h.refuse(h.client("late", 1), ErrRoomFull) // who is declined still stands at the door
	h.must(Leave{By: ben.Socket})
	h.must(h.client("late", 1))
}

func TestRoomFull(t *testing.T) {
	h := newHouse(t, testConfig())
	ada := h.account("ada", 1)
	h.must(ada)
	enter := func(i int) Arrive {
		a := h.client(fmt.Sprint("client", i), 1)
		h.must(a)
		return a
	}
	for i := range MaxMembers {
		a := enter(i)
		h.must(Admit{ada.Socket, a.Participant})
	}
	late := enter(MaxMembers)
	h.refuse(Admit{ada.Socket, late.Participant}, ErrRoomFull)
	other := h.client("client0", 2)
	h.must(other)
	h.must(Admit{ada.Socket, other.Participant}) // he takes the place of his other device
	h.must(Leave{By: other.Socket})
	h.must(Admit{ada.Socket, late.Participant})
	back := h.again(other)
	h.refuse(back, ErrRoomFull)

	for i := range MaxCounsellors - 1 {
		h.must(h.account("ada", byte(i+2)))
	}
	h.refuse(h.account("ada", 99), ErrRoomFull)
}

func TestEnd(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events := h.must(End{ada.Socket})
	for _, s := range []Socket{ada.Socket, ben.Socket, cleo.Socket} {
		want(t, "hears", types(events, s), "ended close")
	}
	want(t, "written", effects[Durable](events)[0].Op, Delete)
	want(t, "dropped", len(effects[Drop](events)), 2)
	want(t, "status", h.s.Summary().Status, StatusEnded)
	if raw := string(h.freeze()); len(raw) > 360 {
		t.Fatalf("something is left: %s", raw)
	}
	if _, ok := h.s.Deadline(); ok {
		t.Fatal("a room that is over has a deadline")
	}
	if _, ok := h.sees(ada.Participant); ok {
		t.Fatal("a room that is over shows something")
	}
	for _, c := range []Command{
		ada, ben, Disconnect{Socket: ada.Socket}, Heard{ada.Participant}, Leave{By: ada.Socket}, Knock{ben.Socket}, Admit{ada.Socket, cleo.Participant},
		Decline{ada.Socket, cleo.Participant}, PutBack{ada.Socket, ben.Participant}, Remove{ada.Socket, ben.Participant}, Self{By: ben.Socket, Audio: new(true), Video: new(true)},
		Mute{ada.Socket, ben.Participant, Audio}, MuteAll{ada.Socket}, Hold{By: ada.Socket, On: true}, End{ada.Socket}, RemovePerson{ben.Person}, EndRoom{}, Tick{},
	} {
		h.refuse(c, ErrEnded)
	}

	h = newHouse(t, testConfig())
	ada, ben = h.inside()
	events = h.must(EndRoom{})
	want(t, "hears", types(events, ben.Socket), "ended close")
	want(t, "written", len(effects[Durable](events)), 0)
	h = newHouse(t, testConfig())
	events = h.must(EndRoom{})
	if _, over := events[0].Body.(Over); len(events) != 1 || !over {
		t.Errorf("an empty room: %#v", events)
	}
}
