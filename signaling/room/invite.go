package room

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// Invited is somebody who was invited while the room is live and has not come yet, or went away again before he was let in. A room
// that is made anew does not know of him; his link is as good as any.
type Invited struct {
	Person lobby.PersonID `json:"person"`
	Role   lobby.Role     `json:"role"`
	Label  lobby.Text     `json:"label"`
}

// invite does in the room what was done outside it.
func (t *step) invite(c Invite) error {
	if p := t.s.d.Persons[c.Person]; p != nil && p.Removed {
		return nil
	}
	t.uninvite(func(i Invited) bool { return i.Person == c.Person })
	invited := append(slices.Clone(t.s.d.Invited), Invited{c.Person, c.Role, clone(c.Label)})
	t.s.d.Invited = invited[max(0, len(invited)-lobby.MaxPersons):]
	return nil
}

// forgetInvited forgets those who are in, or whose link is worth nothing any more.
func (t *step) forgetInvited() {
	t.uninvite(func(i Invited) bool {
		p := t.s.d.Persons[i.Person]
		return p != nil && p.Removed || slices.ContainsFunc(t.s.d.Seats, func(x *seat) bool { return x.inside() && x.Person == i.Person })
	})
}

func (t *step) uninvite(gone func(Invited) bool) {
	if !slices.ContainsFunc(t.s.d.Invited, gone) {
		return
	}
	var kept []Invited // none is nil, as in a room that was read
	for _, i := range t.s.d.Invited {
		if !gone(i) {
			kept = append(kept, i)
		}
	}
	t.s.d.Invited = kept
}

// expected are the invited of whom those who moderate see nobody: not those who knock.
func (s *State) expected() []Invited {
	var all []Invited
	for _, i := range s.d.Invited {
		if !slices.ContainsFunc(s.d.Seats, func(x *seat) bool { return x.Person == i.Person && !x.Shut }) {
			all = append(all, i)
		}
	}
	return all
}

func sameInvited(a, b []Invited) bool {
	return slices.EqualFunc(a, b, func(a, b Invited) bool { return a.Person == b.Person && a.Role == b.Role && a.Label.Equal(b.Label) })
}

// checkInvited refuses states that remember what they must not.
func (d *data) checkInvited() error {
	persons := map[lobby.PersonID]bool{}
	for _, i := range d.Invited {
		if !validID(i.Person) || !i.Role.Valid() || !i.Label.Valid() || persons[i.Person] {
			return errors.New("an invitation of nobody, or twice of one")
		}
		persons[i.Person] = true
	}
	if len(d.Invited) > lobby.MaxPersons {
		return errors.New("more invitations than a room can have")
	}
	return nil
}

// standIn tells those who wait that a colleague comes, who has the room from now on.
func (t *step) standIn() {
	t.s.d.ColleagueComes = !t.s.counsellorHere()
}
