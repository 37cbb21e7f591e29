package conn

import (
	"sync"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// outbox holds what is not written yet, and then how the socket shall be closed. A writer runs while there is something in
// it: a socket at rest has none.
type outbox struct {
	start func() // starts a writer, which calls next until there is nothing; must not block

	mu sync.Mutex // guards the following fields

	queue   [][]byte
	bytes   int
	ended   bool           // nothing more is taken
	code    wire.CloseCode // of the close frame that ends it, when ended
	writing bool           // a writer runs
	shut    bool           // no writer is started any more
}

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
	o.takeLocked(data)
	return true
}

// offer takes a message while less than a quarter of what fits is in it; else false, and nothing has changed.
func (o *outbox) offer(data []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.ended || len(o.queue) >= wire.OutboxMessages/4 || o.bytes+len(data) > wire.OutboxBytes/4 {
		return false
	}
	o.takeLocked(data)
	return true
}

func (o *outbox) takeLocked(data []byte) {
	o.queue = append(o.queue, data)
	o.bytes += len(data)
	o.writeLocked()
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
	o.writeLocked()
}

func (o *outbox) writeLocked() {
	if !o.writing && !o.shut {
		o.writing = true
		o.start()
	}
}

// next gives the writer the next message; nil when there is none and it stops. ended says that the close frame comes now
// and nothing after.
func (o *outbox) next() (data []byte, code wire.CloseCode, ended bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.queue = nil // lets go of what has been written
		o.writing = o.ended
		return nil, o.code, o.ended
	}
	data = o.queue[0]
	o.queue[0] = nil
	o.queue = o.queue[1:]
	o.bytes -= len(data)
	return data, 0, false
}

// shutDown lets no writer start any more, because the socket is gone.
func (o *outbox) shutDown() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.shut = true
}

// closing reports whether, and with which code, the outbox has ended.
func (o *outbox) closing() (wire.CloseCode, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.code, o.ended
}
