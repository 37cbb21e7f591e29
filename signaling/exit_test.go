package signaling_test

import (
	"crypto/rand"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// protected makes a room under the policy that protects people at home, with anna and ben.
func (h *house) protected() lobby.Room {
	h.t.Helper()
	n := lobby.NewRoom{Policy: "schutz", Kind: lobby.Once, WrappedSecrets: map[lobby.AccountID][]byte{h.counsellor.ID: {1}}}
	labels := []string{"anna", "ben"}
	for _, label := range labels {
		var hash lobby.LinkHash
		rand.Read(hash[:])
		n.Persons = append(n.Persons, lobby.NewPerson{Role: lobby.RoleClient, Label: lobby.Text{Plain: label + "-canary"}, NewLink: lobby.NewLink{LinkHash: hash, SealedLink: []byte("link of " + label)}})
	}
	room, persons, err := h.lobby.CreateRoom(h.t.Context(), lobby.DefaultTenant, h.counsellor.ID, n)
	must(h.t, err)
	for i, p := range persons {
		h.persons[labels[i]] = p.Person
	}
	return room
}

// Who leaves quickly is gone at once, and those who moderate are told so, whenever they come; nobody else is.
func TestQuickExit(t *testing.T) {
	h := newHouse(t)
	h.room = h.protected()
	early := h.join("anna", newDevice(t))
	early.say(&wire.Leave{Quick: true})
	early.closed(wire.CloseLeft)

	counsellor := h.counsel()
	told := counsellor.self.State.Exits
	equal(t, "told of who left before", len(told), 1)
	equal(t, "label", told[0].Label.Plain, "anna-canary")
	equal(t, "waited", told[0].Waited, true)

	anna, ben := h.join("anna", newDevice(t)), h.join("ben", newDevice(t))
	counsellor.admit(anna)
	equal(t, "nobody left to tell of", len(expect[*wire.Exits](counsellor).Exits), 0)
	counsellor.admit(ben)
	ben = ben.comeBack(true)
	equal(t, "ben is told", len(ben.self.State.Exits), 0)
	equal(t, "the sign", ben.self.State.Room.SilentSign, true)
	anna.say(&wire.Leave{Quick: true})
	anna.closed(wire.CloseLeft)
	told = expect[*wire.Exits](counsellor).Exits
	equal(t, "label", told[0].Label.Plain, "anna-canary")
	equal(t, "waited", told[0].Waited, false)
	equal(t, "after a break", len(counsellor.comeBack(true).self.State.Exits), 1)
	expectThat(ben, func(m *wire.MemberGone) bool { return m.Participant == anna.id() })
	none[*wire.Exits](ben)
}

// Who leaves quickly waits for nothing: the socket may be gone before anything was answered.
func TestQuickExitOfAPageThatIsGone(t *testing.T) {
	h := newHouse(t)
	h.room = h.protected()
	counsellor := h.counsel()
	anna := h.join("anna", newDevice(t))
	counsellor.admit(anna)
	anna.say(&wire.Leave{Quick: true})
	anna.ws.Close(websocket.StatusNormalClosure, "")
	equal(t, "label", expect[*wire.Exits](counsellor).Exits[0].Label.Plain, "anna-canary")
	expectThat(counsellor, func(m *wire.MemberGone) bool { return m.Participant == anna.id() && m.Reason == wire.ReasonLeft })
}

// Where the policy has no quick exit, it is a leave like any other.
func TestNoQuickExit(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	anna.say(&wire.Leave{Quick: true})
	anna.closed(wire.CloseLeft)
	expectThat(counsellor, func(m *wire.MemberGone) bool { return m.Participant == anna.id() })
	none[*wire.Exits](counsellor)
	equal(t, "after a break", len(counsellor.comeBack(true).self.State.Exits), 0)
}

// A card is shown to everybody in the room, and nobody who waits; who resumes reads it in the state.
func TestCardForAll(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	anna.refused(&wire.ShowCard{Card: wire.CardRules}, wire.CodeNotAllowed)
	ben.refused(&wire.ShowCard{Card: wire.CardRules}, wire.CodeNotAllowed)
	counsellor.ok(&wire.ShowCard{Card: wire.CardPeople})
	for _, p := range []*peer{counsellor, anna} {
		equal(t, "shown", expect[*wire.Room](p).Shown, wire.Shown{Card: wire.CardPeople, Number: 1})
	}
	equal(t, "in the state", anna.comeBack(true).self.State.Room.Shown, wire.Shown{Card: wire.CardPeople, Number: 1})
	none[*wire.Room](ben)
}
