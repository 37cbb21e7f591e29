package sfu

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// publication is what one line of one session sends. For its lock see the lock order in doc.go.
type publication struct {
	id      string
	session *Session
	use     transport.Use
	kind    transport.Kind
	// layers from the smallest; one for sound. Those that the sender does not use stay silent.
	layers []*published
	// begun: its first packet came while its Flow let it out.
	begun atomic.Bool
	// rate belongs to the session's packet goroutine.
	rate window

	// mu guards the following fields.
	mu       sync.Mutex
	liveness layer.Liveness
	sizes    []layer.Size
	subs     []*subscription
}

// published is one layer of a publication: what is forwarded, kept for repair, reported on and asked for.
type published struct {
	index int
	// run is the stream since it was last let out; nil before its first packet. A new run begins with each opening of
	// the Flow, so that nothing of before can be asked for again.
	run atomic.Pointer[run]
	// subs are those that want to see this layer's packets; copied when changed.
	subs atomic.Pointer[[]*subscription]
	// ssrc of the sender's primary stream, 0 until known.
	ssrc atomic.Uint32
	// report is the sender's latest, in our clock.
	report atomic.Pointer[senderReport]

	// mu guards the following fields, which the packet goroutine and the room's tick share.
	mu       sync.Mutex
	throttle layer.Throttle
	arrivals arrivals
}

// run is an unbroken stretch of one layer.
type run struct {
	ring   *cache.Ring
	source seqmap.Source
}

func newPublication(id string, s *Session, use transport.Use) *publication {
	p := &publication{id: id, session: s, use: use, kind: use.Kind()}
	n := 1
	if p.kind == transport.Video {
		n = layer.Max
	}
	p.sizes = make([]layer.Size, n)
	for i := range n {
		l := &published{index: i}
		l.subs.Store(&[]*subscription{})
		p.layers = append(p.layers, l)
	}
	return p
}

// public is how others are told of it.
func (p *publication) public() Publication {
	return Publication{ID: p.id, Participant: p.session.participant, Source: p.use.String()}
}

// open makes every layer begin anew; see [published.run]. It is called before the Flow is opened.
func (p *publication) open() {
	for _, l := range p.layers {
		l.run.Store(nil)
	}
}

// current returns the layer's run and begins it if needed. Called by the packet goroutine alone.
func (l *published) current(p *publication) *run {
	r := l.run.Load()
	if r == nil {
		options := cache.Audio()
		if p.kind == transport.Video {
			options = cache.Video()
		}
		r = &run{ring: cache.New(options), source: seqmap.Source(p.session.room.server.sources.Add(1))}
		l.run.Store(r)
	}
	return r
}

// came notes a packet of the layer: who sends it, how it arrives, whether it answers a request.
func (l *published) came(r *transport.Received, p *packet) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !r.RTX {
		if l.ssrc.Load() != r.SSRC {
			l.ssrc.Store(r.SSRC)
			l.arrivals = arrivals{}
			l.report.Store(nil) // another stream has another clock
		}
		l.arrivals.arrive(r.Arrival, r.Timestamp, p.pub.kind.ClockRate())
	}
	if p.begins {
		l.throttle.Keyframe()
	}
}

// seen notes that a layer is sent, and how large it is.
func (p *publication) seen(out *packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.liveness.Seen(out.layer.index, out.now)
	if out.begins && out.size.Width > 0 {
		p.sizes[out.layer.index] = out.size
	}
}

// due reports whether a key frame is to be asked for now; see [layer.Throttle].
func (l *published) due(now time.Time, roundTrip time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.throttle.Due(now, roundTrip)
}

// wanted notes a watcher's request and says what to do about it.
func (l *published) wanted(q *layer.Quota, now time.Time, roundTrip time.Duration) layer.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.throttle.Ask(q, now, roundTrip)
}

// ask asks the sender for a key frame of the layer, on behalf of the watcher whose quota is q.
func (p *publication) ask(index int, q *layer.Quota, now time.Time) {
	l := p.layers[index]
	ssrc := l.ssrc.Load()
	if ssrc == 0 {
		return
	}
	if l.wanted(q, now, p.session.roundTrip()) == layer.Send {
		p.requestKeyframe(ssrc)
	}
}

func (p *publication) requestKeyframe(ssrc uint32) {
	p.session.counters.plisOut.Add(1)
	// What cannot be sent is asked for again at the next tick.
	_ = p.session.transport.SendRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: senderSSRC, MediaSSRC: ssrc}})
}

// sizesNow appends the sizes of the layers. Those of which no key frame could be read are taken to be as browsers make
// them: each layer twice as large as the one below, and the first 320 by 180.
func (p *publication) sizesNow(dst []layer.Size) []layer.Size {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := layer.Size{Width: 160, Height: 90}
	for i, known := range p.sizes {
		if known != (layer.Size{}) {
			size = layer.Size{Width: known.Width >> (i + 1), Height: known.Height >> (i + 1)}
			break
		}
	}
	for _, known := range p.sizes {
		size = layer.Size{Width: 2 * size.Width, Height: 2 * size.Height}
		if known != (layer.Size{}) {
			size = known
		}
		dst = append(dst, size)
	}
	return dst
}

// live is the set of layers that are being sent.
func (p *publication) live(now time.Time) layer.Set {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.liveness.Live(now)
}

// attach and detach keep the list of all subscriptions.
func (p *publication) attach(s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subs = append(p.subs, s)
}

func (p *publication) detach(s *subscription) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.subs = slices.DeleteFunc(p.subs, func(o *subscription) bool { return o == s })
	p.listLocked(s, s.listed, 0)
}

// list puts a subscription into the lists of the layers that it watches.
func (p *publication) list(s *subscription, was, watches layer.Set) {
	if was == watches {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.listLocked(s, was, watches)
}

func (p *publication) listLocked(s *subscription, was, watches layer.Set) {
	for i, l := range p.layers {
		if was.Has(i) == watches.Has(i) {
			continue
		}
		old := *l.subs.Load()
		next := make([]*subscription, 0, len(old)+1)
		for _, o := range old {
			if o != s {
				next = append(next, o)
			}
		}
		if watches.Has(i) {
			next = append(next, s)
		}
		l.subs.Store(&next)
	}
}
