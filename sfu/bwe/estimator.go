package bwe

import (
	"math"
	"time"

	"github.com/pion/rtcp"
)

// Config is in bits per second. A field that is zero takes its default.
type Config struct {
	Start int // what is sent before anything is known; 500 kbit/s
	Min   int // 30 kbit/s: sound alone
	Max   int // 20 Mbit/s
}

func (c Config) complete() Config {
	if c.Min <= 0 {
		c.Min = 30_000
	}
	if c.Max <= 0 {
		c.Max = 20_000_000
	}
	if c.Start <= 0 {
		c.Start = 500_000
	}
	c.Max = max(c.Max, c.Min)
	c.Start = min(max(c.Start, c.Min), c.Max)
	return c
}

// Estimator is the sender's side of one line. Make one with [New].
type Estimator struct {
	config Config
	epoch  time.Time
	now    int64

	sent   history
	pacer  pacer
	line   line
	excess floor // the part of the queue that stands and that bursts do not explain
	trend  trend
	meter  meter
	rate   rate
	losses losses
	prober prober

	reference int64 // of the last feedback, extended; 0 before the first
	seen      int64 // highest number that came
	told      int64 // one past the highest number that a feedback spoke of
	roundTrip int64 // told; 0: unknown
	need      float64
	limit     float64
	limited   int64 // until when

	rivals  int64   // until when others are taken to fill the queue
	heard   int64   // when the last feedback came
	unheard int64   // when the first packet since then was sent; 0: none was
	faded   int64   // when the rate was last lowered for silence
	before  float64 // the rate before the silence; 0: there is none
}

const (
	// limitLasts is how long a limit counts that is not repeated. Peers repeat it each second.
	limitLasts = 5 * second
	// silence is how long a peer may be silent, on top of two round trips; then the rate falls by a quarter each fadeEvery.
	silence   = second
	fadeEvery = second / 2
	fade      = 0.75
	// defaultRoundTrip is assumed while none is known.
	defaultRoundTrip = 100 * millisecond
	// leastQueue must stand, unexplained, for a trend to count as overuse: jitter alone leaves the line empty now and then.
	leastQueue = 15 * millisecond
	// After the queue did not go although less was sent, somebody else fills it. For so long we do not give way to each
	// of its movements, or nothing would be left for us.
	rivalLasts     = 10 * second
	rivalThreshold = 25.0
	// fullQueue must stand for loss to be its overflow.
	fullQueue = 50 * millisecond
)

// New makes the estimator of a line of which nothing is known.
func New(c Config) *Estimator {
	c = c.complete()
	return &Estimator{
		config: c,
		line:   newLine(),
		excess: newFloor(),
		trend:  newTrend(),
		rate:   rate{bits: float64(c.Start)},
	}
}

// at gives a time of our clock. It does not go back.
func (e *Estimator) at(now time.Time) int64 {
	if e.epoch.IsZero() {
		e.epoch = now.Add(-time.Second) // zero stays free for never
	}
	e.now = max(e.now, now.Sub(e.epoch).Microseconds())
	return e.now
}

// Packet is one packet handed to the network.
type Packet struct {
	Seq   uint16 // transport-wide sequence number
	Bytes int    // on the wire, IP and UDP headers included
	Probe uint8  // [Probe.Cluster], or 0
}

// Sent notes a packet. Numbers are given out in turn; one left out counts as never sent. It does not allocate, except
// that memory grows with the rate, up to 256 KiB.
func (e *Estimator) Sent(p Packet, now time.Time) {
	t := e.at(now)
	bytes := min(max(p.Bytes, 0), math.MaxUint16)
	burst := e.pacer.send(t, bytes, e.rate.bits)
	n, ok := e.sent.put(p.Seq, record{at: t, burst: burst, bytes: uint16(bytes), probe: p.Probe, fate: sent})
	if !ok {
		return
	}
	if e.unheard == 0 {
		e.unheard = t
	}
	e.prober.send(n, p.Probe, bytes, t)
}

// Feedback takes one transport-wide feedback. An error says why it was not believed; nothing has changed then. The work is
// bounded by the 65535 packets that one can name, and small unless they were sent. It does not allocate.
func (e *Estimator) Feedback(f *rtcp.TransportLayerCC, now time.Time) error {
	t := e.at(now)
	if f == nil {
		return ErrMalformed
	}
	base := e.sent.past(f.BaseSequenceNumber)
	last, arrival, err := e.sent.check(f, base, t)
	if err != nil {
		return err
	}
	e.extend(f.ReferenceTime)
	if last != nil {
		e.line.set(e.reference*reference+arrival, last.at, t)
	}
	e.apply(f, base, t)
	e.wake(t)
	e.decide(t)
	return nil
}

