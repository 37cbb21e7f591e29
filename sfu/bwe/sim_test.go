package bwe

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Simulated lines. Time is in microseconds since the beginning and passes in steps of a millisecond; everything random
// comes from a seed.

const step = millisecond

// wire is what a line is made of. A zero field does without.
type wire struct {
	rate    func(at int64) float64 // bits per second of the bottleneck
	queue   int64                  // longest queue, in time at the rate of the moment; what comes then is dropped
	delay   int64                  // one way, each way
	jitter  func(*rand.Rand) func(at int64) int64
	loss    func(*rand.Rand) func() bool // after the bottleneck
	rival   rival
	silent  func(at int64) bool // no feedback gets through
	dead    func(at int64) bool // nothing gets through
	fbLoss  float64
	clock   func(at int64) int64 // what the peer's clock is off by
	reorder float64              // share of packets that come 15 ms later than they would
}

func steadily(bits float64) func(int64) float64 { return func(int64) float64 { return bits } }

func stepping(first float64, at int64, then float64) func(int64) float64 {
	return func(now int64) float64 {
		if now < at {
			return first
		}
		return then
	}
}

func during(from, to int64) func(int64) bool {
	return func(at int64) bool { return at >= from && at < to }
}

func randomly(p float64) func(*rand.Rand) func() bool {
	return func(r *rand.Rand) func() bool { return func() bool { return r.Float64() < p } }
}

// gilbert loses in bursts: share of all packets, in bursts of a mean length.
func gilbert(share, length float64) func(*rand.Rand) func() bool {
	return func(r *rand.Rand) func() bool {
		leave := 1 / length
		enter := leave * share / (1 - share)
		bad := false
		return func() bool {
			if bad {
				bad = r.Float64() >= leave
			} else {
				bad = r.Float64() < enter
			}
			return bad
		}
	}
}

// wifi holds packets up and lets them go together: most of the time for a few milliseconds, now and then for longer.
func wifi(usual, seldom int64) func(*rand.Rand) func(int64) int64 {
	return func(r *rand.Rand) func(int64) int64 {
		var release int64
		return func(at int64) int64 {
			for release < at {
				gap := float64(usual)
				if r.Float64() < 0.03 {
					gap = float64(seldom)
				}
				release += int64(gap * (0.3 + 1.4*r.Float64()))
			}
			return release
		}
	}
}

// parcel is a packet on the line.
type parcel struct {
	seq    uint16
	bytes  int
	sentAt int64
	rival  bool
}

// bottleneck is a queue served at the rate of the moment.
type bottleneck struct {
	wire
	waiting []parcel
	bytes   int
	credit  float64 // bits served of the first parcel
}

func (b *bottleneck) send(p parcel, now int64) bool {
	if b.dead != nil && b.dead(now) {
		return false
	}
	if float64((b.bytes+p.bytes)*8)*second > float64(b.queue)*b.rate(now) && len(b.waiting) > 0 {
		return false
	}
	b.waiting = append(b.waiting, p)
	b.bytes += p.bytes
	return true
}

// serve gives those that leave in the step that begins now, each with its time.
func (b *bottleneck) serve(now int64, leave func(p parcel, at int64)) {
	rate := b.rate(now)
	budget := rate * step / second
	spent := 0.0
	for len(b.waiting) > 0 {
		p := b.waiting[0]
		open := float64(p.bytes*8) - b.credit
		if budget < open {
			b.credit += budget
			return
		}
		budget -= open
		spent += open
		b.credit = 0
		b.waiting = b.waiting[1:]
		b.bytes -= p.bytes
		leave(p, now+int64(spent/rate*second))
	}
}

// delayed is the time that a packet sent now would wait.
func (b *bottleneck) delayed(now int64) int64 {
	return int64(float64(b.bytes*8) * second / b.rate(now))
}

// rival is somebody else on the same bottleneck.
type rival interface {
	// packets gives how many packets of 1200 bytes it sends now.
	packets(now int64) int
	// came and gone tell it what became of one.
	came(at int64)
	gone(now int64)
}

// constant sends at one rate.
type constant struct {
	bits     float64
	from, to int64
	owed     float64
}

