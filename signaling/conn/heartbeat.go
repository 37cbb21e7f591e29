package conn

import (
	"context"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// heartbeat pings the peer and notices when it is gone. It runs on a timer, so that a connection at rest has no
// goroutine for it.
type heartbeat struct {
	conn *Conn

	mu sync.Mutex // guards the following fields

	timer   *time.Timer
	every   time.Duration
	pinging bool
	stopped bool
}

func newHeartbeat(c *Conn) *heartbeat {
	return &heartbeat{conn: c, every: wire.PingEvery}
}

func (h *heartbeat) start() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.timer = time.AfterFunc(h.every, h.ping)
}

// stop lets no further ping begin; one under way ends with the connection.
func (h *heartbeat) stop() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.stopped = true
	if h.timer != nil {
		h.timer.Stop()
	}
}

func (h *heartbeat) setEvery(every time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.every = every
	if h.timer != nil && !h.stopped && !h.pinging {
		h.timer.Reset(every)
	}
}

// begin reports whether a ping may begin, and lets the connection wait for it.
func (h *heartbeat) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.stopped || h.pinging {
		return false
	}
	h.pinging = true
	h.conn.wg.Add(1)
	return true
}

func (h *heartbeat) end() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pinging = false
	if !h.stopped {
		h.timer.Reset(h.every)
	}
}

// ping pings once and waits for the answer. Without one the peer is gone: the socket is cut, since a close frame would
// not arrive either.
func (h *heartbeat) ping() {
	if !h.begin() {
		return
	}
	defer h.conn.wg.Done()
	defer h.end()
	ctx, cancel := context.WithTimeout(h.conn.ctx, wire.LostAfter)
	defer cancel()
	if err := h.conn.ws.Ping(ctx); err != nil {
		h.conn.kill()
	}
}
