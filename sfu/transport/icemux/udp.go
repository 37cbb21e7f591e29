package icemux

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// silent is how long a session must not have been heard from an address before another may take the address over.
const silent = 2 * time.Second

// Socket is a UDP socket. *net.UDPConn is one by way of [OpenUDP].
type Socket interface {
	ReadFromAddrPort(b []byte) (int, netip.AddrPort, error)
	WriteToAddrPort(b []byte, to netip.AddrPort) (int, error)
	LocalAddr() net.Addr
	Close() error
}

// udpSocket makes a Socket of a *net.UDPConn.
type udpSocket struct{ *net.UDPConn }

func (s udpSocket) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	return s.ReadFromUDPAddrPort(b)
}

func (s udpSocket) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	return s.WriteToUDPAddrPort(b, to)
}

// OpenUDP listens on the address with socket buffers of the given size in bytes, as far as the system grants it.
// An unspecified IPv6 address serves IPv4 too.
func OpenUDP(at netip.AddrPort, buffer int) (Socket, error) {
	network := "udp"
	if at.Addr().Is4() {
		network = "udp4"
	}
	c, err := net.ListenUDP(network, net.UDPAddrFromAddrPort(at))
	if err != nil {
		return nil, err
	}
	// More than the system allows is cut, not refused.
	_ = c.SetReadBuffer(buffer)
	_ = c.SetWriteBuffer(buffer)
	return udpSocket{c}, nil
}

// UDPStats are counts since the mux was made.
type UDPStats struct{ Datagrams, Media, Unknown, Overflow, TooLong, Control uint64 }

// UDP serves every session on one socket. It implements ice.UDPMux.
type UDP struct {
	socket Socket
	faults func(any)
	free   packets
	done   chan struct{}
	wg     sync.WaitGroup

	datagrams, media, unknown, overflow, tooLong, control atomic.Uint64

	// mu guards the following fields. It is held for memory only.
	mu      sync.RWMutex
	stopped bool
	conns   map[key]*conn
	owners  map[netip.AddrPort]*owner
	owned   map[*conn][]netip.AddrPort
}

// owner is the session that an address belongs to.
type owner struct {
	conn  *conn
	heard atomic.Int64 // Unix nanoseconds
}

// NewUDP serves on the socket, which it owns from now on. faults is called with what a panic over a datagram said, on
// the goroutine that panicked; the datagram is lost and nothing else.
func NewUDP(s Socket, faults func(any)) *UDP {
	u := &UDP{
		socket: s, faults: faults, done: make(chan struct{}),
		conns: map[key]*conn{}, owners: map[netip.AddrPort]*owner{}, owned: map[*conn][]netip.AddrPort{},
	}
	u.wg.Go(u.read)
	return u
}

// LocalAddr is the address of the socket.
func (u *UDP) LocalAddr() netip.AddrPort {
	a, _ := u.socket.LocalAddr().(*net.UDPAddr)
	return canonical(a.AddrPort())
}

// Stats returns the counts so far.
func (u *UDP) Stats() UDPStats {
	return UDPStats{
		u.datagrams.Load(), u.media.Load(), u.unknown.Load(), u.overflow.Load(), u.tooLong.Load(), u.control.Load(),
	}
}

// GetListenAddresses names one address per family that the socket serves. They are labels for the agent; clients are
// told others.
func (u *UDP) GetListenAddresses() []net.Addr {
	local := u.LocalAddr()
	v4 := &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: int(local.Port())}
	if local.Addr().Is4() {
		return []net.Addr{v4}
	}
	v6 := &net.UDPAddr{IP: net.IPv6loopback, Port: int(local.Port())}
	if local.Addr().IsUnspecified() {
		return []net.Addr{v4, v6}
	}
	return []net.Addr{v6}
}

// GetConn returns the session's connection for the family of addr and makes it if there is none.
func (u *UDP) GetConn(ufrag string, addr net.Addr) (net.PacketConn, error) {
	a, ok := addr.(*net.UDPAddr)
	if !ok {
		return nil, net.InvalidAddrError("icemux: not a UDP address")
	}
	k := key{ufrag, a.IP.To4() == nil}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.stopped {
		return nil, net.ErrClosed
	}
	if c, ok := u.conns[k]; ok {
		return c, nil
	}
	c := newConn(k, a, &u.free, u.send, u.forget)
	u.conns[k] = c
	return c, nil
}

