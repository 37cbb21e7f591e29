package session

import (
	"sync"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// queueLength is how many requests of one socket may wait for those before them.
const queueLength = 128

// queue runs the requests of one socket in order, on a goroutine that exists while there are some: the reader does not
// wait for them, and a socket at rest costs nothing for it.
type queue struct {
	run func(wire.Message) (goOn bool)

	working sync.WaitGroup

	mu sync.Mutex // guards the following fields

	waiting []wire.Message
	running bool
	closed  bool
}

// add has a request run after those before it; false when too many wait. After close, or when run did not want to go on,
// nothing runs any more.
func (q *queue) add(m wire.Message) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == queueLength {
		return false
	}
	q.waiting = append(q.waiting, m)
	if !q.running && !q.closed {
		q.running = true
		q.working.Go(q.work)
	}
	return true
}

func (q *queue) work() {
	for {
		m, ok := q.next()
		if !ok || !q.run(m) {
			return
		}
	}
}

func (q *queue) next() (m wire.Message, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 || q.closed {
		q.waiting, q.running = nil, false
		return m, false
	}
	m = q.waiting[0]
	q.waiting = q.waiting[1:]
	return m, true
}

// close lets no further request begin and waits for the one under way.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.working.Wait()
}
