package turn

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"github.com/pion/logging"
	pion "github.com/pion/turn/v4"
)

// realm of the credentials; clients are told it with the first refusal.
const realm = "anteroom"

// virtual is the address of every relay: the dummy address (RFC 7600 section 4.8), which no network carries. The port tells relays apart.
var virtual = netip.AddrFrom4([4]byte{192, 0, 0, 8})

const firstPort, lastPort = 49152, 65535

// Virtual reports whether an address is that of a relay, present or past.
func Virtual(a netip.AddrPort) bool { return a.Addr() == virtual }

// Sender is the UDP port that is shared with the media engine.
type Sender interface {
	WriteToAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
}

// Engine is the media engine, as relays reach it.
type Engine interface {
	// Receive takes a datagram as though it had come from that address. It does not keep b.
	Receive(b []byte, from netip.AddrPort)
}

// Config of a Server.
type Config struct {
	// UDP sends to clients; who reads from it calls [Server.Receive]. nil: no UDP.
	UDP Sender
	// TCP gives connections of clients, TLS taken off; the Server owns it. nil: no TCP.
	TCP net.Listener
	// Engine and EngineAddrs, the addresses that clients are told it has; nil: relays reach each other alone.
	Engine      Engine
	EngineAddrs []netip.AddrPort
	// Limits; fields that are zero take the value of DefaultLimits.
	Limits Limits
}

// Limits bound what clients can make the relay hold and do.
type Limits struct {
	// Relays in all, for each address (an IPv6 /64 is one) and for each grant.
	Relays, RelaysPerAddress, RelaysPerGrant int
	// Packets per second that one relay sends.
	Packets int
	// Strangers are the messages per second that are looked at of clients without a relay; StrangersPerAddress those of one address.
	Strangers, StrangersPerAddress int
	// Connections over TCP in all and for each address.
	Connections, ConnectionsPerAddress int
}