// extend follows the reference time, which has 24 bits.
func (e *Estimator) extend(referenceTime uint32) {
	if e.reference == 0 {
		e.reference = 1<<24 + int64(referenceTime&(1<<24-1))
		return
	}
	step := int32(referenceTime<<8-uint32(e.reference)<<8) >> 8
	e.reference += int64(step)
}

// apply takes what a feedback says of each packet.
func (e *Estimator) apply(f *rtcp.TransportLayerCC, base, now int64) {
	e.assume(base, e.reference*reference+e.line.shift)
	e.told = max(e.told, base+int64(f.PacketStatusCount))
	r := read(f, e.reference*reference)
	for n := base; n < base+int64(f.PacketStatusCount); n++ {
		came, _ := r.next()
		p := e.sent.get(n)
		switch {
		case p == nil || p.fate == acked:
		case came:
			e.arrived(n, p, r.arrival, now)
		case p.fate == sent || p.fate == assumed:
			if e.silent() { // the way is broken, not full
				p.fate = unjudged
				continue
			}
			p.fate = lost
			if now-p.at < tooOld {
				e.losses.note(n, false)
			}
		}
	}
}

// assume takes the packets between the feedback before and this one, which a lost feedback was about, to have come
// evenly in between: else less would seem to arrive than does. until is when the first of this feedback came, about.
func (e *Estimator) assume(base, until int64) {
	from := max(e.told, e.sent.oldest())
	if !e.meter.began || base <= from || until <= e.meter.until() {
		return
	}
	began := e.meter.until()
	for n := from; n < base; n++ {
		if p := e.sent.get(n); p != nil && p.fate == sent {
			p.fate = assumed
			e.meter.add(began+(until-began)*(n-from)/(base-from), int(p.bytes))
		}
	}
}

// arrived takes a packet that came.
func (e *Estimator) arrived(n int64, p *record, arrival, now int64) {
	if now-p.at < tooOld {
		if p.fate == lost {
			e.losses.found(n)
		} else {
			e.losses.note(n, true)
		}
	}
	at, waited := e.line.arrive(arrival, p.at)
	if p.fate != assumed {
		e.meter.add(at, int(p.bytes))
	}
	p.fate = acked
	e.seen = max(e.seen, n)
	unexplained := max(0, waited-int64(p.burst))
	e.excess.add(unexplained, at, queueTurn)
	e.trend.add(n, p.at+int64(p.burst), at, unexplained)
	e.prober.arrive(n, p.probe, int(p.bytes), at)
}

// decide moves the rate.
func (e *Estimator) decide(now int64) {
	queue, excess, roundTrip := e.line.standing(), e.unexplained(), e.trip()
	counted := e.losses.close(now, queue)
	contested := now < e.rivals
	if ended, rival := e.rate.drain.ended(now, queue, excess); ended {
		e.rate.hold(now)
		if rival {
			e.rivals, contested = now+rivalLasts, true
		}
	}
	e.trend.least = minThreshold
	if contested {
		e.trend.least = rivalThreshold
	}
	arrived, known := e.meter.rate(steady)

	if done, ours, carried := e.losses.verdict(now); done && ours {
		e.rate.cut(now, e.sent.next, carried*probeBelief/settled, e.pacer.rate(), cutQueue, roundTrip)
	}
	switch {
	case !known:
		e.rate.hold(now)
	case e.trend.usage == overuse && (contested || excess >= leastQueue) && e.mayCut(now):
		e.cut(now)
	case counted && queue >= fullQueue && e.losses.much(e.losses.lately(lossWindows)) && now-e.rate.decreased > second:
		e.cut(now)
	case counted && queue < fullQueue && e.losses.much(e.losses.quietly()) && !e.losses.trial.running && now >= e.losses.trial.next:
		e.losses.try(now, e.sent.next, min(e.pacer.rate(), e.rate.bits))
	case e.trend.usage != normal || e.rate.drain.running || e.losses.trial.running || excess > fullQueue && !contested:
		e.rate.hold(now)
	default:
		e.rate.grow(now, min(arrived, e.pacer.rate()), roundTrip)
	}
	e.rate.drain.fit(now, e.rate.decreased, queue, excess, roundTrip, contested)
	e.probed(now)
}

// unexplained is the part of the standing queue that bursts do not explain.
func (e *Estimator) unexplained() int64 {
	if !e.line.began {
		return 0
	}
	return e.excess.get()
}

// mayCut reports whether the overuse seen is news: of packets that were sent at the rate of now, or far beyond it.
func (e *Estimator) mayCut(now int64) bool {
	if e.trend.seen >= e.rate.since {
		return true
	}
	return now-e.rate.decreased > reaction && e.carried() < decrease*decrease*e.rate.bits
}

