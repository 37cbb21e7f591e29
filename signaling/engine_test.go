package signaling_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/session"
)

// engine is a media engine that notes what it is told and says what a test has it say.
type engine struct {
	mu      sync.Mutex // guards the following, and those of the rooms and sessions
	rooms   []*engineRoom
	full    bool          // Join fails
	joining chan struct{} // Join tells here that it has begun, and waits for
	joined  chan struct{} // this
	panics  bool          // SetFlow does

	answering chan struct{} // Answer to "slow" tells here that it has begun, and waits for
	answered  chan struct{} // this
}

type engineRoom struct {
	engine   *engine
	id       string
	handler  sfu.RoomHandler
	sessions []*media
	closed   bool
}

type media struct {
	engine      *engine
	participant string
	generation  uint32
	handler     sfu.Handler
	flow        sfu.Flow
	views       []sfu.View
	offers      []sfu.Offer
	choice      sfu.Choice
	acks        []uint64
	heard       time.Time
	closed      bool
}

func (e *engine) Room(id string, h sfu.RoomHandler) session.EngineRoom {
	e.mu.Lock()
	defer e.mu.Unlock()
	r := &engineRoom{engine: e, id: id, handler: h}
	e.rooms = append(e.rooms, r)
	return r
}

func (r *engineRoom) Join(participant string, generation uint32, h sfu.Handler) (session.MediaSession, error) {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	if r.engine.joining != nil {
		r.engine.mu.Unlock()
		r.engine.joining <- struct{}{}
		<-r.engine.joined
		r.engine.mu.Lock()
	}
	switch {
	case r.closed:
		return nil, sfu.ErrClosed
	case r.engine.full:
		return nil, sfu.ErrTooManySessions
	}
	for _, m := range r.sessions {
		if m.participant == participant && !m.closed {
			if m.generation >= generation {
				return nil, sfu.ErrStale
			}
			m.closed = true
		}
	}
	m := &media{engine: r.engine, participant: participant, generation: generation, handler: h}
	r.sessions = append(r.sessions, m)
	return m, nil
}

func (r *engineRoom) Close() error {
	r.engine.mu.Lock()
	defer r.engine.mu.Unlock()
	r.closed = true
	for _, m := range r.sessions {
		m.closed = true
	}
	return nil
}

func (m *media) Answer(ctx context.Context, o sfu.Offer) (string, error) {
	m.engine.mu.Lock()
	m.offers = append(m.offers, o)
	m.engine.mu.Unlock()
	switch o.SDP {
	case "slow":
		m.engine.answering <- struct{}{}
		select {
		case <-m.engine.answered:
		case <-ctx.Done(): // a description that is half applied is of no use any more
			m.handler.State(sfu.ConnFailed)
			return "", ctx.Err()
		}
	case "bad":
		return "", sfu.ErrBadOffer
	case "panic":
		panic("canary of a fault")
	}
	return "answer to " + o.SDP, nil
}

func (m *media) AckSlots(seq uint64) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	m.acks = append(m.acks, seq)
}

func (m *media) Views(v []sfu.View) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	m.views = v
}

func (m *media) Choose(c sfu.Choice) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	m.choice = c
}

func (m *media) SetFlow(f sfu.Flow) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	if m.engine.panics {
		panic("canary of a fault")
	}
	m.flow = f
}

// set changes how the engine behaves.
func (e *engine) set(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}

func (m *media) LastHeard() time.Time {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	return m.heard
}

func (m *media) Close() error {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	m.closed = true
	return nil
}

// of gives the open media session of a participant, nil for none.
func (e *engine) of(p *peer) *media {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range slices.Backward(e.rooms) {
		for _, m := range slices.Backward(r.sessions) {
			if m.participant == p.id() && !m.closed {
				return m
			}
		}
	}
	return nil
}

// has waits for the open media session of a participant.
func (e *engine) has(t *testing.T, p *peer) *media {
	t.Helper()
	eventually(t, "a media session", func() bool { return e.of(p) != nil })
	return e.of(p)
}

// made counts media sessions, closed ones included.
func (e *engine) made() (n int) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, r := range e.rooms {
		n += len(r.sessions)
	}
	return n
}

func (m *media) state() (f sfu.Flow, closed bool) {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	return m.flow, m.closed
}

// flows waits until the session's flow is this.
func (m *media) flows(t *testing.T, want sfu.Flow) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		got, _ := m.state()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("flow of media: got %+v, want %+v", got, want)
		}
		time.Sleep(2 * time.Millisecond)
	}
}

// speaks has media of the session heard now.
func (m *media) speaks() {
	m.engine.mu.Lock()
	defer m.engine.mu.Unlock()
	m.heard = time.Now()
}

func (e *engine) room() *engineRoom {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.rooms[len(e.rooms)-1]
}
