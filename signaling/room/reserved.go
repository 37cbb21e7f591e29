package room

import "errors"

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
	case !t.s.d.Config.CameraCheck || x.Role.Moderates():
		return ErrNotAllowed
	case !x.inside():
		return ErrWrongState
	}
	t.hear(m)
	t.setReserved(x, true)
	return nil
}

// setReserved does it for the person, on all his devices, and tells the one that is in.
func (t *step) setReserved(x *seat, on bool) {
	if x.On.VideoReserved == on {
		return
	}
	t.s.d.Persons[x.Person].VideoReserved = on
	for _, y := range t.s.d.Seats {
		if y.Person != x.Person {
			continue
		}
		y.On.VideoReserved = on
		if y.inside() {
			t.tell(y.Socket, VideoReserved{on})
		}
	}
}

// reservedBefore closes the camera on a new seat as it was, by what the room remembers or the token says. The welcome tells it.
func (t *step) reservedBefore(a Arrive, x *seat) {
	p := t.s.d.Persons[a.Person]
	if p == nil || !t.s.d.Config.CameraCheck {
		return
	}
	x.On.VideoReserved = p.VideoReserved
	if k := a.Token; k != nil && k.VideoReserved && k.Session == t.s.d.Config.Session {
		t.setReserved(x, true)
	}
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
