package sfu

import "time"

// meterSpan is the time over which a meter measures.
const meterSpan = 500 * time.Millisecond

// peakFades is the share of itself by which a meter's peak falls in a span that did not reach it: by half in four seconds.
const peakFades = 12

// meter measures a rate. Its zero value is ready.
type meter struct {
	begin time.Time
	bytes int
	rate  int // bits per second, over the last whole spans
	// peak is the highest rate of late, while there was one; silence leaves it, so that what has stopped is known to have cost so much.
	peak int
}

func (m *meter) add(bytes int, now time.Time) {
	m.turn(now)
	m.bytes += bytes
}

// bits is the present rate in bits per second: over the last span, and nothing after a second of silence.
func (m *meter) bits(now time.Time) int {
	m.turn(now)
	return m.rate
}

func (m *meter) turn(now time.Time) {
	since := now.Sub(m.begin)
	if since < meterSpan {
		return
	}
	rate := 0
	if since < 2*meterSpan {
		rate = int(8 * float64(m.bytes) / since.Seconds())
	}
	if m.rate != 0 && rate != 0 {
		rate = (m.rate + rate) / 2
	}
	peak := m.peak
	if rate != 0 {
		peak = max(rate, peak-peak/peakFades)
	}
	*m = meter{begin: now, rate: rate, peak: peak}
}
