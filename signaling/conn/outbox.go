package conn

import (
	"sync"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// outbox holds what the writer has not written yet, and then how the socket shall be closed.
type outbox struct {
	wake chan struct{} // holds a token when there is something new for the writer

	mu sync.Mutex // guards the following fields

	queue [][]byte
	bytes int
	ended bool           // nothing more is taken
	code  wire.CloseCode // of the close frame that ends it, when ended
}

func newOutbox() *outbox { return &outbox{wake: make(chan struct{}, 1)} }

// put takes a message, unless the outbox has ended. It reports false when the message did not fit: the outbox then has
// ended with CloseTooSlow, and what was in it is dropped, since the client asks for the whole state when it resumes.
func (o *outbox) put(data []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended {
		return true
	}
	if len(o.queue) == wire.OutboxMessages || o.bytes+len(data) > wire.OutboxBytes {
		o.queue, o.bytes = nil, 0
		o.endLocked(wire.CloseTooSlow)
		return false
	}
	o.queue = append(o.queue, data)
	o.bytes += len(data)
	o.wakeLocked()
	return true
}

// end lets what is queued be the last; the first code given stays.
func (o *outbox) end(code wire.CloseCode) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.endLocked(code)
	}
}

func (o *outbox) endLocked(code wire.CloseCode) {
	o.ended, o.code = true, code
	o.wakeLocked()
}

func (o *outbox) wakeLocked() {
	select {
	case o.wake <- struct{}{}:
	default:
	}
}

// next gives the next message, nil when there is none; ended says that no more will come.
func (o *outbox) next() (data []byte, code wire.CloseCode, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil // lets go of what has been written
		return nil, o.code, o.ended
	}
	data = o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	o.bytes -= len(data)
	return data, 0, false
}

// closing reports whether, and with which code, the outbox has ended.
func (o *outbox) closing() (wire.CloseCode, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.code, o.ended
}
