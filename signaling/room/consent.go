package room

import (
	"slices"
)

// Consent is how it stands with a person's consent.
type Consent string

// How it can stand.
const (
	ConsentNone    Consent = "none"    // none is asked of this person
	ConsentOpen    Consent = "open"    // one is asked, and there is none
	ConsentGiven   Consent = "given"   // on the page
	ConsentWritten Consent = "written" // it is there on paper, as whoever moderates says
)

// consentOf is how it stands with the consent of this seat's person. Whoever counsels is asked for none.
func (d *data) consentOf(x *seat) Consent {
	switch {
	case x.Consent != "":
		return x.Consent
	case d.Config.ConsentRequired && !x.Role.Moderates():
		return ConsentOpen
	}
	return ConsentNone
}

// noteConsent notes that the person's consent is there on paper, for all his devices and for good.
func (t *step) noteConsent(c NoteConsent) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	x := t.s.seat(c.Participant)
	if x == nil || x.Shut {
		return ErrNotFound
	}
	if t.s.d.consentOf(x) != ConsentOpen {
		return ErrWrongState
	}
	t.hear(m)
	t.s.d.Persons[x.Person].ConsentInWriting = true
	for _, y := range t.s.d.Seats {
		if y.Person == x.Person && y.Consent == "" && !y.Role.Moderates() {
			y.Consent = ConsentWritten
		}
	}
	t.durable = append(t.durable, Durable{Op: Consented, Person: x.Person})
	return nil
}

// withdraw ends the part of a person whose consent is withdrawn, on all his devices, and has what is known of him deleted. Where he was in the
// call and nobody else is left whom it was for, the room ends.
func (t *step) withdraw(c Withdraw) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if c.Participant != "" && c.Participant != x.ID {
		m, err := t.moderator(c.By)
		if err != nil {
			return err
		}
		if x = t.s.seat(c.Participant); x == nil || x.Shut {
			return ErrNotFound
		}
		if x.Role.Moderates() || t.s.d.spares(m, x) {
			return ErrNotAllowed
		}
		t.hear(m)
	}
	if x.Role.Moderates() {
		return ErrNotAllowed
	}
	wasIn := false
	for _, y := range slices.Clone(t.s.d.Seats) {
		if y.Person == x.Person {
			wasIn = wasIn || y.inside()
			t.unseat(y, ReasonLeft)
			t.farewell(y, Withdrawn{y.ID}, ReasonWithdrawn)
		}
	}
	t.unexit(x.Person)
	t.unlockedPIN(x.Person)
	p := t.s.d.Persons[x.Person]
	*p = invitee{Generation: p.Generation, Removed: true}
	if !x.Shut { // of whom those who moderate have not heard yet
		for _, to := range t.s.sockets((*seat).moderator) {
			t.tell(to, Withdrawn{x.ID})
		}
	}
	t.durable = append(t.durable, Durable{Op: Forget, Person: x.Person})
	others := slices.ContainsFunc(t.s.d.Seats, func(y *seat) bool { return !y.Role.Moderates() })
	if wasIn && !others && !t.s.d.Frozen { // how a room ends in which an incident was reported is not for everybody to say
		t.end()
		t.durable = append(t.durable, Durable{Op: Delete})
	}
	return nil
}

// checkConsent refuses states in which a consent is none of those there are.
func (x *seat) checkConsent() bool {
	return x.Consent == "" || !x.Role.Moderates() && (x.Consent == ConsentGiven || x.Consent == ConsentWritten)
}
