package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Room is where sessions meet. Safe for concurrent use.
type Room struct {
	server  *Server
	id      string
	handler RoomHandler
	// uncounted: it stands outside of bounds and counts, see [Server.ProbeRoom].
	uncounted bool

	woken chan struct{}
	done  chan struct{}
	wg    sync.WaitGroup
	// all is a copy of sessions for the tick, replaced when they change.
	all atomic.Pointer[[]*Session]

	floors floors

	// names, sizes and probing belong to the room's goroutine: the groups that there are, by number, how many are in each, and whether
	// anybody's line is being probed.
	names   map[uint32]string
	sizes   map[uint32]int
	probing bool

	// mu guards the following fields, and those of sessions that say so. It is held for memory only, and while a sink
	// that is sending is waited for.
	mu              sync.Mutex
	closed          bool
	sessions        []*Session // in the order of joining
	named           map[string]*Session
	departed        []*Session // replaced ones whose Handler does not know yet
	nextPublication int
	nextGroup       uint32
	codec           string    // what cameras are to be sent as
	fell            time.Time // when that last went back to VP8
}

// newRoom makes a room that nothing goes on in yet: loop is to be started.
func newRoom(s *Server, id string, h RoomHandler, uncounted bool) *Room {
	r := &Room{
		server: s, id: id, handler: h, uncounted: uncounted,
		woken: make(chan struct{}, 1), done: make(chan struct{}),
		floors: floors{of: map[uint32]*floor{}}, names: map[uint32]string{}, sizes: map[uint32]int{}, named: map[string]*Session{},
	}
	r.all.Store(&[]*Session{})
	return r
}

// Join adds a session for a participant; it shows and receives nothing until SetFlow and Answer. An older session of
// the same participant is closed first (its Handler gets ConnClosed); the generation must be higher than its, or Join
// fails with ErrStale. Other errors: ErrClosed, ErrTooManySessions. It blocks for as long as closing the older one
// takes (milliseconds).
func (r *Room) Join(participant string, generation uint32, h Handler) (*Session, error) {
	s := &Session{
		room: r, participant: participant, generation: generation, handler: h,
		in: ingress{ssrcs: map[uint32]struct{}{}}, places: map[place]*sink{},
		told: told{pubs: map[string]bool{}, codec: CodecVP8, mappings: rate.NewLimiter(mappingsPerSecond, mappingBurst)},
	}
	s.pubs.Store(&[]*publication{})
	s.sinks.Store(&map[uint32]*sink{})
	s.pictures.Store(&[]*sink{})
	s.voiced.Store(true)
	s.quality.Store(new(LineGood))
	t, err := r.server.transports.New(entry{s})
	if err != nil {
		return nil, err
	}
	s.transport = t
	old, err := r.enter(s)
	if err != nil {
		_ = t.Close()
		return nil, err
	}
	if old != nil {
		r.wake()
		if err := old.closeTransport(); err != nil {
			r.server.warn("closing a replaced session", err)
		}
	}
	return s, nil
}

// enter adds the session and returns the one that it replaces.
func (r *Room) enter(s *Session) (old *Session, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil, ErrClosed
	}
	old = r.named[s.participant]
	switch {
	case old != nil && old.generation >= s.generation:
		return nil, ErrStale
	case r.uncounted:
	case old == nil && len(r.sessions) >= r.server.limits.SessionsPerRoom:
		return nil, ErrTooManySessions
	case !r.server.enter():
		return nil, ErrTooManySessions
	}
	if old != nil {
		r.removeLocked(old)
		r.departed = append(r.departed, old)
	}
	if !r.uncounted {
		r.server.ledger.open(&s.counters)
	}
	r.sessions = append(r.sessions, s)
	r.named[s.participant] = s
	r.listLocked()
	r.wake()
	return old, nil
}

// removeLocked takes a session out of the room: from here on nothing of it reaches anybody, nor anything it.
func (r *Room) removeLocked(s *Session) {
	if s.gone {
		return
	}
	s.gone = true
	s.gate.store(0)
	r.sessions = slices.DeleteFunc(r.sessions, func(o *Session) bool { return o == s })
	if r.named[s.participant] == s {
		delete(r.named, s.participant)
	}
	now := time.Now()
	for _, k := range s.places {
		k.serve(nil, view{}, now)
	}
	r.listLocked()
	r.floors.remove(s.participant)
	r.refreshLocked(now)
	if !r.uncounted {
		r.server.leave()
	}
}

func (r *Room) listLocked() {
	all := slices.Clone(r.sessions)
	r.all.Store(&all)
}

