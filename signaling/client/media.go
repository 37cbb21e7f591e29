package client

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// media owns the call's peer connections, one after another: each is a new generation.
type media struct {
	call    *Call
	wake    chan struct{}
	mapping atomic.Pointer[map[int]wire.Slot]
	senders []publication // in the order of their lines; made once, the same over all generations

	mu sync.Mutex // guards the following
	// wanted is what there should be.
	wanted wanted
}

type wanted struct {
	enabled bool // a connection
	stale   bool // another one than there is
	pairs   int  // at least as many receive pairs
}

func newMedia(c *Call) *media {
	m := &media{call: c, wake: make(chan struct{}, 1), wanted: wanted{pairs: 1}}
	m.mapping.Store(&map[int]wire.Slot{})
	layers := []string{""}
	if c.options.Simulcast {
		layers = []string{"q", "h", "f"}
	}
	sound := webrtc.MimeTypeOpus
	if c.options.RED {
		sound = mimeTypeRED
	}
	m.publish(wire.SourceMicrophone, sound, "")
	m.publish(wire.SourceCamera, webrtc.MimeTypeVP8, layers...)
	if c.options.Screen {
		m.publish(wire.SourceScreen, webrtc.MimeTypeVP8, "")
		m.publish(wire.SourceScreenAudio, webrtc.MimeTypeOpus, "")
	}
	return m
}

// publication is a source that the call has a line for, with a sender for each of its layers, the smallest first.
type publication struct {
	source wire.Source
	layers []*Sender
}

// publish adds a source whose layers have these rids (RFC 8851); "" for one that has none.
func (m *media) publish(source wire.Source, mimeType string, rids ...string) {
	p := publication{source: source}
	kind := wire.KindAudio
	if mimeType == webrtc.MimeTypeVP8 {
		kind = wire.KindVideo
	}
	for _, rid := range rids {
		s := newSender(source, mimeType, rid)
		s.stream, s.pictured = m.call.sealing.stream(kindOf(source, kind)), kind == wire.KindVideo
		p.layers = append(p.layers, s)
	}
	m.senders = append(m.senders, p)
}

// of gives the layers of a source; nil for one without a line.
func (m *media) of(source wire.Source) []*Sender {
	for _, p := range m.senders {
		if p.source == source {
			return p.layers
		}
	}
	return nil
}

// demanded notes which layers of a source somebody watches.
func (m *media) demanded(d *wire.Demand) {
	for i, s := range m.of(d.Source) {
		s.unwatched.Store(!slices.Contains(d.Layers, i))
	}
}

func (m *media) enable(on bool) { m.want(func(w *wanted) { w.enabled = on }) }
func (m *media) renew()         { m.want(func(w *wanted) { w.stale = true }) }
func (m *media) look()          { m.want(func(*wanted) {}) }

// mapped takes over whom the slots carry.
func (m *media) mapped(s *wire.Slots) {
	mapping := make(map[int]wire.Slot, len(s.Slots))
	for _, slot := range s.Slots {
		mapping[slot.Slot] = slot
	}
	m.mapping.Store(&mapping)
	m.want(func(w *wanted) { w.pairs = max(w.pairs, s.Pairs) })
}

func (m *media) want(change func(*wanted)) {
	m.mu.Lock()
	change(&m.wanted)
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default: // it is to look already
	}
}

// take gives what is wanted; that the connection there is now is stale, it says once.
func (m *media) take() wanted {
	m.mu.Lock()
	defer m.mu.Unlock()
	w := m.wanted
	m.wanted.stale = false
	return w
}

// run brings what is into line with what is wanted, until the context ends.
func (m *media) run(ctx context.Context) {
	var now *connection
	var kept []*connection // what a rogue does not give up
	defer func() {
		for _, k := range append(kept, now) {
			if k != nil {
				k.close()
			}
		}
	}()
	for generation, failures := 0, 0; ; {
		w := m.take()
		if now != nil && (!w.enabled || w.stale || now.broken()) {
			if m.call.options.Rogue {
				kept = append(kept, now)
			} else {
				now.close()
			}
			now = nil
		}
		var err error
		if w.enabled && m.call.line() != nil {
			if now == nil {
				generation++
				m.mapping.Store(&map[int]wire.Slot{}) // what the slots of the last connection carried
				now, err = m.connect(generation)
			}
			if now != nil && now.pairs < w.pairs {
				err = now.negotiate(ctx, w.pairs)
			}
		}
		var again <-chan time.Time
		switch {
		case err == nil:
			failures = 0
		case errors.Is(err, ErrLost) && now != nil && now.pairs > 0:
			// It stands, and what it stands on is not in doubt: the offer is made again when the line is back.
		default:
			if now != nil {
				now.close()
				now = nil
			}
			again = time.After(backoff(failures))
			failures++
		}
		select {
		case <-m.wake:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// lines are the m-lines of the pool with so many receive pairs, in their order.
func (m *media) lines(pairs int) []wire.Line {
	var l []wire.Line
	for _, p := range m.senders {
		l = append(l, wire.Line{Use: wire.Use(p.source)})
	}
	for slot := range pairs {
		l = append(l, wire.Line{Use: wire.UseAudio, Slot: slot}, wire.Line{Use: wire.UseVideo, Slot: slot})
	}
	return slices.Clip(l)
}
