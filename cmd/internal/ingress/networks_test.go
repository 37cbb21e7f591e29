package ingress_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/logging"
	"github.com/pion/stun/v3"
	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/vnet"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/cmd/internal/ingress"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/turn"
)

// nat is how a home's router translates and filters (RFC 4787 sections 4 and 5), under the name that RFC 3489 gave it.
type nat struct {
	name               string
	mapping, filtering vnet.EndpointDependencyType
}

var nats = []nat{
	{"full cone", vnet.EndpointIndependent, vnet.EndpointIndependent},
	{"address-restricted", vnet.EndpointIndependent, vnet.EndpointAddrDependent},
	{"port-restricted", vnet.EndpointIndependent, vnet.EndpointAddrPortDependent},
	{"symmetric", vnet.EndpointAddrPortDependent, vnet.EndpointAddrPortDependent},
}

var serverAt = netip.MustParseAddrPort("203.0.113.10:3478") // RFC 5737

// cards is held while something gets a network card: vnet numbers them in a variable of the package.
var cards sync.Mutex

func newNet(t *testing.T, c vnet.NetConfig) *vnet.Net {
	t.Helper()
	cards.Lock()
	defer cards.Unlock()
	n, err := vnet.NewNet(&c)
	must(t, err)
	return n
}

func newRouter(t *testing.T, c vnet.RouterConfig) *vnet.Router {
	t.Helper()
	cards.Lock()
	defer cards.Unlock()
	c.LoggerFactory, c.QueueSize = silence(), 4096
	r, err := vnet.NewRouter(&c)
	must(t, err)
	return r
}

// street is a network that exists in this process alone: the engine and the relay on one UDP port, as a node has them, and homes
// behind routers of their own.
type street struct {
	t      *testing.T
	router *vnet.Router
	engine *sfu.Server
	relay  *turn.Server
	wire   *wire
	homes  int

	// mu guards the following fields.
	mu     sync.Mutex
	loss   float64
	random *rand.Rand
}

func newStreet(t *testing.T) *street {
	t.Helper()
	s := &street{t: t, wire: &wire{to: map[netip.AddrPort]int{}, from: map[netip.AddrPort]int{}}, random: rand.New(rand.NewPCG(1, 1))}
	s.router = newRouter(t, vnet.RouterConfig{CIDR: "203.0.113.0/24"})
	s.router.AddChunkFilter(func(vnet.Chunk) bool { return !s.drops() })
	place := newNet(t, vnet.NetConfig{StaticIPs: []string{serverAt.Addr().String()}})
	must(t, s.router.AddNet(place))
	must(t, s.router.Start())
	t.Cleanup(func() { must(t, s.router.Stop()) })
	udp, err := place.ListenUDP("udp4", net.UDPAddrFromAddrPort(serverAt))
	must(t, err)
	socket := datagrams{udp}
	shared := ingress.NewUDP(socket, func(v any) { t.Errorf("a fault: %v", v) })
	s.wire.Socket = shared
	s.engine = sfutest.NewServer(t, func(c *sfu.Config) { c.Socket, c.IPs = s.wire, []netip.Addr{serverAt.Addr()} })
	s.wire.engine = s.engine
	s.relay, err = turn.New(turn.Config{UDP: socket, Engine: s.wire, EngineAddrs: s.engine.Told()})
	must(t, err)
	t.Cleanup(func() { must(t, s.relay.Close()) })
	shared.Join(s.relay)
	return s
}

// loses makes the street lose this share of its packets from now on, in the same places of their sequence with every run. What goes from
// home to home by the server passes twice.
func (s *street) loses(share float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.loss = share
}

func (s *street) drops() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.random.Float64() < s.loss
}

// leave is a grant of the relay, as a client is told it.
func (s *street) leave(scope turn.Scope) []webrtc.ICEServer {
	g := s.relay.Grant(scope)
	s.t.Cleanup(g.Close)
	return []webrtc.ICEServer{{
		URLs: []string{fmt.Sprintf("turn:%v?transport=udp", serverAt)}, Username: g.Username, Credential: g.Password,
	}}
}

// home is a place behind a router. It implements transport.Net with sockets that can lose their place at the router.
type home struct {
	*vnet.Net
	outside netip.Addr // the router's

	// mu guards the following field.
	mu      sync.Mutex
	sockets []*movable
}

func (s *street) home(n nat) *home {
	s.t.Helper()
	s.homes++
	outside := netip.AddrFrom4([4]byte{203, 0, 113, byte(100 + s.homes)})
	router := newRouter(s.t, vnet.RouterConfig{
		CIDR: "192.168.7.0/24", StaticIPs: []string{outside.String()},
		NATType: &vnet.NATType{MappingBehavior: n.mapping, FilteringBehavior: n.filtering, MappingLifeTime: time.Minute},
	})
	must(s.t, s.router.AddRouter(router))
	h := &home{Net: newNet(s.t, vnet.NetConfig{}), outside: outside}
	must(s.t, router.AddNet(h.Net))
	must(s.t, router.Start())
	return h
}

// setting puts a client into the home. What is lost of the handshake is repeated as soon as browsers do (50 ms, BoringSSL under WebRTC).
func (h *home) setting(e *webrtc.SettingEngine) {
	e.SetNet(h)
	e.SetInterfaceFilter(func(name string) bool { return name != "lo0" })
	e.SetIncludeLoopbackCandidate(false)
	e.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeUDP4})
	e.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	e.SetDTLSRetransmissionInterval(50 * time.Millisecond)
	e.LoggerFactory = silence()
}

