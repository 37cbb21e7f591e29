package sfu

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/layer"
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
	layers []*encoding
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
	pauses             [layer.Max]time.Duration // for how long it was last taken so, 0 once it came
	long               [layer.Max]bool          // it was demanded in vain for long already, and has not come since

	svc  bool // layers are parts of one stream, each of use with those below it alone
	made int  // how many layers that stream says it is made of, 0 before it did
	subs []*subscription
}

func newPublication(number int, s *Session, use transport.Use) *publication {
	p := &publication{id: fmt.Sprintf("u%d", number), number: number, session: s, use: use, kind: use.Kind(), demand: allDemanded()}
	n := 1
	if p.kind == transport.Video {
		n = layer.Max
	}
	p.sizes = make([]layer.Size, n)
	for i := range n {
		l := &encoding{index: i, kind: p.kind}
		l.subs.Store(&[]*subscription{})
		p.layers = append(p.layers, l)
	}
	return p
}

// public is how others are told of it.
func (p *publication) public() Publication {
	return Publication{ID: p.id, Participant: p.session.participant, Source: p.use.String()}
}

// open makes every layer begin anew; see [encoding.run]. It is called before the Flow is opened.
func (p *publication) open() {
	for _, l := range p.layers {
		l.run.Store(nil)
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
