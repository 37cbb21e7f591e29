package ingress

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// listen opens a real port.
func listen(t *testing.T, c *tls.Config) *port {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	p := serve(l, c)
	t.Cleanup(func() { p.end(t) })
	return p
}

func (p *port) dial(t *testing.T) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", p.listener.Addr().String())
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	must(t, c.SetDeadline(time.Now().Add(sayWithin/2)))
	return c
}

func (p *port) dialTLS(t *testing.T, protocols ...string) *tls.Conn {
	t.Helper()
	c := tls.Client(p.dial(t), trusting(protocols...))
	must(t, c.Handshake())
	return c
}

// comes takes the next connection of a kind, which must come with what was said and be answered.
func (p *port) comes(t *testing.T, is kind, client net.Conn, said []byte) net.Conn {
	t.Helper()
	late := time.AfterFunc(sayWithin/2, func() { _ = p.outlet(is).Close() })
	defer late.Stop()
	c, err := p.outlet(is).Accept()
	must(t, err)
	t.Cleanup(func() { _ = c.Close() })
	got := make([]byte, len(said))
	if _, err := io.ReadFull(c, got); err != nil || string(got) != string(said) {
		t.Fatalf("%q came (%v), %q was said", got, err, said)
	}
	_, err = c.Write([]byte("answer"))
	must(t, err)
	answer := make([]byte, len("answer"))
	if _, err := io.ReadFull(client, answer); err != nil || string(answer) != "answer" {
		t.Fatalf("%q was answered (%v)", answer, err)
	}
	return c
}

var kinds = map[string]struct {
	is   kind
	said []byte
}{"pages": {isHTTP, saysHTTP}, "TURN": {isTURN, saysTURN}, "ICE": {isICE, saysICE}}

func TestKindsAreToldApartWithoutTLS(t *testing.T) {
	for name, c := range kinds {
		t.Run(name, func(t *testing.T) {
			p := listen(t, nil)
			client := p.dial(t)
			_, err := client.Write(c.said)
			must(t, err)
			p.comes(t, c.is, client, c.said)
		})
	}
}

// The port with TLS takes TURN and ICE without it too: a browser that is told of ICE over TCP knows no TLS there.
func TestKindsAreToldApartOnAPortWithTLS(t *testing.T) {
	for name, c := range kinds {
		if c.is != isHTTP {
			t.Run(name+" without TLS", func(t *testing.T) {
				p := listen(t, certificate(t))
				client := p.dial(t)
				_, err := client.Write(c.said)
				must(t, err)
				p.comes(t, c.is, client, c.said)
			})
		}
		t.Run(name+" without ALPN", func(t *testing.T) {
			p := listen(t, certificate(t))
			client := p.dialTLS(t)
			_, err := client.Write(c.said)
			must(t, err)
			p.comes(t, c.is, client, c.said)
		})
	}
}

// What ALPN says is believed, before anything is said: the server of HTTP/2 speaks first.
func TestALPN(t *testing.T) {
	for name, c := range map[string]struct {
		offered    []string
		negotiated string
		is         kind
	}{
		"a browser":                {[]string{"h2", "http/1.1"}, "h2", isHTTP},
		"a websocket":              {[]string{"http/1.1"}, "http/1.1", isHTTP},
		"a client of TURN":         {[]string{"stun.turn"}, "stun.turn", isTURN},
		"a client of STUN as well": {[]string{"stun.nat-discovery", "stun.turn"}, "stun.turn", isTURN},
	} {
		t.Run(name, func(t *testing.T) {
			own := certificate(t)
			p := listen(t, own)
			client := p.dialTLS(t, c.offered...)
			if got := client.ConnectionState().NegotiatedProtocol; got != c.negotiated {
				t.Errorf("%q was negotiated", got)
			}
			conn := p.comes(t, c.is, client, nil)
			if _, ok := conn.(*tls.Conn); !ok {
				t.Errorf("%T was handed over: net/http looks for HTTP/2 in a *tls.Conn alone", conn)
			}
			if len(own.NextProtos) != 2 {
				t.Errorf("the caller's configuration was changed: %q", own.NextProtos)
			}
		})
	}
	t.Run("who offers something else alone", func(t *testing.T) {
		p := listen(t, certificate(t))
		if err := tls.Client(p.dial(t), trusting("imap")).Handshake(); err == nil {
			t.Error("TLS was agreed on")
		}
		eventually(t, "it is counted", func() bool { return p.Stats().Unknown == 1 })
	})
	t.Run("TURN where nobody serves it", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		p := &port{TCP: NewTCP(l, Config{TLS: certificate(t), HTTP: NewOutlet(l.Addr())})}
		defer p.Close()
		if err := tls.Client(p.dial(t), trusting("stun.turn")).Handshake(); err == nil {
			t.Error("TLS was agreed on")
		}
	})
}

