package room

import (
	"fmt"
	"testing"
	"time"
)

func exits(events []Event, to Socket) []Exit {
	for _, b := range told(events, to) {
		if e, ok := b.(ExitsChanged); ok {
			return e.Exits
		}
	}
	return nil
}

// TestQuickExitUnseen: of who came while the room was locked nothing is read, and so it is of how he left; nor is it of who was removed.
func TestQuickExitUnseen(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Leave{ben.Socket, true})
	h.must(Lock{ada.Socket, true})
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events := h.must(Leave{cleo.Socket, true})
	want(t, "ada hears", types(events, ada.Socket), "")
	want(t, "remembered", len(h.s.d.Exits), 1)
	dora := h.client("dora", 4)
	h.must(dora)
	h.must(Lock{ada.Socket, false})
	events = h.must(Leave{dora.Socket, true})
	want(t, "who was shut and knocks by now", exits(events, ada.Socket)[1].Person, dora.Person)
	events = h.must(RemovePerson{dora.Person})
	want(t, "removed afterwards", len(exits(events, ada.Socket)), 1)
	emil := h.client("emil", 5)
	h.must(emil)
	h.must(RemovePerson{emil.Person})
	h.refuse(Leave{emil.Socket, true}, ErrNotFound)
	want(t, "remembered", len(h.s.d.Exits), 1)
}

// TestQuickExit: those who moderate are told who left quickly, from the room and from its door, and nobody else; also who comes later.
func TestQuickExit(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo, dora := h.client("cleo", 3), h.client("dora", 4)
	h.must(cleo)
	h.must(dora)
	h.must(Admit{ada.Socket, dora.Participant})

	events := h.must(Leave{ben.Socket, true})
	want(t, "ben hears", types(events, ben.Socket), "close")
	want(t, "dora hears", types(events, dora.Socket), "member_gone")
	want(t, "ada hears", types(events, ada.Socket), "member_gone exits")
	one := exits(events, ada.Socket)[0]
	want(t, "who", one.Person, ben.Person)
	want(t, "label", one.Label.Equal(ben.Label), true)
	want(t, "waited", one.Waited, false)
	events = h.must(Leave{cleo.Socket, true})
	want(t, "both", len(exits(events, ada.Socket)), 2)
	want(t, "waited", exits(events, ada.Socket)[1].Waited, true)

	back := h.again(ada)
	events = h.must(back)
	want(t, "in the view", len(told(events, back.Socket)[0].(Welcome).View.Exits), 2)
	view, _ := h.sees(dora.Participant)
	want(t, "dora sees", len(view.Exits), 0)

	// Whoever knocks with the link may be somebody else: it is told until he was let in.
	ben = h.client("ben", 9)
	want(t, "a knock", exits(h.must(ben), back.Socket) == nil, true)
	want(t, "let in", len(exits(h.must(Admit{back.Socket, ben.Participant}), back.Socket)), 1)
	events = h.must(RemovePerson{cleo.Person})
	want(t, "ada hears", types(events, back.Socket), "exits")
	want(t, "removed", len(exits(events, back.Socket)), 0)
}

// TestLeavesThatAreNotQuick: of who moderates, and where the policy has no such exit, it is a leave like any other.
func TestLeavesThatAreNotQuick(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	events := h.must(Leave{ada.Socket, true})
	want(t, "ben hears", types(events, ben.Socket), "member_gone room counsellor")
	want(t, "remembered", len(h.s.d.Exits), 0)

	c := testConfig()
	c.QuickExit = false
	h = newHouse(t, c)
	ada, ben = h.inside()
	events = h.must(Leave{ben.Socket, true})
	want(t, "ada hears", types(events, ada.Socket), "member_gone")
	want(t, "remembered", len(h.s.d.Exits), 0)
}

// TestExitsAreForgotten: after a day, and the oldest when there are many. Until then the room is kept for who comes later.
func TestExitsAreForgotten(t *testing.T) {
	h := newHouse(t, testConfig())
	for i := range MaxExits + 2 {
		who := h.client(fmt.Sprintf("guest-%d", i), byte(i+1))
		h.must(who)
		h.must(Leave{who.Socket, true})
	}
	want(t, "most", len(h.s.d.Exits), MaxExits)
	want(t, "the oldest", string(h.s.d.Exits[0].Person), "person-guest-2")
	want(t, "idle", h.s.Summary().Idle, false)
	at, due := h.s.Deadline()
	want(t, "due", due, true)
	want(t, "when", at.Sub(h.now).Round(time.Minute), ExitsKept)
	h.now = at
	h.must(Tick{})
	want(t, "left", len(h.s.d.Exits), 0)
	want(t, "idle", h.s.Summary().Idle, true)
}

// TestCards: a card is shown by who moderates, to everybody who is in and to who comes in later; the same card again is another.
func TestCards(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	dora := h.client("dora", 4)
	h.must(dora)
	h.refuse(ShowCard{ben.Socket, CardRules}, ErrNotAllowed)
	h.refuse(ShowCard{dora.Socket, CardRules}, ErrNotAllowed)
	h.refuse(ShowCard{ada.Socket, "sleeve"}, ErrBadCommand)
	want(t, "shown", h.s.d.Shown, Shown{})

	events := h.must(ShowCard{ada.Socket, CardRules})
	want(t, "ada reads", lastRoom(events, ada.Socket).Shown, Shown{CardRules, 1})
	want(t, "ben reads", lastRoom(events, ben.Socket).Shown, Shown{CardRules, 1})
	want(t, "dora hears", types(events, dora.Socket), "")
	events = h.must(ShowCard{ada.Socket, CardRules})
	want(t, "again", lastRoom(events, ben.Socket).Shown, Shown{CardRules, 2})
	events = h.must(Admit{ada.Socket, dora.Participant})
	want(t, "dora reads", told(events, dora.Socket)[0].(Admitted).View.Room.Shown, Shown{CardRules, 2})
	h.s.d.Shown.Number = 1<<32 - 1
	h.must(ShowCard{ada.Socket, CardPeople})
	want(t, "after the last number", h.s.d.Shown, Shown{CardPeople, 1})
}
