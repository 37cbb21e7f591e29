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

	// A queue longer than drainFrom is to be gone soon after a decrease: for that still less is sent, the less the longer
	// it is, down to drainLeast at about drainFull. A short one goes by itself.
	drainFrom  = 100 * millisecond
	drainFull  = 300 * millisecond
	drainTime  = 500 * millisecond
	drainLeast = 0.25
	drained    = 20 * millisecond
	drainMost  = second
	// Where less than this share of the rate gets through, the queue is no burst's.
	collapse = 0.75
	// rivalQueue is the least that must be left for somebody else to be suspected.
	rivalQueue = 40 * millisecond
)

type rate struct {
	bits      float64
	capacity  float64 // what arrived when the line was last full; 0: unknown
	grown     int64
	decreased int64
	since     int64 // the first number sent after the decrease
	draining  bool
	collapsed bool    // far less got through than was sent, at the last cut
	drain     float64 // share of bits that may be sent meanwhile
	drainEnd  int64
	queue     int64 // that there was to drain
	surpassed bool  // the capacity was passed without a queue: the line has become faster
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

// cut lowers the rate to a share of what the line carried while it was full, and further while it drains the queue.
func (r *rate) cut(now, next int64, carried float64, roundTrip int64) {
	r.collapsed = carried < collapse*r.bits || r.draining && r.collapsed
	r.bits = min(r.bits, settled*carried)
	if r.capacity == 0 || carried < nearFrom*r.capacity || carried > nearTo*r.capacity {
		r.capacity = carried
	} else {
		r.capacity += (carried - r.capacity) / 4
	}
	r.grown, r.decreased, r.since, r.surpassed = now, now, next, false
	r.draining, r.queue, r.drain = true, 0, decrease/settled
	r.drainEnd = now + drainTime + roundTrip
}

// deepen makes the drain fit the longest queue seen: what was sent before the cut goes on to come for a while.
func (r *rate) deepen(now, queue, roundTrip int64) {
	if queue < r.queue || now > r.decreased+drainMost {
		return
	}
	r.queue = queue
	full := float64(max(queue-drainFrom, 0)) / (drainFull - drainFrom)
	r.drain = max(min(1-full*full, decrease), drainLeast) / settled
	r.drainEnd = now + queue + drainTime + roundTrip
}

// settle ends the draining when the queue is gone, or does not go: then it is not ours, and rival says so. excess is the
// part of the queue that bursts do not explain.
func (r *rate) settle(now, queue, excess int64) (rival bool) {
	if !r.draining || queue >= drained && now <= r.drainEnd {
		return false
	}
	r.draining = false
	r.grown = now
	return excess >= rivalQueue && excess > r.queue/2
}

// target is what may be sent.
func (r *rate) target() float64 {
	if r.draining {
		return r.bits * r.drain
	}
	return r.bits
}
