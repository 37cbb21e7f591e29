package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// encoding is one layer of a publication: what is forwarded, kept for repair, reported on and asked for.
type encoding struct {
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

// current returns the layer's run and begins it if needed; another codec is another run, although the stream goes on.
// Called by the packet goroutine alone.
func (l *encoding) current(p *publication, c transport.Codec) *run {
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
func (l *encoding) came(r *transport.Received, p *packet) {
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

// inspect fills in whether a picture can be built from the packet on, and how large it is. The Dependency Descriptor says
// it where it is sent, because it stays readable whatever is sealed; the payload says it otherwise, and where the
// descriptor contradicts itself. It belongs to the goroutine that brings the packets.
func (l *encoding) inspect(r *transport.Received, out *packet) {
	if r.Codec == transport.VP9 {
		out.begins = out.frame.vp9.Keyframe
	} else {
		v := &out.frame.vp8
		out.begins = v.Keyframe
		out.size = layer.Size{Width: int(v.Width), Height: int(v.Height)}
	}
	if r.Descriptor == nil {
		return
	}
	if d, err := codec.ParseDescriptor(r.Descriptor, &l.structure); err == nil {
		out.begins = d.Keyframe
		if d.Size.Width > 0 {
			out.size = layer.Size{Width: int(d.Size.Width), Height: int(d.Size.Height)}
		}
	}
}

// due reports whether a key frame is to be asked for now; see [layer.Throttle].
func (l *encoding) due(now time.Time, roundTrip time.Duration) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.throttle.Due(now, roundTrip)
}

// wanted notes a watcher's request and says what to do about it.
func (l *encoding) wanted(q *layer.Quota, now time.Time, roundTrip time.Duration) layer.Answer {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.throttle.Ask(q, now, roundTrip)
}
