package turn

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"
)

var networks = []string{"udp", "tcp"}

// relayed makes a client with a relay.
func (h *house) relayed(t *testing.T, network string, scope Scope) *peer {
	t.Helper()
	g := h.Grant(scope)
	t.Cleanup(g.Close)
	p := h.dial(t, network, g)
	must(t, p.allocate())
	return p
}

// Two of one call exchange packets, by indications and by channels, whatever transport each has.
func TestRelaysOfACallReachEachOther(t *testing.T) {
	for _, networkA := range networks {
		for _, networkB := range networks {
			t.Run(networkA+" and "+networkB, func(t *testing.T) {
				h := open(t, Limits{})
				a := h.relayed(t, networkA, Scope{Call: "c", Person: "a"})
				b := h.relayed(t, networkB, Scope{Call: "c", Person: "b"})
				if a.relayAddr == b.relayAddr || !Virtual(a.relayAddr) || !Virtual(b.relayAddr) {
					t.Fatalf("relays at %v and %v", a.relayAddr, b.relayAddr)
				}
				must(t, a.permit(b.relayAddr))
				a.send(b.relayAddr, "not yet")
				b.silent() // who has not permitted it
				must(t, b.permit(a.relayAddr))
				a.send(b.relayAddr, "by indication")
				got, err := b.next()
				must(t, err)
				if got.from != a.relayAddr || string(got.b) != "by indication" {
					t.Errorf("%q from %v", got.b, got.from)
				}
				must(t, a.bind(0x4001, b.relayAddr))
				must(t, b.bind(0x4002, a.relayAddr))
				for _, data := range []string{"", "x", "by channel", strings.Repeat("y", 1400)} {
					a.channel(0x4001, data)
					got, err := b.next()
					must(t, err)
					if string(got.b) != data || got.from.Port() != 0x4002 {
						t.Errorf("%d bytes became %q over %x", len(data), got.b, got.from.Port())
					}
				}
				b.channel(0x4002, "back")
				got, err = a.next()
				must(t, err)
				if string(got.b) != "back" || got.from.Port() != 0x4001 {
					t.Errorf("%q came back over %x", got.b, got.from.Port())
				}
				if s := h.Stats(); s.Packets < 6 || s.Relays != 2 || s.Grants != 2 || s.Created != 2 {
					t.Errorf("%+v", s)
				}
			})
		}
	}
}

// Nobody reaches a relay of another call, one of his own, or any relay with a grant for the engine alone.
func TestRelaysOfOthersAreOutOfReach(t *testing.T) {
	h := open(t, Limits{})
	a := h.relayed(t, "udp", Scope{Call: "c", Person: "a"})
	for name, scope := range map[string]Scope{
		"another call": {Call: "d", Person: "b"}, "himself": {Call: "c", Person: "a"}, "the engine's": {Engine: true, Person: "b"},
	} {
		t.Run(name, func(t *testing.T) {
			b := h.relayed(t, "udp", scope)
			must(t, a.permit(b.relayAddr))
			must(t, b.permit(a.relayAddr))
			before := h.Stats().Dropped["peer"]
			a.send(b.relayAddr, "over there")
			must(t, a.bind(0x4000+b.relayAddr.Port()%0xFFF, b.relayAddr))
			a.channel(0x4000+b.relayAddr.Port()%0xFFF, "over there")
			b.send(a.relayAddr, "over here")
			eventually(t, "all three are dropped", func() bool { return h.Stats().Dropped["peer"] == before+3 })
			a.silent()
			b.silent()
		})
	}
}

func TestRelaysReachTheEngine(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			h := open(t, Limits{})
			a := h.relayed(t, network, Scope{Engine: true})
			must(t, a.permit(engineAt))
			a.send(engineAt, "a check")
			if got := h.engine.next(t); string(got.b) != "a check" || got.from != a.relayAddr {
				t.Errorf("%q from %v", got.b, got.from)
			}
			h.Deliver([]byte("its answer"), a.relayAddr)
			if got, err := a.next(); err != nil || string(got.b) != "its answer" || got.from != engineAt {
				t.Errorf("%q from %v (%v)", got.b, got.from, err)
			}
			must(t, a.bind(0x4000, engineAt))
			a.channel(0x4000, "media")
			if got := h.engine.next(t); string(got.b) != "media" {
				t.Errorf("%q", got.b)
			}
			h.Deliver([]byte("media back"), a.relayAddr)
			if got, err := a.next(); err != nil || string(got.b) != "media back" || got.from.Port() != 0x4000 {
				t.Errorf("%q over %x (%v)", got.b, got.from.Port(), err)
			}
		})
	}
}

