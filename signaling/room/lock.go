package room

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// lock closes the door to whoever is not in, or opens it: then those who came meanwhile knock, in the order in which they came.
func (t *step) lock(c Lock) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	t.hear(m)
	t.s.d.Locked, t.s.d.LockSaid = c.On, true
	if c.On {
		return nil
	}
	for _, x := range slices.Clone(t.s.d.Seats) {
		if x.Shut {
			x.Shut, x.Since = false, t.now
			t.last(x)
		}
	}
	return nil
}

// shuts reports whether somebody who begins to wait now must not knock. Who moderates can, or nobody could unlock.
func (s *State) shuts(r lobby.Role) bool { return s.d.Locked && !r.Moderates() }

// checkLock refuses states in which somebody is kept out who cannot be.
func (d *data) checkLock() error {
	for _, x := range d.Seats {
		if x.Shut && (!d.Locked || x.State != lobby.Waiting || x.Role.Moderates()) {
			return errors.New("somebody shut out of a room that is open to him")
		}
	}
	return nil
}
