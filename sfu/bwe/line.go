package bwe

import "math"

const (
	// baseTurn: the least delay of the last one to two turns counts as that of the empty line. Clocks that differ by
	// 100 ppm drift apart by 2 ms meanwhile; a rival who fills the queue all that time makes it ours.
	baseTurn = 10 * second
	// queueTurn: the queue that stands is the least delay of the last one to two turns. There is a packet of sound in
	// each 20 ms.
	queueTurn = 100 * millisecond
)

// floor is the least value of the last one to two turns.
type floor struct {
	now, before int64
	turned      int64
}

func newFloor() floor { return floor{now: math.MaxInt64, before: math.MaxInt64, turned: math.MinInt64} }

func (f *floor) add(value, at, turn int64) {
	if passed := at - f.turned; passed >= turn || f.turned == math.MinInt64 {
		f.before = f.now
		if passed >= 2*turn && f.turned != math.MinInt64 {
			f.before = math.MaxInt64
		}
		f.now, f.turned = math.MaxInt64, at
	}
	f.now = min(f.now, value)
}

func (f *floor) get() int64 { return min(f.now, f.before) }

// line follows the delay of packets against that of the empty line. Arrival times are the peer's clock until they went
// through arrive; the clocks have nothing in common but their pace.
type line struct {
	began bool
	shift int64 // added to the peer's clock, which may be set
	base  floor // arrival minus sending
	queue floor // of that, what is above base
}

func newLine() line { return line{base: newFloor(), queue: newFloor()} }

// set looks at one packet of each feedback whether the peer's clock was set in between: a packet cannot have waited for
// longer than from its sending until its feedback came, nor can the way become much shorter than the empty line's.
// What came before goes on to count as if nothing had happened.
func (l *line) set(arrival, sentAt, now int64) {
	if !l.began {
		return
	}
	delay := arrival + l.shift - sentAt - l.base.get()
	if delay > now-sentAt+late || delay < -jumpBack {
		l.shift -= delay - max(0, min(l.queue.get(), now-sentAt))
	}
}

// jumpBack: no line gets this much faster at once.
const jumpBack = 500 * millisecond

// arrive gives the arrival time of a packet and how long it waited beyond the time that the empty line takes.
func (l *line) arrive(arrival, sentAt int64) (at, waited int64) {
	l.began = true
	at = arrival + l.shift
	delay := at - sentAt
	l.base.add(delay, at, baseTurn)
	waited = delay - l.base.get()
	l.queue.add(waited, at, queueTurn)
	return at, waited
}

// standing is the queue that stays, not the one that each burst makes.
func (l *line) standing() int64 {
	if !l.began {
		return 0
	}
	return max(0, l.queue.get())
}
