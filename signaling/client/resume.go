package client

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// signOn opens a socket with the resume token, or with a fresh ticket where that is empty.
func (c *Call) signOn(ctx context.Context, resume string) (*socket, *wire.Welcome, error) {
	ticket := ""
	if resume == "" {
		var err error
		if ticket, err = c.entry.ticket(ctx, c.device.Public()); err != nil {
			return nil, nil, err
		}
	}
	o := c.options
	if c.sealing != nil {
		var err error
		if o.Identity, err = c.sealing.introduce(resume == ""); err != nil {
			return nil, nil, err
		}
	}
	first, err := hello(c.device, o, ticket, resume)
	if err != nil {
		return nil, nil, err
	}
	return dial(ctx, c.server, first)
}

// arrivals is how often the first sign-on is tried.
const arrivals = 5

// arrive signs on for the first time. A socket that the server closed without a word, because too many came at once, is tried again.
func (c *Call) arrive(ctx context.Context) (k *socket, w *wire.Welcome, err error) {
	for n := range arrivals {
		if k, w, err = c.signOn(ctx, ""); err == nil || !comeAgain(err) {
			return k, w, err
		}
		select {
		case <-time.After(backoff(n)):
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		}
	}
	return k, w, err
}

// comeAgain reports whether a socket was closed for a reason that another one may not have.
func comeAgain(err error) bool {
	switch wire.CloseCode(websocket.CloseStatus(err)) {
	case wire.CloseTimeout, wire.CloseGoingAway, wire.CloseInternal:
		return true
	}
	return false
}

// reconnect tries, after a wait, until there is a seat again or the server says that there will be none.
func (c *Call) reconnect(wait time.Duration) (*socket, error) {
	c.mu.Lock()
	resume := c.resume
	c.mu.Unlock()
	for n := 0; ; n++ {
		select {
		case <-time.After(wait):
		case <-c.life.Done():
			return nil, context.Cause(c.life)
		}
		attempt, cancel := context.WithTimeout(c.life, wire.LostAfter)
		k, w, err := c.signOn(attempt, resume)
		cancel()
		switch {
		case err == nil:
			c.welcomed(k, w)
			c.emit(Reconnected{Welcome: w, Kept: w.Kept})
			return k, nil
		case c.life.Err() != nil:
			return nil, context.Cause(c.life)
		case resume != "" && isRefusal(err, wire.CodeToken):
			resume, wait = "", 0 // too old: the link or account still opens the door to the waiting room
		case hopeless(err):
			return nil, err
		default:
			wait = backoff(n)
		}
	}
}

func isRefusal(err error, code wire.Code) bool {
	no, ok := errors.AsType[*RequestError](err)
	return ok && no.Code == code
}

// hopeless reports whether trying to sign on again is of no use: the server understood and said no.
func hopeless(err error) bool {
	if no, ok := errors.AsType[*RequestError](err); ok {
		switch no.Code {
		case wire.CodeTooFast, wire.CodeUnavailable, wire.CodeInternal:
			return false
		}
		return true
	}
	if no, ok := errors.AsType[*HTTPError](err); ok {
		return no.Status < 500 && no.Status != 429
	}
	return errors.Is(err, ErrProtocol)
}

// pause is how long to stay away after having been too fast.
const pause = 5 * time.Second

// verdict tells whether a lost socket ends the call: by what the server said when it closed, or by our own will. Where it does not, it
// is to be resumed after a wait.
func verdict(life context.Context, err error) (wait time.Duration, reason error) {
	if life.Err() != nil {
		return 0, context.Cause(life)
	}
	if errors.Is(err, ErrProtocol) {
		return 0, err
	}
	switch wire.CloseCode(websocket.CloseStatus(err)) {
	case wire.CloseLeft:
		return 0, ErrLeft
	case wire.CloseRemoved:
		return 0, ErrRemoved
	case wire.CloseEnded:
		return 0, ErrEnded
	case wire.CloseReplaced:
		return 0, ErrReplaced
	case wire.CloseTooLarge, wire.CloseBadMessage:
		return 0, fmt.Errorf("client: the server closed the line: %w", err)
	case wire.CloseTooFast:
		return pause, nil
	}
	return 0, nil
}

// backoff is how long to wait before attempt n (from 0): 0.2 s doubling to 5 s, of which half is by chance.
func backoff(n int) time.Duration {
	d := min(200*time.Millisecond<<min(n, 5), 5*time.Second)
	return d/2 + rand.N(d/2)
}
