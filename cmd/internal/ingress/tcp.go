package ingress

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/addr"
)

const (
	// sayWithin is how long a connection may take to say what it is, TLS included.
	sayWithin = 5 * time.Second
	// Connections that have not said yet: in all, and from one address (an IPv6 /64 is one).
	maxSilent, maxSilentPerAddress = 1024, 64
	// outletQueue is how many connections wait to be accepted.
	outletQueue = 64
	stunCookie  = 0x2112A442
	// alpnTURN is what a client of TURN may call it while TLS is agreed on (RFC 7443 section 3).
	alpnTURN = "stun.turn"
)

// kind is what a connection turned out to be.
type kind int

const (
	unknown kind = iota
	isHTTP
	isTURN
	isICE
	answered // it came for the handshake alone
)

// Config of a TCP port.
type Config struct {
	// TLS of the port, with the protocols of HTTP; nil: whoever comes speaks without. TURN's is added where it has an outlet.
	TLS *tls.Config
	// HTTP, TURN and ICE take what comes; nil: nobody wants it, it is closed.
	HTTP, TURN, ICE *Outlet
}

// TCP tells the connections of one port apart.
type TCP struct {
	listener net.Listener
	config   Config
	stop     context.CancelFunc
	wg       sync.WaitGroup

	accepted, unknown, evicted atomic.Uint64

	// mu guards the following fields.
	mu     sync.Mutex
	silent []*silent // the oldest first
}

// silent is a connection that has not said yet what it is.
type silent struct {
	net.Conn
	near netip.Addr
}

// Stats are counts since the port was opened, and how many connections have not said yet what they are.
type Stats struct {
	Accepted, Unknown, Evicted uint64
	Silent                     int
}

// NewTCP serves on the listener, which it owns from now on.
func NewTCP(l net.Listener, c Config) *TCP {
	if c.TLS != nil && c.TURN != nil {
		c.TLS = c.TLS.Clone()
		c.TLS.NextProtos = append(slices.Clip(c.TLS.NextProtos), alpnTURN)
	}
	ctx, stop := context.WithCancel(context.Background())
	t := &TCP{listener: l, config: c, stop: stop}
	t.wg.Go(func() { t.accept(ctx) })
	return t
}

// Stats returns the counts so far.
func (t *TCP) Stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Stats{Accepted: t.accepted.Load(), Unknown: t.unknown.Load(), Evicted: t.evicted.Load(), Silent: len(t.silent)}
}

// Close closes the port and what has not said yet what it is, and waits for the goroutines. What outlets were given is theirs.
func (t *TCP) Close() error {
	t.stop()
	err := t.listener.Close()
	t.mu.Lock()
	for _, s := range t.silent {
		_ = s.Close()
	}
	t.mu.Unlock()
	t.wg.Wait()
	if errors.Is(err, net.ErrClosed) {
		return nil
	}
	return err
}

func (t *TCP) accept(ctx context.Context) {
	wait := 5 * time.Millisecond
	for {
		c, err := t.listener.Accept()
		if errors.Is(err, net.ErrClosed) || ctx.Err() != nil {
			if c != nil {
				_ = c.Close()
			}
			return
		}
		if err != nil { // such as too many open files
			select {
			case <-ctx.Done():
				return
			case <-time.After(wait):
			}
			wait = min(2*wait, time.Second)
			continue
		}
		wait = 5 * time.Millisecond
		t.accepted.Add(1)
		s := t.hold(c)
		if ctx.Err() != nil { // Close may have looked through the silent before this one was among them
			_ = c.Close()
		}
		t.wg.Go(func() { t.serve(ctx, s) })
	}
}

