package turn

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pion/stun/v3"
)

// forbidden is what a relay must not reach: own, private, reserved and foreign addresses, IPv4, IPv6, and IPv4 written as IPv6.
var forbidden = strings.Fields(`
	0.0.0.0 127.0.0.1 127.0.0.53 127.255.255.254 10.0.0.1 10.255.255.255 172.16.0.1 172.31.255.255 192.168.0.1 192.168.255.255
	169.254.169.254 169.254.0.1 100.64.0.1 100.100.100.200 198.18.0.1 192.0.0.1 192.0.0.192 192.88.99.1 224.0.0.1 239.255.255.250
	240.0.0.1 255.255.255.255 8.8.8.8 1.1.1.1 203.0.113.5 198.51.100.8 192.0.0.9 192.0.2.1
	:: ::1 fe80::1 fc00::1 fd00:ec2::254 ff02::1 2001:db8::1 2001:4860:4860::8888 64:ff9b::7f00:1 2002:7f00:1::1 100::1
	::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:10.0.0.1 ::ffff:0.0.0.0 ::ffff:8.8.8.8 ::ffff:192.168.1.1 ::ffff:224.0.0.1
	::127.0.0.1 ::169.254.169.254`)

// names are resolved as the system does: TURN carries addresses alone, so a name reaches what its addresses reach.
var names = []string{"localhost", "ip6-localhost", "localhost.localdomain"}

// No address but a relay of the same call and the engine is reachable, by no transport, method or spelling. That nothing leaves
// is seen on two sockets: one that a hole would reach by port, and one by address and port.
func TestNobodyRelaysIntoTheWorld(t *testing.T) {
	targets := []netip.Addr{}
	for _, a := range forbidden {
		targets = append(targets, netip.MustParseAddr(a))
	}
	for _, name := range names {
		ips, err := net.LookupIP(name)
		if err != nil {
			continue // a machine need not know all of them
		}
		for _, ip := range ips {
			a, _ := netip.AddrFromSlice(ip)
			targets = append(targets, a)
		}
	}
	if own, err := net.InterfaceAddrs(); err == nil {
		for _, a := range own {
			if n, ok := a.(*net.IPNet); ok {
				addr, _ := netip.AddrFromSlice(n.IP)
				targets = append(targets, addr)
			}
		}
	}
	if len(targets) < 40 {
		t.Fatalf("only %d addresses", len(targets))
	}
	trap, err := net.ListenUDP("udp", &net.UDPAddr{})
	must(t, err)
	defer trap.Close()
	port := uint16(trap.LocalAddr().(*net.UDPAddr).Port)

	for _, network := range append(networks, "tls") {
		t.Run(network, func(t *testing.T) {
			h := open(t, Limits{StrangersPerAddress: 10000})
			dial := func(scope Scope) *peer {
				if network != "tls" {
					return h.relayed(t, network, scope)
				}
				g := h.Grant(scope)
				t.Cleanup(g.Close)
				p := h.dialTLS(t, g)
				must(t, p.allocate())
				return p
			}
			for _, scope := range []Scope{{Engine: true}, {Call: "c", Person: "a"}} {
				p := dial(scope)
				for i, target := range targets {
					at := netip.AddrPortFrom(target, port)
					var r refusal
					if err := p.permit(at); !errors.As(err, &r) {
						t.Errorf("%v: a permission is answered %v", target, err)
					}
					if err := p.bind(uint16(0x4000+i), at); !errors.As(err, &r) {
						t.Errorf("%v: a channel is answered %v", target, err)
					}
					p.send(at, "out")
					p.channel(uint16(0x4000+i), "out")
				}
				// The right address with a wrong port, and the same written as IPv6.
				for i, at := range []netip.AddrPort{
					netip.AddrPortFrom(engineAt.Addr(), engineAt.Port()+1), netip.AddrPortFrom(virtual, port),
					netip.AddrPortFrom(netip.AddrFrom16(engineAt.Addr().As16()), port),
				} {
					_ = p.permit(at)
					p.send(at, "out")
					if p.bind(uint16(0x4F00+i), at) == nil {
						p.channel(uint16(0x4F00+i), "out")
					}
				}
				_ = p.refresh(time.Minute) // all before has been read when it is answered
			}
			must(t, trap.SetReadDeadline(time.Now().Add(100*time.Millisecond)))
			if n, from, err := trap.ReadFrom(make([]byte, 100)); err == nil {
				t.Errorf("%d bytes came out, from %v", n, from)
			}
			h.engine.mu.Lock()
			defer h.engine.mu.Unlock()
			if len(h.engine.came) > 0 {
				t.Errorf("the engine was sent %q", h.engine.came[0].b)
			}
			if h.Stats().Packets != 0 || h.Stats().Dropped["peer"] < uint64(len(targets)) {
				t.Errorf("%+v", h.Stats())
			}
		})
	}
}

// A relay over TCP (RFC 6062) would be a way out: there is none.
func TestThereAreNoTCPRelays(t *testing.T) {
	h := open(t, Limits{})
	a := h.relayed(t, "tcp", Scope{Call: "c", Person: "a"})
	const connect = stun.Method(0x00a)
	if answer, err := a.request(connect, toward(netip.MustParseAddrPort("127.0.0.1:80"))); err == nil {
		t.Errorf("Connect is answered with %v", answer)
	}
}
