package room

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestNothingIsMoreOpenAfterARestart: a room that lost its state takes from the tokens what was off and that it was held.
func TestNothingIsMoreOpenAfterARestart(t *testing.T) {
	h := newHouse(t, testConfig())
	held := func(a Arrive, off lobby.Standing) Arrive {
		a.Generation, a.Token = 0, &Token{Session: session, Admitted: true, Standing: off}
		a.Token.Held = true
		return a
	}
	ada := h.account("ada", 1)
	h.must(ada) // by a ticket, so that she brings nothing
	ben := held(h.client("ben", 2), lobby.Standing{AudioOff: true})
	want(t, "ben", h.arrive(ben).State, lobby.Admitted)
	want(t, "flows", h.groups(), "ada=room/true/true ben=/false/true")
	want(t, "held", h.s.room().Held, true)
	h.must(Hold{By: ada.Socket, On: false})
	want(t, "lifted", h.groups(), "ada=room/true/true ben=room/false/true")
	h.must(held(h.client("cleo", 3), lobby.Standing{})) // his token is older than her word
	want(t, "held", h.s.room().Held, false)
	other := held(h.client("dora", 4), lobby.Standing{})
	other.Token.Admitted = false
	want(t, "who waits", h.arrive(other).State, lobby.Waiting)
	on := true
	h.must(Self{By: ben.Socket, Audio: &on})
	want(t, "ben's own word", h.s.seatAt(ben.Socket).On, Switches{Audio: true, Video: true})
}