func (e *Estimator) cut(now int64) {
	e.rate.cut(now, e.sent.next, e.carried(), e.pacer.rate(), e.unexplained(), e.trip())
	e.prober.regret(now)
}

// carried is what the line lets through. While a queue stands the line is busy, and has been for as long as the queue is:
// what came before that is no measure.
func (e *Estimator) carried() float64 {
	window := int64(steady)
	if queue := e.unexplained(); queue >= queueTurn {
		window = min(window, queue+queueTurn)
	}
	bits, ok := e.meter.rate(window)
	if !ok {
		return e.rate.bits
	}
	return bits / (1 - min(e.losses.background, 0.5))
}

// probed takes the result of a probe.
func (e *Estimator) probed(now int64) {
	bits, done := e.prober.result(now, e.seen, e.trip(), min(e.losses.background, 0.5))
	if done && e.rate.decreased < e.prober.issued {
		e.rate.jump(now, probeBelief*bits)
	}
	e.rate.bits = min(max(e.rate.bits, float64(e.config.Min)), float64(e.config.Max))
}

// trip is the round trip, as far as it is known.
func (e *Estimator) trip() int64 {
	if e.roundTrip > 0 {
		return e.roundTrip
	}
	return defaultRoundTrip
}

// RoundTrip tells the smoothed round trip as RTCP measures it; 0 means unknown.
func (e *Estimator) RoundTrip(d time.Duration) {
	e.roundTrip = min(max(d.Microseconds(), 0), 2*second)
}

// Limit is the most that the peer wants, in bits per second (REMB, draft-alvestrand-rmcat-remb): the target stays within
// it until five seconds have passed without another. 0 means [Config.Min].
func (e *Estimator) Limit(bits uint64, now time.Time) {
	e.limited = e.at(now) + limitLasts
	e.limit = float64(bits)
}

// Need tells how many bits per second would be sent if the line carried them. While that is more than the target, the line
// is probed.
func (e *Estimator) Need(bits int) { e.need = float64(bits) }

// Tick lets time pass; call it each 20 ms. It gives a probe to send now if one is due.
func (e *Estimator) Tick(now time.Time) (Probe, bool) {
	t := e.at(now)
	e.fade(t)
	queue := e.line.standing()
	e.probed(t)
	switch {
	case e.heard == 0, e.silent(), t-e.heard > silence:
		return Probe{}, false // nobody would tell what came of it
	case e.rate.drain.running || e.losses.trial.running || e.trend.usage == overuse || queue > fullQueue:
		return Probe{}, false
	}
	if e.rate.surpassed {
		e.rate.surpassed = false
		e.prober.soon(t)
	}
	return e.prober.due(t, e.rate.bits, float64(e.config.Start), min(e.need, e.ceiling(t)))
}

// fade lowers the rate while the peer says nothing.
func (e *Estimator) fade(now int64) {
	if e.unheard == 0 || now-e.unheard < silence+2*e.trip() || now-e.faded < fadeEvery {
		return
	}
	if e.before == 0 {
		e.before = e.rate.bits
	}
	e.faded = now
	e.rate.bits = max(e.rate.bits*fade, float64(e.config.Min))
}

// silent reports whether the peer has said nothing for so long that the rate was lowered.
func (e *Estimator) silent() bool { return e.before != 0 }

// wake notes that the peer has spoken.
func (e *Estimator) wake(now int64) {
	e.heard, e.unheard = now, 0
	if e.before == 0 {
		return
	}
	e.before = 0
	e.rate.capacity = 0
	e.prober.soon(now)
}

// ceiling is the most that the target may be.
func (e *Estimator) ceiling(now int64) float64 {
	if now < e.limited {
		return min(e.limit, float64(e.config.Max))
	}
	return float64(e.config.Max)
}

// Target is how many bits per second may be sent now, everything counted: media, repair and headers down to IP.
func (e *Estimator) Target() int {
	bits := min(e.rate.target(), e.ceiling(e.now))
	if e.losses.trial.running {
		bits = min(bits, e.losses.trial.cap)
	}
	return int(min(max(bits, float64(e.config.Min)), float64(e.config.Max)))
}

// Loss is the share of packets lost in about the last second, 0 to 1.
func (e *Estimator) Loss() float64 { return e.losses.lately(lossTold).share() }

// Queueing is how long packets wait on the line beyond what they take when it is empty: what stays, not what each burst
// makes.
func (e *Estimator) Queueing() time.Duration {
	return time.Duration(e.line.standing()) * time.Microsecond
}
