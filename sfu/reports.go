package sfu

import (
	"sync"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// senderSSRC is ours in RTCP packets that are about what a peer sends: we send nothing on it.
const senderSSRC = 1

// ntp is a time in the 32.32 format of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const epoch = 2208988800 // seconds from 1900 to 1970
	return uint64(t.Unix()+epoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// ntpDuration is the time between two NTP times.
func ntpDuration(from, to uint64) time.Duration {
	d := int64(to - from)
	return time.Duration(d>>32)*time.Second + time.Duration((d&0xffffffff)*int64(time.Second)>>32)
}

// senderReport ties an RTP time of a layer to a time of our own clock.
type senderReport struct {
	ntp uint64
	rtp uint32
}

func (r *senderReport) pair() seqmap.Report { return seqmap.Report{NTP: r.ntp, RTP: r.rtp} }

// at is the RTP time of the layer at a time of our clock.
func (r *senderReport) at(now uint64, rate uint32) uint32 {
	return r.rtp + uint32(int64(ntpDuration(r.ntp, now).Seconds()*float64(rate)))
}

// clock translates a peer's wall clock into ours. One offset for all its streams, fixed by its first report: whatever
// it is off by, sound and picture are off by the same.
type clock struct {
	mu     sync.Mutex
	known  bool
	offset uint64
}

func (c *clock) translate(peer uint64, now time.Time) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	ours := ntp(now)
	// A clock that was set while we looked: begin anew.
	if d := ntpDuration(peer+c.offset, ours); !c.known || d > 5*time.Second || d < -5*time.Second {
		c.known, c.offset = true, ours-peer
	}
	return peer + c.offset
}

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

// arrivals is what a receiver report says of a layer's primary stream, beside the numbers that the ring keeps (RFC 3550
// section 6.4, appendix A).
type arrivals struct {
	began    time.Time
	transit  uint32
	jitter   float64
	report   uint32 // middle bits of the last sender report as it came
	reported time.Time
	// received packets of the run; what was sent again came on another stream and is lost on this one.
	run      *run
	received int64
	// Up to the last report.
	expectedThen, receivedThen int64
}

// arrive takes one packet of the primary stream that had not come before.
func (a *arrivals) arrive(r *run, now time.Time, timestamp, rate uint32) {
	if a.run != r {
		a.run, a.received, a.expectedThen, a.receivedThen = r, 0, 0, 0
	}
	a.received++
	first := a.began.IsZero()
	if first {
		a.began = now
	}
	transit := uint32(int64(now.Sub(a.began).Seconds()*float64(rate))) - timestamp
	if !first {
		d := int64(int32(transit - a.transit))
		a.jitter += (float64(max(d, -d)) - a.jitter) / 16
	}
	a.transit = transit
}

// reception makes the report of one layer; false if nothing came yet.
func (l *published) reception(now time.Time) (rtcp.ReceptionReport, bool) {
	run, ssrc := l.run.Load(), l.ssrc.Load()
	if run == nil || ssrc == 0 {
		return rtcp.ReceptionReport{}, false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	a := &l.arrivals
	stats := run.ring.Stats()
	expected := stats.Highest - stats.First + 1
	if a.run != run || expected <= 0 {
		return rtcp.ReceptionReport{}, false
	}
	r := rtcp.ReceptionReport{
		SSRC: ssrc, LastSequenceNumber: uint32(stats.Highest), Jitter: uint32(a.jitter),
		TotalLost: uint32(min(max(expected-a.received, 0), 0x7fffff)),
	}
	expectedNow, receivedNow := expected-a.expectedThen, a.received-a.receivedThen
	if lost := expectedNow - receivedNow; lost > 0 && expectedNow > 0 {
		r.FractionLost = uint8(min(lost*256/expectedNow, 255))
	}
	a.expectedThen, a.receivedThen = expected, a.received
	if !a.reported.IsZero() {
		r.LastSenderReport = a.report
		r.Delay = uint32(now.Sub(a.reported) * 65536 / time.Second)
	}
	return r, true
}

// feedback is the transport-wide feedback to one peer (draft-holmer-rmcat-transport-wide-cc-extensions-01), from which
// its browser knows how much it can send.
type feedback struct {
	// mu guards the following fields.
	mu       sync.Mutex
	recorder *twcc.Recorder
	begin    time.Time
	last     uint16
}

// maxJump is how far a transport-wide number may lie from the one before it: a second of packets at 10 Mbit/s. The
// recorder walks over every number between; from further away it begins anew.
const maxJump = 1000

// note takes a packet that is within the bounds, if it has a transport-wide number.
func (f *feedback) note(r *transport.Received) {
	if !r.HasTransportSeq {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if jump := int(int16(r.TransportSeq - f.last)); f.recorder == nil || jump > maxJump || jump < -maxJump {
		f.recorder, f.begin = twcc.NewRecorder(senderSSRC), r.Arrival
	}
	f.last = r.TransportSeq
	f.recorder.Record(r.SSRC, r.TransportSeq, r.Arrival.Sub(f.begin).Microseconds()+1)
}

// take makes the feedback packets that are due.
func (f *feedback) take() []rtcp.Packet {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.recorder == nil || f.recorder.PacketsHeld() == 0 {
		return nil
	}
	return f.recorder.BuildFeedbackPacket()
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

// describe makes the receiver report about everything a session sends, and tells the largest share that was lost of one of
// its streams since the last.
func (s *Session) describe(now time.Time) (packets []rtcp.Packet, lost float64) {
	rr := &rtcp.ReceiverReport{SSRC: senderSSRC}
	for _, p := range *s.pubs.Load() {
		if p == nil {
			continue
		}
		for _, l := range p.layers {
			if r, ok := l.reception(now); ok && len(rr.Reports) < 31 {
				rr.Reports = append(rr.Reports, r)
				lost = max(lost, float64(r.FractionLost)/256)
			}
		}
	}
	if len(rr.Reports) == 0 {
		return nil, 0
	}
	return []rtcp.Packet{rr}, lost
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
