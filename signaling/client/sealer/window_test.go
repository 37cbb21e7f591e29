package sealer

import (
	"testing"

	"pgregory.net/rapid"
)

// The window takes what a list of everything that was taken would take.
func TestWindow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var w window
		taken := map[uint64]bool{}
		highest := uint64(0)
		at := rapid.SampledFrom([]uint64{0, 1, 5000, 1<<32 - 10, 1<<63 - 3, 1<<64 - 2000}).Draw(t, "begin")
		for range rapid.IntRange(1, 300).Draw(t, "frames") {
			counter := at + uint64(rapid.IntRange(-1100, 1100).Draw(t, "step"))
			fresh := len(taken) == 0 || counter > highest || highest-counter < width && !taken[counter]
			if w.fresh(counter) != fresh {
				t.Fatalf("%d with %d the highest: %v", counter, highest, !fresh)
			}
			if fresh && rapid.Bool().Draw(t, "genuine") {
				w.take(counter)
				taken[counter], highest = true, max(highest, counter)
				at = highest
			}
		}
	})
}

// At the end of the numbers nothing begins anew.
func TestWindowAtTheEndOfTheNumbers(t *testing.T) {
	var w window
	w.take(7)
	w.take(1<<64 - 1)
	for _, old := range []uint64{0, 7, 1<<64 - 1, 1<<64 - 1 - width} {
		if w.fresh(old) {
			t.Errorf("%d is taken again", old)
		}
	}
	if !w.fresh(1<<64 - width) {
		t.Error("what is late is not taken")
	}
}