// DefaultLimits are for a node of some thousand people. A browser asks for one relay per network that it is in and per transport.
func DefaultLimits() Limits {
	return Limits{
		Relays: 8192, RelaysPerAddress: 256, RelaysPerGrant: 16,
		Packets:   2500,
		Strangers: 2000, StrangersPerAddress: 100,
		Connections: 2048, ConnectionsPerAddress: 128,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	for _, f := range [...]struct{ value, fallback *int }{
		{&l.Relays, &d.Relays},
		{&l.RelaysPerAddress, &d.RelaysPerAddress},
		{&l.RelaysPerGrant, &d.RelaysPerGrant},
		{&l.Packets, &d.Packets},
		{&l.Strangers, &d.Strangers},
		{&l.StrangersPerAddress, &d.StrangersPerAddress},
		{&l.Connections, &d.Connections},
		{&l.ConnectionsPerAddress, &d.ConnectionsPerAddress},
	} {
		if *f.value == 0 {
			*f.value = *f.fallback
		}
	}
	return l
}

// Server is one node's relay.
type Server struct {
	limits    Limits
	engine    Engine
	engineAt  map[netip.AddrPort]bool
	engineIPs map[netip.Addr]bool
	udp       *port
	streams   *streams
	strangers *strangers
	pion      *pion.Server

	packets, bytes, created, refused atomic.Uint64
	dropped                          [dropReasons]atomic.Uint64

	// mu guards the following fields. It is held for memory only.
	mu      sync.RWMutex
	grants  map[string]*Grant
	relays  map[netip.AddrPort]*relay // by virtual address
	clients map[client]*relay
	near    map[netip.Addr]int // relays by what their client's address counts as
	next    uint16
}

// New serves on the transports of c.
func New(c Config) (*Server, error) {
	s := &Server{
		limits: c.Limits.withDefaults(), engine: c.Engine, engineAt: map[netip.AddrPort]bool{}, engineIPs: map[netip.Addr]bool{},
		grants: map[string]*Grant{}, relays: map[netip.AddrPort]*relay{}, clients: map[client]*relay{}, near: map[netip.Addr]int{},
		next: uint16(firstPort + rand.IntN(lastPort-firstPort)),
	}
	s.strangers = newStrangers(s.limits.StrangersPerAddress, s.limits.Strangers)
	for _, a := range c.EngineAddrs {
		s.engineAt[canonical(a)] = true
		s.engineIPs[a.Addr().Unmap()] = true
	}
	config := pion.ServerConfig{
		Realm: realm, AuthHandler: s.authenticate, QuotaHandler: s.within, InboundMTU: packetSize + 1,
		LoggerFactory: &logging.DefaultLoggerFactory{Writer: io.Discard, DefaultLogLevel: logging.LogLevelDisabled},
		EventHandler: pion.EventHandler{
			OnAuth:              s.authenticated,
			OnAllocationCreated: s.allocated,
			OnChannelCreated:    s.bound,
			OnChannelDeleted:    s.unbound,
		},
	}
	add := func(p *port) {
		config.PacketConnConfigs = append(config.PacketConnConfigs, pion.PacketConnConfig{
			PacketConn: p, RelayAddressGenerator: generator{s}, PermissionHandler: s.permits,
		})
	}
	if c.UDP != nil {
		s.udp = newPort(c.UDP.LocalAddr(), udpAddr, func(b []byte, to netip.AddrPort) { _, _ = c.UDP.WriteToAddrPort(b, to) })
		add(s.udp)
	}
	if c.TCP != nil {
		s.streams = newStreams(s, c.TCP)
		add(s.streams.port)
	}
	var err error
	if s.pion, err = pion.NewServer(config); err != nil {
		return nil, fmt.Errorf("turn: %w", err)
	}
	if s.streams != nil {
		s.streams.wg.Go(s.streams.accept)
	}
	return s, nil
}

// Receive takes a datagram of the shared port that [Claims] claims. It does not keep b, but may change it.
func (s *Server) Receive(b []byte, from netip.AddrPort) {
	if s.udp != nil {
		s.receive(b, client{s.udp, canonical(from)})
	}
}

// Deliver takes a datagram of the engine to the relay with that virtual address. It does not keep b.
func (s *Server) Deliver(b []byte, to netip.AddrPort) {
	r := s.relayAt(to)
	if r == nil || len(b) > packetSize-channelHeader {
		return
	}
	at := r.engineAt.Load()
	if at == nil {
		s.drop(dropPeer)
		return
	}
	var packet [packetSize]byte
	n := copy(packet[channelHeader:], b)
	s.relayed(n)
	r.receive(packet[:channelHeader+n], *at)
}

func (s *Server) receive(b []byte, from client) {
	r := s.relayOf(from)
	switch {
	case r != nil && isChannelData(b):
		r.channel(b)
	case isChannelData(b):
		s.drop(dropStranger)
	case r != nil && !r.bounds.Allow():
		s.drop(dropRate)
	case r == nil && !s.strangers.admit(from.addr.Addr()):
		s.drop(dropStranger)
	case !from.port.offer(b, from.addr):
		s.drop(dropOverflow)
	}
}

func (s *Server) relayOf(c client) *relay {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.clients[c]
}

func (s *Server) relayAt(virtual netip.AddrPort) *relay {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.relays[virtual]
}

func (s *Server) isEngine(a netip.AddrPort) bool { return s.engineAt[a] }

// Close ends every relay and connection and waits for their goroutines, but for Pion's, which end by themselves.
func (s *Server) Close() error {
	err := s.pion.Close()
	if s.streams != nil {
		err = errors.Join(err, s.streams.close())
	}
	s.mu.RLock()
	relays := make([]*relay, 0, len(s.relays))
	for _, r := range s.relays {
		relays = append(relays, r)
	}
	s.mu.RUnlock()
	for _, r := range relays {
		_ = r.Close()
	}
	return err
}