// RemoveConnByUfrag ends a session.
func (u *UDP) RemoveConnByUfrag(ufrag string) {
	for _, ipv6 := range []bool{false, true} {
		u.mu.RLock()
		c := u.conns[key{ufrag, ipv6}]
		u.mu.RUnlock()
		if c != nil {
			_ = c.Close()
		}
	}
}

// Close closes the socket and every session and waits for the reader.
func (u *UDP) Close() error {
	u.mu.Lock()
	if u.stopped {
		u.mu.Unlock()
		return nil
	}
	u.stopped = true
	conns := make([]*conn, 0, len(u.conns))
	for _, c := range u.conns {
		conns = append(conns, c)
	}
	u.mu.Unlock()
	close(u.done)
	err := u.socket.Close()
	for _, c := range conns {
		_ = c.Close()
	}
	u.wg.Wait()
	return err
}

func (u *UDP) forget(c *conn) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.conns, c.key)
	for _, a := range u.owned[c] {
		delete(u.owners, a)
	}
	delete(u.owned, c)
}

// send writes to the socket. An address that a session writes to is one that passed its checks, so what comes from
// there belongs to it.
func (u *UDP) send(c *conn, b []byte, to netip.AddrPort) (int, error) {
	if last := c.lastTo.Load(); last == nil || *last != to {
		if u.own(c, canonical(to)) {
			c.lastTo.Store(&to)
		}
	}
	return u.socket.WriteToAddrPort(b, to)
}

// own registers an address for a session; false if another is being heard from it, or the session has too many.
func (u *UDP) own(c *conn, a netip.AddrPort) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	o := u.owners[a]
	switch {
	case c.closed():
		return false
	case o != nil && o.conn == c:
		return true
	case o != nil && time.Since(time.Unix(0, o.heard.Load())) < silent:
		return false
	case len(u.owned[c]) >= maxAddresses:
		return false
	case o != nil:
		u.owned[o.conn] = slices.DeleteFunc(u.owned[o.conn], func(b netip.AddrPort) bool { return b == a })
		o.conn.lastTo.Store(nil)
	}
	o = &owner{conn: c}
	o.heard.Store(time.Now().UnixNano())
	u.owners[a] = o
	u.owned[c] = append(u.owned[c], a)
	return true
}

func (u *UDP) read() {
	p := u.free.get()
	for {
		n, from, err := u.socket.ReadFromAddrPort(p.data[:])
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
				return
			}
			select { // a temporary error, such as no buffer space
			case <-u.done:
				return
			case <-time.After(10 * time.Millisecond):
			}
			continue
		}
		p.n, p.from = n, canonical(from)
		if u.take(p) {
			p = u.free.get()
		}
	}
}

// Receive takes a datagram as though it had been read from the socket. It does not keep b.
func (u *UDP) Receive(b []byte, from netip.AddrPort) {
	p := u.free.get()
	p.n, p.from = copy(p.data[:], b), canonical(from)
	if !u.take(p) {
		u.free.put(p)
	}
}

// take looks at a datagram and reports whether it was handed on.
func (u *UDP) take(p *packet) (taken bool) {
	// After a panic the packet may be in somebody's queue: it is not used again.
	taken = true
	defer rescue(u.faults)
	u.datagrams.Add(1)
	b := p.data[:p.n]
	if isMedia(b) {
		u.media.Add(1)
	}
	if p.n == len(p.data) {
		u.tooLong.Add(1)
		return false
	}
	c := u.find(b, p.from)
	if c == nil {
		u.unknown.Add(1)
		return false
	}
	if !c.admits(b, time.Now()) {
		u.control.Add(1)
		return false
	}
	if !c.push(p) {
		u.overflow.Add(1)
		return false
	}
	return true
}

// rescue ends a panic and tells of it. To be deferred wherever bytes of strangers are looked at.
func rescue(faults func(any)) {
	if v := recover(); v != nil {
		faults(v)
	}
}

// find: a connectivity check by the session it names, everything else by the address it comes from.
func (u *UDP) find(b []byte, from netip.AddrPort) *conn {
	ufrag, check := requestFor(b)
	u.mu.RLock()
	defer u.mu.RUnlock()
	o := u.owners[from]
	if check {
		c := u.conns[key{string(ufrag), from.Addr().Is6()}]
		if c != nil && len(u.owned[c]) >= maxAddresses && (o == nil || o.conn != c) {
			return nil
		}
		if o != nil && o.conn == c {
			o.heard.Store(time.Now().UnixNano())
		}
		return c
	}
	if o == nil {
		return nil
	}
	o.heard.Store(time.Now().UnixNano())
	return o.conn
}
