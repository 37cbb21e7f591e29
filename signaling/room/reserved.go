package room

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
)

// A camera is reserved by who moderates and opened to all by its person alone: whoever held a card or his home before it trusts that
// nobody else sees it until he says so, and a counsellor's click would film him for others. It holds for the person, on all his
// devices, over leaving, being put back, a new link and a restart.

func (t *step) reserveVideo(c ReserveVideo) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	x := t.s.seat(c.Participant)
	switch {
	case x == nil:
		return ErrNotFound
	case !t.s.d.Config.CameraCheck || x.moderates():
		return ErrNotAllowed
	case !x.inside():
		return ErrWrongState
	}
	t.hear(m)
	t.setReserved(x.Person, true, nil)
	return nil
}

// setReserved does it for the person, on all his devices, and tells the one that is in; but not greeted, who has a welcome coming.
func (t *step) setReserved(id lobby.PersonID, on bool, greeted *seat) {
	p := t.s.d.Persons[id]
	if p == nil || p.VideoReserved == on {
		return
	}
	p.VideoReserved = on
	for _, x := range t.s.d.Seats {
		if x.Person != id {
			continue
		}
		x.On.VideoReserved = on
		if x.inside() && x != greeted {
			t.tell(x.Socket, VideoReserved{on})
		}
	}
}

// reservedBefore closes the camera on a new seat as it was, by what the room remembers or the token says. The welcome tells it.
func (t *step) reservedBefore(a Arrive, x *seat) {
	p := t.s.d.Persons[a.Person]
	if p == nil || !t.s.d.Config.CameraCheck {
		return
	}
	if k := a.Token; k != nil && k.VideoReserved && k.Session == t.s.d.Config.Session {
		t.setReserved(a.Person, true, x)
	}
	x.On.VideoReserved = p.VideoReserved
}

// checkReserved refuses states in which a camera is reserved that cannot be, or on one device of a person alone.
func (d *data) checkReserved() error {
	for _, x := range d.Seats {
		p := d.Persons[x.Person]
		if x.On.VideoReserved != (p != nil && p.VideoReserved) {
			return errors.New("a camera that is reserved on one device alone")
		}
	}
	for _, p := range d.Persons {
		if p != nil && p.VideoReserved && !d.Config.CameraCheck {
			return errors.New("a camera that the policy lets nobody reserve")
		}
	}
	return nil
}
