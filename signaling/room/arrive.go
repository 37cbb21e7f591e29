package room

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// arrive seats a socket: on the seat that its device has, or on a new one, inside or outside.
func (t *step) arrive(a Arrive) error {
	if t.s.seatAt(a.Socket) != nil {
		return ErrBadCommand
	}
	if t.s.d.Config.SoundOnly && a.Media == MediaAV {
		a.Media = MediaAudio // whatever his page had open: here it is sound
	}
	if p := t.s.d.Persons[a.Person]; p != nil && p.Removed {
		return ErrRemoved
	}
	if t.s.stale(a) {
		return ErrStale
	}
	if x := t.s.seatOf(a); x != nil {
		return t.comeBack(a, x)
	}
	if t.s.seat(a.Participant) != nil {
		return ErrBadCommand
	}
	state, err := t.s.placeFor(a, t.now)
	if err != nil {
		return err
	}
	if state.Inside() && !t.s.hasRoom(a.Role, a.Person) || !state.Inside() && t.s.waiting("") >= t.s.d.Config.WaitingPerRoom {
		return ErrRoomFull
	}
	if !state.Inside() && a.Person != "" && t.s.waiting(a.Person) >= t.s.d.Config.WaitingPerLink {
		return ErrLinkFull
	}

	x := &seat{
		ID: a.Participant, Person: a.Person, Account: a.Account, Role: a.Role, Device: a.Device,
		State: state, Since: t.now, On: a.switches(), Silenced: a.silenced(), MayModerate: a.MayModerate,
	}
	known := t.s.d.Persons[a.Person]
	reenters := x.inside() && known != nil && known.LeftAt != 0
	x.Shut = state == lobby.Waiting && t.s.shuts(x.Role)
	t.know(a)
	t.s.d.Seats = append(t.s.d.Seats, x)
	t.seatedBy(a, x)
	if state == lobby.Declined {
		x.DeclinedAt = t.s.d.Persons[a.Person].DeclinedAt
	}
	if x.inside() {
		t.groupBefore(x)
		t.cameIn(x)
		if reenters {
			t.enterMuted(x)
		}
		t.s.d.ColleagueComes = t.s.d.ColleagueComes && !x.Role.Moderates()
		t.remember(a, x)
	}
	t.reservedBefore(a, x)
	t.welcome(x, false)
	return nil
}

// comeBack gives the seat of this device its new socket. It keeps its place, inside or outside.
func (t *step) comeBack(a Arrive, x *seat) error {
	if x.Role != a.Role {
		return ErrBadCommand
	}
	state := x.State
	if state == lobby.Reconnecting {
		var err error
		if state, err = lobby.Next(state, lobby.Reconnect); err != nil {
			return ErrWrongState
		}
	}
	enters := !x.inside() && x.DeclinedAt == 0 && t.s.takesSeat(a)
	if enters && !t.s.hasRoom(a.Role, a.Person) {
		return ErrRoomFull
	}

	if x.Socket != "" {
		t.tell(x.Socket, Replaced{})
		t.tell(x.Socket, Close{ReasonReplaced})
	}
	fresh := a.Fresh || a.Token == nil
	if fresh {
		// A new page may hold less than the old one (no camera this time), and no screen. It never switches on what was off.
		may := a.Media.switches()
		x.On = Switches{Audio: x.On.Audio && may.Audio, Video: x.On.Video && may.Video, VideoReserved: x.On.VideoReserved}
	}
	kept := x.inside() && !fresh
	if x.inside() && fresh {
		t.renewed = append(t.renewed, x.ID)
	}
	x.State = state
	t.know(a)
	t.seatedBy(a, x)
	if enters {
		t.moveIn(x)
	}
	t.welcome(x, kept)
	return nil
}

// seatOf gives the seat that the same person has on the same device: at most one.
func (s *State) seatOf(a Arrive) *seat {
	for _, x := range s.d.Seats {
		if x.Person == a.Person && x.Account == a.Account && x.Device == a.Device {
			return x
		}
	}
	return nil
}

// placeFor decides where somebody without a seat comes to. This and admit are the only doors.
func (s *State) placeFor(a Arrive, now int64) (lobby.State, error) {
	if a.Role.Moderates() {
		// Roles come from links and accounts alone, and who moderates needs nobody to let him in.
		if s.takesSeat(a) {
			return lobby.Admitted, nil
		}
		return lobby.Waiting, nil
	}
	p := s.d.Persons[a.Person]
	from, action := lobby.Invited, lobby.Arrive
	if p != nil && p.LeftAt != 0 && p.Bound == a.Device {
		from = lobby.Left
	}
	if s.provesAdmission(a) {
		switch {
		case p == nil || p.Bound == Device{}:
			// This room does not know of the admission: it was made before a restart or on another node, and its
			// token lives. Who is admitted stays admitted.
			from, action = lobby.Reconnecting, lobby.Reconnect
		case s.mayReenter(p, a.Device, now):
			action = lobby.Reenter
		}
	}
	state, err := lobby.Next(from, action)
	if err != nil {
		return state, ErrWrongState
	}
	if state == lobby.Waiting && p != nil && p.DeclinedAt != 0 && now < p.DeclinedAt+KnockAgainAfter.Milliseconds() {
		return lobby.Declined, nil // a new tab is not a way around the pause between two knocks
	}
	return state, nil
}

