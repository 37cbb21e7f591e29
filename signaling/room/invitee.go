package room

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// Invitee is somebody of whom those who moderate are told though he is in front of the door and has no seat.
type Invitee struct {
	Person lobby.PersonID `json:"person"`
	Role   lobby.Role     `json:"role"`
	Label  lobby.Text     `json:"label"`
}

// InviteeOf is what those who moderate are told of a person.
func InviteeOf(p lobby.Person) Invitee {
	return Invitee{Person: p.ID, Role: p.Role, Label: clone(p.Label)}
}

func (i Invitee) ok() bool { return validID(i.Person) && i.Role.Valid() && i.Label.Valid() }

func sameInvitees(a, b []Invitee) bool {
	return slices.EqualFunc(a, b, func(a, b Invitee) bool { return a.Person == b.Person && a.Role == b.Role && a.Label.Equal(b.Label) })
}

// without gives a list of its own, for the one before is in the picture. None is nil, as in a room that was read.
func without(all []Invitee, gone func(Invitee) bool) (kept []Invitee) {
	for _, i := range all {
		if !gone(i) {
			kept = append(kept, i)
		}
	}
	return kept
}

// checkInvitees refuses states that remember of people in front of the door what they must not.
func (d *data) checkInvitees() error {
	for _, all := range [][]Invitee{d.Invited, d.LockedPINs} {
		persons := map[lobby.PersonID]bool{}
		for _, i := range all {
			if !i.ok() || persons[i.Person] {
				return errors.New("an invitation or a locked PIN of nobody, or twice of one")
			}
			persons[i.Person] = true
		}
		if len(all) > lobby.MaxPersons {
			return errors.New("more invitations or locked PINs than a room can have")
		}
	}
	return nil
}
