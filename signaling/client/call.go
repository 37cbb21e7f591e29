package client

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Call is one seat in one room.
type Call struct {
	server  *server
	tickets ticketSource
	options Options
	device  credential.Device
	events  chan Event
	media   *media
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed when every goroutine has ended

	mu sync.Mutex // guards the following
	// socket is nil while the line is lost.
	socket      *socket
	resume      string
	participant string
	role        wire.Role
	phase       wire.Phase
	// published by others, by publication id.
	published map[string]wire.Publication
	over      bool // events is closed, or about to be
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
	return join(ctx, s, s.linkTicket(secret), o)
}

func join(ctx context.Context, s *server, tickets ticketSource, o Options) (*Call, error) {
	device, err := credential.NewDevice()
	if err != nil {
		return nil, fmt.Errorf("client: making a device key: %w", err)
	}
	return joinAs(ctx, s, tickets, o, device)
}

func joinAs(ctx context.Context, s *server, tickets ticketSource, o Options, device credential.Device) (*Call, error) {
	c := &Call{
		server: s, tickets: tickets, options: o.withDefaults(), device: device,
		events: make(chan Event, EventQueue), done: make(chan struct{}),
	}
	k, welcome, err := c.signOn(ctx, "")
	if err != nil {
		return nil, err
	}
	life, cancel := context.WithCancelCause(context.Background())
	c.cancel = cancel
	c.media = newMedia(c)
	c.welcomed(k, welcome)
	c.emit(welcome)
	go c.run(life, k)
	return c, nil
}

// Again joins from the same device with the same link or account, as a second tab does: it takes the seat over.
func (c *Call) Again(ctx context.Context) (*Call, error) {
	return joinAs(ctx, c.server, c.tickets, c.options, c.device)
}

// signOn opens a socket with the resume token, or with a fresh ticket where that is empty.
func (c *Call) signOn(ctx context.Context, resume string) (*socket, *wire.Welcome, error) {
	ticket := ""
	if resume == "" {
		var err error
		if ticket, err = c.tickets(ctx, c.device.Public()); err != nil {
			return nil, nil, err
		}
	}
	first, err := hello(c.device, c.options, ticket, resume, false)
	if err != nil {
		return nil, nil, err
	}
	return dial(ctx, c.server, first)
}

// Events gives what happens, in order; [Finished] is the last before the channel is closed.
func (c *Call) Events() <-chan Event { return c.events }

// Participant is the own seat's id, Role what it may do.
func (c *Call) Participant() string { c.mu.Lock(); defer c.mu.Unlock(); return c.participant }

// Role is the own role.
func (c *Call) Role() wire.Role { c.mu.Lock(); defer c.mu.Unlock(); return c.role }

// Phase is where in the admission the participant stands.
func (c *Call) Phase() wire.Phase { c.mu.Lock(); defer c.mu.Unlock(); return c.phase }

// Close drops the call without leaving, as a browser that is switched off does, and waits until all of it has ended.
func (c *Call) Close() error {
	c.cancel(ErrClosed)
	<-c.done
	return nil
}

// DropSocket cuts the websocket, as a lost line does; it is resumed.
func (c *Call) DropSocket() {
	c.mu.Lock()
	k := c.socket
	c.mu.Unlock()
	if k != nil {
		k.ws.CloseNow()
	}
}

// run is the owner: it reads one socket after another until the call is over.
func (c *Call) run(ctx context.Context, k *socket) {
	var wg sync.WaitGroup
	wg.Go(func() { c.media.run(ctx) })
	wg.Go(func() { c.keepAlive(ctx) })
	var reason error
	for reason == nil {
		err := c.listen(ctx, k)
		c.mu.Lock()
		c.socket = nil
		c.mu.Unlock()
		k.lost()
		if reason = verdict(ctx, err); reason != nil {
			break
		}
		c.emit(Reconnecting{})
		k, reason = c.reconnect(ctx)
	}
	if c.options.Rogue && !errors.Is(reason, ErrClosed) {
		<-ctx.Done() // a modified client goes on sending
	}
	c.cancel(reason)
	wg.Wait()
	if errors.Is(reason, ErrClosed) || errors.Is(reason, ErrLeft) {
		reason = nil
	}
	c.finish(reason)
	close(c.done)
}

