package conn

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

const (
	writeWait = 10 * time.Second // for one message to go into the kernel's buffers
	closeWait = 3 * time.Second  // for the last messages and the close handshake
)

// Conn is one websocket. All methods may be called concurrently.
type Conn struct {
	ws     *websocket.Conn
	outbox outbox
	beat   *heartbeat

	onHeard func() // set by Serve; the reader's goroutine calls it
	parted  bool   // of the reader's goroutine

	ctx  context.Context // ended, the socket is closed at once
	kill context.CancelFunc
	wg   sync.WaitGroup

	rate    *rate.Limiter // of messages
	refused *rate.Limiter // of refused messages
	limit   atomic.Int64  // bytes of a message
	killer  atomic.Pointer[time.Timer]
}

// Accept makes a websocket of an HTTP request. The page must come from the host that the request went to, or from one
// of origins (patterns as in [websocket.AcceptOptions]). On failure the answer has been written. The caller must call
// [Conn.Serve] next.
// The connection takes messages of at most [wire.MaxMessage] until [Conn.TakeLarge].
func Accept(w http.ResponseWriter, r *http.Request, origins []string) (*Conn, error) {
	ctx, kill := context.WithCancel(context.Background())
	c := &Conn{
		ctx:     ctx,
		kill:    kill,
		rate:    rate.NewLimiter(wire.SealedPerSecond, wire.SealedBurst),
		refused: rate.NewLimiter(rate.Every(time.Minute/wire.RefusedPerMin), wire.RefusedPerMin),
	}
	c.outbox.start = func() { c.wg.Go(c.write) }
	c.beat = newHeartbeat(c)
	c.limit.Store(wire.MaxMessage)
	ws, err := websocket.Accept(w, r, &websocket.AcceptOptions{
		OriginPatterns:       origins,
		CompressionMode:      websocket.CompressionNoContextTakeover,
		CompressionThreshold: wire.CompressAbove,
		OnPingReceived:       func(context.Context, []byte) bool { return c.heard() },
		OnPongReceived:       func(context.Context, []byte) { c.heard() },
	})
	if err != nil {
		kill()
		return nil, err
	}
	ws.SetReadLimit(-1) // read checks it, and closes with a reason of ours
	c.ws = ws
	return c, nil
}

// Serve hands every message to receive, in order, on the calling goroutine, until the socket is gone, and then waits for
// all that the connection started. heard is called before, at every sign of life: message, ping or pong. Neither may
// block. Serve gives the code that this side closed with, 0 when it was the peer or the network.
func (c *Conn) Serve(receive func(data []byte), heard func()) wire.CloseCode {
	defer c.release()
	c.onHeard = heard
	c.beat.start()
	for {
		data, err := c.read()
		if err != nil {
			_, closing := c.outbox.closing()
			c.parted = !closing && parting(websocket.CloseStatus(err))
			break
		}
		if _, closing := c.outbox.closing(); closing {
			continue // reads on for the peer's close frame alone
		}
		if c.heard() && data != nil {
			receive(data)
		}
	}
	code, _ := c.outbox.closing()
	return code
}

// Parted reports, once Serve has returned, whether the peer said goodbye before it went: a page that was closed, left or loaded anew does, a
// network that is lost does not.
func (c *Conn) Parted() bool { return c.parted }

func parting(code websocket.StatusCode) bool {
	return code == websocket.StatusNormalClosure || code == websocket.StatusGoingAway
}

// heard notes a sign of life, of which pings and pongs are too, and reports whether the peer may go on at this pace.
func (c *Conn) heard() bool {
	c.onHeard()
	if !c.rate.Allow() {
		c.Close(wire.CloseTooFast)
		return false
	}
	return true
}

// release ends what Serve started, also when receive panicked.
func (c *Conn) release() {
	c.kill()
	c.outbox.shutDown()
	c.beat.stop()
	c.wg.Wait()
	if t := c.killer.Load(); t != nil {
		t.Stop()
	}
	_ = c.ws.CloseNow() // a second closing says that it is one, and nothing else can fail
}

// read gives the next message, nil when it was one that closes the socket.
func (c *Conn) read() ([]byte, error) {
	typ, r, err := c.ws.Reader(c.ctx)
	if err != nil {
		return nil, err
	}
	var buf bytes.Buffer
	n, err := buf.ReadFrom(io.LimitReader(r, c.limit.Load()+1))
	switch {
	case err != nil:
		return nil, err
	case n > c.limit.Load():
		c.Close(wire.CloseTooLarge)
		_, err = io.Copy(io.Discard, r)
		return nil, err
	case typ != websocket.MessageText:
		c.Close(wire.CloseBadMessage)
		return nil, nil
	}
	return buf.Bytes(), nil
}

// write writes what is in the outbox, and in the end the close frame. After an error nothing more is written: the socket is
// closed then.
func (c *Conn) write() {
	for {
		data, code, ended := c.outbox.next()
		switch {
		case ended:
			_ = c.ws.Close(websocket.StatusCode(code), code.Reason()) // whether the peer heard it changes nothing here
			c.kill()
			return
		case data == nil:
			return
		}
		ctx, cancel := context.WithTimeout(c.ctx, writeWait)
		err := c.ws.Write(ctx, websocket.MessageText, data)
		cancel()
		if err != nil {
			c.outbox.shutDown()
			c.kill()
			return
		}
	}
}

// Send queues a message. data must not be changed afterwards. After Close it does nothing.
func (c *Conn) Send(data []byte) {
	if !c.outbox.put(data) {
		c.expire()
	}
}

// Offer queues a message unless the other end is far behind already, or the connection ends; false then.
func (c *Conn) Offer(data []byte) bool { return c.outbox.offer(data) }

// Close ends the connection after what was sent so far, without waiting. The first code given stays.
func (c *Conn) Close(code wire.CloseCode) {
	c.outbox.end(code)
	c.expire()
}

// expire cuts the connection when it has not ended by itself in time.
func (c *Conn) expire() {
	t := time.AfterFunc(closeWait, c.kill)
	if !c.killer.CompareAndSwap(nil, t) {
		t.Stop()
	}
}

// Refused counts a message that could not be taken; too many close the socket with [wire.CloseBadMessage].
func (c *Conn) Refused() {
	if !c.refused.Allow() {
		c.Close(wire.CloseBadMessage)
	}
}

// TakeLarge raises the read limit to [wire.MaxLargeMessage], for a peer that has shown who he is.
func (c *Conn) TakeLarge() { c.limit.Store(wire.MaxLargeMessage) }

// PingEvery sets how often the peer is pinged, [wire.PingEvery] at first.
func (c *Conn) PingEvery(every time.Duration) { c.beat.setEvery(every) }
