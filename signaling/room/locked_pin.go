package room

import (
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// notePIN does in the room what was done outside it. It is the store that knows whose PIN is locked, because it was typed wrongly too often; a room takes it
// from there when somebody who moderates comes in.
func (t *step) notePIN(c NotePIN) error {
	if p := t.s.d.Persons[c.Person]; c.Locked && (p == nil || !p.Removed) {
		t.lockPIN(c.Invitee)
		return nil
	}
	t.unlockedPIN(c.Person)
	return nil
}

// unlockPIN gives somebody in front of the door his tries again.
func (t *step) unlockPIN(c UnlockPIN) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(t.s.d.LockedPINs, func(l Invitee) bool { return l.Person == c.Person }) {
		return ErrNotFound
	}
	t.hear(m)
	t.unlockedPIN(c.Person)
	t.durable = append(t.durable, Durable{Op: Unlocked, Person: c.Person})
	return nil
}

func (t *step) lockPIN(l Invitee) {
	at := slices.IndexFunc(t.s.d.LockedPINs, func(o Invitee) bool { return o.Person == l.Person })
	if at < 0 && len(t.s.d.LockedPINs) < lobby.MaxPersons {
		t.s.d.LockedPINs = append(slices.Clone(t.s.d.LockedPINs), l)
	}
}

func (t *step) unlockedPIN(id lobby.PersonID) {
	t.s.d.LockedPINs = without(t.s.d.LockedPINs, func(l Invitee) bool { return l.Person == id })
}