// listen reads messages until the socket is lost.
func (c *Call) listen(ctx context.Context, k *socket) error {
	for {
		m, err := k.read(ctx)
		if err != nil {
			return err
		}
		if m.Body == nil || k.replied(m) {
			continue
		}
		c.happened(k, m.Body)
		if c.unread() {
			return ErrUnread
		}
	}
}

// happened changes the state as an event says and passes it on.
func (c *Call) happened(k *socket, body wire.Body) {
	switch e := body.(type) {
	case *wire.Admitted:
		c.sees(e.State)
		c.set(wire.PhaseIn, e.Resume)
	case *wire.WasPutBack:
		c.sees(e.State)
		c.set(wire.PhaseWaiting, e.Resume)
	case *wire.Declined:
		c.set(wire.PhaseDeclined, "")
	case *wire.Token:
		c.set("", e.Resume)
	case *wire.Publication:
		c.mu.Lock()
		c.published[e.Publication] = *e
		c.mu.Unlock()
	case *wire.PublicationGone:
		c.mu.Lock()
		delete(c.published, e.Publication)
		c.mu.Unlock()
	case *wire.Slots:
		c.media.mapped(e)
		// Nothing of the old mapping is attributed any more: the slot may carry the new person.
		_ = k.write(context.Background(), wire.Message{Body: &wire.SlotsAck{Seq: e.Seq}}) // a failure is the reader's to see
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

func (c *Call) set(phase wire.Phase, resume string) {
	c.mu.Lock()
	if phase != "" {
		c.phase = phase
	}
	if resume != "" {
		c.resume = resume
	}
	c.mu.Unlock()
	if phase != "" {
		c.media.enable(phase == wire.PhaseIn && !c.options.NoMedia)
	}
}

func (c *Call) welcomed(k *socket, w *wire.Welcome) {
	c.mu.Lock()
	c.socket, c.participant, c.role = k, w.Participant, w.Role
	c.mu.Unlock()
	c.sees(w.State)
	if !w.Kept {
		c.media.renew()
	}
	c.set(w.Phase, w.Resume)
}

// reconnect tries until the seat is resumed or the server says that it cannot be.
func (c *Call) reconnect(ctx context.Context) (*socket, error) {
	c.mu.Lock()
	resume := c.resume
	c.mu.Unlock()
	for n := 0; ; n++ {
		attempt, cancel := context.WithTimeout(ctx, wire.LostAfter)
		k, w, err := c.signOn(attempt, resume)
		cancel()
		if err == nil {
			c.welcomed(k, w)
			c.emit(Reconnected{Welcome: w, Kept: w.Kept})
			return k, nil
		}
		var no *RequestError
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case errors.As(err, &no) && no.Code == wire.CodeToken && resume != "":
			resume = "" // too old: the link or account still opens the door to the waiting room
			continue
		case errors.As(err, &no) && no.Code != wire.CodeTooFast && no.Code != wire.CodeUnavailable, refused(err):
			return nil, err
		}
		select {
		case <-time.After(backoff(n)):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}

// verdict tells whether a lost socket ends the call: by what the server said when it closed, or by our own will.
func verdict(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, ErrUnread) || errors.Is(err, ErrProtocol) {
		return err
	}
	switch wire.CloseCode(websocket.CloseStatus(err)) {
	case wire.CloseLeft:
		return ErrLeft
	case wire.CloseRemoved:
		return ErrRemoved
	case wire.CloseEnded:
		return ErrEnded
	case wire.CloseReplaced:
		return ErrReplaced
	case wire.CloseTooLarge, wire.CloseBadMessage:
		return fmt.Errorf("client: the server closed the line: %w", err)
	}
	return nil
}

// keepAlive lets the server hear from us, and us from the server.
func (c *Call) keepAlive(ctx context.Context) {
	ticker := time.NewTicker(wire.PingEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if k := c.line(); k != nil {
				_ = k.write(ctx, wire.Message{Body: &wire.Ping{}}) // a failure is the reader's to see
			}
		}
	}
}

func (c *Call) line() *socket { c.mu.Lock(); defer c.mu.Unlock(); return c.socket }

func (c *Call) emit(e Event) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over {
		return
	}
	// One place is kept for Finished.
	if len(c.events) < cap(c.events)-1 {
		c.events <- e
	}
}

