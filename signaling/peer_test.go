package signaling_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"net"
	"net/http"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// patience is how long a test waits for what must come.
const patience = 5 * time.Second

// device is what a page keeps in its tab.
type device struct {
	key    *ecdsa.PrivateKey
	public token.Device
}

func newDevice(t *testing.T) *device {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	raw, err := key.PublicKey.Bytes()
	must(t, err)
	return &device{key, token.Device(raw)}
}

func (d *device) prove(t *testing.T, held string) []byte {
	t.Helper()
	digest := sha256.Sum256([]byte(token.ProofPrefix + held))
	r, s, err := ecdsa.Sign(rand.Reader, d.key, digest[:])
	must(t, err)
	proof := make([]byte, 64)
	r.FillBytes(proof[:32])
	s.FillBytes(proof[32:])
	return proof
}

// peer is one page with its socket. What came is kept until a test asks for it.
type peer struct {
	t      *testing.T
	h      *house
	device *device
	ws     *websocket.Conn
	line   *line
	self   *wire.Welcome
	resume string // the newest token
	ids    int32

	mu   sync.Mutex // guards the following
	seen []wire.Message
	err  error         // why reading ended
	more chan struct{} // closed and made anew when something came
	done chan struct{}
}

// dial opens a socket without signing on.
func (h *house) dial(d *device) *peer {
	h.t.Helper()
	p, err := h.tryDial(d, nil)
	must(h.t, err)
	return p
}

func (h *house) tryDial(d *device, header http.Header) (*peer, error) {
	var l *line
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			var err error
			l, err = h.dialLine(ctx, network, address)
			return l, err
		},
	}}
	ws, _, err := websocket.Dial(h.t.Context(), h.url, &websocket.DialOptions{
		HTTPClient: client, HTTPHeader: header, CompressionMode: websocket.CompressionNoContextTakeover,
	})
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(wire.MaxLargeMessage)
	p := &peer{t: h.t, h: h, device: d, ws: ws, line: l, more: make(chan struct{}), done: make(chan struct{})}
	go p.read()
	h.t.Cleanup(p.drop)
	return p, nil
}

