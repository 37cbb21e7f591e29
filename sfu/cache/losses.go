package cache

import (
	"slices"
	"time"
)

// MaxMissing is how many missing packets are remembered, and asked for at a time.
const MaxMissing = 128

const (
	maxTries = 6
	// reorder is how long a packet may simply be late before it is asked for.
	reorder = 10 * time.Millisecond
	// The pace of asking: the round trip within these bounds. Below, the sender's own timers decide; above, the packet's
	// age does.
	minPace, maxPace = 30 * time.Millisecond, 400 * time.Millisecond
	unknownRTT       = 100 * time.Millisecond
)

// losses is the list of missing packets, in ascending order.
type losses struct {
	list []loss
	age  int32 // milliseconds after which nobody wants the packet any more
}

type loss struct {
	seq   int64
	since stamp
	asked stamp
	tries uint8
}

// gap notes that the packets from first up to, not including, end did not come before end did.
func (l *losses) gap(first, end int64, now stamp, stats *Stats) {
	n := int(end - first)
	if n == 0 {
		return
	}
	if n > MaxMissing {
		// So long a gap is mended by a key frame alone; asking would only fill the line.
		l.abandon(stats)
		stats.Lost += uint64(n)
		return
	}
	if over := len(l.list) + n - MaxMissing; over > 0 {
		stats.Lost += uint64(over)
		l.list = slices.Delete(l.list, 0, over)
	}
	for seq := first; seq < end; seq++ {
		l.list = append(l.list, loss{seq: seq, since: now})
	}
}

// found takes a packet that came late off the list.
func (l *losses) found(seq int64, stats *Stats) {
	i, ok := slices.BinarySearchFunc(l.list, seq, func(m loss, seq int64) int { return int(m.seq - seq) })
	if !ok {
		return
	}
	if l.list[i].tries > 0 {
		stats.Recovered++
	}
	l.list = slices.Delete(l.list, i, i+1)
}

// ask appends what is due to dst and gives up what is at or below floor, too old, or was asked for often enough.
func (l *losses) ask(dst []uint16, floor int64, now stamp, rtt time.Duration, stats *Stats) []uint16 {
	if rtt <= 0 {
		rtt = unknownRTT
	}
	pace := int32(min(max(rtt+reorder, minPace), maxPace).Milliseconds())
	kept := l.list[:0]
	for _, m := range l.list {
		due := now.since(m.since) >= int32(reorder.Milliseconds())
		if m.tries > 0 {
			due = now.since(m.asked) >= pace*(3+int32(m.tries))/4 // a quarter longer each time
		}
		if m.seq <= floor || now.since(m.since) > l.age || due && m.tries == maxTries {
			stats.Lost++
			continue
		}
		if due {
			m.asked = now
			m.tries++
			stats.Asked++
			dst = append(dst, uint16(m.seq))
		}
		kept = append(kept, m)
	}
	l.list = kept
	return dst
}

// abandon gives up everything.
func (l *losses) abandon(stats *Stats) {
	stats.Lost += uint64(len(l.list))
	l.list = l.list[:0]
}
