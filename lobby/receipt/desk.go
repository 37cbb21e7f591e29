package receipt

import (
	"context"
	"crypto/rand"
	"errors"
	"sync"
	"time"
)

// Keep is how long a receipt that was promised can be fetched, from the end of the session on.
const Keep = 2 * time.Minute

// maxPromises bounds what is remembered at a time; beyond it nothing more is promised.
const maxPromises = 1 << 16

// The errors of [Desk.Take].
var (
	// ErrNone: no such promise; never made, kept already, or too old.
	ErrNone = errors.New("no receipt is waiting")
	// ErrNotYet: what the receipt is about is still being deleted. Ask again.
	ErrNotYet = errors.New("the receipt is not made yet")
)

// Desk hands receipts out, each once to each who was promised it, and forgets them. It reads no clock: whoever owns it calls [Desk.Sweep]
// from time to time. It is safe for concurrent use.
type Desk struct {
	mu       sync.Mutex // guards the following fields and those of the slips
	promises map[string]*Slip
	slips    []*Slip // in the order in which they are forgotten
}

// NewDesk returns an empty desk.
func NewDesk() *Desk { return &Desk{promises: map[string]*Slip{}} }

// Slip stands for the receipt of one session that is ending.
type Slip struct {
	desk   *Desk
	until  time.Time
	open   bool // may be promised to somebody
	tokens []string
	made   *Signed       // nil: not yet
	news   chan struct{} // closed when it is made, or forgotten
}

// Open begins a slip, which is worth nothing after [Keep].
func (d *Desk) Open(now time.Time) *Slip {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweepLocked(now)
	s := &Slip{desk: d, until: now.Add(Keep), open: true, news: make(chan struct{})}
	d.slips = append(d.slips, s)
	return s
}

// Sweep forgets what is too old.
func (d *Desk) Sweep(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweepLocked(now)
}

func (d *Desk) sweepLocked(now time.Time) {
	for len(d.slips) > 0 && !now.Before(d.slips[0].until) {
		s := d.slips[0]
		d.slips[0], d.slips = nil, d.slips[1:]
		for _, token := range s.tokens {
			delete(d.promises, token)
		}
		if s.made == nil {
			close(s.news)
		}
		s.open, s.tokens, s.made = false, nil, nil
	}
}

// Promise gives a token for one person; "" when nothing can be promised any more.
func (s *Slip) Promise() string {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if !s.open || len(s.desk.promises) >= maxPromises {
		return ""
	}
	token := rand.Text()
	s.tokens = append(s.tokens, token)
	s.desk.promises[token] = s
	return token
}

// Fill lays the receipt down for everybody who was promised it.
func (s *Slip) Fill(r Signed) {
	s.desk.mu.Lock()
	defer s.desk.mu.Unlock()
	if s.open && s.made == nil {
		s.made = &r
		close(s.news)
	}
}

// Wait is [Desk.Take] for who waits until it is made. Errors: [ErrNone], the context's.
func (d *Desk) Wait(ctx context.Context, token string, clock func() time.Time) (Signed, error) {
	for {
		signed, err := d.Take(token, clock())
		if !errors.Is(err, ErrNotYet) {
			return signed, err
		}
		select {
		case <-d.news(token):
		case <-ctx.Done():
			return Signed{}, ctx.Err()
		}
	}
}

// news is closed when there is something new of this promise; at once where there is none.
func (d *Desk) news(token string) <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if s := d.promises[token]; s != nil {
		return s.news
	}
	closed := make(chan struct{})
	close(closed)
	return closed
}

// Take gives the receipt of a promise, once. Errors: [ErrNotYet], [ErrNone].
func (d *Desk) Take(token string, now time.Time) (Signed, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.sweepLocked(now)
	s := d.promises[token]
	if s == nil {
		return Signed{}, ErrNone
	}
	if s.made == nil {
		return Signed{}, ErrNotYet
	}
	delete(d.promises, token)
	return *s.made, nil
}
