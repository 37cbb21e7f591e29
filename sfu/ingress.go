package sfu

import (
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// ingress is what the goroutine that brings a session's packets keeps. It belongs to that goroutine, but for control,
// which belongs to the one that brings control packets.
type ingress struct {
	ssrcs   map[uint32]struct{}
	stray   window
	packet  packet
	sampled uint
	control window
}

// rtp is the way of a packet from one peer to the others.
func (s *Session) rtp(r *transport.Received) {
	defer s.rescue()
	c := &s.counters
	c.packetsIn.Add(1)
	c.bytesIn.Add(uint64(r.Size))
	s.heard.Store(r.Arrival.UnixNano())
	if s.ended.Load() {
		c.drop(dropEnded)
		return
	}
	if !s.admit(r) {
		return
	}
	p := s.publicationOf(r)
	if p == nil {
		if s.takeStray(r) {
			s.feedback.note(r)
		}
		return
	}
	if !s.withinRate(p, r) {
		return
	}
	s.feedback.note(r)
	// The rule stands before everything that keeps a packet: what may not leave is not even remembered.
	if !s.gate.load().out(p.use) {
		c.drop(dropFlow)
		return
	}
	out := &s.in.packet
	if !s.read(p, r, out) {
		return
	}
	s.note(p, r, out)
	s.fan(r, out)
}

// admit bounds the streams of one peer: each costs memory below us until the connection ends.
func (s *Session) admit(r *transport.Received) bool {
	if _, ok := s.in.ssrcs[r.SSRC]; ok {
		return true
	}
	if len(s.in.ssrcs) >= s.room.server.limits.SSRCs {
		s.counters.drop(dropRate)
		s.end(endSSRCs)
		return false
	}
	s.in.ssrcs[r.SSRC] = struct{}{}
	return true
}

func (s *Session) publicationOf(r *transport.Received) *publication {
	pubs := *s.pubs.Load()
	if r.Line < 0 || r.Line >= len(pubs) {
		return nil
	}
	return pubs[r.Line]
}

// takeStray takes probes and streams that nothing is known of: bounded, counted, forgotten. It reports whether the
// packet was within the bounds.
func (s *Session) takeStray(r *transport.Received) bool {
	l := &s.room.server.limits
	ok, ended := s.in.stray.pass(r.Arrival, r.Size, l.VideoPackets, l.VideoBits, l.Patience)
	if ended {
		s.end(endRate)
	}
	if !ok || ended {
		s.counters.drop(dropRate)
		return false
	}
	s.counters.drop(dropUnassigned)
	return true
}

func (s *Session) withinRate(p *publication, r *transport.Received) bool {
	l := &s.room.server.limits
	packets, bits := l.AudioPackets, l.AudioBits
	if p.kind == transport.Video {
		packets, bits = l.VideoPackets, l.VideoBits
	}
	ok, ended := p.rate.pass(r.Arrival, r.Size, packets, bits, l.Patience)
	if ended {
		s.end(endRate)
	}
	if !ok || ended {
		s.counters.drop(dropRate)
	}
	return ok && !ended
}

// read parses a packet, keeps it for repair and finds out whether it is new.
func (s *Session) read(p *publication, r *transport.Received, out *packet) bool {
	if r.Layer >= len(p.layers) {
		s.counters.drop(dropUnassigned)
		return false
	}
	l := p.layers[r.Layer]
	*out = packet{
		pub: p, layer: l, payload: r.Payload, capture: r.CaptureTime, level: r.Level, hasLevel: r.HasLevel,
		codec: r.Codec, marker: r.Marker, padding: len(r.Payload) == 0, now: r.Arrival,
	}
	if !out.padding && !s.readPayload(l, r, out) {
		s.counters.drop(dropMalformed)
		return false
	}
	out.run = l.current(p, r.Codec)
	seq, verdict := out.run.ring.Put(r.SequenceNumber, r.Arrival, r.Raw)
	switch verdict {
	case cache.Duplicate:
		s.counters.drop(dropDuplicate)
		return false
	case cache.OutOfRange:
		s.counters.drop(dropLate)
		return false
	case cache.BadLength:
		s.counters.drop(dropMalformed)
		return false
	case cache.Late:
		out.late = true
	case cache.Restarted:
		// The same ring, but another source: numbers of before mean nothing any more.
		out.run = &run{ring: out.run.ring, codec: r.Codec, source: seqmap.Source(s.room.server.sources.Add(1))}
		l.run.Store(out.run)
	}
	out.numbers = out.frame.numbers(out.run, seq, &r.Packet)
	return true
}

// readPayload finds out what a packet carries; false if it is not of its codec.
func (s *Session) readPayload(l *encoding, r *transport.Received, out *packet) bool {
	switch r.Codec {
	case transport.Opus:
		return l.kind == transport.Audio
	case transport.RED:
		primary, err := codec.ParseRED(r.Payload)
		out.plain = primary
		return err == nil && l.kind == transport.Audio
	}
	if l.kind != transport.Video || out.frame.parse(r.Codec, r.Payload) != nil {
		return false
	}
	l.inspect(r, out)
	return true
}

// note keeps what others ask about the layer: who sends it, how it arrives, how large it is, how loud.
func (s *Session) note(p *publication, r *transport.Received, out *packet) {
	out.layer.came(r, out)
	if p.kind == transport.Video {
		p.seen(out)
	} else if r.HasLevel && p.use == transport.Microphone {
		s.room.floors.level(s, r.Level.Level, r.Arrival)
	}
	if !p.begun.Load() {
		p.begun.Store(true)
		s.room.wake()
	}
}

// fan gives the packet to everybody who watches the layer.
func (s *Session) fan(r *transport.Received, out *packet) {
	subs := *out.layer.subs.Load()
	sent := uint64(0)
	for _, sub := range subs {
		if sub.forward(out) {
			sent++
		}
	}
	if sent == 0 {
		return
	}
	for _, sub := range subs {
		sub.sink.session.transport.Flush()
	}
	s.counters.forwarded.Add(sent)
	if s.in.sampled++; s.in.sampled%latencyEvery == 0 && !s.room.uncounted {
		s.room.server.latency.add(time.Since(r.Arrival))
	}
}

// control takes one control packet of the peer.
func (s *Session) control(p rtcp.Packet, arrival time.Time) {
	defer s.rescue()
	s.heard.Store(arrival.UnixNano())
	l := &s.room.server.limits
	ok, ended := s.in.control.pass(arrival, 0, l.RTCPPackets, 1, l.Patience)
	if ended {
		s.end(endControl)
	}
	if !ok || ended || s.ended.Load() {
		s.counters.drop(dropControl)
		return
	}
	sinks := *s.sinks.Load()
	switch p := p.(type) {
	case *rtcp.SenderReport:
		s.heardReport(p, arrival)
		s.heardReception(p.Reports, arrival)
	case *rtcp.ReceiverReport:
		s.heardReception(p.Reports, arrival)
	case *rtcp.TransportLayerNack:
		if k := sinks[p.MediaSSRC]; k != nil {
			k.repair(p, arrival)
		}
	case *rtcp.TransportLayerCC:
		if !s.down.feedback(p, arrival) {
			s.counters.drop(dropFeedback)
		}
	case *rtcp.ReceiverEstimatedMaximumBitrate:
		s.down.limit(p.Bitrate, arrival)
	case *rtcp.PictureLossIndication:
		s.counters.plisIn.Add(1)
		if k := sinks[p.MediaSSRC]; k != nil {
			k.keyframe(arrival)
		}
	case *rtcp.FullIntraRequest:
		s.counters.plisIn.Add(1)
		for _, e := range p.FIR[:min(len(p.FIR), len(sinks))] {
			if k := sinks[e.SSRC]; k != nil {
				k.keyframe(arrival)
			}
		}
	}
}

// heardReception takes what a peer reports on our streams: the round trip.
func (s *Session) heardReception(reports []rtcp.ReceptionReport, now time.Time) {
	for i := range reports {
		rtt, ok := roundTripOf(&reports[i], now)
		if !ok {
			continue
		}
		if old := s.rtt.Load(); old != 0 {
			rtt = (7*time.Duration(old) + rtt) / 8
		}
		s.rtt.Store(max(int64(rtt), 1))
		s.down.roundTrip(rtt)
	}
}
