package turn

import (
	"encoding/binary"
	"maps"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// packetSize is the longest packet that is relayed, in bytes, its header included.
	packetSize = 1600
	// relayQueue is how many packets wait for Pion's relay goroutine: those before a channel is bound.
	relayQueue = 64
)

// owner is what a relay belongs to once it is known: whose it is, and where its client is.
type owner struct {
	grant  *Grant
	client client
}

// relay is one virtual relayed transport address. Pion's allocation holds it as its relay socket (net.PacketConn).
type relay struct {
	server *Server
	addr   netip.AddrPort // virtual
	owner  atomic.Pointer[owner]
	// engineAt is the address at which the client last sent to the engine: what comes back comes from there.
	engineAt atomic.Pointer[netip.AddrPort]
	// to and from are the client's channels (RFC 8656 section 12): the peer of each number, and the number of each peer.
	to     atomic.Pointer[map[uint16]netip.AddrPort]
	from   atomic.Pointer[map[netip.AddrPort]uint16]
	bounds *rate.Limiter // packets in both directions

	incoming chan message
	done     chan struct{}
	once     sync.Once
}

// message is a packet with its sender, on the way that Pion takes.
type message struct {
	from netip.AddrPort
	b    []byte
}

func newRelay(s *Server, addr netip.AddrPort) *relay {
	r := &relay{
		server: s, addr: addr, incoming: make(chan message, relayQueue), done: make(chan struct{}),
		bounds: rate.NewLimiter(rate.Limit(s.limits.Packets), s.limits.Packets),
	}
	r.to.Store(&map[uint16]netip.AddrPort{})
	r.from.Store(&map[netip.AddrPort]uint16{})
	return r
}

// bind notes that the client reaches peer by a channel's number.
func (r *relay) bind(number uint16, peer netip.AddrPort) {
	to, from := maps.Clone(*r.to.Load()), maps.Clone(*r.from.Load())
	to[number], from[peer] = peer, number
	r.to.Store(&to)
	r.from.Store(&from)
}

func (r *relay) unbind(number uint16, peer netip.AddrPort) {
	to, from := maps.Clone(*r.to.Load()), maps.Clone(*r.from.Load())
	delete(to, number)
	delete(from, peer)
	r.to.Store(&to)
	r.from.Store(&from)
}

// channel relays the data of a channel, with its header in front, without Pion. The bytes may be changed.
func (r *relay) channel(b []byte) {
	number, length := binary.BigEndian.Uint16(b), int(binary.BigEndian.Uint16(b[2:]))
	peer, bound := (*r.to.Load())[number]
	if !bound || channelHeader+length > len(b) {
		r.server.drop(dropMalformed)
		return
	}
	r.send(b[:channelHeader+length], peer)
}

// send takes a packet of the client to peer. b has room for a channel's header in front.
func (r *relay) send(b []byte, peer netip.AddrPort) {
	o := r.owner.Load()
	if o == nil || r.closed() {
		return
	}
	if !r.bounds.Allow() || !o.grant.pays(len(b)) {
		r.server.drop(dropRate)
		return
	}
	if o.grant.scope.Engine && r.server.isEngine(peer) {
		if at := r.engineAt.Load(); at == nil || *at != peer {
			r.engineAt.Store(&peer)
		}
		r.server.relayed(len(b) - channelHeader)
		r.server.engine.Receive(b[channelHeader:], r.addr)
		return
	}
	other := r.server.relayAt(peer)
	if other == nil {
		r.server.drop(dropPeer)
		return
	}
	if to := other.owner.Load(); to == nil || !o.grant.scope.reaches(to.grant.scope) {
		r.server.drop(dropPeer)
		return
	}
	r.server.relayed(len(b) - channelHeader)
	other.receive(b, r.addr)
}

// receive takes a packet to the client. b has room for a channel's header in front, which is written here.
func (r *relay) receive(b []byte, from netip.AddrPort) {
	o := r.owner.Load()
	if o == nil || r.closed() {
		return
	}
	if number, bound := (*r.from.Load())[from]; bound {
		binary.BigEndian.PutUint16(b, number)
		binary.BigEndian.PutUint16(b[2:], uint16(len(b)-channelHeader))
		o.client.port.write(b, o.client.addr)
		return
	}
	// Whether it has permission is Pion's to say.
	select {
	case r.incoming <- message{from, append([]byte(nil), b[channelHeader:]...)}:
	default:
		r.server.drop(dropOverflow)
	}
}

func (r *relay) closed() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// ReadFrom waits for the next packet that is not for a channel. It implements net.PacketConn, as the rest does.
func (r *relay) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case m := <-r.incoming:
		return copy(b, m.b), net.UDPAddrFromAddrPort(m.from), nil
	case <-r.done:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo takes what came in a Send indication to its peer.
func (r *relay) WriteTo(b []byte, to net.Addr) (int, error) {
	peer, ok := to.(*net.UDPAddr)
	if !ok || len(b) > packetSize-channelHeader {
		r.server.drop(dropMalformed)
		return len(b), nil
	}
	packet := make([]byte, channelHeader+len(b))
	copy(packet[channelHeader:], b)
	r.send(packet, canonical(peer.AddrPort()))
	return len(b), nil
}

// Close ends the relay. Pion's allocation notices and goes.
func (r *relay) Close() error {
	r.once.Do(func() {
		close(r.done)
		r.server.forget(r)
	})
	return nil
}

func (r *relay) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(r.addr) }

// Deadlines are not used: readers are woken by Close, and writes do not wait.

func (r *relay) SetDeadline(time.Time) error      { return nil }
func (r *relay) SetReadDeadline(time.Time) error  { return nil }
func (r *relay) SetWriteDeadline(time.Time) error { return nil }

// canonical writes IPv4 addresses that came over an IPv6 socket, or mapped in an attribute, in their own form.
func canonical(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
