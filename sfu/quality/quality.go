// Package quality says in one of three words how good a person's line is, and keeps to its word for a while.
//
// Contract:
//   - **Nothing flickers**: a state is told when it has held for [Lasting], and at most one step of time later.
//   - **The worst counts**: loss either way, the time there and back, a queue that has built up, pictures that have no room.
//   - **What is not known is no reason**: a figure of zero is not held against the line.
//
// The browser tells its person of loss and time by the same rule (web/static/call/quality.js); web/test/vectors/quality.json
// holds both to one table.
//
// It reads no clock and is not safe for concurrent use.
package quality

import "time"

// State of a line.
type State uint8

const (
	Good State = iota
	// Mid: it is felt, and the conversation goes on.
	Mid
	// Bad: sound suffers, or the picture has no room.
	Bad
)

// Lasting is how long a state must hold before it is told.
const Lasting = 5 * time.Second

// Sample is what was measured lately, about once a second.
type Sample struct {
	// LossUp and LossDown are the shares of packets lost on the way from and to the person, before repair, from 0 to 1.
	LossUp, LossDown float64
	// RoundTrip is the time there and back, Queueing the part of it that a queue on the line has added.
	RoundTrip, Queueing time.Duration
	// Estimate is what the line carries to the person, in bits per second.
	Estimate int
	// Paused: a picture that the person wants has no room.
	Paused bool
}

// limit is from when on a line is in a state.
type limit struct {
	loss                float64
	roundTrip, queueing time.Duration
	estimate            int
}

func limits(s State) limit {
	if s == Bad {
		return limit{loss: 0.1, roundTrip: time.Second, queueing: time.Second, estimate: 100_000}
	}
	return limit{loss: 0.03, roundTrip: 400 * time.Millisecond, queueing: 300 * time.Millisecond, estimate: 250_000}
}

func (s Sample) over(l limit) bool {
	return max(s.LossUp, s.LossDown) >= l.loss || s.RoundTrip >= l.roundTrip || s.Queueing >= l.queueing ||
		s.Estimate > 0 && s.Estimate < l.estimate
}

// state is what the sample alone says.
func (s Sample) state() State {
	switch {
	case s.over(limits(Bad)):
		return Bad
	case s.Paused, s.over(limits(Mid)):
		return Mid
	}
	return Good
}

// Judge watches one line. Its zero value has found it good.
type Judge struct {
	told, next State
	since      time.Time
}

// Sample takes what was measured and gives the state of the line, and whether that is news. A line that changes between
// two states other than the one told is in the better of them: it has been at least that bad all the time.
func (j *Judge) Sample(s Sample, now time.Time) (state State, changed bool) {
	found := s.state()
	switch {
	case found == j.told:
		j.next = found
		return j.told, false
	case j.next == j.told: // it begins to be another
		j.next, j.since = found, now
	case found > j.told == (j.next > j.told): // the same way as before
		if found > j.told {
			j.next = min(j.next, found)
		} else {
			j.next = max(j.next, found)
		}
	default: // the other way
		j.next, j.since = found, now
	}
	if now.Sub(j.since) < Lasting {
		return j.told, false
	}
	j.told = j.next
	return j.told, true
}
