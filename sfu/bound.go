package sfu

import "time"

// window counts what passes within a second and says when it is too much. It belongs to one goroutine.
type window struct {
	begin   time.Time
	packets int
	bits    int
	over    time.Duration // for how long; time within the bounds counts half as much against it
}

// pass counts one packet and reports whether it is within the bounds, which are for a second; after patience over them it
// reports ended.
func (w *window) pass(now time.Time, bytes, maxPackets, maxBits int, patience time.Duration) (ok, ended bool) {
	if since := now.Sub(w.begin); since >= time.Second {
		within := since
		if w.packets > maxPackets || w.bits > maxBits {
			w.over += time.Second
			within -= time.Second
		}
		w.over = max(w.over-within/2, 0)
		w.begin, w.packets, w.bits = now, 0, 0
	}
	w.packets++
	w.bits += 8 * bytes
	return w.packets <= maxPackets && w.bits <= maxBits, w.over >= patience
}
