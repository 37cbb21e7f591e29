package client

import (
	"context"
	"fmt"
	"maps"
	"sync"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Call is one seat in one room.
type Call struct {
	server  *server
	entry   entry
	options Options
	device  credential.Device
	events  chan Event
	media   *media
	sealing *sealing        // nil in a call that is not sealed
	life    context.Context // ends with the call; its cause says why
	end     context.CancelCauseFunc
	done    chan struct{} // closed when every goroutine has ended

	mu sync.Mutex // guards the following
	// socket is nil while the line is lost.
	socket      *socket
	resume      string
	participant string
	role        wire.Role
	phase       wire.Phase
	// choice of pictures that was accepted last, "" for none.
	choice wire.Choice
	// published by others, by publication id.
	published map[string]wire.Publication
	over      bool // events is closed
}

// Join opens a personal link: a client knocks, a counsellor's link takes its seat. It returns when the server has welcomed the
// participant, which is not yet an admission: the *wire.Welcome is the first event. Errors: [*HTTPError] and [*RequestError] for refusals.
func Join(ctx context.Context, link string, o Options) (*Call, error) {
	base, secret, err := credential.ParseLink(link)
	if err != nil {
		return nil, err
	}
	s, err := newServer(base, o)
	if err != nil {
		return nil, err
	}
	e2ee := secret.E2EE()
	return join(ctx, s, entry{s.linkTicket(secret, o.PIN), circle.Secrets{Link: e2ee[:]}}, o)
}

func join(ctx context.Context, s *server, in entry, o Options) (*Call, error) {
	device, err := credential.NewDevice()
	if err != nil {
		return nil, fmt.Errorf("client: making a device key: %w", err)
	}
	return joinAs(ctx, s, in, o, device)
}

func joinAs(ctx context.Context, s *server, in entry, o Options, device credential.Device) (*Call, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	c := &Call{
		server: s, entry: in, options: o.withDefaults(), device: device,
		events: make(chan Event, EventQueue), done: make(chan struct{}),
	}
	if o.Sealed {
		c.sealing = newSealing(device, in.secrets, c.emit)
	}
	k, welcome, err := c.arrive(ctx)
	if err != nil {
		s.rest()
		return nil, err
	}
	c.life, c.end = context.WithCancelCause(context.Background())
	c.media = newMedia(c)
	c.welcomed(k, welcome)
	c.emit(welcome)
	go c.run(k)
	return c, nil
}

// Again joins from the same device with the same link or account, as a second tab does: it takes the seat over. Of the options HTTP is
// the first tab's. What the first tab has stated of others the second does not know of itself, but by those to whom it was told.
func (c *Call) Again(ctx context.Context, o Options) (*Call, error) {
	return joinAs(ctx, c.server, c.entry, o, c.device)
}

// Events gives what happens, in order; [Finished] is the last before the channel is closed.
func (c *Call) Events() <-chan Event { return c.events }

// Participant is the own seat's id. It changes when the line is back with another seat, see [Reconnected].
func (c *Call) Participant() string { c.mu.Lock(); defer c.mu.Unlock(); return c.participant }

// Role is the own role.
func (c *Call) Role() wire.Role { c.mu.Lock(); defer c.mu.Unlock(); return c.role }

// Phase is where in the admission the participant stands.
func (c *Call) Phase() wire.Phase { c.mu.Lock(); defer c.mu.Unlock(); return c.phase }

// Close drops the call without leaving, as a browser that is switched off does, and waits until all of it has ended.
func (c *Call) Close() error {
	c.end(ErrClosed)
	<-c.done
	return nil
}

// DropSocket cuts the websocket, as a lost line does; it is resumed.
func (c *Call) DropSocket() {
	if k := c.line(); k != nil {
		k.cut()
	}
}

// run owns the call until it is over.
func (c *Call) run(k *socket) {
	var parts sync.WaitGroup
	parts.Go(func() { c.media.run(c.life) })
	reason := c.serve(k)
	if c.options.Rogue && c.life.Err() == nil {
		c.finish(reason) // a modified client knows that it is out, and goes on sending
		<-c.life.Done()
	}
	c.end(reason)
	parts.Wait()
	c.sealing.close()
	c.server.rest()
	c.finish(reason)
	close(c.done)
}

// serve reads one socket after another. It gives the reason for which the call is over.
func (c *Call) serve(k *socket) error {
	for {
		var talking sync.WaitGroup
		talking.Go(k.talk)
		if s := c.sealing; s != nil {
			talking.Go(func() { s.letters.deliver(k.gone, k.tell) })
		}
		err := c.listen(k)
		c.mu.Lock()
		c.socket = nil
		c.mu.Unlock()
		k.lost()
		talking.Wait()
		wait, reason := verdict(c.life, err)
		if reason != nil {
			return reason
		}
		c.emit(Reconnecting{})
		if k, err = c.reconnect(wait); err != nil {
			return err
		}
	}
}

// listen reads messages until the socket is lost.
func (c *Call) listen(k *socket) error {
	for {
		m, err := k.read(c.life)
		if err != nil {
			return err
		}
		if m.Body != nil && !k.replied(m) {
			c.happened(k, m.Body)
		}
	}
}

// happened changes the state as an event says and passes it on.
func (c *Call) happened(k *socket, body wire.Body) {
	if c.sealing.happened(body) {
		return
	}
	switch e := body.(type) {
	case *wire.Pong:
		return // it has been heard
	case *wire.Admitted:
		c.sees(e.State)
		c.stands(wire.PhaseIn, e.Resume)
		c.chooseAgain(k)
	case *wire.WasPutBack:
		c.sees(e.State)
		c.media.renew() // the server has ended the connection, even if the next admission comes at once
		c.stands(wire.PhaseWaiting, e.Resume)
	case *wire.Declined:
		c.stands(wire.PhaseDeclined, "")
	case *wire.Token:
		c.mu.Lock()
		c.resume = e.Resume
		c.mu.Unlock()
	case *wire.Publication:
		c.mu.Lock()
		c.published[e.Publication] = *e
		c.mu.Unlock()
	case *wire.PublicationGone:
		c.mu.Lock()
		delete(c.published, e.Publication)
		c.mu.Unlock()
	case *wire.Demand:
		c.media.demanded(e)
	case *wire.Slots:
		c.media.mapped(e)
		// Nothing of the old mapping is attributed any more: the slot may carry the new person.
		k.acknowledge(e.Seq)
	}
	c.emit(body)
}

// sees takes over what others publish from a whole state.
func (c *Call) sees(s wire.State) {
	published := make(map[string]wire.Publication, len(s.Publications))
	for _, p := range s.Publications {
		published[p.Publication] = p
	}
	c.mu.Lock()
	c.published = published
	c.mu.Unlock()
}

// stands notes a new standing; an empty token keeps the one before.
func (c *Call) stands(phase wire.Phase, resume string) {
	c.mu.Lock()
	c.phase = phase
	if resume != "" {
		c.resume = resume
	}
	c.mu.Unlock()
	c.media.enable(phase == wire.PhaseIn && !c.options.NoMedia)
}

// welcomed takes over everything that a sign-on says.
func (c *Call) welcomed(k *socket, w *wire.Welcome) {
	c.sees(w.State)
	if !w.Kept {
		c.media.renew()
	}
	c.mu.Lock()
	c.socket, c.participant, c.role = k, w.Participant, w.Role
	c.mu.Unlock()
	c.sealing.welcomed(w)
	c.stands(w.Phase, w.Resume)
	if w.Phase == wire.PhaseIn {
		c.chooseAgain(k)
	}
}

// chooseAgain says which pictures are wanted to a server that may have forgotten it.
func (c *Call) chooseAgain(k *socket) {
	c.mu.Lock()
	choice := c.choice
	c.mu.Unlock()
	if choice != "" {
		latest(k.choices, choice)
	}
}

func (c *Call) line() *socket { c.mu.Lock(); defer c.mu.Unlock(); return c.socket }

// emit queues an event. When there is no place for it the call is over: a program must be able to rely on having seen everything.
func (c *Call) emit(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.over:
	case len(c.events) == cap(c.events)-1: // the last place is for Finished
		c.end(ErrUnread)
	default:
		c.events <- e
	}
}

// finish says the last word, once.
func (c *Call) finish(reason error) {
	if reason == ErrClosed || reason == ErrLeft {
		reason = nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	c.over = true
	c.events <- Finished{Err: reason}
	close(c.events)
}

// Mapping is whom each receive slot carries now.
func (c *Call) Mapping() map[int]wire.Slot { return maps.Clone(*c.media.mapping.Load()) }
