package ingress

import (
	"crypto/tls"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// Whoever does not say in time what it is, is closed when its five seconds are over: not before, and however busy it looks.
func TestWhoSaysNothingInTimeIsClosed(t *testing.T) {
	// drip writes one byte per second.
	drip := func(b []byte) func(net.Conn) {
		return func(c net.Conn) {
			for i := range b {
				if _, err := c.Write(b[i : i+1]); err != nil {
					return
				}
				time.Sleep(time.Second)
			}
		}
	}
	withTLS := certificate(t)
	for name, c := range map[string]struct {
		tls *tls.Config
		do  func(net.Conn)
	}{
		"half open":                     {nil, func(net.Conn) {}},
		"half open, TLS":                {withTLS, func(net.Conn) {}},
		"slow TURN":                     {nil, drip(saysTURN)},
		"slow TURN, TLS on the port":    {withTLS, drip(saysTURN)},
		"slow ICE":                      {nil, drip(saysICE)},
		"slow TLS":                      {withTLS, drip([]byte{22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3})},
		"a TLS record that never ends":  {withTLS, func(c net.Conn) { _, _ = c.Write([]byte{22, 3, 1, 2, 0, 1}) }},
		"TLS, and then silence":         {withTLS, func(c net.Conn) { _ = tls.Client(c, trusting()).Handshake() }},
		"TLS, and then slowly":          {withTLS, func(c net.Conn) { drip(saysTURN)(tls.Client(c, trusting())) }},
		"plain pages, and reads none":   {withTLS, func(c net.Conn) { _, _ = c.Write(saysHTTP) }},
		"TLS, and reads no certificate": {withTLS, func(c net.Conn) { _ = tls.Client(onlyWrites{c}, trusting()).Handshake() }},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				p := serve(l, fresh(c.tls))
				client := l.dial("192.0.2.1:1")
				done := make(chan struct{})
				go func() { defer close(done); c.do(client) }()
				time.Sleep(sayWithin - time.Millisecond)
				synctest.Wait()
				if s := p.Stats(); s.Silent != 1 || s.Unknown != 0 {
					t.Errorf("before its time: %+v", s)
				}
				time.Sleep(2 * time.Millisecond)
				synctest.Wait()
				if s := p.Stats(); s.Silent != 0 || s.Unknown != 1 {
					t.Errorf("after its time: %+v", s)
				}
				if _, err := client.Write([]byte{0}); err == nil {
					t.Error("it is still connected")
				}
				_ = client.Close()
				<-done
				p.end(t)
			})
		})
	}
}

// fresh is a copy that no handshake has used: what TLS keeps must not cross from one bubble of time to the next.
func fresh(c *tls.Config) *tls.Config {
	if c == nil {
		return nil
	}
	return &tls.Config{Certificates: c.Certificates, NextProtos: c.NextProtos}
}

// onlyWrites never takes what the other end sends.
type onlyWrites struct{ net.Conn }

func (o onlyWrites) Read([]byte) (int, error) {
	time.Sleep(2 * sayWithin)
	return 0, net.ErrClosed
}

// A slow client that says it within the time is served, and has all its time afterwards.
func TestTheTimeEndsWithSaying(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := serve(l, nil)
		client := l.dial("192.0.2.1:1")
		go func() {
			time.Sleep(sayWithin - time.Second)
			_, _ = client.Write(saysTURN)
			time.Sleep(time.Hour)
			_, _ = client.Write([]byte("later"))
		}()
		c, err := p.turn.Accept()
		must(t, err)
		b := make([]byte, 64)
		n, err := c.Read(b)
		must(t, err)
		if n != len(saysTURN) {
			t.Errorf("%d bytes came first", n)
		}
		if n, err = c.Read(b); err != nil || string(b[:n]) != "later" {
			t.Errorf("%q (%v)", b[:n], err)
		}
		_ = client.Close()
		_ = c.Close()
		p.end(t)
	})
}

// Where one address has too many that say nothing, its oldest gives way; those of others stay.
func TestSilenceOfOneAddress(t *testing.T) {
	for name, from := range map[string]func(int) string{
		"one of IPv4":   func(i int) string { return fmt.Sprintf("192.0.2.1:%d", 1000+i) },
		"a /64 of IPv6": func(i int) string { return fmt.Sprintf("[2001:db8::%x:1]:1000", i+1) },
		"an IPv4, mapped": func(i int) string {
			return fmt.Sprintf("%s:%d", []string{"192.0.2.1", "[::ffff:192.0.2.1]"}[i%2], 1000+i)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newPipes()
				p := serve(l, nil)
				other := l.dial("[2001:db8:0:1::1]:1")
				var conns []net.Conn
				for i := range maxSilentPerAddress {
					conns = append(conns, l.dial(from(i)))
				}
				synctest.Wait()
				if s := p.Stats(); s.Silent != 1+maxSilentPerAddress || s.Evicted != 0 {
					t.Errorf("within the bound: %+v", s)
				}
				conns = append(conns, l.dial(from(maxSilentPerAddress)))
				conns = append(conns, l.dial(from(maxSilentPerAddress+1)))
				synctest.Wait()
				if s := p.Stats(); s.Silent != 1+maxSilentPerAddress || s.Evicted != 2 || s.Unknown != 0 {
					t.Errorf("over the bound: %+v", s)
				}
				for i, c := range conns {
					if ended(c) != (i < 2) {
						t.Errorf("connection %d: closed is %v", i, ended(c))
					}
				}
				if ended(other) {
					t.Error("another's was closed")
				}
				p.end(t)
			})
		})
	}
}

// Where all together are too many, the oldest of all gives way, and whoever speaks is served.
func TestSilenceOfMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newPipes()
		p := serve(l, nil)
		var conns []net.Conn
		for i := range maxSilent {
			conns = append(conns, l.dial(fmt.Sprintf("10.0.%d.%d:1", i>>8, i&255)))
		}
		synctest.Wait()
		if s := p.Stats(); s.Silent != maxSilent || s.Evicted != 0 {
			t.Errorf("within the bound: %+v", s)
		}
		honest := l.dial("192.0.2.1:1")
		_, err := honest.Write(saysHTTP)
		must(t, err)
		c, err := p.http.Accept()
		must(t, err)
		synctest.Wait()
		if s := p.Stats(); s.Silent != maxSilent-1 || s.Evicted != 1 {
			t.Errorf("over the bound: %+v", s)
		}
		for i, c := range conns {
			if ended(c) != (i == 0) {
				t.Errorf("connection %d: closed is %v", i, ended(c))
			}
		}
		_ = c.Close()
		p.end(t)
	})
}