func (c *Call) unread() bool { return len(c.events) >= cap(c.events)-1 }

func (c *Call) finish(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	c.events <- Finished{Err: err}
	close(c.events)
}

// Request sends any request and waits for its reply. Errors: [*RequestError] when the server refused.
func (c *Call) Request(ctx context.Context, body wire.Body) (wire.Message, error) {
	k := c.line()
	if k == nil {
		return wire.Message{}, errLost
	}
	return k.request(ctx, body)
}

// SendRaw writes a text message as it is.
func (c *Call) SendRaw(ctx context.Context, data []byte) error {
	k := c.line()
	if k == nil {
		return errLost
	}
	return k.writeRaw(ctx, data)
}

func (c *Call) do(ctx context.Context, body wire.Body) error {
	_, err := c.Request(ctx, body)
	return err
}

// Leave ends the own presence and waits until all of the call has ended.
func (c *Call) Leave(ctx context.Context) error {
	err := c.do(ctx, &wire.Leave{})
	if errors.Is(err, errLost) {
		err = nil // the server closes the socket when it has heard; the reply may not get through
	}
	c.cancel(ErrLeft)
	<-c.done
	return err
}

// Knock asks again after having been declined.
func (c *Call) Knock(ctx context.Context) error {
	err := c.do(ctx, &wire.Knock{})
	if err == nil {
		c.set(wire.PhaseWaiting, "")
	}
	return err
}

// Self says what of the own sound and picture is switched on.
func (c *Call) Self(ctx context.Context, audio, video bool) error {
	return c.do(ctx, &wire.Self{Audio: audio, Video: video})
}

// View says how large publications are shown.
func (c *Call) View(ctx context.Context, views ...wire.Viewed) error {
	return c.do(ctx, &wire.View{Views: views})
}

// Admit lets a waiting participant in.
func (c *Call) Admit(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.Admit{Participant: participant})
}

// Decline leaves a waiting participant outside.
func (c *Call) Decline(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.Decline{Participant: participant})
}

// PutBack sends a member back to the waiting room.
func (c *Call) PutBack(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.PutBack{Participant: participant})
}

// Remove ends a member's presence and revokes his link.
func (c *Call) Remove(ctx context.Context, participant string) error {
	return c.do(ctx, &wire.Remove{Participant: participant})
}

// Mute switches a member's sound or picture off.
func (c *Call) Mute(ctx context.Context, participant string, kind wire.Kind) error {
	return c.do(ctx, &wire.Mute{Participant: participant, Kind: kind})
}

// MuteAll switches off everybody's sound but that of those who moderate.
func (c *Call) MuteAll(ctx context.Context) error { return c.do(ctx, &wire.MuteAll{}) }

// Hold stops, and lets go on, all forwarding to and from those who do not moderate.
func (c *Call) Hold(ctx context.Context, on bool) error { return c.do(ctx, &wire.Hold{On: on}) }

// End ends the room for all.
func (c *Call) End(ctx context.Context) error {
	err := c.do(ctx, &wire.End{})
	if errors.Is(err, errLost) {
		err = nil // the end reached us before the reply
	}
	return err
}

// Mapping is whom each receive slot carries now.
func (c *Call) Mapping() map[int]wire.Slot { return maps.Clone(*c.media.mapping.Load()) }

// Publications is what others publish now, in no order.
func (c *Call) Publications() []wire.Publication {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Collect(maps.Values(c.published))
}
