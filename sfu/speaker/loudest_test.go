package speaker_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/sfu/speaker"
)

// crowd lets people speak or be silent, a packet each 20 ms, and decides as the room does.
type crowd struct {
	d   *speaker.Detector[int]
	now time.Time
}

func newCrowd() *crowd { return &crowd{speaker.New[int](), time.Unix(1000, 0)} }

// pass lets time pass while those speak.
func (c *crowd) pass(d time.Duration, people int, speak ...int) {
	for end := c.now.Add(d); c.now.Before(end); c.now = c.now.Add(20 * time.Millisecond) {
		for id := range people {
			level := uint8(90)
			if slices.Contains(speak, id) {
				level = 20
			}
			c.d.Level(id, level, c.now)
		}
		c.d.Decide(c.now)
	}
}

func TestWhoSpeaksIsHeard(t *testing.T) {
	c := newCrowd()
	c.pass(time.Second, 4)
	if got := c.d.Loudest(nil, 5, c.now); len(got) != 4 {
		t.Fatalf("of four people %v are heard", got)
	}
	c.pass(3*time.Second, 12, 7)
	c.pass(200*time.Millisecond, 12, 3)
	got := c.d.Loudest(nil, 5, c.now)
	if !slices.Contains(got, 7) || !slices.Contains(got, 3) || len(got) != 5 {
		t.Errorf("7 has the floor, 3 begins, and heard are %v", got)
	}
	// Five more begin at once: who has the floor stays, and who was heard and paused for a breath gives way to nobody.
	c.pass(100*time.Millisecond, 12, 3, 8, 9, 10)
	before := c.d.Loudest(nil, 5, c.now)
	c.pass(500*time.Millisecond, 12, 11, 1, 2)
	after := c.d.Loudest(nil, 5, c.now)
	if !slices.Equal(before, after) {
		t.Errorf("%v gave way to %v within a breath", before, after)
	}
	c.pass(3*time.Second, 12, 11, 1, 2)
	if got := c.d.Loudest(nil, 5, c.now); !slices.Contains(got, 11) || !slices.Contains(got, 1) || !slices.Contains(got, 2) {
		t.Errorf("11, 1 and 2 speak, and heard are %v", got)
	}
	c.d.Remove(11)
	if got := c.d.Loudest(nil, 5, c.now); slices.Contains(got, 11) {
		t.Error("who was muted is heard")
	}
}

// Whoever speaks and whenever: as many as may be are heard, each once, who has the floor among them; nobody is dropped
// within two seconds of speaking but for who takes the floor, and nobody silent is heard instead of somebody who speaks.
func TestLoudestProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const people, n = 9, 3
		c := newCrowd()
		dominant, has := 0, false
		var before []int
		spoke := map[int]time.Time{}
		for range rapid.IntRange(1, 30).Draw(t, "turns") {
			speak := rapid.SliceOfNDistinct(rapid.IntRange(0, people-1), 0, n, rapid.ID).Draw(t, "speak")
			for range rapid.IntRange(1, 20).Draw(t, "length") {
				for id := range people {
					level := uint8(90)
					if slices.Contains(speak, id) {
						level, spoke[id] = 20, c.now
					}
					c.d.Level(id, level, c.now)
				}
				if change, ok := c.d.Decide(c.now); ok {
					dominant, has = change.Dominant, change.HasDominant
				}
				got := c.d.Loudest(nil, n, c.now)
				again := c.d.Loudest(nil, n, c.now)
				slices.Sort(got)
				slices.Sort(again)
				if len(got) != n || len(slices.Compact(slices.Clone(got))) != n || !slices.Equal(got, again) {
					t.Fatalf("heard are %v, then %v", got, again)
				}
				if has && !slices.Contains(got, dominant) {
					t.Fatalf("%d has the floor, heard are %v", dominant, got)
				}
				for _, id := range before {
					if at, ok := spoke[id]; ok && c.now.Sub(at) <= 2*time.Second && !slices.Contains(got, id) && (!has || !slices.Contains(got, dominant) || slices.Contains(before, dominant)) {
						t.Fatalf("%d was dropped %v after speaking: %v after %v", id, c.now.Sub(at), got, before)
					}
				}
				before = got
				c.now = c.now.Add(20 * time.Millisecond)
			}
		}
	})
}

func TestLoudestAllocatesNothing(t *testing.T) {
	c := newCrowd()
	c.pass(time.Second, 20, 3, 4)
	dst := make([]int, 0, 5)
	dst = c.d.Loudest(dst[:0], 5, c.now)
	if n := testing.AllocsPerRun(100, func() { dst = c.d.Loudest(dst[:0], 5, c.now) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
