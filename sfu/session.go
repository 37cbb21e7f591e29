package sfu

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

// Session is one person's media connection. Safe for concurrent use.
type Session struct {
	room        *Room
	participant string
	generation  uint32
	handler     Handler
	transport   transport.Transport

	counters counters
	gate     gate
	clock    clock
	feedback feedback
	in       ingress
	down     downlink
	sharing  sharing

	// state is a transport.State; ended is set when the engine or the transport gave the session up.
	state atomic.Uint32
	ended atomic.Bool
	// left is set when whoever made the session closes it: its Handler is called no more.
	left atomic.Bool
	// heard is when the last RTP or RTCP packet came (Unix nanoseconds), rtt the smoothed round trip (nanoseconds).
	heard, rtt atomic.Int64
	// pubs by m-line, nil where the line does not send; replaced when the pool grows.
	pubs atomic.Pointer[[]*publication]
	// sinks by primary SSRC, for control packets; replaced when the pool grows.
	sinks atomic.Pointer[map[uint32]*sink]
	// pictures are the sinks of video by slot; replaced when the pool grows.
	pictures atomic.Pointer[[]*sink]
	// floor is when it was last told that it has the floor (Unix nanoseconds).
	floor atomic.Int64
	// voiced: the microphone is among those that a large room hears.
	voiced atomic.Bool
	// quality is how good the line was last found to be.
	quality atomic.Pointer[LineQuality]

	// The following fields belong to the room's goroutine.
	missing []uint16
	probing probing
	judge   lineJudge

	// negotiate makes calls of Answer wait for each other.
	negotiate sync.Mutex

	// The following fields are guarded by Room.mu.
	gone   bool // removed from the room
	flow   Flow
	mLines []transport.Line
	places map[place]*sink
	slots  slots
	views  map[string]view // by publication; nil before the first Views
	viewed map[string]bool // publications that existed at the last Views
	svc    bool            // the client can send and show VP9 in spatial layers
	told   told
}

// entry is a Session as its transport sees it. It implements transport.Handler, which nobody else is to call.
type entry struct{ session *Session }

func (e entry) RTP(r *transport.Received)             { e.session.rtp(r) }
func (e entry) RTCP(p rtcp.Packet, arrival time.Time) { e.session.control(p, arrival) }
func (e entry) State(state transport.State)           { e.session.moved(state) }

// place names a sink: a slot's line.
type place struct {
	slot int
	kind transport.Kind
}

// told is what the Handler knows.
type told struct {
	state ConnState
	slots uint64
	// mappings bounds how many it is told; again is when the next may be, if one waits.
	mappings *rate.Limiter
	again    time.Time
	pubs     map[string]bool
	paused   []string
	codec    string
	closed   bool
}

// Answer applies the client's offer and returns the answer with all candidates in it. It works for milliseconds and
// never waits for the peer; calls come one after the other. Errors: ErrBadOffer and those of ctx (nothing changed),
// ErrStale (too many offers: nothing changed, a session of the next generation takes them), ErrClosed. An offer that is
// being applied when ctx ends is applied.
func (s *Session) Answer(ctx context.Context, o Offer) (string, error) {
	parsed, err := o.parse()
	if err != nil {
		return "", err
	}
	s.negotiate.Lock()
	defer s.negotiate.Unlock()
	if s.ended.Load() {
		return "", ErrClosed
	}
	answer, err := s.transport.Answer(ctx, parsed)
	if errors.Is(err, transport.ErrBadOffer) || err != nil && errors.Is(err, ctx.Err()) {
		return "", err
	}
	if errors.Is(err, transport.ErrTooManyOffers) {
		return "", fmt.Errorf("%w: %w", ErrStale, err)
	}
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrClosed, err)
	}
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.gone {
		return "", ErrClosed
	}
	s.svc = o.SVC && s.transport.Speaks(transport.VP9)
	s.growLocked(parsed.Lines)
	r.refreshLocked(time.Now())
	r.wake()
	return answer, nil
}

// growLocked makes publications and sinks for the lines that are new.
func (s *Session) growLocked(lines []transport.Line) {
	pubs := append([]*publication(nil), *s.pubs.Load()...)
	sinks := make(map[uint32]*sink, len(lines))
	for _, k := range s.places {
		sinks[k.stream.SSRC()] = k
	}
	for _, l := range lines[len(s.mLines):] {
		if l.Use.Sends() {
			s.room.nextPublication++
			pubs = append(pubs, newPublication(s.room.nextPublication, s, l.Use))
			continue
		}
		pubs = append(pubs, nil)
		at := place{l.Slot, l.Use.Kind()}
		if stream, ok := s.transport.Stream(at.slot, at.kind); ok {
			k := newSink(s, stream, at.kind)
			s.places[at] = k
			sinks[stream.SSRC()] = k
		}
	}
	pictures := []*sink{}
	for slot := range offer.MaxSlots {
		if k := s.places[place{slot, transport.Video}]; k != nil {
			pictures = append(pictures, k)
		}
	}
	s.mLines = lines
	s.down.connect(s.transport.FeedsBack())
	s.pubs.Store(&pubs)
	s.sinks.Store(&sinks)
	s.pictures.Store(&pictures)
}

