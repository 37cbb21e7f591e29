package bwe

// The rate control: additive increase near the rate at which the line was last full, multiplicative away from it
// (draft-ietf-rmcat-gcc-02, section 5.5).
const (
	growth = 0.08 // per second
	// While the queue drains, decrease of what arrived is sent, from then on settled.
	decrease, settled = 0.85, 0.92
	// Near the capacity the rate grows by a packet per response time, within these shares per second.
	minStep, maxStep = 0.025, 0.06
	packetBits       = 1200 * 8
	reaction         = 100 * millisecond // what detecting takes, on top of the round trip
	// The capacity is near between these shares of it. Above, the line has become faster, or it was measured wrongly.
	nearFrom, nearTo = 0.75, 1.1
	// The rate does not run ahead of what arrives by more than this (draft-ietf-rmcat-gcc-02, section 5.5).
	ahead, aheadBits = 1.5, 10_000

	// While less than tried of the rate is sent, what arrives may be all there is and no measure of the line: the cut is
	// small then, unless a queue of this length stands.
	tried    = 0.8
	cutQueue = 50 * millisecond
)

type rate struct {
	bits      float64
	capacity  float64 // what arrived when the line was last full; 0: unknown
	grown     int64
	decreased int64
	since     int64 // the first number sent after the decrease
	drain     drain
	surpassed bool // the capacity was passed without a queue: the line has become faster
}

// grow lets the rate grow for the time passed. arrived is the throughput.
func (r *rate) grow(now int64, arrived float64, roundTrip int64) {
	passed := float64(min(now-r.grown, second/4)) / second
	r.grown = now
	limit := ahead*arrived + aheadBits
	if r.bits >= limit {
		return
	}
	if r.capacity != 0 && r.bits > nearTo*r.capacity {
		r.surpassed = arrived > r.capacity
		r.capacity = 0
	}
	step := growth * r.bits
	if r.bits > nearFrom*r.capacity && r.capacity != 0 {
		perResponse := packetBits * second / float64(roundTrip+reaction)
		step = min(max(perResponse, minStep*r.bits), maxStep*r.bits)
	}
	r.bits = min(r.bits+step*passed, limit)
}

// jump takes the rate that a probe has shown, if it is higher.
func (r *rate) jump(now int64, bits float64) {
	if bits <= r.bits {
		return
	}
	r.bits, r.grown = bits, now
	if bits > nearTo*r.capacity {
		r.capacity = 0
	}
}

// hold lets time pass without growth.
func (r *rate) hold(now int64) { r.grown = now }

// cut lowers the rate to a share of what the line carried while it was full. sent is what was sent, queue what of the queue
// bursts do not explain.
func (r *rate) cut(now, next int64, carried, sent float64, queue, roundTrip int64) {
	r.drain.begin(now, carried < collapse*r.bits, roundTrip)
	to := settled * carried
	if queue < cutQueue && sent < tried*r.bits {
		to = max(to, decrease*r.bits)
	}
	r.bits = min(r.bits, to)
	if r.capacity == 0 || carried < nearFrom*r.capacity || carried > nearTo*r.capacity {
		r.capacity = carried
	} else {
		r.capacity += (carried - r.capacity) / 4
	}
	r.grown, r.decreased, r.since, r.surpassed = now, now, next, false
}

// target is what may be sent.
func (r *rate) target() float64 {
	if r.drain.running {
		return r.bits * r.drain.share / settled
	}
	return r.bits
}
