package client

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/coder/websocket"
	"go.uber.org/goleak"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// The client against a real node is tested in cmd/internal/e2e. Here a desk answers what a test has written down: what a node
// says seldom, or would take long to say. Time is the bubble's.

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// desk is a server that says what a test wants.
type desk struct {
	t       *testing.T
	lines   chan net.Conn
	sockets chan *end

	mu sync.Mutex // guards the following; held while they run
	// ticket answers a request for one; ws answers a websocket's in place of opening it, when it gives a status.
	ticket  func() (status int, body string)
	ws      func() int
	tickets int
}

// set changes what the desk says from now on.
func (d *desk) set(change func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change()
}

// within runs a test in a bubble with a desk.
func within(t *testing.T, test func(t *testing.T, d *desk)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d := &desk{
			t: t, lines: make(chan net.Conn), sockets: make(chan *end, 100),
			ticket: func() (int, string) { return 200, `{"ticket":"ticket"}` }, ws: func() int { return 0 },
		}
		server := &http.Server{Handler: d}
		go func() { _ = server.Serve(d) }()
		defer server.Close()
		test(t, d)
	})
}

// Accept, Close and Addr make the desk a net.Listener.
func (d *desk) Accept() (net.Conn, error) {
	if line, ok := <-d.lines; ok {
		return line, nil
	}
	return nil, io.EOF
}
func (d *desk) Close() error   { close(d.lines); return nil }
func (d *desk) Addr() net.Addr { return &net.TCPAddr{} }

func (d *desk) options() Options {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		here, there := net.Pipe()
		select {
		case d.lines <- there:
			return here, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return Options{HTTP: &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: dial}}, NoMedia: true}
}

func (d *desk) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/api/v1/links/join" {
		d.mu.Lock()
		d.tickets++
		status, body := d.ticket()
		d.mu.Unlock()
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
		return
	}
	d.mu.Lock()
	status := d.ws()
	d.mu.Unlock()
	if status != 0 {
		w.WriteHeader(status)
		return
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		d.t.Error(err)
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(wire.MaxLargeMessage)
	e := &end{t: d.t, ws: ws, said: make(chan wire.Message, 1000), done: make(chan struct{})}
	d.sockets <- e
	e.read()
}

// next is the next socket that is opened.
func (d *desk) next() *end {
	d.t.Helper()
	select {
	case e := <-d.sockets:
		return e
	case <-time.After(time.Minute):
		d.t.Fatal("no socket was opened")
		return nil
	}
}

// end is the server's end of a socket.
type end struct {
	t    *testing.T
	ws   *websocket.Conn
	said chan wire.Message
	done chan struct{} // the client has closed it
}

func (e *end) read() {
	defer close(e.done)
	for {
		_, data, err := e.ws.Read(context.Background())
		if err != nil {
			return
		}
		m, err := wire.DecodeRequest(data)
		if err != nil {
			e.t.Errorf("the client said %s: %v", data, err)
		}
		e.said <- m
	}
}

// hear is the next that the client says.
func (e *end) hear() wire.Message {
	e.t.Helper()
	select {
	case m := <-e.said:
		return m
	case <-time.After(time.Minute):
		e.t.Fatal("the client says nothing")
		return wire.Message{}
	}
}

func (e *end) say(id int32, body wire.Body) {
	e.t.Helper()
	data, err := wire.Encode(wire.Message{ID: id, Body: body})
	if err != nil {
		e.t.Fatal(err)
	}
	e.raw(string(data))
}

func (e *end) raw(data string) {
	e.t.Helper()
	if err := e.ws.Write(context.Background(), websocket.MessageText, []byte(data)); err != nil {
		e.t.Error(err)
	}
}

func (e *end) close(code wire.CloseCode) { _ = e.ws.Close(websocket.StatusCode(code), code.Reason()) }

// welcome hears a hello and answers it.
func (e *end) welcome(phase wire.Phase, resume string, change ...func(*wire.Welcome)) *wire.Hello {
	e.t.Helper()
	m := e.hear()
	hello, ok := m.Body.(*wire.Hello)
	if !ok {
		e.t.Fatalf("the first message is %+v", m)
	}
	w := &wire.Welcome{
		Version: wire.Version, Participant: "p1", Role: wire.RoleClient, Phase: phase, Resume: resume, Nodes: wire.List[string]{},
		State: wire.State{Counsellor: wire.Here},
	}
	for _, f := range change {
		f(w)
	}
	e.say(m.ID, w)
	return hello
}

var link = credential.LinkSecret{1}.Link("http://desk")

// join joins at the desk, which welcomes.
func (d *desk) join() (*Call, *end) {
	d.t.Helper()
	call, e, hello := d.joinWith(d.options(), wire.PhaseWaiting)
	if hello.Ticket != "ticket" || hello.Resume != "" {
		d.t.Errorf("the hello is %+v", hello)
	}
	return call, e
}

func (d *desk) joinWith(o Options, phase wire.Phase, change ...func(*wire.Welcome)) (*Call, *end, *wire.Hello) {
	d.t.Helper()
	type result struct {
		call *Call
		err  error
	}
	joined := make(chan result, 1)
	go func() {
		call, err := Join(d.t.Context(), link, o)
		joined <- result{call, err}
	}()
	e := d.next()
	hello := e.welcome(phase, "resume1", change...)
	r := <-joined
	if r.err != nil {
		d.t.Fatal(r.err)
	}
	return r.call, e, hello
}

// expect reads events until one of a type comes.
func expect[E Event](t *testing.T, c *Call) (e E) {
	t.Helper()
	for {
		select {
		case got, ok := <-c.Events():
			if !ok {
				t.Fatalf("the events ended without %T", e)
			}
			if e, ok := got.(E); ok {
				return e
			}
		case <-time.After(time.Minute):
			t.Fatalf("no %T", e)
		}
	}
}

func finished(t *testing.T, c *Call, want error) {
	t.Helper()
	if err := expect[Finished](t, c).Err; !errors.Is(err, want) {
		t.Errorf("finished with %v, want %v", err, want)
	}
	if _, more := <-c.Events(); more {
		t.Error("something came after the last event")
	}
	_ = c.Close()
}
