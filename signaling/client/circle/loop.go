package circle

import (
	"sync"
	"time"
)

// loop runs what it is given one after the other on a goroutine of its own, timers included.
type loop struct {
	mu sync.Mutex // guards the following fields

	queue  []func()
	closed bool
	more   chan struct{} // of capacity 1
	wg     sync.WaitGroup
}

func newLoop() *loop {
	l := &loop{more: make(chan struct{}, 1)}
	l.wg.Go(l.run)
	return l
}

// do queues f; after close it is not run.
func (l *loop) do(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return
	}
	l.queue = append(l.queue, f)
	l.wake()
}

func (l *loop) wake() {
	select {
	case l.more <- struct{}{}:
	default:
	}
}

func (l *loop) run() {
	for range l.more {
		for {
			l.mu.Lock()
			if len(l.queue) == 0 {
				closed := l.closed
				l.mu.Unlock()
				if closed {
					return
				}
				break
			}
			f := l.queue[0]
			l.queue = l.queue[1:]
			l.mu.Unlock()
			f()
		}
	}
}

// after runs f once, later; not when stop was called before.
func (l *loop) after(d time.Duration, f func()) (stop func()) {
	stopped := false // on the loop alone
	t := time.AfterFunc(d, func() {
		l.do(func() {
			if !stopped {
				f()
			}
		})
	})
	return func() {
		stopped = true
		t.Stop()
	}
}

// close runs last after what is queued, and waits for it. To be called once, not on the loop.
func (l *loop) close(last func()) {
	l.do(last)
	l.mu.Lock()
	l.closed = true
	l.wake()
	l.mu.Unlock()
	l.wg.Wait()
}

// pending counts what of each participant waits to be heard, and of all who are not known yet together.
type pending struct {
	mu    sync.Mutex // guards the following fields
	known map[string]bool
	of    map[string]int // "" is whoever is not known
}

// meet says who is known from now on.
func (p *pending) meet(seats []Seat) {
	known := make(map[string]bool, len(seats))
	for _, s := range seats {
		known[s.Participant] = true
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known = known
}

// take says as whose it is counted until it is done; false where too much waits already.
func (p *pending) take(from string) (as string, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.known[from] {
		as = from
	}
	if p.of[as] >= pendingMost {
		return "", false
	}
	if p.of == nil {
		p.of = map[string]int{}
	}
	p.of[as]++
	return as, true
}

func (p *pending) done(as string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of[as]--; p.of[as] == 0 {
		delete(p.of, as)
	}
}
