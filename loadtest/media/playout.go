package media

import "time"

// playout is when what came is played: some time later than it could be, so that what is late is in time nevertheless. As in browsers the time
// grows at once to what was needed, and shrinks slowly.
type playout struct {
	rate  int           // ticks per second of the timestamps
	least time.Duration // that it is later

	begun   bool
	origin  uint32        // timestamp of the first packet
	fastest time.Duration // arrival of the fastest packet, less its timestamp
	delay   time.Duration
	shrunk  time.Duration // when delay was last made shorter
}

// shrinks is the part of the delay, beyond the least, that goes in a second.
const shrinks = 0.1

// late gives by how much later than the fastest something came.
func (p *playout) late(timestamp uint32, at time.Duration) time.Duration {
	if !p.begun {
		p.begun, p.origin, p.fastest, p.delay, p.shrunk = true, timestamp, at, p.least, at
	}
	due := time.Duration(int32(timestamp-p.origin)) * time.Second / time.Duration(p.rate)
	p.fastest = min(p.fastest, at-due)
	return at - due - p.fastest
}

// adapt makes place for something that came so late, and reports whether it was in time.
func (p *playout) adapt(late, at time.Duration) bool {
	if since := (at - p.shrunk).Seconds(); since > 0 {
		p.delay -= time.Duration(float64(p.delay-p.least) * min(since*shrinks, 1))
		p.shrunk = at
	}
	inTime := late <= p.delay
	p.delay = max(p.delay, late)
	return inTime
}
