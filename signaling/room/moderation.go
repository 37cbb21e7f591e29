package room

import "github.com/anteroom-video/anteroom/lobby"

func (t *step) self(c Self) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if !x.inside() {
		return ErrWrongState
	}
	if c.Screen != nil && *c.Screen {
		if err := t.s.mayShare(x); err != nil {
			return err
		}
	}
	if c.Video != nil && *c.Video && t.s.d.Config.SoundOnly {
		return ErrNotAllowed
	}
	t.hear(x)
	if c.Connection != "" {
		x.Claimed = c.Connection
		if c.Connection == OK {
			x.Claimed = ""
		}
	}
	if c.Screen != nil {
		x.On.Screen = *c.Screen
	}
	if c.Unreserve {
		t.setReserved(x.Person, false, nil)
	}
	if c.Audio != nil {
		x.On.Audio, x.Silenced.Audio, x.EnteredMuted = *c.Audio, x.Silenced.Audio && !*c.Audio, x.EnteredMuted && !*c.Audio
	}
	if c.Video != nil {
		x.On.Video, x.Silenced.Video = *c.Video, x.Silenced.Video && !*c.Video
	}
	return nil
}

func (t *step) mute(c Mute) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	x := t.s.seat(c.Participant)
	if x == nil {
		return ErrNotFound
	}
	if !x.inside() {
		return ErrWrongState
	}
	t.hear(m)
	t.switchOff(x, c.Kind)
	return nil
}

func (t *step) muteAll(c MuteAll) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	t.hear(m)
	for _, x := range t.s.d.Seats {
		if x.inside() && !x.Role.Moderates() {
			t.switchOff(x, Audio)
		}
	}
	return nil
}

// switchOff is a counsellor's mute. There is no way to switch on for somebody else.
func (t *step) switchOff(x *seat, k Kind) {
	on, silenced := &x.On.Audio, &x.Silenced.Audio
	switch k {
	case Video:
		on, silenced = &x.On.Video, &x.Silenced.Video
	case Screen:
		on, silenced = &x.On.Screen, &x.Silenced.Screen
	}
	if *on {
		*on, *silenced = false, true
		t.tell(x.Socket, Muted{k})
	}
}

func (t *step) hold(c Hold) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if t.s.d.Frozen && !c.On {
		return ErrWrongState // the incident comes first
	}
	d := &t.s.d
	if c.Consultation && d.moderatorsHere() < 2 {
		return ErrWrongState
	}
	t.hear(m)
	d.Held, d.HoldSaid, d.Consultation = c.On, true, c.Consultation
	return nil
}

// moderators counts those who moderate and are in, moderatorsHere those of them of whom something is heard. Somebody on two devices is one.
func (d *data) moderators() int     { return d.count((*seat).moderator) }
func (d *data) moderatorsHere() int { return d.count((*seat).here) }

func (d *data) count(is func(*seat) bool) int {
	type somebody struct {
		person  lobby.PersonID
		account lobby.AccountID
	}
	all := map[somebody]bool{}
	for _, x := range d.Seats {
		if is(x) {
			all[somebody{x.Person, x.Account}] = true
		}
	}
	return len(all)
}

// settleConsultation keeps the room held when the last colleague has gone, and no longer says that two speak.
func (d *data) settleConsultation() { d.Consultation = d.Consultation && d.moderators() >= 2 }

func (t *step) endBy(c End) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	if !t.s.mayThaw(m) {
		return ErrNotAllowed
	}
	t.end()
	t.durable = append(t.durable, Durable{Op: Delete})
	return nil
}