// hold notes a connection until it has said what it is. It takes the place of the oldest of its address, or of all, when there are
// too many: silence is cheap, and who means it says at once.
func (t *TCP) hold(c net.Conn) *silent {
	s := &silent{Conn: c}
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		s.near = addr.Near(a.AddrPort().Addr())
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.silent = append(t.silent, s)
	near, first := 0, -1
	for i, o := range t.silent {
		if o.near == s.near {
			near++
			if first < 0 {
				first = i
			}
		}
	}
	switch {
	case near > maxSilentPerAddress:
	case len(t.silent) > maxSilent:
		first = 0
	default:
		return s
	}
	t.evicted.Add(1)
	_ = t.silent[first].Close() // wakes its reader
	t.silent = slices.Delete(t.silent, first, first+1)
	return s
}

// release forgets a connection; false if it had to give way before.
func (t *TCP) release(s *silent) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	i := slices.Index(t.silent, s)
	if i < 0 {
		return false
	}
	t.silent = slices.Delete(t.silent, i, i+1)
	return true
}

// serve finds out what a connection is and hands it on.
func (t *TCP) serve(ctx context.Context, s *silent) {
	_ = s.SetDeadline(time.Now().Add(sayWithin))
	conn, is := t.tell(ctx, s.Conn)
	outlet := t.outlet(is)
	if outlet == nil {
		if t.release(s) && is != answered {
			t.unknown.Add(1)
		}
		_ = s.Close()
		return
	}
	defer t.release(s)
	_ = s.SetDeadline(time.Time{})
	if !outlet.offer(ctx, conn) {
		_ = s.Close()
	}
}

func (t *TCP) outlet(is kind) *Outlet {
	switch is {
	case isHTTP:
		return t.config.HTTP
	case isTURN:
		return t.config.TURN
	case isICE:
		return t.config.ICE
	}
	return nil
}

// tell finds out what a connection is, and gives it back with all its bytes, TLS taken off unless net/http is to have it.
func (t *TCP) tell(ctx context.Context, c net.Conn) (net.Conn, kind) {
	conn := peeked{c, bufio.NewReaderSize(c, 4096)}
	first, err := conn.r.Peek(1)
	if err != nil {
		return nil, unknown
	}
	const handshake = 22 // TLS content type (RFC 8446 section 5.1)
	if t.config.TLS == nil || first[0] != handshake {
		is := spoken(conn.r)
		if is == isHTTP && t.config.TLS != nil {
			// As net/http says it. The other end meant https, or a person typed the port.
			_, _ = io.WriteString(c, "HTTP/1.0 400 Bad Request\r\n\r\nThis port speaks https.\n")
			return nil, unknown
		}
		return conn, is
	}
	inner := tls.Server(conn, t.config.TLS)
	if inner.HandshakeContext(ctx) != nil {
		return nil, unknown
	}
	switch inner.ConnectionState().NegotiatedProtocol {
	case "h2", "http/1.1":
		return inner, isHTTP
	case alpnTURN:
		return inner, isTURN
	case "acme-tls/1": // a CA, which has seen the certificate that it came for (RFC 8737 section 3)
		_ = inner.Close()
		return nil, answered
	case "": // a client of TURN, or an old one of HTTP
		opened := peeked{inner, bufio.NewReaderSize(inner, 4096)}
		return opened, spoken(opened.r)
	}
	return nil, unknown
}

// spoken tells by the first bytes without TLS.
func spoken(r *bufio.Reader) kind {
	first, err := r.Peek(1)
	if err != nil {
		return unknown
	}
	if first[0] >= 'A' && first[0] <= 'Z' {
		return isHTTP
	}
	const (
		turnCookie = 4 // where it stands in a STUN message
		iceCookie  = 6 // and after the length of a frame (RFC 4571)
	)
	b, err := r.Peek(iceCookie + 4)
	if err != nil {
		return unknown
	}
	switch {
	case binary.BigEndian.Uint32(b[turnCookie:]) == stunCookie:
		return isTURN
	case binary.BigEndian.Uint32(b[iceCookie:]) == stunCookie:
		return isICE
	}
	return unknown
}

// peeked is a connection whose first bytes were looked at.
type peeked struct {
	net.Conn
	r *bufio.Reader
}

func (p peeked) Read(b []byte) (int, error) { return p.r.Read(b) }