// What comes for a relay to which nothing was sent, or that is none, is lost without harm.
func TestTheEngineReachesWhoAskedAlone(t *testing.T) {
	h := open(t, Limits{})
	a := h.relayed(t, "udp", Scope{Engine: true})
	must(t, a.permit(engineAt))
	h.Deliver([]byte("unasked"), a.relayAddr)
	h.Deliver([]byte("to nobody"), netip.AddrPortFrom(virtual, a.relayAddr.Port()^1))
	h.Deliver(make([]byte, 4000), a.relayAddr)
	a.silent()
	// A grant for a call does not reach the engine.
	b := h.relayed(t, "udp", Scope{Call: "c", Person: "b"})
	must(t, b.permit(engineAt))
	before := h.Stats().Dropped["peer"]
	b.send(engineAt, "a check")
	eventually(t, "it is dropped", func() bool { return h.Stats().Dropped["peer"] > before })
	a.send(engineAt, "the next")
	if got := h.engine.next(t); string(got.b) != "the next" {
		t.Errorf("the engine was sent %q", got.b)
	}
}

// A grant that closes takes its relays with it, at once; what was recorded of it opens nothing again.
func TestAGrantEnds(t *testing.T) {
	for _, network := range networks {
		t.Run(network, func(t *testing.T) {
			h := open(t, Limits{})
			a, b := h.relayed(t, network, Scope{Call: "c", Person: "a"}), h.relayed(t, network, Scope{Call: "c", Person: "b"})
			must(t, a.bind(0x4000, b.relayAddr))
			must(t, b.bind(0x4000, a.relayAddr))
			a.channel(0x4000, "before")
			_, err := b.next()
			must(t, err)
			a.grant.Close()
			if s := h.Stats(); s.Relays != 1 {
				t.Errorf("%d relays are left", s.Relays)
			}
			a.channel(0x4000, "after")
			b.channel(0x4000, "after")
			if err := a.refresh(time.Minute); err == nil {
				t.Error("a refresh after the end is granted")
			}
			b.silent()
			again := h.dial(t, network, a.grant)
			again.nonce = a.nonce
			var r refusal
			if err := again.allocate(); !errors.As(err, &r) {
				t.Errorf("the credential after its end: %v", err)
			}
			if h.Stats().Refused == 0 {
				t.Error("not counted")
			}
			a.grant.Close() // twice is once
		})
	}
}

// A call may be longer than two lifetimes of its allocation; without refresh the relay ends.
func TestALongCallGoesOn(t *testing.T) {
	t.Parallel()
	h := open(t, Limits{})
	a, b := h.relayed(t, "udp", Scope{Call: "c", Person: "a"}), h.relayed(t, "udp", Scope{Call: "c", Person: "b"})
	must(t, a.bind(0x4000, b.relayAddr))
	must(t, b.bind(0x4000, a.relayAddr))
	must(t, b.refresh(time.Second))
	for begun := time.Now(); time.Since(begun) < 2500*time.Millisecond; time.Sleep(300 * time.Millisecond) {
		must(t, a.refresh(time.Second))
	}
	if s := h.Stats(); s.Relays != 1 {
		t.Fatalf("%d relays after two lifetimes, one of them refreshed", s.Relays)
	}
	must(t, b.allocate())
	must(t, b.bind(0x4001, a.relayAddr))
	must(t, a.bind(0x4001, b.relayAddr))
	b.channel(0x4001, "still here")
	if got, err := a.next(); err != nil || string(got.b) != "still here" {
		t.Errorf("%q (%v)", got.b, err)
	}
}

// Forged, foreign and half credentials are refused and counted, over every transport.
func TestCredentialsOfOthersAreWorthNothing(t *testing.T) {
	h := open(t, Limits{})
	mine, yours := h.Grant(Scope{Call: "c", Person: "a"}), h.Grant(Scope{Call: "d", Person: "b"})
	t.Cleanup(mine.Close)
	t.Cleanup(yours.Close)
	for _, network := range networks {
		for name, g := range map[string]*Grant{
			"unknown":                 {Username: "nobody", Password: "x"},
			"empty":                   {},
			"another's password":      {Username: mine.Username, Password: yours.Password},
			"an expiry as of old":     {Username: fmt.Sprint(time.Now().Add(time.Hour).Unix(), ":", mine.Username), Password: mine.Password},
			"the name in another way": {Username: strings.ToLower(mine.Username), Password: mine.Password},
		} {
			t.Run(network+"/"+name, func(t *testing.T) {
				before := h.Stats()
				p := h.dial(t, network, g)
				var r refusal
				if err := p.allocate(); !errors.As(err, &r) {
					t.Errorf("%v", err)
				}
				if now := h.Stats(); now.Relays != 0 || name != "empty" && now.Refused == before.Refused {
					t.Errorf("%+v", now)
				}
			})
		}
	}
	// A relay that somebody has is not another's to use, refresh or end: it belongs to the address and port it was asked from.
	a := h.relayed(t, "udp", Scope{Call: "c", Person: "x"})
	b := h.dial(t, "udp", yours)
	b.nonce = a.nonce
	if err := b.refresh(0); err == nil && h.Stats().Relays == 0 {
		t.Error("another ended the relay")
	}
	if err := b.permit(engineAt); err == nil {
		t.Error("a permission without a relay")
	}
	must(t, a.refresh(time.Minute))
}
