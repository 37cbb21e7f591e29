package session

import (
	"sync"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Of one socket, so many requests may wait for those before them, and so many bytes of them: 256 offers alone would be 64 MiB.
const (
	queueLength = 256
	queueBytes  = 1 << 20
)

// queue runs the requests of one socket in order, on a goroutine that exists while there are some: the reader does not
// wait for them, and a socket at rest costs nothing for it.
type queue struct {
	run func(wire.Message) (goOn bool)

	working sync.WaitGroup

	mu sync.Mutex // guards the following fields

	waiting []queued
	size    int // of those that wait, in bytes
	running bool
	closed  bool
}

type queued struct {
	wire.Message
	size int
}

// add has a request of size bytes run after those before it; false when too much waits. After close, or when run did not
// want to go on, nothing runs any more.
func (q *queue) add(m wire.Message, size int) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == queueLength || q.size+size > queueBytes {
		return false
	}
	q.waiting = append(q.waiting, queued{m, size})
	q.size += size
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
		q.waiting, q.size, q.running = nil, 0, false
		return m, false
	}
	first := q.waiting[0]
	q.waiting[0] = queued{} // the array lives as long as the queue is not empty, the message need not
	q.waiting = q.waiting[1:]
	q.size -= first.size
	return first.Message, true
}

// close lets no further request begin and waits for the one under way.
func (q *queue) close() {
	q.mu.Lock()
	q.closed = true
	q.mu.Unlock()
	q.working.Wait()
}
