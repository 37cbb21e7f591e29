package sfu

import (
	"math/rand/v2"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/sfu/codec"
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

// subscription joins a publication to a sink for as long as the slot carries it. Its fields are guarded by sink.mu.
type subscription struct {
	pub  *publication
	sink *sink
	// listed are the layers in whose lists it stands.
	listed layer.Set
	// from is the layer of the last switch, for its sender report.
	from *published

	// flowing: sound was forwarded; the next packet needs no switch.
	flowing bool

	selector layer.Selector
	tile     layer.Size
	wish     int
	// switching bounds the key frames made because we change the layer, broken those made because the receiver asked.
	switching, broken layer.Quota
	// begun is when one was last asked for to show anything at all.
	begun time.Time
}

// packet is one packet on its way through: read once, forwarded to many.
type packet struct {
	pub      *publication
	layer    *published
	run      *run
	numbers  seqmap.Packet
	vp8      codec.VP8
	payload  []byte
	capture  []byte
	level    codec.AudioLevel
	hasLevel bool
	marker   bool
	// padding: it has a number but nothing in it.
	padding bool
	// begins a key frame, by what the packet says in the clear; size is that of the picture, zero where it is not said.
	begins bool
	size   layer.Size
	now    time.Time
}

// serve makes the sink carry a publication, or nothing.
func (k *sink) serve(p *publication, tile layer.Size, now time.Time) {
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
	k.sub = &subscription{pub: p, sink: k, tile: tile, wish: layer.None, selector: layer.NewSelector(len(p.layers))}
	p.attach(k.sub)
	k.sub.aim(now)
}

// allowed reports whether the sender's packets may go to the receiver now.
func (s *subscription) allowed() bool {
	return s.pub.session.gate.load().to(s.sink.session.gate.load(), s.sink.kind)
}

// aim brings the choice of layers up to date with tile, layers sent and permission, and asks for a key frame if it
// takes one. It is called when one of them changed, and on every tick.
func (s *subscription) aim(now time.Time) {
	if s.sink.kind == transport.Audio {
		s.relist(layer.Set(0).With(0))
		return
	}
	wish := layer.None
	if s.allowed() {
		var space [layer.Max]layer.Size
		wish = layer.ForTile(s.pub.sizesNow(space[:0]), s.tile, s.wish)
	}
	s.wish = wish
	s.selector.Want(wish, layer.Max-1)
	s.selector.Update(s.pub.live(now))
	s.relist(s.selector.Watches())
	if need := s.selector.NeedsKeyframe(); need != layer.None && s.sink.session.ready() {
		s.need(need, now)
	}
}

// beginEvery is how often a key frame is asked for while nothing is shown.
const beginEvery = 500 * time.Millisecond

// need asks for the key frame that the selector waits for. A better picture can wait until the quota allows it; who
// sees nothing cannot, whatever he was given before.
func (s *subscription) need(index int, now time.Time) {
	quota := &s.switching
	if s.selector.Current() == layer.None {
		if now.Sub(s.begun) < beginEvery {
			return
		}
		s.begun, quota = now, &layer.Quota{}
	}
	s.pub.ask(index, quota, now)
}

// pause stops the flow until it is begun anew.
func (s *subscription) pause() {
	s.flowing = false
	s.selector.Want(layer.None, layer.None)
	if s.sink.kind == transport.Video {
		s.relist(s.selector.Watches())
	}
}

func (s *subscription) relist(watches layer.Set) {
	s.pub.list(s, s.listed, watches)
	s.listed = watches
}

// forward sends a packet to one receiver, if it is to have it, and reports whether it did.
func (s *subscription) forward(p *packet) bool {
	k := s.sink
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sub != s {
		return false
	}
	if !s.allowed() {
		s.pause()
		return false
	}
	if !k.session.ready() {
		return false
	}
	action := s.pick(p)
	if action == layer.Drop {
		return false
	}
	var n seqmap.Numbers
	switch {
	case p.padding:
		k.numbers.Drop(p.numbers)
		return false
	case action == layer.Switch:
		n = s.change(p)
	default:
		var verdict seqmap.Verdict
		if n, verdict = k.numbers.Forward(p.numbers, p.now); verdict != seqmap.OK {
			k.session.counters.drop(dropSuperseded)
			return false
		}
	}
	return k.send(p, n)
}

// pick decides about a packet. Packets of a run that the numbering does not know make the stream begin anew.
func (s *subscription) pick(p *packet) layer.Action {
	source, known := s.sink.numbers.Source()
	same := known && source == p.run.source
	if s.sink.kind == transport.Audio {
		if s.flowing && same {
			return layer.Forward
		}
		if p.padding {
			return layer.Drop
		}
		return layer.Switch
	}
	if s.selector.Current() == p.layer.index && !same {
		s.selector.Want(layer.None, layer.None)
		s.selector.Want(s.wish, layer.Max-1)
	}
	return s.selector.Pick(p.layer.index, p.begins)
}

// change makes the packet's layer the one that the stream carries. Where it carried a layer of the same sender before,
// the sender's reports keep the stream on his clock, and so sound and picture on one; where it was the same layer
// before a pause, its own report does.
func (s *subscription) change(p *packet) seqmap.Numbers {
	k := s.sink
	var from, to seqmap.Report
	if s.from != nil {
		if a, b := s.from.report.Load(), p.layer.report.Load(); a != nil && b != nil {
			from, to = a.pair(), b.pair()
		}
		if s.from != p.layer {
			k.session.counters.layerSwitches.Add(1)
		}
	}
	n := k.numbers.Switch(p.numbers, p.now, from, to)
	s.from, s.flowing = p.layer, true
	if k.kind == transport.Video {
		s.relist(s.selector.Watches())
	}
	k.report(p.now)
	return n
}

// send composes the outgoing packet in the sink's own memory and sends it.
func (k *sink) send(p *packet, n seqmap.Numbers) bool {
	k.packet = transport.Packet{
		Payload: p.payload, Timestamp: n.Timestamp, Seq: n.Seq, Marker: p.marker,
		Level: p.level, HasLevel: p.hasLevel, CaptureTime: p.capture,
	}
	if k.kind == transport.Video {
		k.buf = p.vp8.Append(k.buf[:0], p.payload, n.PictureID, n.TL0PicIdx)
		k.packet.Payload = k.buf
	}
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
	if index := s.selector.Current(); index != layer.None {
		s.pub.ask(index, &s.broken, now)
	}
}
