package bwe

// A meter counts bytes by the peer's clock, in steps, over the last 640 ms.
const (
	meterStep  = 5 * millisecond
	meterSteps = 128
	// steady is the window of the throughput: what senders pace is even over it, and it sees a few pictures.
	steady = 500 * millisecond
)

type meter struct {
	steps [meterSteps]uint32
	began bool
	last  int64 // the step that the newest bytes are in
	first int64 // the step that the count began with
}

func (m *meter) add(at int64, bytes int) {
	step := floorDiv(at, meterStep)
	switch {
	case !m.began:
		m.began, m.last, m.first = true, step, step
	case step > m.last:
		for s := max(m.last+1, step-meterSteps+1); s <= step; s++ {
			m.steps[s&(meterSteps-1)] = 0
		}
		m.last = step
	case step <= m.last-meterSteps:
		return
	}
	m.steps[step&(meterSteps-1)] += uint32(bytes)
}

// rate is what arrived in the window that ends with the newest bytes, in bits per second. They count: what was held up
// comes all at once, at the end of the time it took. ok is false while there are fewer than 100 ms to tell from.
func (m *meter) rate(window int64) (bits float64, ok bool) {
	n := min(window/meterStep, meterSteps-1, m.last-m.first)
	if !m.began || n < 100*millisecond/meterStep {
		return 0, false
	}
	var bytes int64
	for s := m.last - n + 1; s <= m.last; s++ {
		bytes += int64(m.steps[s&(meterSteps-1)])
	}
	return float64(bytes*8) * second / float64(n*meterStep), true
}

// until is the time of the newest bytes.
func (m *meter) until() int64 { return m.last * meterStep }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
