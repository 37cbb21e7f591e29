package conn

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pair is a connection under test and the peer at its other end.
type pair struct {
	*Conn
	peer  *websocket.Conn
	code  chan wire.CloseCode // what Serve gave
	heard atomic.Int64        // signs of life
}

// connect serves one connection; receive gets what the peer sends.
func connect(t *testing.T, receive func(*Conn, []byte)) *pair {
	t.Helper()
	p := &pair{code: make(chan wire.CloseCode, 1)}
	accepted := make(chan *Conn, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		accepted <- c
		p.code <- c.Serve(func(data []byte) { receive(c, data) }, func() {})
	}))
	peer, _, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{CompressionMode: websocket.CompressionNoContextTakeover})
	if err != nil {
		t.Fatal(err)
	}
	peer.SetReadLimit(-1)
	t.Cleanup(func() {
		_ = peer.CloseNow()
		server.Close()
		http.DefaultClient.CloseIdleConnections()
	})
	p.Conn, p.peer = <-accepted, peer
	return p
}

func nothing(*Conn, []byte) {}

func (p *pair) write(t *testing.T, data string) {
	t.Helper()
	if err := p.peer.Write(t.Context(), websocket.MessageText, []byte(data)); err != nil {
		t.Fatal(err)
	}
}

func (p *pair) read(t *testing.T) string {
	t.Helper()
	_, data, err := p.peer.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// closed reads until the end and checks which end it was, at both ends.
func (p *pair) closed(t *testing.T, want wire.CloseCode) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for {
		_, _, err := p.peer.Read(ctx)
		if err == nil {
			continue
		}
		var end websocket.CloseError
		if !errors.As(err, &end) || end.Code != websocket.StatusCode(want) || end.Reason != want.Reason() {
			t.Fatalf("the peer got %v, want %d %q", err, want, want.Reason())
		}
		break
	}
	p.served(t, want)
}

