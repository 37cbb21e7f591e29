package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestLock: who comes to a locked room is told so and known to nobody; he knocks by himself when it is unlocked, behind who waited before.
func TestLock(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.refuse(Lock{ben.Socket, true}, ErrNotAllowed)
	h.refuse(Lock{cleo.Socket, true}, ErrNotAllowed)

	events := h.must(Lock{ada.Socket, true})
	want(t, "ada reads", told(events, ada.Socket)[0].(RoomChanged).Locked, true)
	want(t, "ben reads", types(events, ben.Socket), "room standing")
	want(t, "who waits reads", types(events, cleo.Socket), "")

	dora := h.client("dora", 4)
	events = h.must(dora)
	welcome := told(events, dora.Socket)[0].(Welcome)
	want(t, "dora is told", welcome.View.Room, Room{Locked: true})
	want(t, "and waits", welcome.Phase, Waiting)
	want(t, "ada is told", types(events, ada.Socket), "")
	want(t, "the list of rooms", h.s.Summary().Waiting, 1)
	for _, c := range []Command{Admit{ada.Socket, dora.Participant}, Decline{ada.Socket, dora.Participant}, Remove{ada.Socket, dora.Participant}} {
		h.refuse(c, ErrNotFound)
	}
	h.refuse(Knock{dora.Socket}, ErrWrongState)

	h.must(Admit{ada.Socket, cleo.Participant}) // a human opens to who waited before
	h.must(Lock{ada.Socket, true})
	events = h.must(Lock{ada.Socket, false})
	want(t, "dora is told", told(events, dora.Socket)[0].(RoomChanged).Room, Room{})
	knock := told(events, ada.Socket)[0].(WaitingChanged)
	want(t, "ada is told", knock.Participant, dora.Participant)
	want(t, "since now", knock.WaitedMS, int64(0))
	h.must(Admit{ada.Socket, dora.Participant})
}

// TestLockLetsBackIn: those who are in keep their seats, over a lost line, a new page and a re-entry; another device does not; who moderates comes in.
func TestLockLetsBackIn(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Lock{ada.Socket, true})
	h.must(Disconnect{ben.Socket})
	ben = h.again(ben)
	want(t, "the line is back", h.arrive(ben).inside(), true)
	ben = h.again(ben)
	ben.Fresh = true
	want(t, "a new page", h.arrive(ben).inside(), true)
	h.must(Leave{By: ben.Socket})
	ben = h.again(ben)
	want(t, "a re-entry", h.arrive(ben).inside(), true)
	other := h.arrive(h.client("ben", 7))
	want(t, "another device", other.Shut, true)
	want(t, "a colleague", h.arrive(h.link("coco", 5, lobby.RoleCoCounsellor)).inside(), true)
	events := h.must(PutBack{ada.Socket, ben.Participant})
	want(t, "put back, he waits", told(events, ben.Socket)[0].(SentBack).View.Room.Locked, false)
	h.must(Admit{ada.Socket, ben.Participant})
}

// TestLockAndKnocks: who was declined does not knock on a locked door.
func TestLockAndKnocks(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, _ := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.must(Decline{ada.Socket, cleo.Participant})
	h.must(Lock{ada.Socket, true})
	h.wait(KnockAgainAfter, ada.Participant)
	events := h.must(Knock{cleo.Socket})
	want(t, "cleo reads", told(events, cleo.Socket)[0].(RoomChanged).Locked, true)
	want(t, "ada reads", types(events, ada.Socket), "waiting_gone")
	events = h.must(Lock{ada.Socket, false})
	want(t, "ada reads", types(events, ada.Socket), "waiting room standing")
}

// TestLockOverARestart: a room that lost its state is locked again, until somebody has spoken of it.
func TestLockOverARestart(t *testing.T) {
	h := newHouse(t, testConfig())
	known := func(a Arrive) Arrive {
		a.Generation, a.Token = 0, &Token{Session: session, Admitted: true, Standing: lobby.Standing{Locked: true}}
		return a
	}
	ben := h.arrive(known(h.client("ben", 2)))
	want(t, "ben is in", ben.inside(), true)
	want(t, "locked", h.s.d.Locked, true)
	want(t, "who comes", h.arrive(h.client("cleo", 3)).Shut, true)
	ada := known(h.account("ada", 1))
	h.must(ada)
	h.must(Lock{ada.Socket, false})
	h.must(known(h.client("dora", 4))) // her token is older than the word
	want(t, "unlocked", h.s.d.Locked, false)
	old := known(h.client("emil", 5))
	old.Token.Session = "session-0"
	want(t, "of another session", h.arrive(old).Shut, false)
	h.wait(time.Second, ada.Participant)
}

// A room that was locked before anybody came is not forgotten, or it would be open again.
func TestALockedRoomIsKept(t *testing.T) {
	h := newHouse(t, testConfig())
	ada := h.account("ada", 1)
	h.must(ada)
	h.must(Lock{ada.Socket, true})
	h.must(Leave{By: ada.Socket})
	want(t, "idle", h.s.Summary().Idle, false)
}