func (p *peer) read() {
	defer close(p.done)
	var seq uint64
	for {
		_, data, err := p.ws.Read(context.Background())
		var m wire.Message
		if err == nil {
			m, err = wire.DecodeUpdate(data)
		}
		if err == nil && m.Seq != 0 {
			if seq++; m.Seq != seq {
				err = errors.New("an event is missing")
			}
		}
		p.mu.Lock()
		if err == nil {
			p.seen = append(p.seen, m)
		}
		p.err = err
		close(p.more)
		p.more = make(chan struct{})
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// drop loses the socket as a network does.
func (p *peer) drop() {
	_ = p.ws.CloseNow()
	<-p.done
}

func (p *peer) raw(data string) {
	p.t.Helper()
	must(p.t, p.ws.Write(p.t.Context(), websocket.MessageText, []byte(data)))
}

// say sends a request without an id.
func (p *peer) say(b wire.Body) {
	p.t.Helper()
	p.put(wire.Message{Body: b})
}

func (p *peer) put(m wire.Message) {
	p.t.Helper()
	data, err := wire.Encode(m)
	must(p.t, err)
	p.raw(string(data))
}

// take waits for the first message that is wanted, and forgets it and nothing else. nil when the socket ended or patience did.
func (p *peer) take(is func(wire.Message) bool) *wire.Message {
	timeout := time.After(patience)
	for {
		p.mu.Lock()
		i := slices.IndexFunc(p.seen, is)
		if i >= 0 {
			m := p.seen[i]
			p.seen = slices.Delete(p.seen, i, i+1)
			p.mu.Unlock()
			return &m
		}
		more, err := p.more, p.err
		p.mu.Unlock()
		if err != nil {
			return nil
		}
		select {
		case <-more:
		case <-timeout:
			return nil
		}
	}
}

// ask sends a request and gives the reply.
func (p *peer) ask(b wire.Body) wire.Body {
	p.t.Helper()
	p.ids++
	id := p.ids
	p.put(wire.Message{ID: id, Body: b})
	m := p.take(func(m wire.Message) bool { return m.ID == id })
	if m == nil {
		p.t.Fatalf("no reply to %s: %v; seen %v", b.Type(), p.why(), p.types())
	}
	return m.Body
}

// ok sends a request that must be done.
func (p *peer) ok(b wire.Body) {
	p.t.Helper()
	if got, ok := p.ask(b).(*wire.OK); !ok {
		p.t.Fatalf("%s: got %#v", b.Type(), got)
	}
}

// refused sends a request that must be refused.
func (p *peer) refused(b wire.Body, want wire.Code) {
	p.t.Helper()
	if got := p.code(b); got != want {
		p.t.Errorf("%s: got %q, want %q", b.Type(), got, want)
	}
}

// code gives the code that a request is refused with, "" when it is not.
func (p *peer) code(b wire.Body) wire.Code {
	p.t.Helper()
	if e, ok := p.ask(b).(*wire.Error); ok {
		return e.Code
	}
	return ""
}

// expect waits for an event of this type.
func expect[T wire.Body](p *peer) T {
	p.t.Helper()
	return expectThat(p, func(T) bool { return true })
}

// expectThat waits for an event of this type for which something is so.
func expectThat[T wire.Body](p *peer, is func(T) bool) T {
	p.t.Helper()
	m := p.take(func(m wire.Message) bool {
		b, ok := m.Body.(T)
		return ok && m.ID == 0 && is(b)
	})
	if m == nil {
		var want T
		p.t.Fatalf("no %T came: %v; seen %v", want, p.why(), p.types())
	}
	return m.Body.(T)
}

// none checks that no event of this type has come, after everything that was asked for until now is done.
func none[T wire.Body](p *peer) {
	p.t.Helper()
	p.settle()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.seen {
		if b, ok := m.Body.(T); ok {
			p.t.Errorf("%T came: %+v", b, b)
		}
	}
}

// settle waits until the room has done what was asked of it so far: a knock is refused by the room, to who does not have to.
func (p *peer) settle() {
	p.t.Helper()
	p.refused(&wire.Knock{}, wire.CodeWrongState)
}

// forget forgets what was seen.
func (p *peer) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.seen = nil
}

// closed waits for the end and checks its code and reason.
func (p *peer) closed(want wire.CloseCode, or ...wire.CloseCode) {
	p.t.Helper()
	select {
	case <-p.done:
	case <-time.After(2 * patience):
		p.t.Fatalf("the socket stays open, want %d; seen %v", want, p.types())
	}
	var end websocket.CloseError
	err := p.why()
	errors.As(err, &end)
	for _, code := range append(or, want) {
		if end.Code == websocket.StatusCode(code) && end.Reason == code.Reason() {
			return
		}
	}
	p.t.Errorf("closed by %v, want %d %q", err, want, want.Reason())
}

func (p *peer) why() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

func (p *peer) types() (types []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range p.seen {
		types = append(types, m.Body.Type())
	}
	return types
}

// hello is what a page says first.
func hello() *wire.Hello {
	return &wire.Hello{Version: wire.Version, Lang: "de", Device: wire.Phone, Media: wire.MediaAV, Consent: wire.Bytes("hash")}
}

// join arrives with a fresh ticket.
func (h *house) join(who any, d *device) *peer {
	h.t.Helper()
	p := h.dial(d)
	p.signOn(h.ticketFor(who, d))
	return p
}

// signOn says hello with a ticket.
func (p *peer) signOn(ticket string) {
	p.t.Helper()
	m := hello()
	m.Ticket, m.Proof = ticket, p.device.prove(p.t, ticket)
	p.welcomed(p.ask(m))
}

func (p *peer) welcomed(b wire.Body) {
	p.t.Helper()
	w, ok := b.(*wire.Welcome)
	if !ok {
		p.t.Fatalf("not welcome: %#v", b)
	}
	p.self, p.resume = w, w.Resume
}

// comeBack resumes on a new socket with the newest token.
func (p *peer) comeBack(fresh bool) *peer {
	p.t.Helper()
	q := p.h.dial(p.device)
	q.welcomed(q.ask(p.resumption(fresh)))
	return q
}

func (p *peer) resumption(fresh bool) *wire.Hello {
	m := hello()
	m.Resume, m.Proof, m.Fresh = p.resume, p.device.prove(p.t, p.resume), fresh
	return m
}

func (p *peer) id() string { return p.self.Participant }

// counsel signs the counsellor on, who is in at once.
func (h *house) counsel() *peer {
	h.t.Helper()
	p := h.join(h.counsellor, newDevice(h.t))
	if p.self.Phase != wire.PhaseIn {
		h.t.Fatalf("the counsellor is %s", p.self.Phase)
	}
	return p
}

// admit lets somebody in who waits.
func (p *peer) admit(who *peer) {
	p.t.Helper()
	p.ok(&wire.Admit{Participant: who.id()})
	who.resume = expect[*wire.Admitted](who).Resume
}

// call is a counsellor with one client who was let in.
func (h *house) call() (counsellor, anna *peer) {
	h.t.Helper()
	counsellor = h.counsel()
	anna = h.join("anna", newDevice(h.t))
	counsellor.admit(anna)
	return counsellor, anna
}

func equal[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// line is the network connection of a peer, which a test can freeze.
type line struct {
	net.Conn
	frozen atomic.Bool
	gone   chan struct{}
	close  func()
}

func (h *house) dialLine(ctx context.Context, network, address string) (*line, error) {
	c, err := h.connect(ctx, network, address)
	if err != nil {
		return nil, err
	}
	l := &line{Conn: c, gone: make(chan struct{})}
	l.close = sync.OnceFunc(func() { close(l.gone) })
	return l, nil
}

func (l *line) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	if l.frozen.Load() {
		<-l.gone
		return 0, net.ErrClosed
	}
	return n, err
}

func (l *line) Close() error {
	l.close()
	return l.Conn.Close()
}

// freeze stops the page without closing its socket: it reads nothing more, and so answers no ping.
func (p *peer) freeze() { p.line.frozen.Store(true) }
