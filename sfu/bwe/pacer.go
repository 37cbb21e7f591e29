package bwe

// pacer works out how long a packet would wait if everything went through a line of exactly the rate we believe in. An
// SFU forwards a picture at once, and a key frame is five pictures: it makes a queue wherever the line is no faster than
// it must be. That much delay says nothing about the line, so it is not held against it. A pacer would cause the same
// delay in front of the line; this one only counts it.
type pacer struct {
	free   int64   // when the imagined line is through with what it has
	bits   float64 // sent of late, with an exponential window
	turned int64
	began  int64
}

const (
	// average is the window over which the rate sent is averaged. If more is sent than the target, the imagined line is
	// as fast as that: else its queue would grow without end and explain everything.
	average = second
	// mostBurst is the most that a burst can explain: a key frame of five pictures at 15 pictures per second.
	mostBurst = 350 * millisecond
	// forgive: the imagined line is so much faster than the target. What stays of a burst longer than a line with some room
	// would need for it is a queue like any other.
	forgive = 1.2
	// believe is the share of the target that the line is taken for where less is sent: too little to have tried it.
	believe = 0.85
)

// send notes a packet and gives the delay that it explains.
func (p *pacer) send(now int64, bytes int, target float64) int32 {
	bits := float64(bytes * 8)
	p.decay(now)
	p.bits += bits
	rate := forgive * max(believe*target, p.rate())
	p.free = min(max(p.free, now)+int64(bits*second/rate), now+mostBurst)
	return int32(p.free - now)
}

func (p *pacer) decay(now int64) {
	if p.began == 0 {
		p.began, p.turned = now, now
	}
	if passed := now - p.turned; passed > 0 {
		p.bits *= max(0, 1-float64(passed)/average)
		p.turned = now
	}
}

// rate is what was sent of late, in bits per second.
func (p *pacer) rate() float64 {
	return p.bits * second / float64(min(max(p.turned-p.began, average/8), average))
}
