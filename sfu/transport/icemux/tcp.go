package icemux

import (
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/addr"
)

const (
	maxTCP           = 1024
	maxTCPPerAddress = 64 // an IPv6 /64 is one: who has an address there has them all
	// firstCheck is how long a connection may take to say whom it is for.
	firstCheck = 5 * time.Second
	// idle is how long it may then be silent: consent checks come every few seconds (RFC 7675).
	idle = 30 * time.Second
	// tcpWrite is how long one write may wait for the peer's window.
	tcpWrite = 10 * time.Second
	// tcpQueue is how many packets wait for one connection's window.
	tcpQueue = 128
)

// TCPStats are counts since the mux was made.
type TCPStats struct{ Accepted, Refused, Overflow, Control uint64 }

// TCP takes ICE-TCP connections (RFC 6544): packets framed by their length (RFC 4571), the first of them a connectivity
// check of a live session. It implements ice.TCPMux.
type TCP struct {
	listener net.Listener
	faults   func(any)
	free     packets
	done     chan struct{}
	wg       sync.WaitGroup

	accepted, refused, overflow, control atomic.Uint64

	// mu guards the following fields. It is held for memory only.
	mu      sync.RWMutex
	stopped bool
	conns   map[key]*conn
	links   map[netip.AddrPort]*link
	from    map[netip.Addr]int // by what an address counts as
	last    uint64             // link's number
}

// link is one accepted connection.
type link struct {
	number uint64 // counts up
	net    net.Conn
	remote netip.AddrPort
	out    chan *packet
	conn   *conn // set once the first check named it
}

// NewTCP serves on the listener, which it owns from now on. faults is called with what a panic over a connection said,
// on the goroutine that panicked; that connection is closed and no other.
func NewTCP(l net.Listener, faults func(any)) *TCP {
	t := &TCP{
		listener: l, faults: faults, done: make(chan struct{}),
		conns: map[key]*conn{}, links: map[netip.AddrPort]*link{}, from: map[netip.Addr]int{},
	}
	t.wg.Go(t.accept)
	return t
}

// LocalAddr is the label the agents get; see GetListenAddresses of UDP.
func (t *TCP) LocalAddr() net.Addr { return &net.TCPAddr{Port: t.Port()} }

// Port is the port clients connect to.
func (t *TCP) Port() int {
	if a, ok := t.listener.Addr().(*net.TCPAddr); ok {
		return a.Port
	}
	return 0
}

// Stats returns the counts so far.
func (t *TCP) Stats() TCPStats {
	return TCPStats{t.accepted.Load(), t.refused.Load(), t.overflow.Load(), t.control.Load()}
}

// GetConnByUfrag returns the session's connection and makes it if there is none.
func (t *TCP) GetConnByUfrag(ufrag string, ipv6 bool, local net.IP) (net.PacketConn, error) {
	k := key{ufrag, ipv6}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped {
		return nil, net.ErrClosed
	}
	if c, ok := t.conns[k]; ok {
		return c, nil
	}
	c := newConn(k, &net.TCPAddr{IP: local, Port: t.Port()}, &t.free, t.send, t.forget)
	t.conns[k] = c
	return c, nil
}

// RemoveConnByUfrag ends a session and its connections.
func (t *TCP) RemoveConnByUfrag(ufrag string) {
	for _, ipv6 := range []bool{false, true} {
		t.mu.RLock()
		c := t.conns[key{ufrag, ipv6}]
		t.mu.RUnlock()
		if c != nil {
			_ = c.Close()
		}
	}
}

// Close closes the listener and every connection and waits for their goroutines.
func (t *TCP) Close() error {
	t.mu.Lock()
	if t.stopped {
		t.mu.Unlock()
		return nil
	}
	t.stopped = true
	conns := make([]*conn, 0, len(t.conns))
	for _, c := range t.conns {
		conns = append(conns, c)
	}
	for _, l := range t.links {
		_ = l.net.Close()
	}
	t.mu.Unlock()
	close(t.done)
	err := t.listener.Close()
	for _, c := range conns {
		_ = c.Close()
	}
	t.wg.Wait()
	return err
}

func (t *TCP) forget(c *conn) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.conns, c.key)
	for _, l := range t.links {
		if l.conn == c {
			_ = l.net.Close()
		}
	}
}

func (t *TCP) accept() {
	wait := 5 * time.Millisecond
	for {
		c, err := t.listener.Accept()
		if err != nil {
			if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
				return
			}
			select { // a temporary error, such as too many open files
			case <-t.done:
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, time.Second)
			continue
		}
		wait = 5 * time.Millisecond
		l, ok := t.admit(c)
		if !ok {
			t.refused.Add(1)
			_ = c.Close()
			continue
		}
		t.accepted.Add(1)
		t.wg.Go(func() { t.serve(l) })
	}
}

