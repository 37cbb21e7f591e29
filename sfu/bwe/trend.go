package bwe

// usage is what the delay says about the line.
type usage uint8

const (
	normal usage = iota
	underuse
	overuse
)

// Values of the trend line filter: draft-ietf-rmcat-gcc-02, section 5.4 (overuse time, bounds of the threshold), Carlucci
// et al. 2017 (k_up, k_down), and WebRTC's trendline_estimator.cc (the rest).
const (
	trendWindow    = 20
	trendSmoothing = 0.9
	trendGain      = 4.0
	maxDeltas      = 60

	firstThreshold = 12.5 // ms
	minThreshold   = 6.0
	maxThreshold   = 600.0
	thresholdUp    = 0.0087
	thresholdDown  = 0.039
	outlier        = 15.0 // ms above the threshold that do not move it
	overuseTime    = 10.0 // ms
)

// group is packets that count as one: sent within 5 ms of each other as the pacer sees it, or arrived at once after they
// were held up somewhere on the way (Wi-Fi does so).
type group struct {
	due, arrival     int64 // of its first packet
	lastDue, lastArr int64
	last             int64 // highest number
	waited           int64 // the least unexplained delay of its packets
	open             bool
}

const (
	groupSpan = 5 * millisecond
	maxGroup  = 100 * millisecond
)

func (g *group) takes(due, arrival int64) bool {
	if due-g.due <= groupSpan {
		return true
	}
	gap := arrival - g.lastArr
	return gap <= groupSpan && gap < due-g.lastDue && arrival-g.arrival < maxGroup
}

// trend fits a line through the delays of the latest groups.
type trend struct {
	group    group
	arrivals [trendWindow]float64 // ms since begin
	delays   [trendWindow]float64 // ms, smoothed
	count    int
	begin    int64
	smoothed float64
	before   float64 // the trend before
	previous int64   // arrival of the group before

	threshold float64
	least     float64 // that the threshold may be
	over      float64 // ms for which it has been over the threshold
	overs     int
	usage     usage
	seen      int64 // highest number that usage takes into account
}

func newTrend() trend { return trend{threshold: firstThreshold, least: minThreshold} }

// add takes a packet that came: its number, when it would have been sent by the pacer, when it came and the delay that is
// not explained. Packets out of order are left out.
func (t *trend) add(n, due, arrival, waited int64) {
	g := &t.group
	switch {
	case !g.open:
	case n < g.last:
		return
	case g.takes(due, arrival):
		g.lastDue, g.lastArr, g.last = due, max(g.lastArr, arrival), n
		g.waited = min(g.waited, waited)
		return
	default:
		t.update(*g)
	}
	*g = group{due: due, arrival: arrival, lastDue: due, lastArr: arrival, last: n, waited: waited, open: true}
}

func (t *trend) update(g group) {
	if t.count == 0 {
		t.begin, t.previous = g.lastArr, g.lastArr
	}
	passed := float64(g.lastArr-t.previous) / millisecond
	t.previous = g.lastArr
	t.smoothed = trendSmoothing*t.smoothed + (1-trendSmoothing)*float64(g.waited)/millisecond
	i := t.count % trendWindow
	t.arrivals[i], t.delays[i] = float64(g.lastArr-t.begin)/millisecond, t.smoothed
	t.count++
	t.seen = g.last
	slope := t.before
	if t.count >= trendWindow {
		slope = t.slope()
	}
	t.detect(slope, passed)
	t.before = slope
}

// slope is that of the least squares line.
func (t *trend) slope() float64 {
	var x, y float64
	for i := range t.arrivals {
		x += t.arrivals[i]
		y += t.delays[i]
	}
	x /= trendWindow
	y /= trendWindow
	var above, below float64
	for i := range t.arrivals {
		dx := t.arrivals[i] - x
		above += dx * (t.delays[i] - y)
		below += dx * dx
	}
	if below == 0 {
		return t.before
	}
	return above / below
}

func (t *trend) detect(slope, passed float64) {
	value := float64(min(t.count, maxDeltas)) * slope * trendGain
	switch {
	case value > t.threshold:
		if t.overs == 0 {
			t.over = passed / 2
		} else {
			t.over += passed
		}
		t.overs++
		if t.over > overuseTime && t.overs > 1 && slope >= t.before {
			t.over, t.overs = 0, 0
			t.usage = overuse
		}
	case value < -t.threshold:
		t.over, t.overs = 0, 0
		t.usage = underuse
	default:
		t.over, t.overs = 0, 0
		t.usage = normal
	}
	t.adapt(value, passed)
}

// adapt moves the threshold towards the trend, quickly down and slowly up: a rival who keeps the queue moving must not
// push us out (draft-ietf-rmcat-gcc-02, section 5.4).
func (t *trend) adapt(value, passed float64) {
	size := max(value, -value)
	if size > t.threshold+outlier {
		return
	}
	k := thresholdUp
	if size < t.threshold {
		k = thresholdDown
	}
	t.threshold += k * (size - t.threshold) * min(max(passed, 0), 100)
	t.threshold = min(max(t.threshold, t.least), maxThreshold)
}
