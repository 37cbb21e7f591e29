package bwe

// After a cut less is sent than the line carries until the queue is gone: decrease of it, and still less where the queue
// is longer than drainFrom, down to drainLeast at drainFull.
const (
	drainFrom  = 100 * millisecond
	drainFull  = 300 * millisecond
	drainLeast = 0.25
	drained    = 20 * millisecond
	// drainTime is what it may take on top of the queue and a round trip; drainMost is for how long after the cut the queue
	// may be found to be longer: what was sent before it goes on to come.
	drainTime = 500 * millisecond
	drainMost = second
	// Where less than this share of the rate gets through, the queue is no burst's, whatever a burst explains.
	collapse = 0.75
	// A queue that is no shorter than rivalQueue in the end and has lost less than rivalShare of what it should have is
	// somebody else's.
	rivalQueue = 40 * millisecond
	rivalShare = 1.0 / 3
)

type drain struct {
	running   bool
	collapsed bool
	share     float64 // of what the line carries
	end       int64
	longest   int64 // the queue that the share fits
	peak      int64 // the longest unexplained queue, and when that was
	peaked    int64
}

// begin follows a cut. collapsed says that far less got through than was sent.
func (d *drain) begin(now int64, collapsed bool, roundTrip int64) {
	*d = drain{
		running: true, collapsed: collapsed || d.running && d.collapsed,
		share: decrease, end: now + drainTime + roundTrip, peaked: now,
	}
}

// ended looks whether the queue is gone, or does not go. rival says that somebody else fills it. excess is what of the queue
// bursts do not explain.
func (d *drain) ended(now, queue, excess int64) (ended, rival bool) {
	if !d.running || queue >= drained && now <= d.end {
		return false, false
	}
	d.running = false
	due := float64(now-d.peaked) * (1 - d.share)
	return true, excess >= rivalQueue && float64(d.peak-excess) < rivalShare*due
}

// fit makes the share fit the longest queue seen since the cut at the given time. patient says that a rival is known, and
// no more is to be given way than that.
func (d *drain) fit(now, cut, queue, excess, roundTrip int64, patient bool) {
	if !d.running {
		return
	}
	if excess > d.peak {
		d.peak, d.peaked = excess, now
	}
	length := excess
	if d.collapsed {
		length = queue
	}
	if patient || length <= d.longest || now > cut+drainMost {
		return
	}
	d.longest = length
	full := float64(max(length-drainFrom, 0)) / (drainFull - drainFrom)
	d.share = max(min(1-full*full, decrease), drainLeast)
	d.end = now + length + drainTime + roundTrip
}
