package seqmap

import "time"

// Report is the pair that a sender report ties together (RFC 3550 section 6.4.1): at NTP (64-bit, 32.32 seconds) the
// source's RTP clock stood at RTP. The zero value means that no report is known.
type Report struct {
	NTP uint64
	RTP uint32
}

// MaxSkew is how far the sender's clock may lead the timestamp of a switch away from the time that passed here since
// the last packet. Reports that want more are wrong, or of another clock, and are not used.
const MaxSkew = time.Second

// maxAdvance bounds a jump after a very long pause, in ticks: well below 2^31, from where on a receiver would take it
// for a step back (3.3 hours of video, 6.2 of sound).
const maxAdvance = 1 << 30

// maxApart is how far two reports of one sender may lie apart, as NTP time: an hour. Beyond, the ticks between them say
// nothing modulo 2^32.
const maxApart = 3600 << 32

// advance is how many ticks after the highest timestamp sent so far the switch to p is to be presented.
func (m *Map) advance(p Packet, now time.Time, from, to Report) uint32 {
	passed := ticks(max(0, now.Sub(m.arrival)), m.rate)
	skew := ticks(MaxSkew, m.rate)
	steps := passed
	if told, ok := m.told(p, from, to); ok && told >= passed-skew && told <= passed+skew {
		steps = told
	}
	return uint32(min(max(steps, 1), maxAdvance))
}

// told is the same as the sender's own clock has it: without doubt if the source stays the same (its RTP clock runs on
// through a pause), from the reports of both sources otherwise.
func (m *Map) told(p Packet, from, to Report) (int64, bool) {
	current := m.current()
	if p.Source == current.source {
		return int64(int32(p.Timestamp + current.timestamp - m.timestamp)), true
	}
	if from == (Report{}) || to == (Report{}) {
		return 0, false
	}
	between := int64(to.NTP - from.NTP)
	if between > maxApart || between < -maxApart {
		return 0, false
	}
	// In two halves: the whole would overflow. The shift rounds towards the past, at most one tick.
	step := (between>>32)*int64(m.rate) + (int64(uint32(between))*int64(m.rate))>>32
	onOldClock := from.RTP + uint32(step) + (p.Timestamp - to.RTP)
	return int64(int32(onOldClock + current.timestamp - m.timestamp)), true
}

// ticks converts a duration that is not negative. Anything above a day is a day: it is bounded further anyway.
func ticks(d time.Duration, rate uint32) int64 {
	d = min(d, 24*time.Hour)
	return int64(d/time.Microsecond) * int64(rate) / 1_000_000
}
