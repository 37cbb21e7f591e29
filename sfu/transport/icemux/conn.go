package icemux

import (
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"
)

const (
	// queueDepth is how many packets wait for one agent: at 5 Mbit/s half a second.
	queueDepth = 256
	// maxAddresses is how many remote addresses one session may check from.
	maxAddresses = 64
	// packetSize is the longest datagram that is accepted. Browsers send at most 1,200 and DTLS flights at most 1,400 bytes.
	packetSize = 1600
	// Control packets that one queue takes per second and at once, and bytes of them: reports on thirty slots and what is
	// missing of them. Opening and reading one can cost milliseconds, so the bound stands before that.
	controlPackets, controlPacketsBurst = 150, 300
	controlBytes, controlBytesBurst     = 64 << 10, 128 << 10
)

// packet is one datagram on its way to an agent.
type packet struct {
	from netip.AddrPort
	n    int
	data [packetSize]byte
}

// packets is a pool of them, shared by all sessions of a mux.
type packets struct{ pool sync.Pool }

func (p *packets) get() *packet {
	if v, ok := p.pool.Get().(*packet); ok {
		return v
	}
	return new(packet)
}

func (p *packets) put(v *packet) { p.pool.Put(v) }

// key names a session's queue on one side of the mux.
type key struct {
	ufrag string
	ipv6  bool
}

// conn is what one ICE agent reads from and writes to. It implements net.PacketConn and ice.AddrPortReaderWriter.
type conn struct {
	key   key
	local net.Addr
	free  *packets
	send  func(c *conn, b []byte, to netip.AddrPort) (int, error)
	drop  func(*conn)
	wake  chan struct{}
	done  chan struct{}
	once  sync.Once
	// controlPackets and controlBytes bound control packets while they are still sealed.
	controlPackets, controlBytes *rate.Limiter

	// lastTo is the address written to last, which is known to be registered.
	lastTo atomic.Pointer[netip.AddrPort]

	// mu guards the following fields.
	mu    sync.Mutex
	queue [queueDepth]*packet
	head  int
	count int
}

func newConn(k key, local net.Addr, free *packets,
	send func(*conn, []byte, netip.AddrPort) (int, error), drop func(*conn),
) *conn {
	return &conn{
		key: k, local: local, free: free, send: send, drop: drop,
		wake: make(chan struct{}, 1), done: make(chan struct{}),
		controlPackets: rate.NewLimiter(controlPackets, controlPacketsBurst),
		controlBytes:   rate.NewLimiter(controlBytes, controlBytesBurst),
	}
}

// admits reports whether a packet is within the bound of control packets. It takes its share.
func (c *conn) admits(b []byte, now time.Time) bool {
	return !isControl(b) || c.controlPackets.AllowN(now, 1) && c.controlBytes.AllowN(now, len(b))
}

// push hands a packet over; false if the queue is full or the agent gone.
func (c *conn) push(p *packet) bool {
	if !c.queued(p) {
		return false
	}
	select {
	case c.wake <- struct{}{}:
	default:
	}
	return true
}

func (c *conn) queued(p *packet) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == queueDepth || c.closed() {
		return false
	}
	c.queue[(c.head+c.count)%queueDepth] = p
	c.count++
	return true
}

func (c *conn) pop() *packet {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.count == 0 {
		return nil
	}
	p := c.queue[c.head]
	c.queue[c.head] = nil
	c.head = (c.head + 1) % queueDepth
	c.count--
	return p
}

func (c *conn) closed() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// ReadFromAddrPort waits for the next packet. After Close it returns io.EOF.
func (c *conn) ReadFromAddrPort(b []byte) (int, netip.AddrPort, error) {
	for {
		if p := c.pop(); p != nil {
			n, from := copy(b, p.data[:p.n]), p.from
			short := n < p.n
			c.free.put(p)
			if short {
				return n, from, io.ErrShortBuffer
			}
			return n, from, nil
		}
		select {
		case <-c.wake:
		case <-c.done:
			return 0, netip.AddrPort{}, io.EOF
		}
	}
}

// WriteToAddrPort sends at once.
func (c *conn) WriteToAddrPort(b []byte, to netip.AddrPort) (int, error) {
	if c.closed() {
		return 0, io.ErrClosedPipe
	}
	return c.send(c, b, to)
}

func (c *conn) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := c.ReadFromAddrPort(b)
	if !from.IsValid() {
		return n, nil, err
	}
	return n, c.address(from), err
}

func (c *conn) WriteTo(b []byte, to net.Addr) (int, error) {
	switch to := to.(type) {
	case *net.UDPAddr:
		return c.WriteToAddrPort(b, to.AddrPort())
	case *net.TCPAddr:
		return c.WriteToAddrPort(b, to.AddrPort())
	}
	return 0, net.InvalidAddrError("icemux: neither UDP nor TCP")
}

func (c *conn) address(a netip.AddrPort) net.Addr {
	if _, tcp := c.local.(*net.TCPAddr); tcp {
		return net.TCPAddrFromAddrPort(a)
	}
	return net.UDPAddrFromAddrPort(a)
}

func (c *conn) LocalAddr() net.Addr { return c.local }

// Deadlines are not needed: writes do not wait, and readers are woken by Close.

func (c *conn) SetDeadline(time.Time) error      { return nil }
func (c *conn) SetReadDeadline(time.Time) error  { return nil }
func (c *conn) SetWriteDeadline(time.Time) error { return nil }

// Close ends the session: readers wake up, queued packets and registered addresses are let go.
func (c *conn) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		close(c.done)
		c.mu.Unlock()
		for p := c.pop(); p != nil; p = c.pop() {
			c.free.put(p)
		}
		c.drop(c)
	})
	return nil
}

// canonical writes IPv4 addresses that came over an IPv6 socket in their own form.
func canonical(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
