package sfu

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// sink is where packets leave: one line of one slot, one stream to the receiver whoever stands in it.
type sink struct {
	session *Session
	stream  transport.Stream
	kind    transport.Kind

	// mu guards the following fields. It is held while a packet is sent, so that the stream's numbers go out in one
	// order, and so that who changes a rule can wait for the packet that was let through before.
	mu      sync.Mutex
	sub     *subscription
	numbers *seqmap.Map
	repairs repairs
	packet  transport.Packet
	buf     []byte
	// Of all packets sent, for sender reports.
	packets, octets uint32
}

// newSink begins the stream at random numbers (RFC 3550 section 5.1), the sequence number below 2^15 (RFC 3711
// section 3.3.1).
func newSink(s *Session, stream transport.Stream, kind transport.Kind) *sink {
	start := seqmap.Numbers{
		Seq: uint16(rand.Uint32()) >> 1, Timestamp: rand.Uint32(),
		PictureID: uint16(rand.Uint32()) & 0x7fff, TL0PicIdx: uint8(rand.Uint32()),
	}
	return &sink{session: s, stream: stream, kind: kind, numbers: seqmap.New(start, kind.ClockRate())}
}

// serve makes the sink carry a publication, or nothing.
func (k *sink) serve(p *publication, tile view, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sub != nil && k.sub.pub == p {
		k.sub.tile = tile
		k.sub.aim(now)
		return
	}
	if k.sub != nil {
		k.sub.pub.detach(k.sub)
		k.sub = nil
	}
	if p == nil {
		return
	}
	k.sub = &subscription{
		pub: p, sink: k, tile: tile, wish: layer.None, target: layer.None, cap: layer.None,
		selector: layer.NewSelector(len(p.layers)), spatial: layer.NewSpatial(),
	}
	p.attach(k.sub)
	k.sub.aim(now)
}

// send composes the outgoing packet in the sink's own memory and sends it.
func (k *sink) send(p *packet, n seqmap.Numbers, ends bool) bool {
	k.packet = transport.Packet{
		Codec: p.codec, Payload: p.payload, Timestamp: n.Timestamp, Seq: n.Seq, Marker: ends,
		Level: p.level, HasLevel: p.hasLevel, CaptureTime: p.capture,
	}
	switch {
	case k.kind == transport.Video:
		k.buf = p.frame.rewrite(k.buf[:0], p.payload, n)
		k.packet.Payload = k.buf
	case p.codec == transport.RED && !k.session.transport.Speaks(transport.RED):
		k.packet.Codec, k.packet.Payload = transport.Opus, p.plain
	}
	k.packet.TransportSeq = k.session.down.next(len(k.packet.Payload), k.kind, 0, p.now)
	c := &k.session.counters
	if err := k.stream.SendRTP(&k.packet); err != nil {
		c.drop(dropNotReady)
		return false
	}
	k.packets++
	k.octets += uint32(len(k.packet.Payload))
	c.packetsOut.Add(1)
	c.bytesOut.Add(uint64(len(k.packet.Payload)))
	return true
}

// tick keeps the sink's choices fresh.
func (k *sink) tick(now time.Time, report bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sub == nil {
		return
	}
	if k.kind == transport.Video {
		k.sub.aim(now)
	}
	if report {
		k.report(now)
	}
}

// keyframe handles a request of the receiver.
func (k *sink) keyframe(now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.sub
	if s == nil || k.kind != transport.Video || !s.allowed() {
		return
	}
	switch {
	case s.spatial.Current() != layer.None:
		s.pub.ask(0, &s.broken, now)
	case s.selector.Current() != layer.None:
		s.pub.ask(s.selector.Current(), &s.broken, now)
	}
}
