package session

import (
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Counts counts what happened to the sessions of a server. It carries no ids.
type Counts struct {
	Joins   atomic.Uint64 // sign-ons with a ticket
	Resumes atomic.Uint64 // with a resume token
	Kept    atomic.Uint64 // resumes whose media went on
	Admits  atomic.Uint64
	Pairs   atomic.Uint64 // of two who might connect to each other
	Shown   atomic.Uint64 // pairs of whom both did, and showed each other so
	Panics  atomic.Uint64 // that ended a connection or a room

	Waited       Histogram // from knocking to being let in, as far as one socket saw it
	AdmitLatency Histogram // from a counsellor's admit to everything done that follows from it

	mu sync.Mutex // guards the following fields

	refused map[wire.Code]uint64
	closed  map[wire.CloseCode]uint64
}

// NewCounts makes counts at zero.
func NewCounts() *Counts {
	return &Counts{
		Waited:       newHistogram(time.Second, 5*time.Second, 15*time.Second, time.Minute, 5*time.Minute, 15*time.Minute, time.Hour),
		AdmitLatency: newHistogram(time.Millisecond, 5*time.Millisecond, 20*time.Millisecond, 100*time.Millisecond, 500*time.Millisecond, 2*time.Second),
		refused:      map[wire.Code]uint64{},
		closed:       map[wire.CloseCode]uint64{},
	}
}

func (c *Counts) refuse(code wire.Code) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.refused[code]++
}

// Close counts a socket that this side closed; 0 stands for those that the peer closed or the network lost.
func (c *Counts) Close(code wire.CloseCode) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed[code]++
}

// Refused gives how many requests were refused, by code.
func (c *Counts) Refused() map[wire.Code]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.refused)
}

// Closed gives how many sockets ended, by code. CloseTooSlow counts full outboxes.
func (c *Counts) Closed() map[wire.CloseCode]uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.closed)
}

// Histogram counts durations in buckets.
type Histogram struct {
	bounds []time.Duration

	mu sync.Mutex // guards the following fields

	counts []uint64 // one more than bounds, for those above all
	sum    time.Duration
}

func newHistogram(bounds ...time.Duration) Histogram {
	return Histogram{bounds: bounds, counts: make([]uint64, len(bounds)+1)}
}

func (h *Histogram) add(d time.Duration) {
	i, _ := slices.BinarySearch(h.bounds, d)
	h.mu.Lock()
	defer h.mu.Unlock()
	h.counts[i]++
	h.sum += d
}

// Buckets is a histogram as it was at one moment: Counts[i] took at most Bounds[i], and more than the bound before; the
// last of Counts took longer than every bound.
type Buckets struct {
	Bounds []time.Duration
	Counts []uint64
	Sum    time.Duration
}

// Buckets reads the histogram.
func (h *Histogram) Buckets() Buckets {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Buckets{Bounds: slices.Clone(h.bounds), Counts: slices.Clone(h.counts), Sum: h.sum}
}