// provesAdmission reports whether the token proves the present admission of this session. That device and person are
// the token's is proven before the command is made.
func (s *State) provesAdmission(a Arrive) bool {
	return a.Token != nil && a.Token.Admitted && a.Token.Session == s.d.Config.Session && a.Token.Generation == s.generation(a)
}

// stale reports whether what the hello came with is worth nothing any more, whatever seat its device has.
func (s *State) stale(a Arrive) bool {
	if a.Token != nil {
		return a.Token.Generation < s.generation(a)
	}
	// A ticket is as old as what the store says. That may be behind the room, but never behind a new link.
	p := s.d.Persons[a.Person]
	return p != nil && a.Generation < p.Link
}

// generation is the person's, by the store or by what happened here since: the higher holds.
func (s *State) generation(a Arrive) uint32 {
	if p := s.d.Persons[a.Person]; p != nil {
		return max(a.Generation, p.Generation)
	}
	return a.Generation
}

func (s *State) mayReenter(p *invitee, d Device, now int64) bool {
	policy := lobby.Policy{Reentry: s.d.Config.Reentry}
	return lobby.MayReenter(policy, time.UnixMilli(p.LeftAt), time.UnixMilli(now), p.Bound == d)
}

// takesSeat reports whether who moderates comes in without waiting: always with an account, and with a link unless
// another device with the link is alive inside.
func (s *State) takesSeat(a Arrive) bool {
	if !a.Role.Moderates() {
		return false
	}
	for _, x := range s.d.Seats {
		if a.Person != "" && x.Person == a.Person && x.Device != a.Device && x.here() && x.Socket != "" {
			return false
		}
	}
	return true
}

// hasRoom reports whether one more may be inside. What other devices of the person are inside gives way to him.
func (s *State) hasRoom(r lobby.Role, p lobby.PersonID) bool {
	n, most := 0, MaxMembers
	if r.Moderates() {
		most = MaxCounsellors
	}
	for _, x := range s.d.Seats {
		if x.inside() && x.Role.Moderates() == r.Moderates() && (p == "" || x.Person != p) {
			n++
		}
	}
	return n < most
}

// waiting counts the seats outside: of one person, or all for "".
func (s *State) waiting(p lobby.PersonID) (n int) {
	for _, x := range s.d.Seats {
		if !x.inside() && (p == "" || x.Person == p) {
			n++
		}
	}
	return n
}

// know remembers the person.
func (t *step) know(a Arrive) {
	if a.Person == "" {
		return
	}
	d := &t.s.d
	if d.Persons == nil {
		d.Persons = map[lobby.PersonID]*invitee{}
	}
	generation := t.s.generation(a)
	if d.Persons[a.Person] == nil {
		d.Persons[a.Person] = &invitee{}
	}
	d.Persons[a.Person].Generation = generation
}

// seatedBy takes over what the hello said.
func (t *step) seatedBy(a Arrive, x *seat) {
	for _, l := range a.LockedPINs {
		if p := t.s.d.Persons[l.Person]; p == nil || !p.Removed {
			t.lockPIN(l)
		}
	}
	x.Socket, x.GoneAt, x.Parted, x.HeardAt, x.Lost = a.Socket, 0, false, t.now, false
	x.Claimed, x.Forecast = "", "" // of the line that he had before
	x.Label, x.Name = clone(a.Label), clone(a.Name)
	x.Lang, x.Platform, x.Media = a.Lang, a.Platform, a.Media
	if x.Consent == "" && !x.Role.Moderates() {
		x.Consent = a.Consent
		x.ConsentText = slices.Clone(a.ConsentText) // what was said once holds until it is withdrawn
		if p := t.s.d.Persons[x.Person]; x.Consent == "" && p.ConsentInWriting {
			x.Consent = ConsentWritten
		}
	}
	x.Identity, x.SealedLink = slices.Clone(a.Identity), slices.Clone(a.SealedLink)
}

func clone(t lobby.Text) lobby.Text {
	return lobby.Text{Plain: t.Plain, Sealed: slices.Clone(t.Sealed)}
}

func (m Media) switches() Switches {
	return Switches{Audio: m != MediaNone, Video: m == MediaAV}
}