// admit holds the number of connections within bounds. The newcomer takes the place of the oldest that has not named a
// session: silence is cheap, and a client that means it names one at once.
func (t *TCP) admit(c net.Conn) (*link, bool) {
	a, ok := c.RemoteAddr().(*net.TCPAddr)
	if !ok {
		return nil, false
	}
	l := &link{net: c, remote: canonical(a.AddrPort()), out: make(chan *packet, tcpQueue)}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.stopped || t.links[l.remote] != nil {
		return nil, false
	}
	near := addr.Near(l.remote.Addr())
	switch {
	case t.from[near] >= maxTCPPerAddress:
		if !t.evictLocked(func(o *link) bool { return addr.Near(o.remote.Addr()) == near }) {
			return nil, false
		}
	case len(t.links) >= maxTCP:
		if !t.evictLocked(func(*link) bool { return true }) {
			return nil, false
		}
	}
	t.last++
	l.number = t.last
	t.links[l.remote] = l
	t.from[near]++
	return l, true
}

// evictLocked ends the oldest of some connections that has not named a session; false if each has.
func (t *TCP) evictLocked(among func(*link) bool) bool {
	var oldest *link
	for _, l := range t.links {
		if l.conn == nil && (oldest == nil || l.number < oldest.number) && among(l) {
			oldest = l
		}
	}
	if oldest == nil {
		return false
	}
	t.refused.Add(1)
	t.removeLocked(oldest)
	_ = oldest.net.Close() // wakes its reader
	return true
}

func (t *TCP) release(l *link) {
	_ = l.net.Close()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.removeLocked(l)
}

func (t *TCP) removeLocked(l *link) {
	if t.links[l.remote] != l {
		return // evicted before
	}
	delete(t.links, l.remote)
	near := addr.Near(l.remote.Addr())
	if t.from[near]--; t.from[near] == 0 {
		delete(t.from, near)
	}
}

// serve reads one connection to its end.
func (t *TCP) serve(l *link) {
	defer t.release(l)
	defer rescue(t.faults)
	p := t.free.get()
	if !l.readFrame(p, firstCheck) || !t.attach(l, p.data[:p.n]) {
		return
	}
	stop := make(chan struct{})
	defer close(stop)
	t.wg.Go(func() { l.write(t, stop) })
	for {
		switch {
		case !l.conn.admits(p.data[:p.n], time.Now()):
			t.control.Add(1)
			t.free.put(p)
		case !l.conn.push(p):
			if l.conn.closed() {
				return
			}
			t.overflow.Add(1)
			t.free.put(p)
		}
		p = t.free.get()
		if !l.readFrame(p, idle) {
			return
		}
	}
}

// attach joins the connection to the session that its first packet names; there must be one.
func (t *TCP) attach(l *link, first []byte) bool {
	ufrag, ok := requestFor(first)
	if !ok {
		return false
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links[l.remote] != l {
		return false // evicted
	}
	l.conn = t.conns[key{string(ufrag), l.remote.Addr().Is6()}]
	return l.conn != nil
}

// readFrame reads one packet; false at the connection's end or when a frame is not one of ours.
func (l *link) readFrame(p *packet, within time.Duration) bool {
	if l.net.SetReadDeadline(time.Now().Add(within)) != nil {
		return false
	}
	var length [2]byte
	if _, err := io.ReadFull(l.net, length[:]); err != nil {
		return false
	}
	p.n, p.from = int(binary.BigEndian.Uint16(length[:])), l.remote
	if p.n == 0 || p.n > len(p.data) {
		return false
	}
	_, err := io.ReadFull(l.net, p.data[:p.n])
	return err == nil
}

// send queues a packet for the connection from that address. A full queue drops it: a slow peer pays alone.
func (t *TCP) send(c *conn, b []byte, to netip.AddrPort) (int, error) {
	if len(b) > packetSize {
		return 0, io.ErrShortBuffer
	}
	t.mu.RLock()
	defer t.mu.RUnlock()
	l := t.links[canonical(to)]
	if l == nil || l.conn != c {
		return 0, net.ErrClosed
	}
	p := t.free.get()
	p.n = copy(p.data[:], b)
	select {
	case l.out <- p:
	default:
		t.overflow.Add(1)
		t.free.put(p)
	}
	return len(b), nil
}

// write sends what is queued until the connection's end.
func (l *link) write(t *TCP, stop <-chan struct{}) {
	frame := make([]byte, 2+packetSize)
	for {
		select {
		case <-stop:
			return
		case p := <-l.out:
			binary.BigEndian.PutUint16(frame, uint16(p.n))
			n := 2 + copy(frame[2:], p.data[:p.n])
			t.free.put(p)
			if l.net.SetWriteDeadline(time.Now().Add(tcpWrite)) != nil {
				return
			}
			if _, err := l.net.Write(frame[:n]); err != nil {
				_ = l.net.Close() // wakes the reader
				return
			}
		}
	}
}
