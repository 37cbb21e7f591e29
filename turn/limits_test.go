package turn

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"bufio"

	"github.com/pion/stun/v3"
)

// dialTLS takes TLS off in front of the house, as the node does.
func (h *house) dialTLS(t *testing.T, g *Grant) *peer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	must(t, err)
	front, err := tls.Listen("tcp4", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}})
	must(t, err)
	t.Cleanup(func() { _ = front.Close() })
	go func() {
		for {
			outer, err := front.Accept()
			if err != nil {
				return
			}
			inner, err := net.Dial("tcp", h.tcp.Addr().String())
			if err != nil {
				return
			}
			go func() { _, _ = io.Copy(inner, outer); _ = inner.Close() }()
			go func() { _, _ = io.Copy(outer, inner); _ = outer.Close() }()
		}
	}()
	conn, err := tls.Dial("tcp", front.Addr().String(), &tls.Config{InsecureSkipVerify: true})
	must(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return &peer{t: t, conn: conn, stream: bufio.NewReader(conn), grant: g}
}

// An allocation storm ends at the quota of the grant, of the address, and of the server; who has a relay keeps it.
func TestQuotas(t *testing.T) {
	for name, c := range map[string]struct {
		limits Limits
		grants int
		want   int
	}{
		"of a grant":    {Limits{RelaysPerGrant: 3}, 1, 3},
		"of an address": {Limits{RelaysPerAddress: 4}, 9, 4},
		"of the server": {Limits{Relays: 5}, 9, 5},
	} {
		t.Run(name, func(t *testing.T) {
			h := open(t, c.limits)
			var grants []*Grant
			for range c.grants {
				g := h.Grant(Scope{Engine: true})
				t.Cleanup(g.Close)
				grants = append(grants, g)
			}
			var held []*peer
			for i := range 9 {
				p := h.dial(t, networks[i%2], grants[i%len(grants)])
				err := p.allocate()
				var r refusal
				switch {
				case err == nil:
					held = append(held, p)
				case !errors.As(err, &r) || r != 486 && r != 508:
					t.Errorf("the answer is %v", err)
				}
			}
			if len(held) != c.want || h.Stats().Relays != c.want || h.Stats().Dropped["quota"] == 0 {
				t.Errorf("%d relays given, %+v", len(held), h.Stats())
			}
			must(t, held[0].refresh(time.Minute))
			// What ends makes room.
			must(t, held[0].refresh(0))
			eventually(t, "the relay is gone", func() bool { return h.Stats().Relays == c.want-1 })
			must(t, held[0].allocate())
		})
	}
}

// A flood of strangers is looked at as far as the bound goes; a running call loses nothing.
func TestAFloodOfStrangers(t *testing.T) {
	h := open(t, Limits{Strangers: 50, StrangersPerAddress: 20})
	a, b := h.relayed(t, "udp", Scope{Call: "c", Person: "a"}), h.relayed(t, "udp", Scope{Call: "c", Person: "b"})
	must(t, a.bind(0x4000, b.relayAddr))
	must(t, b.bind(0x4000, a.relayAddr))
	stranger := h.dial(t, "udp", nil)
	flood := stun.MustBuild(stun.TransactionID, stun.BindingRequest)
	for i := range 2000 {
		_, err := stranger.conn.Write([][]byte{flood.Raw, channelData(0x4000, "x"), flood.Raw[:20], append(flood.Raw[:19:19], 7)}[i%4])
		must(t, err)
		if i%100 == 0 {
			a.channel(0x4000, "speech")
			got, err := b.next()
			must(t, err)
			if string(got.b) != "speech" {
				t.Errorf("%q", got.b)
			}
		}
	}
	eventually(t, "the flood is counted", func() bool { return h.Stats().Dropped["stranger"] > 1500 })
}

// One relay carries so much a second and no more.
func TestARelayIsBounded(t *testing.T) {
	h := open(t, Limits{Packets: 50})
	a, b := h.relayed(t, "udp", Scope{Call: "c", Person: "a"}), h.relayed(t, "udp", Scope{Call: "c", Person: "b"})
	must(t, a.bind(0x4000, b.relayAddr))
	must(t, b.bind(0x4000, a.relayAddr))
	for range 300 {
		a.channel(0x4000, "x")
	}
	eventually(t, "the rest is dropped", func() bool { return h.Stats().Dropped["rate"] > 150 })
	b.channel(0x4000, "the other goes on")
	for {
		m, err := a.next()
		must(t, err)
		if string(m.b) == "the other goes on" {
			return
		}
	}
}

// Connections that say nothing, half of something, or what is none are closed, and do not keep others out for long.
func TestConnectionsWithoutRelay(t *testing.T) {
	h := open(t, Limits{ConnectionsPerAddress: 4})
	g := h.Grant(Scope{Engine: true})
	t.Cleanup(g.Close)
	for _, garbage := range []string{"GET / HTTP/1.1\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc", "\x40\x00\xff\xff", "\x00\x01\xff\xff\x21\x12\xa4\x42"} {
		p := h.dial(t, "tcp", g)
		_, err := p.conn.Write([]byte(garbage))
		must(t, err)
		if _, err := p.read(deadline); err == nil || errors.Is(err, errSilence) {
			t.Errorf("%q: %v", garbage, err)
		}
	}
	eventually(t, "all are closed", func() bool { return h.Stats().Connections == 0 })
	for range 4 {
		_, err := h.dial(t, "tcp", g).conn.Write([]byte{0, 1}) // half a header
		must(t, err)
	}
	eventually(t, "four are open", func() bool { return h.Stats().Connections == 4 })
	fifth := h.dial(t, "tcp", g)
	if err := fifth.allocate(); err == nil {
		t.Error("a fifth is served")
	}
	if h.Stats().Dropped["connections"] == 0 {
		t.Error("not counted")
	}
}

// A client that does not read what comes for him loses it, and nobody else waits.
func TestASlowPeerPaysAlone(t *testing.T) {
	h := open(t, Limits{Packets: 1 << 20})
	a, slow := h.relayed(t, "udp", Scope{Call: "c", Person: "a"}), h.relayed(t, "tcp", Scope{Call: "c", Person: "slow"})
	must(t, a.bind(0x4000, slow.relayAddr))
	must(t, slow.bind(0x4000, a.relayAddr))
	data := string(make([]byte, 1200))
	for h.Stats().Dropped["overflow"] == 0 {
		for range 64 {
			a.channel(0x4000, data)
		}
		must(t, a.refresh(time.Minute)) // not faster than the server
	}
	b := h.relayed(t, "udp", Scope{Call: "c", Person: "b"})
	must(t, b.bind(0x4000, a.relayAddr))
	must(t, a.bind(0x4001, b.relayAddr))
	a.channel(0x4001, "at once")
	if got, err := b.next(); err != nil || string(got.b) != "at once" {
		t.Errorf("%q (%v)", got.b, err)
	}
}
