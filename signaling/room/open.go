package room

import (
	"errors"
	"slices"
)

// leaveOpen is how the last counsellor goes out and lets the others go on, for a time that is told to them.
func (t *step) leaveOpen(c LeaveOpen) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if c.For > t.s.d.Config.StayOpen {
		return ErrNotAllowed
	}
	another := slices.ContainsFunc(t.s.d.Seats, func(x *seat) bool { return x != m && x.here() })
	if another || t.s.d.Held || t.s.d.Frozen || t.s.d.Paused || t.s.d.Groups > 0 || !t.s.othersInside() {
		return ErrWrongState
	}
	t.s.d.OpenUntil = t.now + c.For.Milliseconds()
	t.depart(m)
	t.farewell(m, nil, ReasonLeft)
	return nil
}

// endOpen ends it when its time is over, a counsellor is here again, nobody is left for whom it is, or the room is found to be held.
func (t *step) endOpen() {
	d := &t.s.d
	if d.OpenUntil != 0 && (t.now >= d.OpenUntil || t.s.counsellorHere() || d.Held || d.Frozen || !t.s.othersInside()) {
		d.OpenUntil = 0
	}
}

// checkOpen refuses states in which a room is open against its policy, or beside a hold or pause.
func (d *data) checkOpen() error {
	if d.OpenUntil != 0 && (d.Config.StayOpen == 0 || d.Held || d.Frozen || d.Paused || d.OpenUntil > d.Latest+d.Config.StayOpen.Milliseconds()) {
		return errors.New("a room that stays open and may not")
	}
	return nil
}
