package speaker

import (
	"cmp"
	"slices"
	"time"
)

// Interval is the time between decisions.
const Interval = 300 * time.Millisecond

// What it takes to have the floor, in speech of the last three intervals (recent) and of the last ten (lately).
const (
	// floorRecent: half of 900 ms, more than a cough or an interjection.
	floorRecent = 450 * time.Millisecond
	// first is enough while nobody has the floor yet.
	first = 200 * time.Millisecond
	// A challenger must have spoken this many times as much as who has the floor, of late: two who speak at once leave
	// it where it is.
	recentRatio = 2
	// And who has spoken long may pause for this part of it.
	latelyRatio = 4
)

// Detector listens to the participants of one room. Make one with [New].
type Detector[ID cmp.Ordered] struct {
	voices      []voice[ID] // by ascending id
	closes      time.Time   // end of the running interval
	dominant    ID
	hasDominant bool
	changed     bool  // since the state was returned last
	order       []int // Loudest's own memory: indices of voices
}

// New makes a Detector that knows nobody.
func New[ID cmp.Ordered]() *Detector[ID] { return &Detector[ID]{} }

func (d *Detector[ID]) find(id ID) (int, bool) {
	return slices.BinarySearchFunc(d.voices, id, func(v voice[ID], id ID) int { return cmp.Compare(v.id, id) })
}

// Level notes the level of one audio packet, in -dBov: 0 loudest, 127 silence (RFC 6464; the top bit is ignored).
// Unknown participants are added. It does not allocate for known ones.
func (d *Detector[ID]) Level(id ID, level uint8, now time.Time) {
	i, known := d.find(id)
	if !known {
		d.voices = slices.Insert(d.voices, i, voice[ID]{id: id, noise: newNoise(now)})
	}
	d.voices[i].hear(level&0x7f, now)
}

// Remove forgets a participant who left or was muted, from the next decision on.
func (d *Detector[ID]) Remove(id ID) {
	i, known := d.find(id)
	if !known {
		return
	}
	if d.voices[i].speaking {
		d.changed = true
	}
	if d.hasDominant && d.dominant == id {
		var nobody ID
		d.dominant, d.hasDominant, d.changed = nobody, false, true
	}
	d.voices = slices.Delete(d.voices, i, i+1)
}

// Change is the new state of the room after a decision.
type Change[ID cmp.Ordered] struct {
	// Dominant has the floor: the last one who took it, also while nobody speaks. HasDominant is false while nobody
	// has spoken yet, or when who had the floor was removed and nobody has taken it since.
	Dominant    ID
	HasDominant bool
	// Speaking lists who speaks now, in ascending order. It is the receiver's to keep.
	Speaking []ID
}

// Decide makes a decision if [Interval] has passed since the last, and returns the new state if it differs from the one
// returned last. Call it at least each 100 ms, or on a timer; intervals that were missed count as silence.
// It allocates only when there is a change.
func (d *Detector[ID]) Decide(now time.Time) (Change[ID], bool) {
	if d.closes.IsZero() {
		d.closes = now.Add(Interval)
		return Change[ID]{}, false
	}
	if now.Before(d.closes) {
		return Change[ID]{}, false
	}
	for missed := 0; !now.Before(d.closes); missed++ {
		if missed == lately { // everything remembered is silence by now
			d.closes = now.Add(Interval)
			break
		}
		for i := range d.voices {
			if d.voices[i].close() {
				d.changed = true
			}
		}
		d.closes = d.closes.Add(Interval)
	}
	d.giveFloor()
	if !d.changed {
		return Change[ID]{}, false
	}
	d.changed = false
	change := Change[ID]{Dominant: d.dominant, HasDominant: d.hasDominant}
	for i := range d.voices {
		if d.voices[i].speaking {
			change.Speaking = append(change.Speaking, d.voices[i].id)
		}
	}
	return change, true
}

// giveFloor lets the strongest challenger take the floor if it may.
func (d *Detector[ID]) giveFloor() {
	var holder, challenger *voice[ID]
	for i := range d.voices {
		v := &d.voices[i]
		switch {
		case d.hasDominant && v.id == d.dominant:
			holder = v
		case challenger == nil || v.stronger(challenger):
			challenger = v
		}
	}
	if challenger == nil {
		return
	}
	if holder == nil {
		if challenger.spoke(recently) < first {
			return
		}
	} else if recent := challenger.spoke(recently); recent < floorRecent ||
		recent < recentRatio*holder.spoke(recently) ||
		latelyRatio*challenger.spoke(lately) < holder.spoke(lately) {
		return
	}
	d.dominant, d.hasDominant, d.changed = challenger.id, true, true
}
