package room

import (
	"errors"
	"fmt"
)

// How many groups a room can be divided into.
const (
	MinGroups = 2
	MaxGroups = 8
)

// Groups are a room's small rooms. What keeps them apart is what keeps a held room's counsellors apart from the others: the Group of
// a [Flow]. That nobody who moderates is in a group is no reason to cut it: whoever opened it did so on purpose, and it goes on for as
// long as one of them is heard anywhere in the room.

// Place is the group that a member is assigned to; 0 is the main room.
type Place struct {
	Participant Participant `json:"participant"`
	Group       int         `json:"group"`
}

// divide opens groups, or changes those that run.
func (t *step) divide(c Divide) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	d := &t.s.d
	if !d.Config.Groups {
		return ErrNotAllowed
	}
	to := make(map[Participant]int, len(c.Places))
	for _, p := range c.Places {
		x := t.s.seat(p.Participant)
		switch {
		case x == nil || !x.inside():
			return ErrNotFound
		case x.moderates():
			return ErrNotAllowed // he goes himself
		}
		to[x.ID] = p.Group
	}
	for _, x := range d.Seats {
		if _, moved := to[x.ID]; !moved && x.Group > c.Groups {
			return ErrWrongState // a group that somebody is in does not vanish
		}
	}
	t.hear(m)
	// What a resume token says of a hold is old from now on, since it says one while there are groups; a pin is of the room as a whole.
	d.Groups, d.HoldSaid, d.Pin = c.Groups, true, Pin{}
	for _, x := range d.Seats {
		if group, ok := to[x.ID]; ok {
			t.move(x, group)
		}
	}
	for _, p := range d.Persons {
		if p.Group > c.Groups {
			p.Group = 0
		}
	}
	return nil
}

// recall brings everybody back, and there are no groups any more.
func (t *step) recall(c Recall) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if t.s.d.Groups == 0 {
		return ErrWrongState
	}
	t.hear(m)
	t.s.d.Groups = 0
	for _, x := range t.s.d.Seats {
		t.move(x, 0)
	}
	for _, p := range t.s.d.Persons {
		p.Group = 0
	}
	return nil
}

// enterGroup takes whoever moderates into a group, or back.
func (t *step) enterGroup(c EnterGroup) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if c.Group > t.s.d.Groups || t.s.d.Groups == 0 {
		return ErrWrongState
	}
	t.hear(m)
	t.move(m, c.Group)
	return nil
}

// move brings a seat to another group. His screen stays behind: he chose to show it to others.
func (t *step) move(x *seat, group int) {
	if x.Group == group {
		return
	}
	x.Group = group
	t.switchOff(x, Screen)
}

// groupBefore brings somebody who comes back to the group that he left.
func (t *step) groupBefore(x *seat) {
	if p := t.s.d.Persons[x.Person]; p != nil && !x.moderates() {
		x.Group, p.Group = p.Group, 0
	}
}

// sees reports whether x, who is in, is told that y is: who moderates knows of everybody and everybody of him, the others of their own group alone.
func (x *seat) sees(y *seat) bool {
	return x.moderates() || y.moderates() || x.Group == y.Group
}

// groupName is what media knows a group by.
func groupName(n int) string {
	if n == 0 {
		return everybody
	}
	return fmt.Sprintf("%s/%d", everybody, n)
}

// checkGroups refuses states in which somebody is in a group that there is not, or groups are beside what there is for a whole room alone.
func (d *data) checkGroups() error {
	if d.Groups != 0 && (!d.Config.Groups || d.Groups < MinGroups || d.Groups > MaxGroups || d.Pair != nil || d.OpenUntil != 0 || d.Pin != (Pin{})) {
		return errors.New("groups that there cannot be")
	}
	for _, x := range d.Seats {
		if x.Group < 0 || x.Group > d.Groups || x.Group != 0 && !x.inside() {
			return errors.New("somebody in a group that there is not")
		}
	}
	for _, p := range d.Persons {
		if p != nil && (p.Group < 0 || p.Group > d.Groups) {
			return errors.New("a person whose group there is not")
		}
	}
	return nil
}
