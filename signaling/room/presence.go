package room

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

func (t *step) disconnect(c Disconnect) error {
	x, err := t.asks(c.Socket)
	if err != nil {
		return err
	}
	if x.inside() {
		next, err := lobby.Next(x.State, lobby.Disconnect)
		if err != nil {
			return ErrWrongState
		}
		x.State = next
	}
	x.Socket, x.GoneAt, x.Parted = "", t.now, c.Parted
	return nil
}

func (t *step) leave(c Leave) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if c.Quick {
		t.exited(x)
	}
	t.depart(x)
	t.farewell(x, nil, ReasonLeft)
	return nil
}

// depart is how somebody goes away himself, deliberately or by staying away too long. Who was admitted may come back
// from the same device for as long as the policy lets him; where it lets nobody, his token is made worthless, durably.
func (t *step) depart(x *seat) {
	t.unseat(x, ReasonLeft)
	if !x.inside() || x.Role.Moderates() {
		return
	}
	if t.s.d.Config.Reentry == 0 {
		t.raise(x.Person)
		return
	}
	p := t.s.d.Persons[x.Person]
	p.LeftAt, p.Group = t.now, x.Group
}

// heardAgain does the common case without looking at the whole room: somebody is inside and was heard all the time.
func (s *State) heardAgain(id Participant, now int64) bool {
	x := s.seat(id)
	if x == nil || x.Lost {
		return false
	}
	s.d.Latest, x.HeardAt = now, now
	return true
}

func (t *step) heard(c Heard) error {
	x := t.s.seat(c.Participant)
	if x == nil {
		return ErrNotFound
	}
	t.hear(x)
	return nil
}

// hear notes that something came from this seat.
func (t *step) hear(x *seat) { x.HeardAt, x.Lost = t.now, false }

// tick does what is due at this time.
func (t *step) tick() {
	for _, x := range slices.Clone(t.s.d.Seats) {
		if at, ok := x.lostAt(); ok && t.now >= at {
			x.Lost = true
		}
		if at, ok := x.leavesAt(); ok && t.now >= at {
			t.depart(x)
		}
	}
	if at, ok := t.s.endsAt(); ok && t.now >= at {
		t.end()
		t.durable = append(t.durable, Durable{Op: Delete})
	}
}

// lostAt is when somebody who moderates counts as gone.
func (x *seat) lostAt() (int64, bool) {
	return x.HeardAt + LostAfter.Milliseconds(), x.here()
}

// leavesAt is when a seat without a socket is given up.
func (x *seat) leavesAt() (int64, bool) {
	if !x.inside() {
		return x.GoneAt + WaitingGrace.Milliseconds(), x.Socket == ""
	}
	return max(x.GoneAt, x.HeardAt) + SeatGrace.Milliseconds(), x.Socket == ""
}

// endsAt is when a paused room ends.
func (s *State) endsAt() (int64, bool) {
	return s.d.PausedAt + s.d.Config.EndAfter.Milliseconds(), s.d.Paused
}

// Deadline gives the time at which the next [Tick] is due; false when there is none.
func (s *State) Deadline() (time.Time, bool) {
	next, due := s.endsAt()
	earlier := func(at int64, ok bool) {
		if ok && (!due || at < next) {
			next, due = at, true
		}
	}
	earlier(s.pairsAt())
	earlier(s.exitsAt())
	earlier(s.d.OpenUntil, s.d.OpenUntil != 0)
	for _, x := range s.d.Seats {
		earlier(x.lostAt())
		earlier(x.leavesAt())
	}
	return time.UnixMilli(next), due
}

// settle draws the consequences of who is here now: it pauses the room, and lets it go on.
func (t *step) settle() {
	t.letModeratorsIn()
	t.unpin()
	t.forgetExits()
	t.forgetInvited()
	t.endOpen()
	d := &t.s.d
	d.settleConsultation()
	switch here := t.s.counsellorHere(); {
	case here && d.Paused:
		if t.now > d.PausedAt+ResumeWithin.Milliseconds() && t.s.othersInside() {
			d.Held = true // see the package's comment: after that minute nobody expects to be seen
		}
		d.Paused, d.PausedAt = false, 0
	case !here && d.Begun && !d.Paused && d.OpenUntil == 0:
		d.Paused, d.PausedAt = true, t.now
	}
	d.Seen = d.Seen || t.s.counsellorHere()
	t.settlePair()
}

// letModeratorsIn gives a seat to who moderates by link and waits because of his other device, once that one is gone.
// Who was declined meanwhile stays outside: there a counsellor has decided.
func (t *step) letModeratorsIn() {
	for _, x := range slices.Clone(t.s.d.Seats) {
		if x.inside() || !x.Role.Moderates() || x.DeclinedAt != 0 || x.Socket == "" || !t.s.hasRoom(x.Role, x.Person) {
			continue
		}
		if slices.ContainsFunc(t.s.d.Seats, func(y *seat) bool { return y.Person == x.Person && y.inside() }) {
			continue
		}
		t.moveIn(x)
		if !slices.Contains(t.whole, x.Socket) {
			generation := t.s.d.Persons[x.Person].Generation
			t.tellView(x, func(v View) Body { return Admitted{Generation: generation, Standing: t.s.standing(x), View: v} })
		}
	}
}

// othersInside reports whether somebody who does not moderate is inside.
func (s *State) othersInside() bool {
	return slices.ContainsFunc(s.d.Seats, func(x *seat) bool { return x.inside() && !x.moderates() })
}
