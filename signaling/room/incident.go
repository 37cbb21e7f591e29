package room

import "github.com/anteroom-video/anteroom/lobby"

// incident freezes the room, or lets it go on.
func (t *step) incident(c Incident) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	d := &t.s.d
	if !c.On && !t.s.mayThaw(m) {
		return ErrNotAllowed
	}
	t.hear(m)
	d.FrozenSaid = true
	switch {
	case !c.On:
		d.Frozen, d.FrozenBy = false, ""
	case !d.Frozen:
		d.Frozen, d.FrozenBy = true, m.ID
	}
	return nil
}

// mayThaw reports whether this seat may let a frozen room go on, or end it: whoever reported the incident, and counsellors. Another co-counsellor
// may not, since it may be about him; and a counsellor can come into every room, so that none stays frozen for want of somebody.
func (s *State) mayThaw(x *seat) bool {
	return !s.d.Frozen || x.Role == lobby.RoleCounsellor || x.ID == s.d.FrozenBy
}
