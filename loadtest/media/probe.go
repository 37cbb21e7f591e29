package media

import (
	"math/rand/v2"
	"slices"
	"sync"
	"time"
)

// maxSamples is how many latencies a Probe keeps; of more it keeps a fair sample.
const maxSamples = 20_000

// window is how many of a stream's last numbers are remembered: at 1,000 packets per second eight seconds. What comes later counts as
// repeated.
const window = 8192

// Probe collects what one receiver got, from any number of senders. Its size does not grow with time. It is safe for concurrent use.
type Probe struct {
	mu sync.Mutex // guards the following
	// streams by sender and kind.
	streams map[streamKey]*stream
	samples []time.Duration
	seen    int
	strange uint64
}

type streamKey struct {
	sender uint32
	video  bool
}

// stream is what came of one sender's packets of one kind.
type stream struct {
	first, last uint32
	got         [window]bool // by number modulo window, for the numbers up to last
	received    uint64
	repeated    uint64
	firstAt     time.Duration
}

// Count is what a Probe says at the end.
type Count struct {
	Received uint64 // different packets
	Repeated uint64 // packets that came again, or too late to tell
	Missing  uint64 // numbers between the first and the last of a stream that never came
	Strange  uint64 // packets without a mark
}

// Minus is what was counted since an earlier count.
func (c Count) Minus(earlier Count) Count {
	// What was missing then may have come since.
	missing := max(c.Missing, earlier.Missing) - earlier.Missing
	return Count{c.Received - earlier.Received, c.Repeated - earlier.Repeated, missing, c.Strange - earlier.Strange}
}

// NewProbe returns a probe that has seen nothing.
func NewProbe() *Probe { return &Probe{streams: map[streamKey]*stream{}} }

// Packet counts one payload that came at a time since the beginning of the test.
func (p *Probe) Packet(payload []byte, video bool, at time.Duration) {
	mark, ok := ReadMark(payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	if !ok {
		p.strange++
		return
	}
	key := streamKey{mark.Sender, video}
	s := p.streams[key]
	if s == nil {
		s = &stream{first: mark.Number, last: mark.Number, firstAt: at}
		p.streams[key] = s
	}
	if !s.take(mark.Number) {
		s.repeated++
		return
	}
	s.received++
	p.sample(at - mark.Sent)
}

// take notes a number and reports whether it is news.
func (s *stream) take(number uint32) bool {
	for ahead := min(int64(number)-int64(s.last), window); ahead > 0; ahead-- {
		s.got[(number-uint32(ahead)+1)%window] = false
	}
	if int64(s.last)-int64(number) >= window {
		return false
	}
	s.first, s.last = min(s.first, number), max(s.last, number)
	known := s.got[number%window]
	s.got[number%window] = true
	return !known
}

// sample keeps a latency, by chance once there are many (Vitter's algorithm R).
func (p *Probe) sample(latency time.Duration) {
	p.seen++
	if len(p.samples) < maxSamples {
		p.samples = append(p.samples, latency)
	} else if i := rand.N(p.seen); i < maxSamples {
		p.samples[i] = latency
	}
}

// FirstAt is when the first packet of anybody came, since the beginning of the test; false when none did.
func (p *Probe) FirstAt() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	first, ok := time.Duration(0), false
	for _, s := range p.streams {
		if !ok || s.firstAt < first {
			first, ok = s.firstAt, true
		}
	}
	return first, ok
}

// Streams is how many different streams came.
func (p *Probe) Streams() int { p.mu.Lock(); defer p.mu.Unlock(); return len(p.streams) }

// Count says what came so far.
func (p *Probe) Count() Count {
	p.mu.Lock()
	defer p.mu.Unlock()
	c := Count{Strange: p.strange}
	for _, s := range p.streams {
		c.Received += s.received
		c.Repeated += s.repeated
		c.Missing += uint64(s.last-s.first) + 1 - s.received
	}
	return c
}

// Latencies gives the latencies that were kept since the last call.
func (p *Probe) Latencies() []time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := slices.Clone(p.samples)
	p.samples, p.seen = p.samples[:0], 0
	return kept
}
