package turn

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/addr"
)

const (
	// withoutRelay is how long a connection is kept that has no relay; withRelay how long one is that is silent.
	withoutRelay, withRelay = 10 * time.Second, 15 * time.Minute
	// streamQueue is how many packets wait for one connection's window; streamWrite how long one may.
	streamQueue = 128
	streamWrite = 10 * time.Second
)

// streams are the TCP connections of clients, TLS taken off by who hands them in (RFC 8656 section 3.1).
type streams struct {
	server   *Server
	listener net.Listener
	port     *port
	wg       sync.WaitGroup
	done     chan struct{}

	// mu guards the following fields.
	mu    sync.Mutex
	conns map[netip.AddrPort]*stream
	near  map[netip.Addr]int
}

type stream struct {
	net.Conn
	addr netip.AddrPort
	out  chan []byte
}

func newStreams(s *Server, l net.Listener) *streams {
	t := &streams{server: s, listener: l, done: make(chan struct{}), conns: map[netip.AddrPort]*stream{}, near: map[netip.Addr]int{}}
	t.port = newPort(l.Addr(), tcpAddr, t.write)
	return t
}

func (t *streams) accept() {
	wait := 5 * time.Millisecond
	for {
		c, err := t.listener.Accept()
		if errors.Is(err, net.ErrClosed) || errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			select { // a temporary error, such as too many open files
			case <-t.done:
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, time.Second)
			continue
		}
		wait = 5 * time.Millisecond
		s := &stream{Conn: c, addr: addrPort(c.RemoteAddr()), out: make(chan []byte, streamQueue)}
		if !t.admit(s) {
			t.server.drop(dropConnections)
			_ = c.Close()
			continue
		}
		t.wg.Go(func() { t.serve(s) })
	}
}

func (t *streams) admit(s *stream) bool {
	near := addr.Near(s.addr.Addr())
	t.mu.Lock()
	defer t.mu.Unlock()
	limits := t.server.limits
	if t.conns[s.addr] != nil || len(t.conns) >= limits.Connections || t.near[near] >= limits.ConnectionsPerAddress {
		return false
	}
	select {
	case <-t.done:
		return false
	default:
	}
	t.conns[s.addr] = s
	t.near[near]++
	return true
}

func (t *streams) release(s *stream) {
	_ = s.Close()
	t.mu.Lock()
	delete(t.conns, s.addr)
	near := addr.Near(s.addr.Addr())
	if t.near[near]--; t.near[near] == 0 {
		delete(t.near, near)
	}
	t.mu.Unlock()
	if r := t.server.relayOf(client{t.port, s.addr}); r != nil {
		_ = r.Close()
	}
}

// serve reads one connection to its end.
func (t *streams) serve(s *stream) {
	defer t.release(s)
	stop := make(chan struct{})
	defer close(stop)
	t.wg.Go(func() { s.send(stop) })
	r := bufio.NewReaderSize(s, 2*packetSize)
	frame := make([]byte, packetSize)
	patience := time.Now().Add(withoutRelay)
	for {
		if t.server.relayOf(client{t.port, s.addr}) != nil {
			patience = time.Now().Add(withRelay)
		} else if time.Until(patience) > withoutRelay {
			patience = time.Now().Add(withoutRelay) // it had one
		}
		if s.SetReadDeadline(patience) != nil {
			return
		}
		n, ok := readFrame(r, frame)
		if !ok {
			return
		}
		t.server.receive(frame[:n], client{t.port, s.addr})
	}
}

// readFrame reads one message or channel data (RFC 8656 section 12.5); false at the connection's end, or where neither begins.
func readFrame(r *bufio.Reader, into []byte) (n int, ok bool) {
	head, err := r.Peek(channelHeader)
	if err != nil {
		return 0, false
	}
	n = int(binary.BigEndian.Uint16(head[2:]))
	padding := 0
	switch {
	case isChannelData(head):
		n += channelHeader
		padding = -n & 3
	case head[0]>>6 == 0:
		if head, err = r.Peek(8); err != nil || binary.BigEndian.Uint32(head[4:]) != stunCookie {
			return 0, false
		}
		n += stunHeader
	default:
		return 0, false
	}
	if n+padding > len(into) {
		return 0, false
	}
	if _, err := io.ReadFull(r, into[:n+padding]); err != nil {
		return 0, false
	}
	return n, true
}

// write queues for the connection from that address. A full queue drops.
func (t *streams) write(b []byte, to netip.AddrPort) {
	t.mu.Lock()
	s := t.conns[to]
	t.mu.Unlock()
	if s == nil {
		return
	}
	frame := make([]byte, (len(b)+3)&^3) // messages are whole words already
	copy(frame, b)
	select {
	case s.out <- frame:
	default:
		t.server.drop(dropOverflow)
	}
}

// send writes what is queued until the connection's end.
func (s *stream) send(stop <-chan struct{}) {
	for {
		select {
		case <-stop:
			return
		case frame := <-s.out:
			if s.SetWriteDeadline(time.Now().Add(streamWrite)) != nil {
				return
			}
			if _, err := s.Write(frame); err != nil {
				_ = s.Close() // wakes the reader
				return
			}
		}
	}
}

// hurry lets a connection that has no relay any more wait no longer than one that never had.
func (t *streams) hurry(addr netip.AddrPort) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if s := t.conns[addr]; s != nil {
		_ = s.SetReadDeadline(time.Now().Add(withoutRelay))
	}
}

func (t *streams) close() error {
	close(t.done)
	err := t.listener.Close()
	t.mu.Lock()
	for _, s := range t.conns {
		_ = s.Close()
	}
	t.mu.Unlock()
	t.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}
