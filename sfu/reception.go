package sfu

import (
	"time"

	"github.com/pion/rtcp"
)

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
func (l *encoding) reception(now time.Time) (rtcp.ReceptionReport, bool) {
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

// receiverReport makes the receiver report about everything a session sends, and tells the largest share that was lost of one of
// its streams since the last.
func (s *Session) receiverReport(now time.Time) (packets []rtcp.Packet, lost float64) {
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