func (c *constant) packets(now int64) int {
	if now < c.from || now >= c.to {
		return 0
	}
	c.owed += c.bits * step / second / 9600
	n := math.Floor(c.owed)
	c.owed -= n
	return int(n)
}
func (c *constant) came(int64) {}
func (c *constant) gone(int64) {}

// reno is a transfer with additive increase and multiplicative decrease, as TCP has.
type reno struct {
	from, to  int64
	roundTrip int64
	window    float64
	flying    int
	acks      []int64
	losses    []int64
	halved    int64
	delivered int
}

func (r *reno) packets(now int64) int {
	if now < r.from || now >= r.to {
		return 0
	}
	if r.window == 0 {
		r.window = 10
	}
	for len(r.acks) > 0 && r.acks[0] <= now {
		r.acks = r.acks[1:]
		r.flying--
		r.window += 1 / r.window
	}
	for len(r.losses) > 0 && r.losses[0] <= now {
		r.losses = r.losses[1:]
		r.flying--
		if now-r.halved > 2*r.roundTrip {
			r.window, r.halved = max(r.window/2, 2), now
		}
	}
	n := max(0, int(r.window)-r.flying)
	r.flying += n
	return n
}

func (r *reno) came(at int64) {
	r.acks = append(r.acks, at+r.roundTrip/2)
	r.delivered++
}
func (r *reno) gone(now int64) { r.losses = append(r.losses, now+r.roundTrip) }

// source is a camera's encoder and a microphone.
type source struct {
	fps      int
	keyEvery int64
	keySize  float64 // times the other pictures
	random   *rand.Rand
	frame    int64 // when the next picture is due
	key      int64
	sound    int64
}

const (
	soundBytes = 130
	soundBits  = soundBytes * 8 * 50
)

// take gives the sizes of the packets to send now, at the rate of bits per second.
func (s *source) take(now int64, bits float64) []int {
	var sizes []int
	if now >= s.sound {
		s.sound += 20 * millisecond
		sizes = append(sizes, soundBytes)
	}
	if now < s.frame {
		return sizes
	}
	s.frame += second / int64(s.fps)
	video := bits - soundBits
	if video < 20_000 {
		return sizes
	}
	frames := float64(s.fps) * float64(s.keyEvery) / second
	size := video * float64(s.keyEvery) / second / (frames - 1 + s.keySize) / 8
	size *= 0.8 + 0.4*s.random.Float64()
	if now >= s.key {
		s.key = now + s.keyEvery
		size *= s.keySize
	}
	for size > 0 {
		sizes = append(sizes, int(min(size, 1150))+50)
		size -= 1150
	}
	return sizes
}

// sample is the state of a call at a moment.
type sample struct {
	at       int64
	target   float64
	capacity float64
	queue    int64 // true
	told     int64 // queue as estimated
	loss     float64
	sent     float64 // rate of the last half second
}

// log is the course of a call, a sample each 20 ms.
type log []sample

func (l log) between(from, to int64) log {
	i, _ := slices.BinarySearchFunc(l, from, func(s sample, at int64) int { return int(s.at - at) })
	j, _ := slices.BinarySearchFunc(l, to, func(s sample, at int64) int { return int(s.at - at) })
	return l[i:j]
}

func (l log) least() float64 {
	least := math.Inf(1)
	for _, s := range l {
		least = min(least, s.target)
	}
	return least
}

func (l log) most() float64 {
	most := 0.0
	for _, s := range l {
		most = max(most, s.target)
	}
	return most
}

func (l log) mean() float64 {
	sum := 0.0
	for _, s := range l {
		sum += s.target
	}
	return sum / float64(len(l))
}

func (l log) sent() float64 {
	sum := 0.0
	for _, s := range l {
		sum += s.sent
	}
	return sum / float64(len(l))
}

// share is how much of the samples hold.
func (l log) share(holds func(sample) bool) float64 {
	n := 0
	for _, s := range l {
		if holds(s) {
			n++
		}
	}
	return float64(n) / float64(len(l))
}

// queue is the longest true queue.
func (l log) queue() int64 {
	var most int64
	for _, s := range l {
		most = max(most, s.queue)
	}
	return most
}

// first is when something first holds, or a time past all.
func (l log) first(holds func(sample) bool) int64 {
	for _, s := range l {
		if holds(s) {
			return s.at
		}
	}
	return math.MaxInt64 / 2
}
