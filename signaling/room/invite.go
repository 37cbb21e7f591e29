package room

import (
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// invite does in the room what was done outside it. The invited are remembered until they are in, or their link is worth nothing; a room that is made
// anew does not know of them, and their links are as good as any.
func (t *step) invite(c Invite) error {
	if p := t.s.d.Persons[c.Person]; p != nil && p.Removed {
		return nil
	}
	t.uninvite(func(i Invitee) bool { return i.Person == c.Person })
	invited := append(slices.Clone(t.s.d.Invited), Invitee{c.Person, c.Role, clone(c.Label)})
	t.s.d.Invited = invited[max(0, len(invited)-lobby.MaxPersons):]
	return nil
}

// forgetInvited forgets those who are in, or whose link is worth nothing any more.
func (t *step) forgetInvited() {
	t.uninvite(func(i Invitee) bool {
		p := t.s.d.Persons[i.Person]
		return p != nil && p.Removed || slices.ContainsFunc(t.s.d.Seats, func(x *seat) bool { return x.inside() && x.Person == i.Person })
	})
}

func (t *step) uninvite(gone func(Invitee) bool) {
	if slices.ContainsFunc(t.s.d.Invited, gone) {
		t.s.d.Invited = without(t.s.d.Invited, gone)
	}
}

// expected are the invited of whom those who moderate see nobody: not those who knock.
func (s *State) expected() []Invitee {
	var all []Invitee
	for _, i := range s.d.Invited {
		if !slices.ContainsFunc(s.d.Seats, func(x *seat) bool { return x.Person == i.Person && !x.Shut }) {
			all = append(all, i)
		}
	}
	return all
}

// standIn tells those who wait that a colleague comes, who has the room from now on.
func (t *step) standIn() {
	t.s.d.ColleagueComes = !t.s.counsellorHere()
}
