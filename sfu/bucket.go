package sfu

import "time"

// bucket lets so much pass at once, and then so much a second. Its zero value is full. It is not safe for concurrent use.
type bucket struct {
	used float64
	at   time.Time
}

// take reports whether n may pass now, and counts it if it may: size is what passes at once, rate what it regains a second, in
// the unit of n.
func (b *bucket) take(n, size, rate float64, now time.Time) bool {
	if gone := now.Sub(b.at); gone > 0 {
		b.used, b.at = max(0, b.used-rate*gone.Seconds()), now
	}
	if b.used+n > size {
		return false
	}
	b.used += n
	return true
}