// net/http on the outlet serves HTTP/2 and HTTP/1.1, with TLS known to the handler where ALPN was spoken.
func TestPages(t *testing.T) {
	for protocol, alpn := range map[string]string{"HTTP/2.0": "h2", "HTTP/1.1": "http/1.1"} {
		t.Run(protocol, func(t *testing.T) {
			p := listen(t, certificate(t))
			server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.TLS == nil {
					t.Error("the handler knows no TLS")
				}
				_, _ = io.WriteString(w, r.Proto)
			})}
			served := make(chan error, 1)
			go func() { served <- server.Serve(p.http) }()
			transport := &http.Transport{TLSClientConfig: trusting(alpn), ForceAttemptHTTP2: alpn == "h2"}
			resp, err := (&http.Client{Transport: transport, Timeout: sayWithin}).Get("https://" + p.listener.Addr().String())
			must(t, err)
			body, err := io.ReadAll(resp.Body)
			must(t, err)
			must(t, resp.Body.Close())
			if string(body) != protocol {
				t.Errorf("the page came by %s", body)
			}
			transport.CloseIdleConnections()
			must(t, server.Shutdown(context.Background()))
			<-served
		})
	}
}

// Who typed http:// for a port of https gets a sentence.
func TestHTTPOnAPortOfHTTPS(t *testing.T) {
	p := listen(t, certificate(t))
	client := p.dial(t)
	_, err := client.Write(saysHTTP)
	must(t, err)
	answer, err := io.ReadAll(client)
	must(t, err)
	if !strings.HasPrefix(string(answer), "HTTP/1.0 400 ") || !strings.HasSuffix(string(answer), "This port speaks https.\n") {
		t.Errorf("%q", answer)
	}
	if s := p.Stats(); s.Unknown != 1 || s.Accepted != 1 || s.Silent != 0 {
		t.Errorf("%+v", s)
	}
}

// What is none of the three, or is for an outlet that is not there, is closed at once and counted.
func TestUnknown(t *testing.T) {
	tlsHello := append([]byte{22, 3, 1, 0, 200}, make([]byte, 200)...) // a record of a handshake with nothing in it
	for name, c := range map[string]struct {
		tls  *tls.Config
		said []byte
	}{
		"SSH":                          {nil, []byte("\x00SSH-2.0-OpenSSH")},
		"zeros":                        {nil, make([]byte, 20)},
		"TLS on a port without":        {nil, tlsHello},
		"garbage after a TLS record":   {certificate(t), tlsHello},
		"garbage on a port with TLS":   {certificate(t), make([]byte, 20)},
		"a cookie where none is":       {nil, append(make([]byte, 5), 0x21, 0x12, 0xA4, 0x42, 0, 0, 0)},
		"an end before it said enough": {nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			p := listen(t, c.tls)
			client := p.dial(t)
			_, err := client.Write(c.said)
			must(t, err)
			if c.said == nil {
				must(t, client.(*net.TCPConn).CloseWrite())
			}
			_, _ = io.Copy(io.Discard, client) // an alert may come, or a reset
			eventually(t, "it is counted", func() bool { s := p.Stats(); return s.Unknown == 1 && s.Silent == 0 })
		})
	}
	t.Run("pages that are closed", func(t *testing.T) {
		p := listen(t, nil)
		must(t, p.http.Close())
		client := p.dial(t)
		_, err := client.Write(saysHTTP)
		must(t, err)
		if b, err := io.ReadAll(client); len(b) > 0 || err != nil {
			t.Errorf("%q (%v)", b, err)
		}
	})
	t.Run("pages where there are none", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		must(t, err)
		p := &port{TCP: NewTCP(l, Config{TURN: NewOutlet(l.Addr())})}
		defer p.Close()
		client := p.dial(t)
		_, err = client.Write(saysHTTP)
		must(t, err)
		if b, err := io.ReadAll(client); len(b) > 0 || err != nil {
			t.Errorf("%q (%v)", b, err)
		}
	})
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, so func() bool) {
	t.Helper()
	for end := time.Now().Add(sayWithin / 2); !so(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never: %s", what)
		}
	}
}

