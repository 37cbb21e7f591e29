package turn

import (
	"net"
	"net/netip"
	"sync"
	"time"
)

// portQueue is how many messages wait for Pion's reader: requests and Send indications, never the data of channels.
const portQueue = 256

// client is where a client of the relay is.
type client struct {
	port *port
	addr netip.AddrPort
}

// port is one transport, as Pion reads and writes it: UDP, or all TCP connections together (net.PacketConn). It serves one
// manager of allocations, because Pion tells clients apart by their addresses alone.
type port struct {
	local net.Addr
	// address makes a client's address as Pion is told it.
	address func(netip.AddrPort) net.Addr
	// write sends to a client or drops; it does not wait.
	write func(b []byte, to netip.AddrPort)

	incoming chan message
	done     chan struct{}
	once     sync.Once
}

func newPort(local net.Addr, address func(netip.AddrPort) net.Addr, write func([]byte, netip.AddrPort)) *port {
	return &port{local: local, address: address, write: write, incoming: make(chan message, portQueue), done: make(chan struct{})}
}

// offer hands a message over; false if the queue is full.
func (p *port) offer(b []byte, from netip.AddrPort) bool {
	select {
	case p.incoming <- message{from, append([]byte(nil), b...)}:
		return true
	default:
		return false
	}
}

func (p *port) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case m := <-p.incoming:
		return copy(b, m.b), p.address(m.from), nil
	case <-p.done:
		return 0, nil, net.ErrClosed
	}
}

func (p *port) WriteTo(b []byte, to net.Addr) (int, error) {
	p.write(b, addrPort(to))
	return len(b), nil
}

func (p *port) Close() error {
	p.once.Do(func() { close(p.done) })
	return nil
}

func (p *port) LocalAddr() net.Addr { return p.local }

func (p *port) SetDeadline(time.Time) error      { return nil }
func (p *port) SetReadDeadline(time.Time) error  { return nil }
func (p *port) SetWriteDeadline(time.Time) error { return nil }

func udpAddr(a netip.AddrPort) net.Addr { return net.UDPAddrFromAddrPort(a) }
func tcpAddr(a netip.AddrPort) net.Addr { return net.TCPAddrFromAddrPort(a) }

// addrPort reads an address that one of the two above made, or a listener.
func addrPort(a net.Addr) netip.AddrPort {
	switch a := a.(type) {
	case *net.UDPAddr:
		return canonical(a.AddrPort())
	case *net.TCPAddr:
		return canonical(a.AddrPort())
	}
	return netip.AddrPort{}
}
