package client

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/coder/websocket"
	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// writeWithin is how long a message may take to go out, before the line counts as lost.
const writeWithin = 5 * time.Second

// The pace that is kept to, below what the server takes: a burst waits here instead of losing the line.
const (
	messagesPerSecond = wire.RatePerSecond * 5 / 6
	messagesAtOnce    = wire.RateBurst * 5 / 6
	// sealedPerSecond and sealedAtOnce are those of sealed messages, which the server counts by themselves.
	sealedPerSecond = wire.SealedPerSecond * 2 / 3
	sealedAtOnce    = wire.SealedBurst * 2 / 3
)

// socket is one websocket that is signed on. It carries requests and their replies; events go to whoever reads.
type socket struct {
	ws   *websocket.Conn
	pace *rate.Limiter
	// sealed is the pace of sealed messages.
	sealed *rate.Limiter
	gone   context.Context
	end    context.CancelFunc

	// What talk is to say, of each kind the latest alone.
	slots   chan uint64 // the mapping to be acknowledged
	choices chan wire.Choice

	mu sync.Mutex // guards the following
	// next is the id of the next request, pending who waits for a reply; nil when the socket is lost.
	next    int32
	pending map[int32]chan wire.Message
}

// dial opens a websocket and signs on with what hello says. Errors: [*HTTPError] and [*RequestError] when the server refused.
func dial(ctx context.Context, s *server, hello *wire.Hello) (*socket, *wire.Welcome, error) {
	address := "ws" + strings.TrimPrefix(s.base, "http") + "/ws"
	// Compression is asked for as the protocol allows it: session descriptions shrink to a tenth.
	ws, answer, err := websocket.Dial(ctx, address, &websocket.DialOptions{
		HTTPClient:      &http.Client{Transport: s.http.Transport},
		CompressionMode: websocket.CompressionNoContextTakeover, CompressionThreshold: wire.CompressAbove,
	})
	if err != nil {
		if answer != nil && answer.StatusCode >= 300 {
			err = &HTTPError{Status: answer.StatusCode}
		}
		return nil, nil, fmt.Errorf("client: opening the websocket: %w", err)
	}
	ws.SetReadLimit(wire.MaxLargeMessage)
	k := &socket{
		ws: ws, next: 2, pending: map[int32]chan wire.Message{},
		pace: rate.NewLimiter(messagesPerSecond, messagesAtOnce), sealed: rate.NewLimiter(sealedPerSecond, sealedAtOnce), slots: make(chan uint64, 1), choices: make(chan wire.Choice, 1),
	}
	k.gone, k.end = context.WithCancel(context.Background())
	welcome, err := k.signOn(ctx, hello)
	if err != nil {
		k.lost()
		return nil, nil, err
	}
	return k, welcome, nil
}

func (k *socket) signOn(ctx context.Context, hello *wire.Hello) (*wire.Welcome, error) {
	if err := k.write(ctx, wire.Message{ID: 1, Body: hello}); err != nil {
		return nil, err
	}
	m, err := k.read(ctx)
	if err != nil {
		return nil, err
	}
	switch body := m.Body.(type) {
	case *wire.Welcome:
		return body, nil
	case *wire.Error:
		return nil, &RequestError{body.Code}
	}
	return nil, fmt.Errorf("%w: hello was answered with something else", ErrProtocol)
}

// hello makes the first message for a ticket or a resume token, with the device's proof.
func hello(device credential.Device, o Options, ticket, resume string) (*wire.Hello, error) {
	proof, err := device.Prove(ticket + resume) // one of them is empty
	if err != nil {
		return nil, fmt.Errorf("client: signing the hello: %w", err)
	}
	consent := sha256.Sum256([]byte("a program takes part")) // it was shown no text
	return &wire.Hello{
		Version: wire.Version, Ticket: ticket, Resume: resume, Proof: proof,
		Lang: o.Lang, Device: o.Device, Media: o.Media, Consent: consent[:], Identity: o.Identity,
	}, nil
}

// talk says what is said of itself: it lets the server hear from us, and us from the server, acknowledges mappings, and says again which
// pictures are wanted. It ends with the socket.
func (k *socket) talk() {
	ticker := time.NewTicker(wire.PingEvery)
	defer ticker.Stop()
	for {
		var say wire.Body
		select {
		case <-k.gone.Done():
			return
		case <-ticker.C:
			say = &wire.Ping{}
		case seq := <-k.slots:
			say = &wire.SlotsAck{Seq: seq}
		case choice := <-k.choices:
			say = &wire.Quality{Choice: choice}
		}
		_ = k.write(k.gone, wire.Message{Body: say}) // a failure is the reader's to see
	}
}

