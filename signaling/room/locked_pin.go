package room

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// LockedPIN is a person in front of the door whose PIN was typed wrongly too often. Those who moderate are told, and let him try again. It is the
// store that knows; a room takes it from there when somebody who moderates comes in.
type LockedPIN struct {
	Person lobby.PersonID `json:"person"`
	Role   lobby.Role     `json:"role"`
	Label  lobby.Text     `json:"label"`
}

// LockedPINOf is what those who moderate are told of a person.
func LockedPINOf(p lobby.Person) LockedPIN {
	return LockedPIN{Person: p.ID, Role: p.Role, Label: clone(p.Label)}
}

func (l LockedPIN) ok() bool { return validID(l.Person) && l.Role.Valid() && l.Label.Valid() }

// notePIN does in the room what was done outside it.
func (t *step) notePIN(c NotePIN) error {
	if p := t.s.d.Persons[c.Person]; c.Locked && (p == nil || !p.Removed) {
		t.lockPIN(c.LockedPIN)
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
	if !slices.ContainsFunc(t.s.d.LockedPINs, func(l LockedPIN) bool { return l.Person == c.Person }) {
		return ErrNotFound
	}
	t.hear(m)
	t.unlockedPIN(c.Person)
	t.durable = append(t.durable, Durable{Op: Unlocked, Person: c.Person})
	return nil
}

// lockPIN and unlockedPIN make a list anew: the one before is in the picture.
func (t *step) lockPIN(l LockedPIN) {
	at := slices.IndexFunc(t.s.d.LockedPINs, func(o LockedPIN) bool { return o.Person == l.Person })
	if at < 0 && len(t.s.d.LockedPINs) < lobby.MaxPersons {
		t.s.d.LockedPINs = append(slices.Clone(t.s.d.LockedPINs), l)
	}
}

func (t *step) unlockedPIN(id lobby.PersonID) {
	var kept []LockedPIN // none is nil, as in a room that was read
	for _, l := range t.s.d.LockedPINs {
		if l.Person != id {
			kept = append(kept, l)
		}
	}
	t.s.d.LockedPINs = kept
}

func sameLockedPINs(a, b []LockedPIN) bool {
	return slices.EqualFunc(a, b, func(a, b LockedPIN) bool { return a.Person == b.Person })
}

// checkLockedPINs refuses states that remember what they must not.
func (d *data) checkLockedPINs() error {
	persons := map[lobby.PersonID]bool{}
	for _, l := range d.LockedPINs {
		if !l.ok() || persons[l.Person] {
			return errors.New("a locked PIN of nobody, or two of one person")
		}
		persons[l.Person] = true
	}
	if len(d.LockedPINs) > lobby.MaxPersons {
		return errors.New("too many locked PINs")
	}
	return nil
}
