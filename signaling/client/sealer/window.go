package sealer

// width is how far below the highest counter one may lie: at fifty frames a second and three layers, some seconds.
const width = 1024

// window is which counters have been seen: each is taken once, and what lies far below the highest is too old. As in RFC 4303, section 3.4.3, but it
// moves with what has been opened alone. The zero value has seen nothing.
type window struct {
	begun   bool
	highest uint64
	seen    [width]bool // of the counters above highest - width, by their remainder
}

// fresh reports whether a counter could still be taken.
func (w *window) fresh(counter uint64) bool {
	return !w.begun || counter > w.highest || w.highest-counter < width && !w.seen[counter%width]
}

// take takes the counter of what was found genuine; it is fresh.
func (w *window) take(counter uint64) {
	switch {
	case !w.begun || counter > w.highest && counter-w.highest >= width:
		clear(w.seen[:])
	case counter > w.highest:
		for passed := w.highest + 1; passed < counter; passed++ {
			w.seen[passed%width] = false
		}
	}
	w.highest, w.begun = max(w.highest, counter), true
	w.seen[counter%width] = true
}
