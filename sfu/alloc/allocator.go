package alloc

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/sfu/layer"
)

const (
	// margin is how much more the line must carry, in percent, before more is taken of it than before.
	margin = 15
	// riseAfter is how long it must have done so, and how long after less was given; resumeAfter the same for a picture
	// that was paused, since one that comes and goes disturbs most.
	riseAfter, resumeAfter = 2 * time.Second, 3 * time.Second
	// earlyAfter stands for both while the line is measured for the first time: what it carries is news then, not a movement.
	earlyAfter = 200 * time.Millisecond
)

// Allocator decides for one receiver, and remembers what it gave, so that nothing flaps: a picture gets less at once, and
// more only when the line has carried it with a margin for some time. A picture that is new, or wants something else than
// before, gets what there is at once. Its zero value is ready.
type Allocator struct {
	known []known // by ascending id
	now   []int
	ample []int
	fell  time.Time // when somebody last got less than before because of the line
}

// known is what is remembered of a picture.
type known struct {
	id, top, grant int
	paused         bool
	seen           time.Time
	// since is from when on the line had room, with the margin, for more than it has; zero for never.
	since time.Time
}

// Decide says what each picture gets, in the order of the question. dst is used for the answer.
func (a *Allocator) Decide(dst []Grant, in Input, now time.Time) []Grant {
	n := len(in.Pictures)
	a.now, a.ample = grow(a.now, n), grow(a.ample, n)
	divide(a.now, in)
	// What it would be if the line carried less by the margin: only that is worth taking more for.
	spare := in
	spare.Budget = in.Budget - in.Budget*margin/(100+margin)
	divide(a.ample, spare)
	for i := range in.Pictures {
		dst = append(dst, a.settle(&in, i, now))
	}
	a.known = slices.DeleteFunc(a.known, func(k known) bool { return !k.seen.Equal(now) }) // those that have gone
	return a.within(dst, in, now)
}

func grow(s []int, n int) []int {
	if cap(s) < n {
		return make([]int, n)
	}
	return s[:n]
}

// settle bends what picture i may have by what it had.
func (a *Allocator) settle(in *Input, i int, now time.Time) Grant {
	top := in.top(i)
	k := a.find(in.Pictures[i].ID)
	fresh := k.seen.IsZero() || k.top != top
	if fresh && k.top == layer.None || k.seen.IsZero() {
		*k = known{id: k.id, top: top, grant: a.now[i], seen: now}
	}
	k.seen, k.top = now, top
	may := a.now[i]
	switch {
	case may < min(k.grant, top):
		k.grant, k.since = may, time.Time{}
		a.fell = now
	case top < k.grant: // it wants less
		k.grant, k.since = min(may, top), time.Time{}
	case may > k.grant && a.ample[i] > k.grant:
		if k.since.IsZero() {
			k.since = now
		}
		wait := riseAfter
		switch {
		case in.Early:
			wait = earlyAfter
		case k.grant == layer.None:
			wait = resumeAfter
		}
		// What is held back by its wish alone may rise with it at once.
		if fresh && !k.paused && now.Sub(a.fell) > riseAfter || now.Sub(k.since) >= wait && now.Sub(a.fell) >= wait {
			k.grant, k.since = a.ample[i], time.Time{}
		}
	default:
		k.since = time.Time{}
	}
	k.paused = k.grant == layer.None && top != layer.None
	return Grant{Layer: k.grant, Paused: k.paused}
}

func (a *Allocator) find(id int) *known {
	i, ok := slices.BinarySearchFunc(a.known, id, func(k known, id int) int { return k.id - id })
	if !ok {
		a.known = slices.Insert(a.known, i, known{id: id, top: layer.None, grant: layer.None})
	}
	return &a.known[i]
}

// within holds the answer to the budget: what was kept from before may have become dearer. The least important gives way.
func (a *Allocator) within(grants []Grant, in Input, now time.Time) []Grant {
	first := len(grants) - len(in.Pictures)
	left := max(in.Budget, 0) - max(in.Sound, 0)
	for i := range in.Pictures {
		g := &grants[first+i]
		if g.Layer == layer.None {
			continue
		}
		left -= cost(&in.Pictures[i], g.Layer)
	}
	for i := len(in.Pictures) - 1; i >= 0 && left < 0; i-- {
		g := &grants[first+i]
		for left < 0 && g.Layer > max(a.now[i], layer.None) {
			left += cost(&in.Pictures[i], g.Layer)
			g.Layer--
			if g.Layer != layer.None {
				left -= cost(&in.Pictures[i], g.Layer)
			}
			a.fell = now
		}
		k := a.find(in.Pictures[i].ID)
		k.grant, k.paused = g.Layer, g.Layer == layer.None && in.top(i) != layer.None
		g.Paused = k.paused
	}
	return grants
}
