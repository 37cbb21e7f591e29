package signaling_test

import (
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// unasked arrives without having agreed to anything.
func (h *house) unasked(who any, d *device) *peer {
	h.t.Helper()
	p := h.dial(d)
	m := hello()
	m.Consent, m.Ticket = nil, h.ticketFor(who, d)
	m.Proof = d.prove(h.t, m.Ticket)
	p.welcomed(p.ask(m))
	return p
}

// TestConsentOpen: the server lets nobody in whose consent is open, and remembers what is there on paper.
func TestConsentOpen(t *testing.T) {
	h := newHouse(t)
	counsellor := h.counsel()
	anna := h.unasked("anna", newDevice(t))
	equal(t, "shown", expect[*wire.Waiting](counsellor).Consent, wire.ConsentOpen)
	counsellor.refused(&wire.Admit{Participant: anna.id()}, wire.CodeConsentOpen)
	counsellor.ok(&wire.NoteConsent{Participant: anna.id()})
	equal(t, "shown", expect[*wire.Waiting](counsellor).Consent, wire.ConsentWritten)
	equal(t, "kept", h.person("anna").ConsentInWriting, true)
	counsellor.admit(anna)
	anna.ok(&wire.Leave{})
	equal(t, "another day", h.unasked("anna", newDevice(t)).self.Phase, wire.PhaseWaiting)
	expect[*wire.WaitingGone](counsellor)
	equal(t, "shown", expect[*wire.Waiting](counsellor).Consent, wire.ConsentWritten)
}

// TestWithdraw: a person's own withdrawal ends the call of two, deletes what is known of him and revokes his link.
func TestWithdraw(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ticket := h.ticketFor("anna", anna.device)
	anna.ok(&wire.Withdraw{})
	equal(t, "anna reads", expect[*wire.Withdrawn](anna).Participant, anna.id())
	anna.closed(wire.CloseRemoved)
	equal(t, "the counsellor reads", expect[*wire.Withdrawn](counsellor).Participant, anna.id())
	expect[*wire.Ended](counsellor)
	counsellor.closed(wire.CloseEnded)
	eventually(t, "she is forgotten", func() bool {
		p, err := lookUp(h, h.persons["anna"].ID)
		return err == nil && p.Revoked && p.Label.IsZero() && p.SealedLink == nil && p.Lang == ""
	})
	m := hello()
	m.Ticket, m.Proof = ticket, anna.device.prove(t, ticket)
	h.dial(anna.device).refused(m, wire.CodeLinkInvalid) // with a ticket from before
}

// TestWithdrawRecorded: a counsellor records what a person has said; the reply comes when it is written.
func TestWithdrawRecorded(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.ok(&wire.Withdraw{Participant: anna.id()})
	expect[*wire.Withdrawn](anna)
	anna.closed(wire.CloseRemoved)
	p, err := lookUp(h, h.persons["anna"].ID)
	if err != nil || !p.Revoked || !p.Label.IsZero() {
		t.Fatalf("%+v, %v", p, err)
	}
	counsellor.admit(ben) // the room goes on
}

func lookUp(h *house, id lobby.PersonID) (found lobby.Person, err error) {
	err = h.store.View(h.t.Context(), lobby.DefaultTenant, func(tx lobby.Tx) error {
		found, err = tx.Person(h.room.ID, id)
		return err
	})
	return found, err
}

// TestNotesAndCompany: what is written goes one way and the other, is bounded, and reaches no log.
func TestNotesAndCompany(t *testing.T) {
	h := newHouse(t)
	anna, ben := h.join("anna", newDevice(t)), h.join("ben", newDevice(t))
	anna.ok(&wire.WriteNote{Plain: "note-canary"})
	anna.refused(&wire.WriteNote{Plain: "zu schnell"}, wire.CodeTooFast)
	ben.refused(&wire.WriteNote{Plain: strings.Repeat("ä", 201)}, wire.CodeBadMessage)
	ben.refused(&wire.WriteNote{Sealed: make(wire.Bytes, 901)}, wire.CodeBadMessage)
	ben.refused(&wire.WriteNote{Plain: "  "}, wire.CodeBadMessage)
	ben.refused(&wire.WriteNote{To: anna.id(), Plain: "von Ben"}, wire.CodeNotAllowed)
	anna.ok(&wire.SayCompany{Company: wire.Accompanied})

	counsellor := h.counsel()
	first := counsellor.self.State.Waiting[0]
	equal(t, "who comes later reads it", first.Notes, wire.List[wire.Note]{{From: wire.ByPerson, Plain: "note-canary"}})
	equal(t, "company", first.Company, wire.Accompanied)
	counsellor.ok(&wire.WriteNote{To: anna.id(), Sealed: wire.Bytes("sealed")})
	counsellor.refused(&wire.WriteNote{To: anna.id(), Plain: "zu schnell"}, wire.CodeTooFast)
	expectThat(anna, func(stay *wire.Stay) bool {
		return len(stay.Notes) == 2 && string(stay.Notes[1].Sealed) == "sealed" && stay.Company == wire.Accompanied
	})
	none[*wire.Stay](ben)
	if strings.Contains(h.log.String(), "note-canary") {
		t.Error("a note is in the log")
	}
}

// TestCounsellorElsewhere: who waits is told that the counsellor is still in another conversation, and that it is over.
func TestCounsellorElsewhere(t *testing.T) {
	h := newHouse(t)
	anna := h.join("anna", newDevice(t))
	first, persons := h.room, h.persons
	h.persons = map[string]lobby.Person{}
	h.room = h.newRoom(lobby.Once)
	_, ben := h.call() // with the same counsellor
	h.room, h.persons = first, persons
	equal(t, "in another conversation", expect[*wire.Counsellor](anna).Counsellor, wire.Busy)
	ben.ok(&wire.Leave{})
	equal(t, "over", expect[*wire.Counsellor](anna).Counsellor, wire.Absent)
}