// Close leaves nothing: neither who says nothing, nor who is handed over just then, nor the listener.
func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := serve(l, nil)
		silent := l.dial("192.0.2.7:1")
		// More than an outlet holds: some wait to be taken.
		var waiting []net.Conn
		for i := range outletQueue + 3 {
			c := l.dial(fmt.Sprintf("198.51.100.%d:1", i))
			_, err := c.Write(saysHTTP)
			must(t, err)
			waiting = append(waiting, c)
		}
		synctest.Wait()
		if s := p.Stats(); s.Silent != 1+3 {
			t.Errorf("%+v", s)
		}
		before := time.Now()
		must(t, p.Close())
		must(t, p.Close())
		if time.Since(before) > 0 {
			t.Errorf("it took %v", time.Since(before))
		}
		if !ended(silent) {
			t.Error("who said nothing is still connected")
		}
		closed := 0
		for _, c := range waiting {
			if ended(c) {
				closed++
			}
		}
		if closed != 3 {
			t.Errorf("%d were closed; those that the outlet has are its own", closed)
		}
		if s := p.Stats(); s.Silent != 0 {
			t.Errorf("%+v", s)
		}
		p.end(t)
		for i, c := range waiting {
			if !ended(c) {
				t.Errorf("connection %d is left", i)
			}
		}
		if _, err := l.Accept(); err != net.ErrClosed {
			t.Error("the listener is open")
		}
	})
}

// late is a connection that was accepted before Close and comes among the silent after it.
type late struct {
	remote
	held, free chan struct{}
}

func (l late) RemoteAddr() net.Addr {
	close(l.held)
	<-l.free
	return l.remote.RemoteAddr()
}

func TestCloseWhileAccepting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := serve(l, nil)
		here, there := net.Pipe()
		c := late{remote{Conn: here}, make(chan struct{}), make(chan struct{})}
		l.next <- accepted{conn: c}
		<-c.held
		before := time.Now()
		closed := make(chan error)
		go func() { closed <- p.Close() }()
		synctest.Wait() // Close has looked through the silent
		close(c.free)
		must(t, <-closed)
		if waited := time.Since(before); waited > 0 {
			t.Errorf("Close waited %v for a connection to say what it is", waited)
		}
		if !ended(there) {
			t.Error("the connection is open")
		}
		p.end(t)
	})
}

// Too many open files is survived, with waits that grow to a second and are short again after a success.
func TestAcceptingGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := serve(l, nil)
		for range 12 {
			l.fail(tooMany)
		}
		client := l.dial("192.0.2.1:1")
		_, err := client.Write(saysTURN)
		must(t, err)
		conn, err := p.turn.Accept()
		must(t, err)
		must(t, conn.Close())
		l.fail(tooMany)
		synctest.Wait()
		l.dial("192.0.2.1:2").Close()
		synctest.Wait()
		asked := l.times()
		want := 5 * time.Millisecond
		for i := range 12 {
			if got := asked[i+1].Sub(asked[i]); got != want {
				t.Errorf("wait %d is %v, want %v", i, got, want)
			}
			want = min(2*want, time.Second)
		}
		if got := asked[14].Sub(asked[13]); got != 5*time.Millisecond {
			t.Errorf("the wait after a success is %v", got)
		}
		// Close does not wait for the next try.
		for range 10 {
			l.fail(tooMany)
		}
		synctest.Wait()
		before := time.Now()
		p.end(t)
		if time.Since(before) > 0 {
			t.Errorf("Close took %v", time.Since(before))
		}
	})
}
