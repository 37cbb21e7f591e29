package sfu

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/alloc"
	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// publication is what one line of one session sends. For its lock see the lock order in doc.go.
type publication struct {
	id      string
	number  int // the same as id, for who keeps it by number
	session *Session
	use     transport.Use
	kind    transport.Kind
	// layers from the smallest; one for sound. Those that the sender does not use stay silent.
	layers []*published
	// begun: its first packet came while its Flow let it out.
	begun atomic.Bool
	// rate belongs to the session's packet goroutine.
	rate window
	// demand is what the sender was told is watched; of the room's goroutine.
	demand demand

	// mu guards the following fields.
	mu       sync.Mutex
	liveness layer.Liveness
	sizes    []layer.Size
	meters   [layer.Max]meter // by layer, what it costs to pass on
	// askedSince is from when on a layer has been demanded without coming, absent until when it is taken not to exist.
	askedSince, absent [layer.Max]time.Time
	missed             [layer.Max]bool // it was absent before, and has not come since

	svc  bool // layers are parts of one stream, each of use with those below it alone
	made int  // how many layers that stream says it is made of, 0 before it did
	subs []*subscription
}

// published is one layer of a publication: what is forwarded, kept for repair, reported on and asked for.
type published struct {
	index int
	kind  transport.Kind
	// run is the stream since it was last let out; nil before its first packet. A new run begins with each opening of
	// the Flow, so that nothing of before can be asked for again.
	run atomic.Pointer[run]
	// subs are those that want to see this layer's packets; copied when changed.
	subs atomic.Pointer[[]*subscription]
	// ssrc of the sender's primary stream, 0 until known.
	ssrc atomic.Uint32
	// report is the sender's latest, in our clock.
	report atomic.Pointer[senderReport]
	// structure is what the stream's Dependency Descriptors refer to; of the session's packet goroutine.
	structure codec.Structure

	// mu guards the following fields, which the packet goroutine and the room's tick share.
	mu       sync.Mutex
	throttle layer.Throttle
	arrivals arrivals
}

// run is an unbroken stretch of one layer.
type run struct {
	ring   *cache.Ring
	codec  transport.Codec
	source seqmap.Source
}

