package speaker

import (
	"cmp"
	"time"
)

// Intervals that "recently" and "lately" reach back.
const (
	recently = 3
	lately   = 10
)

const (
	// A packet stands for the time since the one before, within these bounds: browsers send each 20 ms, some
	// telephones each 60, and where silence is not sent at all the gaps are longer.
	shortest, longest = 20 * time.Millisecond, 60 * time.Millisecond

	// One who is silent speaks from this much speech in an interval on, and is silent again below the other in two.
	begins = 100 * time.Millisecond
	ends   = 60 * time.Millisecond
)

// voice is what is known of one participant.
type voice[ID cmp.Ordered] struct {
	id       ID
	last     time.Time
	noise    noise
	running  time.Duration // speech in the interval that is not closed yet
	past     [lately]time.Duration
	newest   int // index in past of the last interval closed
	speaking bool
	voiced   time.Time // when speech was last heard
	heard    bool      // was among the loudest, see [Detector.Loudest]
}

// hear notes a packet.
func (v *voice[ID]) hear(level uint8, now time.Time) {
	if v.noise.hear(level, now) {
		v.running += min(max(now.Sub(v.last), shortest), longest)
		v.voiced = now
	}
	v.last = now
}

// close ends the interval and reports whether the participant began or ceased to speak.
func (v *voice[ID]) close() bool {
	v.newest = (v.newest + 1) % lately
	v.past[v.newest] = min(v.running, Interval)
	v.running = 0
	before := v.speaking
	if before {
		v.speaking = v.spoke(2) >= ends
	} else {
		v.speaking = v.spoke(1) >= begins
	}
	return v.speaking != before
}

// spoke is the speech in the latest intervals.
func (v *voice[ID]) spoke(intervals int) time.Duration {
	var sum time.Duration
	for i := range intervals {
		sum += v.past[(v.newest-i+lately)%lately]
	}
	return sum
}

// stronger reports whether v comes before w as a challenger; w has the lower id and keeps a draw.
func (v *voice[ID]) stronger(w *voice[ID]) bool {
	return cmp.Or(
		cmp.Compare(v.spoke(recently), w.spoke(recently)),
		cmp.Compare(v.spoke(lately), w.spoke(lately)),
	) > 0
}