func (p *pair) served(t *testing.T, want wire.CloseCode) {
	t.Helper()
	select {
	case got := <-p.code:
		if got != want {
			t.Fatalf("Serve gave %d, want %d", got, want)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("Serve does not return")
	}
}

func TestMessagesInOrder(t *testing.T) {
	p := connect(t, func(c *Conn, data []byte) { c.Send(data) })
	large := strings.Repeat("large enough to be compressed ", 1_000)
	for _, size := range []int{1, 100, wire.CompressAbove, len(large)} {
		p.write(t, large[:size])
	}
	for _, size := range []int{1, 100, wire.CompressAbove, len(large)} {
		if got := p.read(t); got != large[:size] {
			t.Fatalf("got %d bytes, want %d", len(got), size)
		}
	}
	_ = p.peer.Close(websocket.StatusNormalClosure, "")
	p.served(t, 0)
}

// A page that goes says so, by its own or the browser's code; a network does not, and nor does an echo of this side's goodbye.
func TestParted(t *testing.T) {
	for what, c := range map[string]struct {
		end    func(p *pair)
		parted bool
		code   wire.CloseCode
	}{
		"by the page":    {func(p *pair) { _ = p.peer.Close(websocket.StatusNormalClosure, "") }, true, 0},
		"by the browser": {func(p *pair) { _ = p.peer.Close(websocket.StatusGoingAway, "") }, true, 0},
		"without a word": {func(p *pair) { _ = p.peer.CloseNow() }, false, 0},
		"a line of which a page thinks that it is dead": {func(p *pair) { _ = p.peer.Close(websocket.StatusNoStatusRcvd, "") }, false, 0},
		"by this side": {func(p *pair) {
			p.Close(wire.CloseGoingAway)
			p.peer.CloseRead(context.Background())
		}, false, wire.CloseGoingAway},
	} {
		t.Run(what, func(t *testing.T) {
			p := connect(t, nothing)
			c.end(p)
			p.served(t, c.code)
			if p.Parted() != c.parted {
				t.Errorf("parted: %v", p.Parted())
			}
		})
	}
}

func TestCloseComesAfterWhatWasSent(t *testing.T) {
	p := connect(t, nothing)
	for i := range 100 {
		p.Send(fmt.Append(nil, i))
	}
	p.Close(wire.CloseEnded)
	p.Close(wire.CloseReplaced) // the first stays
	p.Send([]byte("too late"))
	for i := range 100 {
		if got := p.read(t); got != fmt.Sprint(i) {
			t.Fatalf("got %s, want %d", got, i)
		}
	}
	p.closed(t, wire.CloseEnded)
}

// A peer that does not read fills the kernel's buffers, then the outbox: it alone is cut.
func TestSlowReader(t *testing.T) {
	p := connect(t, nothing)
	other := connect(t, nothing)
	message := bytes.Repeat([]byte{'x', 'y', 'z', '0', '\n'}, 1_000)
	start := time.Now()
	for range 10 * wire.OutboxBytes / len(message) {
		p.Send(message)
	}
	if took := time.Since(start); took > time.Second {
		t.Errorf("sending to a slow reader took %v", took)
	}
	other.Send([]byte("still here"))
	if got := other.read(t); got != "still here" {
		t.Errorf("got %q", got)
	}
	p.closed(t, wire.CloseTooSlow)
	_ = other.peer.CloseNow()
	other.served(t, 0)
}

// What is offered takes a quarter of the outbox at most, and never ends it.
func TestOffered(t *testing.T) {
	for size, most := range map[int]int{1: wire.OutboxMessages / 4, wire.OutboxBytes / 8: 2} {
		o := outbox{start: func() {}}
		taken := 0
		for range wire.OutboxMessages {
			if o.offer(make([]byte, size)) {
				taken++
			}
		}
		if _, ended := o.closing(); taken != most || ended {
			t.Errorf("of %d bytes each %d are taken, want %d; ended: %v", size, taken, most, ended)
		}
		if !o.put([]byte("x")) {
			t.Errorf("nothing fits beside it")
		}
		for data, _, _ := o.next(); data != nil; data, _, _ = o.next() {
		}
		if !o.offer([]byte("x")) {
			t.Error("not taken when there is room again")
		}
		o.end(wire.CloseEnded)
		if o.offer([]byte("x")) {
			t.Error("taken after the end")
		}
	}
}

func TestManySmallMessagesFillTheOutbox(t *testing.T) {
	o := outbox{start: func() {}}
	for range wire.OutboxMessages {
		if !o.put([]byte("x")) {
			t.Fatal("full too early")
		}
	}
	if o.put([]byte("x")) {
		t.Fatal("never full")
	}
	if data, code, ended := o.next(); data != nil || !ended || code != wire.CloseTooSlow {
		t.Errorf("got %q, %d, %v; want the end at once", data, code, ended)
	}
}

// A peer that neither reads nor answers the close frame holds nothing longer than closeWait.
func TestPeerThatIgnoresTheEnd(t *testing.T) {
	p := connect(t, nothing)
	for range 10 * wire.OutboxBytes / 1000 {
		p.Send(bytes.Repeat([]byte("x"), 1000))
	}
	start := time.Now()
	p.served(t, wire.CloseTooSlow)
	if took := time.Since(start); took > closeWait+2*time.Second {
		t.Errorf("took %v", took)
	}
}

func TestFlood(t *testing.T) {
	var received atomic.Int64
	p := connect(t, func(*Conn, []byte) { received.Add(1) })
	for range 10 * wire.SealedBurst {
		if err := p.peer.Write(t.Context(), websocket.MessageText, []byte("x")); err != nil {
			break
		}
	}
	p.closed(t, wire.CloseTooFast)
	if n := received.Load(); n < wire.SealedBurst || n > wire.SealedBurst+2*wire.SealedPerSecond {
		t.Errorf("%d messages were taken", n)
	}
}

// Pings are answered by the library before anybody counts messages: they count too.
func TestFloodOfPings(t *testing.T) {
	ended := make(chan wire.CloseCode, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		ended <- c.Serve(func([]byte) {}, func() {})
	}))
	defer server.Close()
	raw, err := net.Dial("tcp", server.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer raw.Close()
	_, err = io.WriteString(raw, "GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n")
	if err != nil {
		t.Fatal(err)
	}
	ping := []byte{0x89, 0x80, 0, 0, 0, 0} // masked, empty; RFC 6455 section 5.5.2
	if _, err := raw.Write(bytes.Repeat(ping, 10*wire.SealedBurst)); err != nil {
		t.Fatal(err)
	}
	select {
	case got := <-ended:
		if got != wire.CloseTooFast {
			t.Errorf("closed with %d", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("a flood of pings goes on")
	}
}

func TestRefusedMessages(t *testing.T) {
	p := connect(t, func(c *Conn, _ []byte) { c.Refused(); c.Send([]byte("no")) })
	for range wire.RefusedPerMin {
		p.write(t, "?")
		p.read(t)
	}
	p.write(t, "?")
	p.closed(t, wire.CloseBadMessage)
}

func TestBinaryIsRefused(t *testing.T) {
	p := connect(t, func(*Conn, []byte) { t.Error("received it") })
	if err := p.peer.Write(t.Context(), websocket.MessageBinary, []byte("x")); err != nil {
		t.Fatal(err)
	}
	p.closed(t, wire.CloseBadMessage)
}

func TestReadLimit(t *testing.T) {
	for name, test := range map[string]struct {
		size  int
		large bool
		want  bool
	}{
		"before sign-on":           {wire.MaxMessage, false, true},
		"before sign-on, too much": {wire.MaxMessage + 1, false, false},
		"after":                    {wire.MaxLargeMessage, true, true},
		"after, too much":          {wire.MaxLargeMessage + 1, true, false},
		"a thousandfold":           {100 * wire.MaxLargeMessage, true, false}, // compressed it is small
	} {
		t.Run(name, func(t *testing.T) {
			got := make(chan int, 1)
			p := connect(t, func(_ *Conn, data []byte) { got <- len(data) })
			if test.large {
				p.TakeLarge()
			}
			if err := p.peer.Write(t.Context(), websocket.MessageText, make([]byte, test.size)); err != nil && test.want {
				t.Fatal(err)
			}
			if !test.want {
				p.closed(t, wire.CloseTooLarge)
				if len(got) > 0 {
					t.Error("received it")
				}
				return
			}
			if n := <-got; n != test.size {
				t.Errorf("got %d bytes", n)
			}
		})
	}
}

func TestOtherOrigin(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, err := Accept(w, r, []string{"https://ours.example"}); err == nil {
			c.Close(wire.CloseLeft)
			c.Serve(nil, func() {})
		}
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	for origin, want := range map[string]int{
		"":                            http.StatusSwitchingProtocols,
		server.URL:                    http.StatusSwitchingProtocols,
		"https://ours.example":        http.StatusSwitchingProtocols,
		"http://ours.example":         http.StatusForbidden,
		"https://theirs.example":      http.StatusForbidden,
		"https://ours.example.theirs": http.StatusForbidden,
		"null":                        http.StatusForbidden,
	} {
		header := http.Header{}
		if origin != "" {
			header.Set("Origin", origin)
		}
		ws, resp, err := websocket.Dial(t.Context(), server.URL, &websocket.DialOptions{HTTPHeader: header})
		if resp == nil || resp.StatusCode != want {
			t.Errorf("origin %q: got %v, %v; want %d", origin, resp, err, want)
		}
		if ws != nil {
			_ = ws.CloseNow()
		}
	}
}

func TestPanicEndsTheConnectionAlone(t *testing.T) {
	ended := make(chan any, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() { ended <- recover() }()
		c, err := Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		c.Serve(func([]byte) { panic("a fault of ours") }, func() {})
	}))
	defer server.Close()
	defer http.DefaultClient.CloseIdleConnections()
	peer, _, err := websocket.Dial(t.Context(), server.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer peer.CloseNow()
	if err := peer.Write(t.Context(), websocket.MessageText, []byte("x")); err != nil {
		t.Fatal(err)
	}
	if _, _, err := peer.Read(t.Context()); err == nil {
		t.Error("the connection lives on")
	}
	if got := <-ended; got == nil {
		t.Error("the panic was swallowed")
	}
}

// pipeListener accepts connections that have no socket, so that time can be the test's.
type pipeListener struct {
	conns chan net.Conn
	done  chan struct{}
}

func (l *pipeListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}
func (l *pipeListener) Close() error   { close(l.done); return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }
func (l *pipeListener) dial(context.Context, string, string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	l.conns <- theirs
	return ours, nil
}

// connectInBubble is connect without sockets, for use within synctest.
func connectInBubble(t *testing.T) *pair {
	p := &pair{code: make(chan wire.CloseCode, 1)}
	accepted := make(chan *Conn, 1)
	l := &pipeListener{make(chan net.Conn), make(chan struct{})}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c, err := Accept(w, r, nil)
		if err != nil {
			t.Error(err)
			return
		}
		accepted <- c
		p.code <- c.Serve(func([]byte) {}, func() { p.heard.Add(1) })
	})}
	go server.Serve(l)
	client := &http.Client{Transport: &http.Transport{DialContext: l.dial}}
	peer, _, err := websocket.Dial(t.Context(), "http://pipe", &websocket.DialOptions{HTTPClient: client})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = peer.CloseNow()
		_ = server.Close()
		client.CloseIdleConnections()
	})
	p.Conn, p.peer = <-accepted, peer
	return p
}

func TestHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connectInBubble(t)
		answering := p.peer.CloseRead(t.Context())
		p.PingEvery(time.Second)
		before := p.heard.Load()
		time.Sleep(time.Minute + time.Second/2)
		if n := p.heard.Load() - before; n != 60 {
			t.Errorf("heard %d times in a minute, want every second", n)
		}
		if answering.Err() != nil {
			t.Fatal("closed though it answers")
		}
		_ = p.peer.CloseNow()
		p.served(t, 0)
	})
}

func TestDeadPeerIsNoticed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := connectInBubble(t)
		start := time.Now()
		<-p.code // the peer never reads, and so answers no ping
		if took := time.Since(start); took > wire.PingEvery+wire.LostAfter {
			t.Errorf("noticed after %v", took)
		}
		if n := p.heard.Load(); n != 0 {
			t.Errorf("heard %d times from a dead peer", n)
		}
	})
}
