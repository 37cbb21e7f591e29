package room

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// unasked is a client who has not agreed to anything.
func (h *house) unasked(name string, d byte) Arrive {
	a := h.client(name, d)
	a.Consent = ""
	return a
}

// TestConsentAtTheDoor: while a consent is open nobody is let in, and a counsellor's word that it is there on paper opens the way, for all
// devices and for good.
func TestConsentAtTheDoor(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.account("ada", 1), h.unasked("ben", 2)
	h.must(ada)
	events := h.must(ben)
	want(t, "shown", told(events, ada.Socket)[0].(WaitingChanged).Consent, ConsentOpen)
	want(t, "his page reads that one is asked of him", told(events, ben.Socket)[0].(Welcome).View.Stay.ConsentAsked, true)
	h.refuse(Admit{ada.Socket, ben.Participant}, ErrConsentOpen)
	h.refuse(NoteConsent{ben.Socket, ben.Participant}, ErrNotAllowed)
	h.refuse(NoteConsent{ada.Socket, "stranger"}, ErrNotFound)
	events = h.must(NoteConsent{ada.Socket, ben.Participant})
	want(t, "shown", told(events, ada.Socket)[0].(WaitingChanged).Consent, ConsentWritten)
	want(t, "written", effects[Durable](events), []Durable{{Op: Consented, Person: ben.Person}})
	h.refuse(NoteConsent{ada.Socket, ben.Participant}, ErrWrongState)
	second := h.unasked("ben", 3)
	want(t, "his other device", told(h.must(second), ada.Socket)[0].(WaitingChanged).Consent, ConsentWritten)
	want(t, "in", told(h.must(Admit{ada.Socket, ben.Participant}), ben.Socket)[0].(Admitted).View.Self.ConsentAsked, true)
}

// TestConsentOfWhoCounsels: a consent that is noted is of the seats that one is asked of, also where somebody of the same person's link moderates.
func TestConsentOfWhoCounsels(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.account("ada", 1), h.unasked("ben", 2)
	counsels := h.link("ben", 3, lobby.RoleCounsellor)
	h.must(ada)
	h.must(counsels)
	h.must(ben)
	h.must(NoteConsent{ada.Socket, ben.Participant})
	want(t, "asked", h.s.seat(ben.Participant).Consent, ConsentWritten)
	want(t, "not asked", h.s.d.consentOf(h.s.seat(counsels.Participant)), ConsentNone)
}

// TestNoConsentAsked: where the policy asks for none, and of those who counsel, nothing is open, and nothing to be withdrawn.
func TestNoConsentAsked(t *testing.T) {
	config := testConfig()
	config.ConsentRequired = false
	h := newHouse(t, config)
	ada, ben := h.account("ada", 1), h.unasked("ben", 2)
	h.must(ada)
	want(t, "of who counsels", h.s.view(h.s.seat(ada.Participant), 0).Self.ConsentAsked, false)
	events := h.must(ben)
	want(t, "shown", told(events, ada.Socket)[0].(WaitingChanged).Consent, ConsentNone)
	want(t, "outside", told(events, ben.Socket)[0].(Welcome).View.Stay.ConsentAsked, false)
	h.refuse(NoteConsent{ada.Socket, ben.Participant}, ErrWrongState)
	want(t, "in", told(h.must(Admit{ada.Socket, ben.Participant}), ben.Socket)[0].(Admitted).View.Self.ConsentAsked, false)
}

// TestWithdrawn: of two who speak with each other one withdraws: both are told, the room ends, and all of it is written down.
func TestWithdrawn(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.refuse(Withdraw{By: ada.Socket}, ErrNotAllowed)
	h.refuse(Withdraw{ada.Socket, "stranger"}, ErrNotFound)
	events := h.must(Withdraw{By: ben.Socket})
	want(t, "he", types(events, ben.Socket), "withdrawn close")
	want(t, "his own", told(events, ben.Socket)[0].(Withdrawn).Participant, ben.Participant)
	want(t, "the counsellor", types(events, ada.Socket), "withdrawn ended close")
	want(t, "written", effects[Durable](events), []Durable{{Op: Forget, Person: ben.Person}, {Op: Delete}})
	want(t, "cut", len(effects[Drop](events)), 2)
	h.refuse(h.client("ben", 2), ErrEnded)
}

// TestWithdrawnOfSeveral: where others are left, or the person only waits, his part alone ends, and his link with it.
func TestWithdrawnOfSeveral(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.refuse(Withdraw{ben.Socket, cleo.Participant}, ErrNotAllowed)
	events := h.must(Withdraw{ada.Socket, ben.Participant})
	want(t, "he", types(events, ben.Socket), "withdrawn close")
	want(t, "the counsellor", types(events, ada.Socket), "withdrawn member_gone")
	want(t, "who waits", types(events, cleo.Socket), "counsellor") // nobody is in any more
	want(t, "written", effects[Durable](events), []Durable{{Op: Forget, Person: ben.Person}})
	h.refuse(h.client("ben", 2), ErrRemoved)
	events = h.must(Withdraw{By: cleo.Socket})
	want(t, "who waited", types(events, cleo.Socket), "withdrawn close")
	want(t, "the counsellor", types(events, ada.Socket), "withdrawn waiting_gone")
	coco := h.link("coco", 4, lobby.RoleCoCounsellor)
	h.must(coco)
	h.refuse(Withdraw{ada.Socket, coco.Participant}, ErrNotAllowed)
	h.refuse(Withdraw{By: coco.Socket}, ErrNotAllowed)
}