// Close ends all sessions of the room and waits for the room's goroutines. Not to be called from a Handler.
func (r *Room) Close() error {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		r.wg.Wait()
		return nil
	}
	r.closed = true
	sessions := slices.Clone(r.sessions)
	for _, s := range sessions {
		r.removeLocked(s)
	}
	r.mu.Unlock()
	r.server.forget(r) // from here on, asking for the room makes a new one
	var closing sync.WaitGroup
	for _, s := range sessions {
		closing.Go(func() {
			if err := s.closeTransport(); err != nil {
				r.server.warn("closing a session", err)
			}
		})
	}
	closing.Wait()
	close(r.done)
	r.wg.Wait()
	return nil
}

// ended counts a session that was given up.
func (r *Room) ended(reason endReason) {
	if !r.uncounted {
		r.server.ended[reason].Add(1)
	}
}

// groupLocked is the number of a group's name: that of the others in it, or a new one.
func (r *Room) groupLocked(s *Session, name string) uint32 {
	if name == "" {
		return 0
	}
	if s.flow.Group == name {
		if g := s.gate.load().group(); g != 0 {
			return g
		}
	}
	for _, o := range r.sessions {
		if o != s && o.flow.Group == name {
			return o.gate.load().group()
		}
	}
	r.nextGroup++
	return r.nextGroup
}

// refreshLocked brings slots and subscriptions of everybody up to date. It is called when who is there, what they
// offer or what may pass has changed.
func (r *Room) refreshLocked(now time.Time) {
	r.settleLocked(now)
	for _, s := range r.sessions {
		s.slots.show(r.tilesLocked(s), s.pairsLocked())
		r.serveLocked(s, now)
	}
}

// tilesLocked are what a session is to be shown, in the order of joining: everybody of its group who offers to send,
// whether or not he does so now, so that his slot is ready when he does.
func (r *Room) tilesLocked(s *Session) []tile {
	group := s.gate.load().group()
	if group == 0 {
		return nil
	}
	var tiles []tile
	for _, o := range r.sessions {
		if o == s || o.gate.load().group() != group {
			continue
		}
		camera, screen := false, false
		for _, p := range *o.pubs.Load() {
			switch {
			case p == nil:
			case p.use == transport.Camera || p.use == transport.Microphone:
				camera = true
			default:
				// Who may not show his screen takes no slot for it, although its lines stay.
				screen = screen || o.gate.load().out(p.use)
			}
		}
		if camera {
			tiles = append(tiles, tile{o.participant, SourceCamera})
		}
		if screen {
			tiles = append(tiles, tile{o.participant, SourceScreen})
		}
	}
	return tiles
}

// serveLocked makes each of the session's sinks carry what its slot may carry now.
func (r *Room) serveLocked(s *Session, now time.Time) {
	for at, k := range s.places {
		var p *publication
		if t, ok := s.slots.carries(at.slot); ok {
			p = r.publicationLocked(t, at.kind)
		}
		var v view
		if p != nil {
			v = s.tileLocked(p)
		}
		k.serve(p, v, now)
	}
	s.share(now)
}

// codecCalm is how long a room stays with VP8 once it fell back to it: each change makes everybody's encoder begin anew.
const codecCalm = 10 * time.Second

// settleLocked chooses what cameras are to be sent as: down to what all can at once, up when there was calm.
func (r *Room) settleLocked(now time.Time) {
	next := r.codecLocked()
	switch {
	case next == r.codec:
	case next == CodecVP8:
		if r.codec == CodecVP9 {
			r.fell = now
		}
		r.codec = next
	case now.Sub(r.fell) >= codecCalm:
		r.codec = next
	}
}

// settle looks again, since calm comes with time alone.
func (r *Room) settle(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	before := r.codec
	if r.settleLocked(now); r.codec != before {
		r.wake()
	}
}

// codecLocked is VP9 where everybody who has a connection can send and show it in spatial layers.
func (r *Room) codecLocked() string {
	connected := false
	for _, s := range r.sessions {
		if len(s.mLines) == 0 {
			continue
		}
		if !s.svc {
			return CodecVP8
		}
		connected = true
	}
	if connected {
		return CodecVP9
	}
	return CodecVP8
}

// publicationLocked finds a tile's sound or picture.
func (r *Room) publicationLocked(t tile, kind transport.Kind) *publication {
	o := r.named[t.participant]
	if o == nil {
		return nil
	}
	uses := [2]transport.Use{transport.Microphone, transport.Camera}
	if t.source == SourceScreen {
		uses = [2]transport.Use{transport.ScreenAudio, transport.Screen}
	}
	for _, p := range *o.pubs.Load() {
		if p != nil && p.use == uses[kind] {
			return p
		}
	}
	return nil
}

// wake makes the room's goroutine look for what to tell.
func (r *Room) wake() {
	select {
	case r.woken <- struct{}{}:
	default:
	}
}
