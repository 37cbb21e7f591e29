package api

import "time"

// bucket is what is left of a budget. **Of the times that it is told the latest counts**: a request is as old as its first byte, and whoever
// sends the rest of it slowly must not have the time in between counted twice. Its owner guards it.
type bucket struct {
	left float64 // below zero where more was charged than there was
	at   time.Time
}

func (b budget) full(now time.Time) bucket { return bucket{left: float64(b.burst), at: now} }

// at gives what is left of it at this time.
func (b budget) at(k bucket, now time.Time) bucket {
	if passed := now.Sub(k.at); passed > 0 {
		k.left, k.at = min(float64(b.burst), k.left+passed.Seconds()*b.perSecond), now
	}
	return k
}

// take takes one, if there is one.
func (b budget) take(k *bucket, now time.Time) bool {
	*k = b.at(*k, now)
	if k.left < 1 {
		return false
	}
	k.left--
	return true
}

// giveBack gives one back that was taken.
func (b budget) giveBack(k *bucket) { k.left = min(float64(b.burst), k.left+1) }
