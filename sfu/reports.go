package sfu

import (
	"time"

	"github.com/pion/rtcp"
)

// senderSSRC is ours in RTCP packets that are about what a peer sends: we send nothing on it.
const senderSSRC = 1

// report sends a sender report of the sink's stream (RFC 3550 section 6.4.1): our clock, and the RTP time that the
// sender's own report puts there. Sound and picture of a slot are tied to one clock by it.
func (k *sink) report(now time.Time) {
	s := k.sub
	if s == nil || s.from == nil || !s.flowing || !s.allowed() {
		return
	}
	source, known := k.numbers.Source()
	r, current := s.from.report.Load(), s.from.run.Load()
	if r == nil || current == nil || !known || source != current.source {
		return
	}
	at := ntp(now)
	_ = k.session.transport.SendRTCP([]rtcp.Packet{&rtcp.SenderReport{
		SSRC: k.stream.SSRC(), NTPTime: at, RTPTime: r.at(at, k.kind.ClockRate()) + k.numbers.TimestampShift(),
		PacketCount: k.packets, OctetCount: k.octets,
	}})
}

// beat lets the peer know that the way to him stands, with a receiver report about nothing (RFC 3550 section 6.4.2). Who hears
// silence and sends none would else be sent nothing for seconds, and browsers notice a dead way after five.
func (s *Session) beat() {
	_ = s.transport.SendRTCP([]rtcp.Packet{&rtcp.ReceiverReport{SSRC: senderSSRC}})
}

// roundTripOf reads the round trip from a receiver's report about a stream of ours (RFC 3550 section 6.4.1).
func roundTripOf(r *rtcp.ReceptionReport, now time.Time) (time.Duration, bool) {
	if r.LastSenderReport == 0 {
		return 0, false
	}
	d := uint32(ntp(now)>>16) - r.LastSenderReport - r.Delay
	rtt := time.Duration(d) * time.Second / 65536
	return rtt, d < 10<<16
}

// heardReport takes a peer's sender report about one of its layers.
func (s *Session) heardReport(sr *rtcp.SenderReport, now time.Time) {
	for _, p := range *s.pubs.Load() {
		if p == nil {
			continue
		}
		for _, l := range p.layers {
			if l.ssrc.Load() != sr.SSRC {
				continue
			}
			l.report.Store(&senderReport{ntp: s.clock.translate(sr.NTPTime, now), rtp: sr.RTPTime})
			l.mu.Lock()
			l.arrivals.report, l.arrivals.reported = uint32(sr.NTPTime>>16), now
			l.mu.Unlock()
			return
		}
	}
}
