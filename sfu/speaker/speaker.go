// Package speaker tells who speaks now and who has the floor, from the loudness that every sender states beside its
// sound. The sound itself is not needed, so it works where the server cannot hear.
//
// Contract:
//   - **The same for all, and reproducible**: decisions depend on levels and times passed in, nothing else; a draw goes to
//     who has the floor, then to the lower id.
//   - **Calm**: a decision each [Interval]; a cough or "mhm" takes nobody's floor, a pause for breath loses it to
//     nobody. Steady noise is not speech.
//   - **Changes only**: an unchanged decision is not told again.
//
// A Detector serves one room and is not safe for concurrent use.
package speaker

import (
	"cmp"
	"time"
)

// Interval is the time between decisions.
const Interval = 300 * time.Millisecond

// Detector listens to the participants of one room.
type Detector[ID cmp.Ordered] struct{}

// New makes a Detector that knows nobody.
func New[ID cmp.Ordered]() *Detector[ID] { panic("body follows") }

// Level notes the level of one audio packet, in -dBov: 0 loudest, 127 silence (RFC 6464). Unknown participants are
// added. It does not allocate for known ones.
func (d *Detector[ID]) Level(id ID, level uint8, now time.Time) { panic("body follows") }

// Remove forgets a participant who left or was muted, from the next decision on.
func (d *Detector[ID]) Remove(id ID) { panic("body follows") }

// Change is the new state of the room after a decision.
type Change[ID cmp.Ordered] struct {
	// Dominant has the floor: the last one who took it, also while nobody speaks. HasDominant is false while nobody
	// has spoken yet, or when who had the floor was removed and nobody has spoken since.
	Dominant    ID
	HasDominant bool
	// Speaking lists who speaks now, in ascending order. It is the receiver's to keep.
	Speaking []ID
}

// Decide makes a decision if [Interval] has passed since the last and returns the new state if it differs from the
// state returned last. Call it at least each 100 ms, or on a timer.
func (d *Detector[ID]) Decide(now time.Time) (Change[ID], bool) { panic("body follows") }
