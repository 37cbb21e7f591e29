package speaker

import (
	"cmp"
	"slices"
	"time"
)

// hangover is how long somebody stays among the loudest after he spoke last: his pauses are not worth a change.
const hangover = 2 * time.Second

// Loudest appends to dst who is heard where no more than n can be: everybody if there are no more, else who has the floor,
// then who speaks now, then who spoke last, and of those who have long been silent the lowest ids. Who was heard and
// spoke within the last two seconds gives way to nobody but who has the floor. Call it every 100 ms or so, under the rules
// of the [Detector]. It does not allocate where dst has room, once the Detector has its size.
func (d *Detector[ID]) Loudest(dst []ID, n int, now time.Time) []ID {
	if n <= 0 {
		return dst
	}
	d.order = d.order[:0]
	for i := range d.voices {
		d.order = append(d.order, i)
	}
	if len(d.order) > n {
		slices.SortFunc(d.order, func(a, b int) int {
			x, y := &d.voices[a], &d.voices[b]
			return cmp.Or(cmp.Compare(d.rank(x, now), d.rank(y, now)), y.voiced.Compare(x.voiced), cmp.Compare(a, b))
		})
		d.order = d.order[:n]
	}
	for i := range d.voices {
		d.voices[i].heard = false
	}
	for _, i := range d.order {
		d.voices[i].heard = true
		dst = append(dst, d.voices[i].id)
	}
	return dst
}

// rank is in which order voices are taken: the lower the sooner.
func (d *Detector[ID]) rank(v *voice[ID], now time.Time) int {
	recent := now.Sub(v.voiced) <= hangover
	switch {
	case d.hasDominant && v.id == d.dominant:
		return 0
	case v.heard && recent:
		return 1
	case recent:
		return 2
	}
	return 3
}
