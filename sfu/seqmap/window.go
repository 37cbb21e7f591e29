package seqmap

// windowSize is how many output numbers are remembered, counted from the highest: more than any packet cache holds and
// than any receiver asks back for.
const windowSize = 1024

// window remembers which of the latest output numbers were given out.
type window struct {
	high int64
	bits [windowSize / 64]uint64
}

// oldest is the lowest number that is still remembered.
func (w *window) oldest() int64 { return w.high - windowSize + 1 }

// take gives out a number, once.
func (w *window) take(n int64) Verdict {
	switch {
	case n > w.high:
		if n-w.high >= windowSize {
			w.bits = [windowSize / 64]uint64{}
		} else {
			for skipped := w.high + 1; skipped < n; skipped++ {
				word, bit := place(skipped)
				w.bits[word] &^= bit
			}
		}
		w.high = n
	case n < w.oldest():
		return TooOld
	default:
		if word, bit := place(n); w.bits[word]&bit != 0 {
			return Duplicate
		}
	}
	word, bit := place(n)
	w.bits[word] |= bit
	return OK
}

func place(n int64) (word int, bit uint64) {
	i := uint64(n) % windowSize
	return int(i / 64), 1 << (i % 64)
}
