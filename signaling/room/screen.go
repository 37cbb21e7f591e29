package room

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
)

// mayShare reports whether this seat may begin, or go on, to share its screen: by the room's rule, and because nobody
// else of its group does.
func (s *State) mayShare(x *seat) error {
	if !s.d.allows(x) {
		return ErrNotAllowed
	}
	if other := s.d.sharer(x.Group); other != nil && other != x {
		return ErrWrongState
	}
	return nil
}

// allows reports whether the room's rule lets this seat share.
func (d *data) allows(x *seat) bool {
	switch d.shareRule() {
	case ShareAll:
		return true
	case ShareCounsellors:
		return x.moderates()
	}
	return false
}

// shareRule is what the policy says, and what whoever moderates has made of it.
func (d *data) shareRule() ShareRule {
	switch {
	case d.Config.Share == lobby.ShareNobody:
		return ShareNobody
	case d.ShareOpen:
		return ShareAll
	}
	return ShareCounsellors
}

// sharer is whoever shares a screen in a group, nil for nobody.
func (d *data) sharer(group int) *seat {
	for _, x := range d.Seats {
		if x.On.Screen && x.Group == group {
			return x
		}
	}
	return nil
}

func (t *step) share(c Share) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	d := &t.s.d
	if d.Config.Share != lobby.ShareOnRequest {
		return ErrNotAllowed
	}
	t.hear(m)
	d.ShareOpen = c.Rule == ShareAll
	for _, x := range d.Seats {
		if !d.allows(x) {
			t.switchOff(x, Screen)
		}
	}
	return nil
}

func (t *step) pin(c PinFor) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if c.Pin != (Pin{}) {
		x := t.s.seat(c.Pin.Participant)
		switch {
		case x == nil || !x.inside():
			return ErrNotFound
		case t.s.d.Groups > 0, !x.shows(c.Pin.Source):
			return ErrWrongState
		}
	}
	t.hear(m)
	t.s.d.Pin = c.Pin
	return nil
}

// shows reports whether the picture can be pinned for all: no screen that is not shared, and no camera that is not for all.
func (x *seat) shows(s Source) bool {
	if s == SourceScreen {
		return x.On.Screen
	}
	return !x.On.VideoReserved
}

// unpin forgets a pin of who is no longer in, of a screen that is no longer shared, and of a camera that was reserved.
func (t *step) unpin() {
	if !t.s.d.holdsPin() {
		t.s.d.Pin = Pin{}
	}
}

// holdsPin reports whether there is what is pinned.
func (d *data) holdsPin() bool {
	for _, x := range d.Seats {
		if x.ID == d.Pin.Participant {
			return x.inside() && x.shows(d.Pin.Source)
		}
	}
	return false
}

// ok reports whether it names a picture.
func (p Pin) ok() bool {
	return validID(p.Participant) && (p.Source == SourceCamera || p.Source == SourceScreen)
}

// rules gives what those who are in may know of the room besides.
func (s *State) rules() Rules {
	return Rules{
		Groupable: s.d.Config.Groups, Groups: s.d.Groups,
		Share: s.d.shareRule(), ShareLocked: s.d.Config.Share != lobby.ShareOnRequest, Lines: s.d.Config.Lines, SealedOnly: s.d.Config.SealedOnly,
		CameraCheck: s.d.Config.CameraCheck, Consultation: s.d.Consultation,
		Chat: s.d.Config.Chat, Reentry: s.d.Config.Reentry, StayOpen: s.d.Config.StayOpen, OpenUntil: s.d.OpenUntil, Colleague: s.d.ColleagueComes, Pin: s.d.Pin,
		SilentSign: s.d.Config.SilentSign, Shown: s.d.Shown,
	}
}

// checkScreens refuses states in which somebody shares who must not, or something is pinned that is not there.
func (d *data) checkScreens() error {
	for _, x := range d.Seats {
		if x.On.Screen && (!x.inside() || !d.allows(x) || d.sharer(x.Group) != x) {
			return errors.New("a screen that must not be shared")
		}
	}
	if d.Pin != (Pin{}) && (!d.Pin.ok() || !d.holdsPin()) {
		return errors.New("a pin of nobody")
	}
	if d.ShareOpen && d.Config.Share != lobby.ShareOnRequest {
		return errors.New("a rule that the policy has locked")
	}
	return nil
}
