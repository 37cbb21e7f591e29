package room

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Store makes a room's durable writes. Each may be asked for twice, with the same result; what no longer exists (the
// room, the person) counts as written. The methods return when the write would survive a power cut, may block until
// their context ends, and are called by one goroutine at a time.
type Store interface {
	// Begin notes that the room's session has begun.
	Begin(ctx context.Context) error
	// Raise makes the person's admission generation at least this.
	Raise(ctx context.Context, p lobby.PersonID, generation uint32) error
	// Revoke makes the person's link worthless for good.
	Revoke(ctx context.Context, p lobby.PersonID) error
	// UnlockPIN gives the person all tries of his PIN again.
	UnlockPIN(ctx context.Context, p lobby.PersonID) error
	// NoteConsent notes that the person's consent is there on paper.
	NoteConsent(ctx context.Context, p lobby.PersonID) error
	// Forget makes the link of a person who has withdrawn worthless for good, and deletes what is known of him.
	Forget(ctx context.Context, p lobby.PersonID) error
	// Delete ends the room.
	Delete(ctx context.Context) error
}

// The pauses between attempts of one write double from the first to the last.
const (
	firstPause   = 100 * time.Millisecond
	lastPause    = 30 * time.Second
	writeTimeout = 10 * time.Second
)

// writer does the durable writes of a loop in a goroutine that lives while there are some. Its queue is bounded by what
// there is to write: for a person and operation one write that is under way and one that is not.
type writer struct {
	store  Store
	ctx    context.Context
	cancel context.CancelFunc
	wake   chan struct{} // has a token when something was added
	wg     sync.WaitGroup

	mu sync.Mutex // guards the following fields; held for memory only

	open    []*write
	running bool
	failed  uint64
}

type write struct {
	Durable
	underWay bool
	pause    time.Duration // 0 before the first attempt
	next     time.Time
	waiting  []*ack
}

// ack answers one command when all its writes are done, or the first has failed.
type ack struct {
	left  int
	reply chan<- error // nil once answered
}

func newWriter(s Store) *writer {
	ctx, cancel := context.WithCancel(context.Background())
	return &writer{store: s, ctx: ctx, cancel: cancel, wake: make(chan struct{}, 1)}
}

// add queues the writes of one command; reply gets nil or ErrNotSaved.
func (w *writer) add(writes []Durable, reply chan<- error) {
	w.mu.Lock()
	a := &ack{left: len(writes), reply: reply}
	for _, d := range writes {
		w.addLocked(d, a)
	}
	start := !w.running
	w.running = true
	w.mu.Unlock()
	if start {
		w.wg.Go(w.run)
		return
	}
	select {
	case w.wake <- struct{}{}:
	default:
	}
}

// settled has reply get nil when all writes that are open are done, or ErrNotSaved when the next attempt at one fails.
func (w *writer) settled(reply chan<- error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	a := &ack{left: len(w.open), reply: reply}
	for _, x := range w.open {
		x.waiting = append(x.waiting, a)
	}
	if a.left == 0 {
		a.answer(nil)
	}
}

func (w *writer) addLocked(d Durable, a *ack) {
	for _, o := range w.open {
		if o.Op == d.Op && o.Person == d.Person && !o.underWay {
			o.Generation = max(o.Generation, d.Generation)
			o.next = time.Time{} // somebody waits for it: now
			o.waiting = append(o.waiting, a)
			return
		}
	}
	w.open = append(w.open, &write{Durable: d, waiting: []*ack{a}})
}

func (w *writer) run() {
	for {
		x, until := w.take()
		switch {
		case x != nil:
			w.done(x, w.attempt(x.Durable))
		case until == 0:
			return
		default:
			select {
			case <-time.After(until):
			case <-w.wake:
			case <-w.ctx.Done():
				w.stop()
				return
			}
		}
	}
}

// take gives the next write that is due, or how long there is none; 0 when there is nothing left at all.
func (w *writer) take() (*write, time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.open) == 0 {
		w.running = false
		return nil, 0
	}
	now, until := time.Now(), lastPause
	for _, x := range w.open {
		wait := x.next.Sub(now)
		if wait <= 0 && w.ctx.Err() == nil {
			x.underWay = true
			return x, 0
		}
		until = max(min(until, wait), time.Millisecond)
	}
	return nil, until
}

// attempt writes once. A store that panics has failed this write, not the process.
func (w *writer) attempt(d Durable) (err error) {
	defer func() {
		if recovered := recover(); recovered != nil {
			err = fmt.Errorf("room: the store panicked: %v", recovered)
		}
	}()
	ctx, cancel := context.WithTimeout(w.ctx, writeTimeout)
	defer cancel()
	switch d.Op {
	case Begin:
		return w.store.Begin(ctx)
	case Raise:
		return w.store.Raise(ctx, d.Person, d.Generation)
	case Revoke:
		return w.store.Revoke(ctx, d.Person)
	case Unlocked:
		return w.store.UnlockPIN(ctx, d.Person)
	case Consented:
		return w.store.NoteConsent(ctx, d.Person)
	case Forget:
		return w.store.Forget(ctx, d.Person)
	default:
		return w.store.Delete(ctx)
	}
}

func (w *writer) done(x *write, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	x.underWay = false
	waiting := x.waiting
	x.waiting = nil
	if err != nil {
		w.failed++
		x.pause = min(max(2*x.pause, firstPause), lastPause)
		x.next = time.Now().Add(x.pause)
		for _, a := range waiting {
			a.answer(ErrNotSaved)
		}
		return
	}
	for i, o := range w.open {
		if o == x {
			w.open = append(w.open[:i], w.open[i+1:]...)
			break
		}
	}
	for _, a := range waiting {
		if a.left--; a.left == 0 {
			a.answer(nil)
		}
	}
}

// stop answers whoever still waits. What is open stays open.
func (w *writer) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running = false
	for _, x := range w.open {
		for _, a := range x.waiting {
			a.answer(ErrNotSaved)
		}
		x.waiting = nil
	}
}

func (a *ack) answer(err error) {
	if a.reply != nil {
		a.reply <- err
		a.reply = nil
	}
}

// finish waits until everything is written, or cancel was called.
func (w *writer) finish() {
	w.wg.Wait()
	w.cancel()
}

func (w *writer) stats() (failed uint64, open int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.failed, len(w.open)
}
