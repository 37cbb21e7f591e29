package layer

import "time"

// StallAfter is how long a layer may be silent before it counts as stalled.
const StallAfter = time.Second

// Liveness watches which layers of a publication are being sent. One serves all watchers. Its zero value is ready.
type Liveness struct {
	last [Max]time.Time
}

// Seen notes a packet of a layer and reports whether the layer was not live before. It does not allocate.
func (l *Liveness) Seen(layer int, now time.Time) bool {
	if layer < 0 || layer >= Max {
		return false
	}
	woke := now.Sub(l.last[layer]) > StallAfter
	l.last[layer] = now
	return woke
}

// Live is the set of layers heard within [StallAfter].
func (l *Liveness) Live(now time.Time) Set {
	var live Set
	for layer, last := range l.last {
		if now.Sub(last) <= StallAfter {
			live = live.With(layer)
		}
	}
	return live
}
