package client

import (
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
	"github.com/anteroom-video/anteroom/signaling/client/sealer"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// ErrUnseen: the server has not said yet, or no longer, that this participant waits. In a sealed call a counsellor lets nobody in of whom he has not
// seen who that is.
var ErrUnseen = errors.New("client: nobody is seen to wait with this id")

const (
	// reentry is how long who left may come back without being let in anew.
	reentry = 10 * time.Minute
	// askedEvery is how often somebody is asked for a secret that is missing.
	askedEvery = time.Second
	// talliesMost is how many people are counted for themselves; further ones are counted as nobody's.
	talliesMost = 256
)

// sealing is what makes a call a sealed one: who one is to the others, who of them is in by more than the server's word, and the keys. Of a call that
// is not sealed it is nil, which does nothing.
type sealing struct {
	device  credential.Device
	secrets circle.Secrets
	emit    func(Event)
	own     *sealer.Own
	others  *sealer.Others
	letters *letters

	mu sync.Mutex // guards the following
	// said is what the last hello said of oneself.
	said *circle.Own
	// circle is that of seat, begun with what said was then; nil before the first welcome.
	circle *circle.Circle
	begun  *circle.Own
	seat   circle.Seat
	frozen bool // the room is
	// members and waiting are the others as the server says it, by participant.
	members  map[string]placed
	waiting  map[string]circle.Seat
	group    int // one's own; 0 is the main room
	standing map[string]circle.Standing
	tallies  map[string]*tally
}

// placed is one of the others, and the group that he is in.
type placed struct {
	circle.Seat
	group int
}

// tally is what came of one participant.
type tally struct {
	counts sealer.Counts
	asked  time.Time // for a secret that was missing
}

func newSealing(device credential.Device, secrets circle.Secrets, emit func(Event)) *sealing {
	s := &sealing{
		device: device, secrets: secrets, emit: emit, others: sealer.NewOthers(), letters: newLetters(),
		members: map[string]placed{}, waiting: map[string]circle.Seat{}, tallies: map[string]*tally{},
	}
	s.own = sealer.NewOwn(s.renew)
	return s
}

// introduce gives what the hello says of oneself. Who comes with a ticket is, to the others, the same device with another session: what they told the
// one before is not to be told to him again by the server.
func (s *sealing) introduce(ticket bool) ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.said != nil && !ticket {
		return s.said.Identity, nil
	}
	secret, claim := s.secrets.Room, circle.Counsellor
	if secret == nil {
		secret, claim = s.secrets.Link, circle.Person
	}
	own, err := circle.NewOwn(s.device, secret, claim)
	if err != nil {
		return nil, err
	}
	s.said = own
	return own.Identity, nil
}

// welcomed begins a circle for the seat, or goes on with the one that there is.
func (s *sealing) welcomed(w *wire.Welcome) {
	if s == nil {
		return
	}
	s.mu.Lock()
	seat := circle.Seat{Participant: w.Participant, Role: string(w.Role), Identity: s.said.Identity}
	old, own := s.circle, s.said
	same := old != nil && s.begun == own && s.seat.Participant == seat.Participant && s.seat.Role == seat.Role
	s.mu.Unlock()
	if same {
		old.Again()
	} else {
		if old != nil {
			old.Close() // it may still have something to say here: nothing is locked
		}
		s.letters.burn()
		next := circle.New(own, seat, s.secrets, circle.Around{
			Send: s.letters.post, Frames: s, OnStanding: s.stands, Reentry: reentry,
		})
		s.mu.Lock()
		s.circle, s.begun, s.seat, s.standing = next, own, seat, nil
		s.mu.Unlock()
	}
	s.sees(w.State)
}

// close ends it: nothing is sealed or opened any more.
func (s *sealing) close() {
	if s == nil {
		return
	}
	if c := s.people(); c != nil {
		c.Close()
	}
}

// people is the circle, nil before the first welcome.
func (s *sealing) people() *circle.Circle {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.circle
}

// happened takes over what an event says, and reports whether that was for the circle alone. The reader alone calls it.
func (s *sealing) happened(body wire.Body) (taken bool) {
	if s == nil {
		return false
	}
	switch e := body.(type) {
	case *wire.Admitted:
		s.sees(e.State)
	case *wire.WasPutBack:
		s.sees(e.State)
	case *wire.Promoted:
		s.mu.Lock()
		clear(s.waiting)
		for _, w := range e.Waiting {
			s.waiting[w.Participant] = waiterOf(&w)
		}
		s.mu.Unlock()
		s.seats(func() {
			clear(s.members)
			for _, m := range e.Members {
				s.members[m.Participant] = seatOf(&m)
			}
		})
	case *wire.Member:
		s.seats(func() { s.members[e.Participant] = seatOf(e) })
	case *wire.Grouped:
		s.seats(func() { s.placeLocked(e.Group, e.Members) })
	case *wire.MemberGone:
		s.seats(func() { delete(s.members, e.Participant) })
	case *wire.Waiting:
		s.mu.Lock()
		s.waiting[e.Participant] = waiterOf(e)
		s.mu.Unlock()
	case *wire.WaitingGone:
		s.mu.Lock()
		delete(s.waiting, e.Participant)
		s.mu.Unlock()
	case *wire.Room:
		s.holds(*e)
	case *wire.Sealed:
		s.people().Heard(e.From, e.Sealed)
		return true
	}
	return false
}

func seatOf(m *wire.Member) placed {
	return placed{circle.Seat{Participant: m.Participant, Role: string(m.Role), Identity: m.Identity, Person: m.Person, Promoted: m.Promoted}, m.Group}
}

func waiterOf(w *wire.Waiting) circle.Seat {
	return circle.Seat{Participant: w.Participant, Role: string(w.Role), Identity: w.Identity, Person: w.Person}
}

