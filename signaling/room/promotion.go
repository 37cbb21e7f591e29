package room

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// Moderation is lent by a counsellor or co-counsellor to somebody who is in and whose link was marked for it, and taken back by any of
// them. It is of the seat alone: it ends with being taken back or put back, with leaving, with another device and with the room, and no
// token remembers it, so that a restart ends it as well. Who has it may do what a co-counsellor may, but nothing that decides who moderates.

// promote lends moderation, or takes it back.
func (t *step) promote(c Promote) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	x := t.s.seat(c.Participant)
	switch {
	case m.Promoted:
		return ErrNotAllowed // it is not his to hand on, or to take from anybody
	case x == nil || x.Shut:
		return ErrNotFound
	case c.On && !t.s.d.lends(x):
		return ErrNotAllowed
	case !x.inside() || x.Promoted == c.On || c.On && x.Socket == "":
		return ErrWrongState
	}
	t.hear(m)
	if !c.On {
		t.demote(x)
		return nil
	}
	x.Promoted = true
	t.hear(x)
	t.tellOwn(x, func(v View) Body { return Promotion{On: true, Members: v.Members, Door: v.Door} })
	return nil
}

// lends reports whether moderation may be lent to this seat's person: by the policy, by the mark of the link, and by the role.
func (d *data) lends(x *seat) bool {
	return d.Config.Delegation && x.MayModerate && x.Role.Lendable()
}

// demote takes back what was lent, with what was done by it alone: a screen that is not for all to share.
func (t *step) demote(x *seat) {
	x.Promoted, x.Lost = false, false
	if x.On.Screen && !t.s.d.allows(x) {
		t.switchOff(x, Screen)
	}
	t.tellOwn(x, func(v View) Body { return Promotion{Members: v.Members} })
}

// tellOwn says something that is made of the view of this seat, to whom the differences are told besides.
func (t *step) tellOwn(x *seat, body func(View) Body) {
	if x.Socket != "" {
		t.own = append(t.own, message{[]Socket{x.Socket}, func() Body { return body(t.s.view(x, t.now)) }})
	}
}

// spares reports whether m may not send away the person of x: to whom moderation was lent sends away nobody to whom it was lent, on whatever device.
func (d *data) spares(m, x *seat) bool {
	return m.Promoted && slices.ContainsFunc(d.Seats, func(y *seat) bool { return y.Promoted && y.Person == x.Person })
}

// checkPromoted refuses states in which somebody moderates to whom nobody can have lent it.
func (d *data) checkPromoted() error {
	for _, x := range d.Seats {
		if x.Promoted && (!x.inside() || !d.lends(x)) {
			return errors.New("moderation that nobody can have lent")
		}
		if x.MayModerate && (x.Person == lobby.PersonID("") || !x.Role.Lendable()) {
			return errors.New("a mark of somebody who cannot have it")
		}
	}
	return nil
}