func (h *home) ListenUDP(network string, at *net.UDPAddr) (transport.UDPConn, error) {
	c, err := h.Net.ListenUDP(network, at)
	if err != nil {
		return nil, err
	}
	m := &movable{UDPConn: c, now: c}
	h.mu.Lock()
	h.sockets = append(h.sockets, m)
	h.mu.Unlock()
	return m, nil
}

func (h *home) ListenPacket(network, at string) (net.PacketConn, error) {
	a, err := h.ResolveUDPAddr(network, at)
	if err != nil {
		return nil, err
	}
	return h.ListenUDP(network, a)
}

// rebind makes the router give every socket of the home another port, and nothing come in by those from before.
func (h *home) rebind(t *testing.T) {
	t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.sockets {
		c, err := h.Net.ListenUDP("udp4", &net.UDPAddr{})
		must(t, err)
		m.move(c)
	}
}

// nominate makes every check that leaves the home nominate, as those of browsers that nominate aggressively do (RFC 5245 section
// 8.1.1.2). Pion's does so once. password is that of the other side, which the checks are signed by.
func (h *home) nominate(password string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, m := range h.sockets {
		m.mu.Lock()
		m.nominate = password
		m.mu.Unlock()
	}
}

// movable is a socket whose place at the router changes when it is moved: what it sent from is not heard on any more. Its user does
// not notice.
type movable struct {
	transport.UDPConn // the first, whose address its user sees

	// mu guards the following fields.
	mu       sync.Mutex
	now      transport.UDPConn
	closed   bool
	nominate string
}

func (m *movable) move(to transport.UDPConn) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		_ = to.Close()
		return
	}
	// The old one stays open unread, for good: whoever was given its port would leave the router by the old mapping, where the relay
	// knows another client (RFC 8656 section 7.2: 437).
	_ = m.now.SetReadDeadline(time.Now()) // wakes the reader, who goes on with the next
	m.now = to
}

func (m *movable) at() transport.UDPConn {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now
}

func (m *movable) ReadFrom(b []byte) (int, net.Addr, error) {
	for {
		c := m.at()
		n, from, err := c.ReadFrom(b)
		if err == nil || c == m.at() {
			return n, from, err
		}
	}
}

func (m *movable) WriteTo(b []byte, to net.Addr) (int, error) {
	m.mu.Lock()
	c, password := m.now, m.nominate
	m.mu.Unlock()
	if password != "" && stun.IsMessage(b) {
		if _, err := c.WriteTo(nominating(b, password), to); err != nil {
			return 0, err
		}
		return len(b), nil
	}
	return c.WriteTo(b, to)
}

func (m *movable) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	return m.now.Close()
}

func (m *movable) SetDeadline(t time.Time) error      { return m.at().SetDeadline(t) }
func (m *movable) SetReadDeadline(t time.Time) error  { return m.at().SetReadDeadline(t) }
func (m *movable) SetWriteDeadline(t time.Time) error { return m.at().SetWriteDeadline(t) }

// nominating is the message with USE-CANDIDATE, if it is a check; others are left as they are.
func nominating(b []byte, password string) []byte {
	m := &stun.Message{Raw: b}
	if m.Decode() != nil || m.Type != stun.BindingRequest {
		return b
	}
	again := stun.MustBuild(stun.NewTransactionIDSetter(m.TransactionID), stun.BindingRequest)
	for _, a := range m.Attributes {
		if a.Type != stun.AttrMessageIntegrity && a.Type != stun.AttrFingerprint {
			again.Add(a.Type, a.Value)
		}
	}
	if !m.Contains(stun.AttrUseCandidate) {
		again.Add(stun.AttrUseCandidate, nil)
	}
	for _, sign := range []stun.Setter{stun.NewShortTermIntegrity(password), stun.Fingerprint} {
		if sign.AddTo(again) != nil {
			return b
		}
	}
	return again.Raw
}

// wire is where the engine meets the network. It counts, by address, what was sent and came besides checks, by whatever way.
type wire struct {
	sfutest.Socket
	engine turn.Engine

	// mu guards the following fields.
	mu       sync.Mutex
	to, from map[netip.AddrPort]int
}

func (w *wire) count(in map[netip.AddrPort]int, b []byte, a netip.AddrPort) {
	if stun.IsMessage(b) {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	in[a]++
}

func (w *wire) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := w.Socket.ReadFromAddrPort(b)
	if err == nil {
		w.count(w.from, b[:n], from)
	}
	return n, from, err
}

func (w *wire) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	w.count(w.to, b, to)
	return w.Socket.WriteToAddrPort(b, to)
}

// Receive implements turn.Engine.
func (w *wire) Receive(b []byte, from netip.AddrPort) {
	w.count(w.from, b, from)
	w.engine.Receive(b, from)
}

// addresses are all that packets came from or were sent to, checks left out.
func (w *wire) addresses() (all []netip.AddrPort) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, counts := range []map[netip.AddrPort]int{w.to, w.from} {
		for a := range counts {
			all = append(all, a)
		}
	}
	return all
}

// datagrams is a virtual socket as a node reads it.
type datagrams struct{ transport.UDPConn }

func (d datagrams) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	n, from, err := d.ReadFrom(b)
	if err != nil {
		return n, netip.AddrPort{}, err
	}
	return n, from.(*net.UDPAddr).AddrPort(), nil
}

func (d datagrams) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return d.WriteTo(b, net.UDPAddrFromAddrPort(to))
}

func silence() logging.LoggerFactory {
	return &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