// holds takes over whether the room is held. While it is frozen the server hands nothing on: what it has swallowed is told again afterwards.
func (s *sealing) holds(r wire.Room) {
	s.mu.Lock()
	thawed := s.frozen && !r.Frozen
	s.frozen = r.Frozen
	s.mu.Unlock()
	s.people().Hold(r.Held)
	if thawed {
		s.people().Again()
	}
}

// sees takes over everything that a state says of the others.
func (s *sealing) sees(state wire.State) {
	s.holds(state.Room) // first: nobody is told a key who is not to have it
	s.seats(func() {
		group := 0
		if state.Self != nil {
			group = state.Self.Group
		}
		s.placeLocked(group, state.Members)
		clear(s.waiting)
		for _, w := range state.Waiting {
			s.waiting[w.Participant] = waiterOf(&w)
		}
	})
}

// placeLocked takes over in which group one is, and everybody of whom one is told.
func (s *sealing) placeLocked(group int, members []wire.Member) {
	s.group = group
	clear(s.members)
	for _, m := range members {
		s.members[m.Participant] = seatOf(&m)
	}
}

// seats tells the circle who is in, after a change.
func (s *sealing) seats(change func()) {
	s.mu.Lock()
	change()
	seats := make([]circle.Seat, 0, len(s.members))
	for _, m := range s.members {
		m.Apart = m.group != s.group
		seats = append(seats, m.Seat)
	}
	c := s.circle
	s.mu.Unlock()
	c.Members(seats)
}

func (s *sealing) renew() {
	if c := s.people(); c != nil {
		c.Renew()
	}
}

// admit states that somebody who waits is let in, exactly as he was last seen. Errors: [ErrUnseen].
func (s *sealing) admit(participant string) error {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	seat, ok := s.waiting[participant]
	c := s.circle
	s.mu.Unlock()
	if !ok {
		return ErrUnseen
	}
	c.Admit(seat)
	return nil
}

// dismiss states that somebody is put back or removed.
func (s *sealing) dismiss(participant string) {
	if s != nil {
		s.people().Dismiss(participant)
	}
}

// promote states that moderation is lent to somebody, or taken back.
func (s *sealing) promote(participant string, on bool) {
	if s != nil {
		s.people().Lend(participant, on)
	}
}

// Begin, End, Learn and Forget are what the circle calls: see [circle.Frames].
func (s *sealing) Begin(k circle.Key)                     { s.own.Begin(k) }
func (s *sealing) End()                                   { s.own.End() }
func (s *sealing) Learn(participant string, k circle.Key) { s.others.Learn(participant, k, time.Now()) }
func (s *sealing) Forget(participant string)              { s.others.Forget(participant) }

// stands is told by the circle how the others stand.
func (s *sealing) stands(now map[string]circle.Standing) {
	s.mu.Lock()
	s.standing = now
	s.mu.Unlock()
	s.emit(Standings(maps.Clone(now)))
}

// stream makes what a sender of a source seals with; nil where nothing is sealed.
func (s *sealing) stream(kind frame.Kind) *sealer.Stream {
	if s == nil {
		return nil
	}
	return s.own.Stream(kind)
}

// open appends to dst what a frame was before it was sealed. False for one that does not open, which is counted; what is missing is asked for.
func (s *sealing) open(dst []byte, participant string, kind frame.Kind, sealed []byte) ([]byte, bool) {
	now := time.Now()
	opened, dropped := s.others.Open(dst, participant, kind, sealed, now)
	s.mu.Lock()
	t := s.tallyLocked(participant)
	t.counts.Add(dropped)
	c := s.circle
	ask := c != nil && dropped == sealer.Unknown && now.Sub(t.asked) >= askedEvery
	if ask {
		t.asked = now
	}
	s.mu.Unlock()
	if ask {
		c.Missing(participant)
	}
	return opened, dropped == ""
}

func (s *sealing) tallyLocked(participant string) *tally {
	t := s.tallies[participant]
	if t == nil && len(s.tallies) >= talliesMost {
		participant = ""
		t = s.tallies[participant]
	}
	if t == nil {
		t = &tally{}
		s.tallies[participant] = t
	}
	return t
}

// kindOf says as what the sound or picture of a source is sealed.
func kindOf(source wire.Source, kind wire.Kind) frame.Kind {
	shared := source == wire.SourceScreen || source == wire.SourceScreenAudio
	switch {
	case kind == wire.KindVideo && shared:
		return frame.Screen
	case kind == wire.KindVideo:
		return frame.Camera
	case shared:
		return frame.Sound
	}
	return frame.Microphone
}

// Standing is how the others stand, by participant, as far as more is known than the server's word; empty in a call that is not sealed.
func (c *Call) Standing() map[string]circle.Standing {
	s := c.sealing
	if s == nil {
		return map[string]circle.Standing{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	standing := maps.Clone(s.standing)
	if standing == nil {
		standing = map[string]circle.Standing{}
	}
	return standing
}

// Opened is what became of the frames that came, by the participant whose they were to be, "" for nobody's: how many were opened, and how many were
// dropped for which reason. It is empty in a call that is not sealed.
func (c *Call) Opened() map[string]sealer.Counts {
	counts := map[string]sealer.Counts{}
	if s := c.sealing; s != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for participant, t := range s.tallies {
			counts[participant] = t.counts.Clone()
		}
	}
	return counts
}

// Unsent is what this call sealed for others, of keys and of who is in, and never handed to the server. It is zero in a call that is not sealed.
func (c *Call) Unsent() Unsent {
	if c.sealing == nil {
		return Unsent{}
	}
	return c.sealing.letters.lost()
}