// acknowledge says that every mapping up to this one is applied; of several that wait the last is enough. The reader alone calls it.
func (k *socket) acknowledge(seq uint64) { latest(k.slots, seq) }

// latest puts v into a channel for one, in place of what nobody has taken. There is one who puts.
func latest[T any](to chan T, v T) {
	select {
	case <-to:
	default:
	}
	to <- v
}

// write sends a message at the pace that the server takes.
func (k *socket) write(ctx context.Context, m wire.Message) error {
	data, err := encode(m)
	if err != nil {
		return err
	}
	pace := k.pace
	if _, sealed := m.Body.(*wire.SendSealed); sealed {
		pace = k.sealed
	}
	return k.paced(ctx, pace, data)
}

func encode(m wire.Message) ([]byte, error) {
	data, err := wire.Encode(m)
	if err != nil {
		return nil, fmt.Errorf("client: encoding %s: %w", m.Body.Type(), err)
	}
	return data, nil
}

func (k *socket) paced(ctx context.Context, pace *rate.Limiter, data []byte) error {
	if err := pace.Wait(ctx); err != nil {
		if ctx.Err() == nil {
			err = context.DeadlineExceeded // as it will be
		}
		return fmt.Errorf("client: keeping to the pace: %w", err)
	}
	return k.writeRaw(ctx, data)
}

// writeRaw sends bytes as they are. Errors: [ErrLost], when the line is lost and the reader may not have seen it yet, and the context's.
func (k *socket) writeRaw(ctx context.Context, data []byte) error {
	soon, cancel := context.WithTimeout(ctx, writeWithin)
	defer cancel()
	if err := k.ws.Write(soon, websocket.MessageText, data); err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return fmt.Errorf("%w: %w", ErrLost, err)
	}
	return nil
}

// read waits for the next message, at most [wire.LostAfter].
func (k *socket) read(ctx context.Context) (wire.Message, error) {
	ctx, cancel := context.WithTimeout(ctx, wire.LostAfter)
	defer cancel()
	_, data, err := k.ws.Read(ctx)
	if err != nil {
		return wire.Message{}, fmt.Errorf("client: reading from the websocket: %w", err)
	}
	m, err := wire.DecodeUpdate(data)
	if errors.Is(err, wire.ErrUnknownType) {
		return wire.Message{}, nil // a newer server's event; Body is nil
	}
	if err != nil {
		return wire.Message{}, fmt.Errorf("%w: %w", ErrProtocol, err)
	}
	return m, nil
}

// tell sends a request whose reply nobody waits for.
func (k *socket) tell(ctx context.Context, body wire.Body) error {
	k.mu.Lock()
	id := k.next
	k.next++
	k.mu.Unlock()
	return k.write(ctx, wire.Message{ID: id, Body: body})
}

// request sends a request and waits for its reply.
func (k *socket) request(ctx context.Context, body wire.Body) (wire.Message, error) {
	reply := make(chan wire.Message, 1)
	k.mu.Lock()
	if k.pending == nil {
		k.mu.Unlock()
		return wire.Message{}, ErrLost
	}
	id := k.next
	k.next++
	k.pending[id] = reply
	k.mu.Unlock()
	defer func() {
		k.mu.Lock()
		delete(k.pending, id)
		k.mu.Unlock()
	}()
	data, err := encode(wire.Message{ID: id, Body: body})
	if err != nil {
		return wire.Message{}, err
	}
	if err := k.paced(ctx, k.pace, data); err != nil {
		return wire.Message{}, err
	}
	select {
	case m, ok := <-reply:
		if !ok {
			return wire.Message{}, ErrLost
		}
		if refusal, ok := m.Body.(*wire.Error); ok {
			return m, &RequestError{refusal.Code}
		}
		return m, nil
	case <-ctx.Done():
		return wire.Message{}, ctx.Err()
	}
}

// replied hands a reply to whoever asked; false for a message that is none.
func (k *socket) replied(m wire.Message) bool {
	if m.ID == 0 {
		return false
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if reply, ok := k.pending[m.ID]; ok {
		reply <- m // has room for the one reply
		delete(k.pending, m.ID)
	}
	return true
}

// cut ends the socket without a word.
func (k *socket) cut() { _ = k.ws.CloseNow() } // it says that it was closed before, and nothing else can fail

// lost fails everybody who waits for a reply, now and later.
func (k *socket) lost() {
	k.cut()
	k.end()
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, reply := range k.pending {
		close(reply)
	}
	k.pending = nil
}