func newPublication(number int, s *Session, use transport.Use) *publication {
	p := &publication{id: fmt.Sprintf("u%d", number), number: number, session: s, use: use, kind: use.Kind(), demand: allDemanded()}
	n := 1
	if p.kind == transport.Video {
		n = layer.Max
	}
	p.sizes = make([]layer.Size, n)
	for i := range n {
		l := &published{index: i, kind: p.kind}
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

// current returns the layer's run and begins it if needed; another codec is another run, although the stream goes on.
// Called by the packet goroutine alone.
func (l *published) current(p *publication, c transport.Codec) *run {
	r := l.run.Load()
	if r == nil || r.codec != c && p.kind == transport.Video {
		options := cache.Audio()
		if p.kind == transport.Video {
			options = cache.Video()
		}
		r = &run{ring: cache.New(options), codec: c, source: seqmap.Source(p.session.room.server.sources.Add(1))}
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
		l.arrivals.arrive(p.run, r.Arrival, r.Timestamp, p.pub.kind.ClockRate())
	}
	if p.begins {
		l.throttle.Keyframe()
	}
}

// seen notes that a layer is sent, and how large it is.
func (p *publication) seen(out *packet) {
	p.mu.Lock()
	defer p.mu.Unlock()
	index := out.layer.index
	p.svc = out.codec == transport.VP9
	if p.svc {
		index = min(int(out.frame.vp9.SID), layer.Max-1)
	}
	p.liveness.Seen(index, out.now)
	p.meters[index].add(len(out.payload)+packetOverhead, out.now)
	// Layers that the structure does not name are not sent now, since nobody watches them: they keep their sizes, by which
	// they are wanted again. See asked for those that the sender does not have at all.
	if !p.svc {
		p.made = 0
	} else if n := int(out.frame.vp9.Spatial); n > 0 {
		p.made = n
		for i := range min(n, len(p.sizes)) {
			if r := out.frame.vp9.Sizes[i]; r.Width > 0 {
				p.sizes[i] = layer.Size{Width: int(r.Width), Height: int(r.Height)}
			}
		}
	}
	if out.begins && out.size.Width > 0 {
		p.sizes[index] = out.size
	}
}

// costs tells what each layer costs to pass on, in bits per second: as measured, and a guess for those that are not sent
// now.
func (p *publication) costs(layers []alloc.Layer, now time.Time) []alloc.Layer {
	var space [layer.Max]layer.Size
	sizes := p.sizesNow(space[:0], now)
	p.mu.Lock()
	defer p.mu.Unlock()
	sum := 0
	for i, size := range sizes {
		l := alloc.Layer{Lines: min(size.Width, size.Height), Bits: p.meters[i].bits(now)}
		if l.Bits == 0 {
			l.Bits = guess(p.use, i, l.Lines)
		} else if p.svc {
			l.Bits += sum
		}
		sum = l.Bits
		layers = append(layers, l)
	}
	return layers
}

// guess is what a layer of so many lines costs, in bits per second, before it was measured. Of the smallest one the best is
// believed: it is measured half a second later, and a picture that begins with a pause is worse than one that is paused.
func guess(u transport.Use, index, lines int) int {
	switch {
	case index == 0, lines <= 200:
		return 170_000
	case u == transport.Screen:
		return 800_000
	case lines <= 400:
		return 500_000
	case lines <= 800:
		return 1_500_000
	}
	return 2_500_000
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

// sizesNow appends the sizes of the layers; zero for those that are not to be had. Those of a camera of which no key frame
// could be read are taken to be as browsers make them: each layer twice as large as the one below, and the first 320 by
// 180.
func (p *publication) sizesNow(dst []layer.Size, now time.Time) []layer.Size {
	p.mu.Lock()
	defer p.mu.Unlock()
	size := layer.Size{Width: 160, Height: 90}
	for i, known := range p.sizes {
		if known != (layer.Size{}) {
			size = layer.Size{Width: known.Width >> (i + 1), Height: known.Height >> (i + 1)}
			break
		}
	}
	for i, known := range p.sizes {
		size = layer.Size{Width: 2 * size.Width, Height: 2 * size.Height}
		if known != (layer.Size{}) {
			size = known
		}
		switch {
		case now.Before(p.absent[i]), known == (layer.Size{}) && p.use == transport.Screen:
			dst = append(dst, layer.Size{})
		default:
			dst = append(dst, size)
		}
	}
	return dst
}

const (
	// absentAfter is how long a layer may be demanded in vain before it is taken for one that the sender does not have: small
	// cameras have one or two. It is asked for again soon, for a sender's line that is still being measured has no room for it
	// yet, and then seldom.
	absentAfter, absentFirst, absentFor = 3 * time.Second, 5 * time.Second, 30 * time.Second
)

// asked notes what the sender was told is watched, and which of it does not come.
func (p *publication) asked(demanded layer.Set, now time.Time) {
	p.mu.Lock()
	defer p.mu.Unlock()
	live := p.liveness.Live(now)
	for i := range p.askedSince {
		switch {
		case live.Has(i), i < p.made: // of what it is made of a stream leaves out what the sender's line has no room for yet
			p.askedSince[i], p.absent[i], p.missed[i] = now, time.Time{}, false
		case !demanded.Has(i) || live == 0: // who sends nothing at all has his camera off
			p.askedSince[i] = now
		case now.Sub(p.askedSince[i]) > absentAfter && now.After(p.absent[i]):
			again := now.Add(absentFirst)
			if p.missed[i] {
				again = now.Add(absentFor)
			}
			p.absent[i], p.askedSince[i], p.missed[i] = again, again, true
		}
	}
}

// live is the set of layers that are being sent, and whether they are parts of one stream.
func (p *publication) live(now time.Time) (set layer.Set, svc bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.liveness.Live(now), p.svc
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