// pairsLocked is how many slots from 0 on the client has.
func (s *Session) pairsLocked() int {
	n := 0
	for n < offer.MaxSlots && (s.places[place{n, transport.Audio}] != nil || s.places[place{n, transport.Video}] != nil) {
		n++
	}
	return n
}

// AckSlots says that the client applied every mapping up to seq. Numbers that were never sent are ignored. It does
// not block.
func (s *Session) AckSlots(seq uint64) {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if !s.gone && s.slots.ack(seq) {
		r.serveLocked(s, time.Now())
	}
}

// Choose says what pictures the session wants; ChoiceAuto before the first call. Unknown choices are ignored. It does not
// block.
func (s *Session) Choose(c Choice) {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if !s.gone && s.sharing.choose(c) {
		s.share(time.Now())
	}
}

// SetFlow sets what may pass. When it has returned no packet passes under the rule before. It does not block but for
// packets that are being sent right now.
func (s *Session) SetFlow(f Flow) {
	r := s.room
	r.mu.Lock()
	defer r.mu.Unlock()
	if s.gone {
		return
	}
	was := s.gate.load()
	now := newPermission(r.groupLocked(s, f.Group), f)
	s.flow = f
	if now == was {
		return
	}
	moved, uncovered := now.group() != was.group(), now.uncovers(was)
	if moved || uncovered {
		s.gate.store(0) // nothing of one group may be asked for in another, nor what was reserved by who has it from now on
	}
	for _, p := range *s.pubs.Load() {
		if p != nil && now.out(p.use) && (moved || !was.out(p.use) || uncovered && p.use == transport.Camera) {
			p.open()
		}
	}
	s.gate.store(now)
	if moved || !now.out(transport.Microphone) {
		r.floors.remove(s.participant)
	}
	// This takes the lock of every sink once, and so waits for packets that the rule before has let through.
	r.refreshLocked(time.Now())
	r.wake()
}

// Close ends the session and waits for its connection's goroutines (milliseconds). May be called more than once, and
// from a Handler.
func (s *Session) Close() error {
	s.left.Store(true)
	r := s.room
	r.mu.Lock()
	r.removeLocked(s)
	r.mu.Unlock()
	r.wake()
	return s.closeTransport()
}

func (s *Session) closeTransport() error {
	s.ended.Store(true)
	err := s.transport.Close()
	s.room.server.ledger.close(&s.counters)
	return err
}

// Stats returns the counts so far. It does not block.
func (s *Session) Stats() SessionStats {
	stats := s.counters.stats()
	stats.LastHeard = s.LastHeard()
	return stats
}

// LastHeard is when the last authentic packet of the peer came: media, control, or a connectivity check, of which
// browsers send one each 2.5 s however silent they are. Zero for never.
func (s *Session) LastHeard() time.Time {
	checked := s.transport.LastCheck()
	if at := s.heard.Load(); at > checked.UnixNano() || checked.IsZero() && at != 0 {
		return time.Unix(0, at)
	}
	return checked
}

// moved notes the transport's state.
func (s *Session) moved(state transport.State) {
	s.state.Store(uint32(state))
	if state == transport.Failed && !s.ended.Swap(true) {
		s.room.ended(endTransport)
	}
	s.room.wake()
}

// ready reports whether packets can be sent to the peer.
func (s *Session) ready() bool {
	state := transport.State(s.state.Load())
	return (state == transport.Connected || state == transport.Disconnected) && !s.ended.Load()
}

// end gives the session up: nothing of it is taken or sent any more. The room's goroutine closes its connection.
func (s *Session) end(reason endReason) {
	if s.ended.Swap(true) {
		return
	}
	s.room.ended(reason)
	if s.room.server.log != nil {
		s.room.server.log.Warn("media session ended", "reason", reason.String())
	}
	s.room.wake()
}

// rescue turns a panic of the engine into the end of one session. To be deferred.
func (s *Session) rescue() {
	if v := recover(); v != nil {
		s.room.server.panicked(v)
		s.end(endPanic)
	}
}

func (s *Session) roundTrip() time.Duration { return time.Duration(s.rtt.Load()) }

// connState is what the Handler is to know.
func (s *Session) connState() ConnState {
	if s.ended.Load() {
		return ConnFailed
	}
	switch transport.State(s.state.Load()) {
	case transport.Connecting:
		return ConnConnecting
	case transport.Connected:
		return ConnConnected
	case transport.Disconnected:
		return ConnDisconnected
	case transport.Failed, transport.Closed:
		return ConnFailed
	}
	return ""
}
