package ingress

import (
	"net"
	"net/netip"
	"sync/atomic"

	"github.com/anteroom-video/anteroom/turn"
)

// socket is a UDP socket as the media engine reads it.
type socket interface {
	ReadFromAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// UDP is the media engine's socket, from which what is meant for the relay is taken out on the way. To the engine a relay is a
// client like others, at its virtual address.
type UDP struct {
	socket
	relay  atomic.Pointer[turn.Server]
	faults func(any)
}

// NewUDP wraps the socket. faults is called with what a panic over a datagram of the relay's said; the datagram is lost and nothing else.
func NewUDP(s socket, faults func(any)) *UDP { return &UDP{socket: s, faults: faults} }

// Join takes the relay in; until then its datagrams are the engine's, who knows none of them.
func (u *UDP) Join(relay *turn.Server) { u.relay.Store(relay) }

// ReadFromAddrPort gives the next datagram that is not for the relay.
func (u *UDP) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		n, from, err := u.socket.ReadFromAddrPort(b)
		if err != nil || n == len(b) || !turn.Claims(b[:n]) {
			return n, from, err
		}
		relay := u.relay.Load()
		if relay == nil {
			return n, from, err
		}
		u.guard(func() { relay.Receive(b[:n], from) })
	}
}

// WriteToAddrPort sends to the network, or to the relay where the address is one of its own.
func (u *UDP) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if relay := u.relay.Load(); relay != nil && turn.Virtual(to) {
		relay.Deliver(b, to)
		return len(b), nil
	}
	return u.socket.WriteToAddrPort(b, to)
}

func (u *UDP) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			u.faults(v)
		}
	}()
	f()
}
