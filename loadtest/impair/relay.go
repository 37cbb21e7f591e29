package impair

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"
)

const (
	// maxClients is how many addresses a relay serves at a time.
	maxClients = 64
	// maxWaiting is how many packets of one direction of one client wait; more are dropped.
	maxWaiting = 4096
	// relayPacket is the longest packet that is passed on.
	relayPacket = 2048
)

// Relay stands between clients and a server's media port and impairs what passes, both ways alike: each client has a line
// of its own.
type Relay struct {
	socket *net.UDPConn
	target netip.AddrPort
	wg     sync.WaitGroup

	mu       sync.Mutex // guards the following fields
	settings Settings
	clients  map[netip.AddrPort]*client
	closed   bool
}

// Listen opens a relay to target on an address; port 0 takes a free one.
func Listen(address string, target netip.AddrPort, s Settings) (*Relay, error) {
	local, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	socket, err := net.ListenUDP("udp", local)
	if err != nil {
		return nil, fmt.Errorf("relay: %w", err)
	}
	return &Relay{socket: socket, target: target, settings: s, clients: map[netip.AddrPort]*client{}}, nil
}

// Addr is where clients send to.
func (r *Relay) Addr() netip.AddrPort { return r.socket.LocalAddr().(*net.UDPAddr).AddrPort() }

// Change changes the lines of all clients, those to come included.
func (r *Relay) Change(s Settings) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings = s
	for _, c := range r.clients {
		c.up.change(s)
		c.down.change(s)
	}
}

// Run passes packets on until the context ends, and waits for everything that it started.
func (r *Relay) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() { r.close() })
	defer stop()
	defer r.wg.Wait()
	defer r.close()
	buf := make([]byte, relayPacket)
	for {
		n, from, err := r.socket.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			continue // an answer from the network about one packet
		}
		if c := r.client(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())); c != nil {
			c.up.pass(buf[:n])
		}
	}
}

func (r *Relay) close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return
	}
	r.closed = true
	_ = r.socket.Close()
	for _, c := range r.clients {
		c.close()
	}
}

// client is one address that packets come from, with a socket of its own towards the server.
type client struct {
	upstream *net.UDPConn
	up, down *way
}

func (c *client) close() {
	_ = c.upstream.Close()
	c.up.close()
	c.down.close()
}

// client finds or makes the client of an address; nil where there are too many.
func (r *Relay) client(from netip.AddrPort) *client {
	r.mu.Lock()
	defer r.mu.Unlock()
	if c := r.clients[from]; c != nil {
		return c
	}
	if r.closed || len(r.clients) >= maxClients {
		return nil
	}
	upstream, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(r.target))
	if err != nil {
		return nil
	}
	seed := uint64(len(r.clients))
	c := &client{
		upstream: upstream,
		up:       newWay(r.settings, 2*seed, func(b []byte) { _, _ = upstream.Write(b) }),
		down:     newWay(r.settings, 2*seed+1, func(b []byte) { _, _ = r.socket.WriteToUDPAddrPort(b, from) }),
	}
	r.clients[from] = c
	r.wg.Go(c.up.run)
	r.wg.Go(c.down.run)
	r.wg.Go(func() {
		buf := make([]byte, relayPacket)
		for {
			n, err := upstream.Read(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				c.down.pass(buf[:n])
			}
		}
	})
	return c
}

// way is one direction of one client: a line, and the packets that are on it.
type way struct {
	send    func([]byte)
	waiting chan delivery
	done    chan struct{}
	once    sync.Once

	mu   sync.Mutex // guards the following field
	line *Line
}

type delivery struct {
	packet []byte
	at     time.Time
}

func newWay(s Settings, seed uint64, send func([]byte)) *way {
	return &way{send: send, line: NewLine(s, seed), waiting: make(chan delivery, maxWaiting), done: make(chan struct{})}
}

func (w *way) change(s Settings) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.line.Change(s)
}

// ipHeaders are what a datagram takes on the wire besides.
const ipHeaders = 28

func (w *way) pass(packet []byte) {
	w.mu.Lock()
	at, ok := w.line.Send(len(packet)+ipHeaders, time.Now())
	w.mu.Unlock()
	if !ok {
		return
	}
	select {
	case w.waiting <- delivery{append([]byte(nil), packet...), at}:
	default:
	}
}

// run delivers the packets in their order, each at its time.
func (w *way) run() {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		select {
		case <-w.done:
			return
		case d := <-w.waiting:
			if left := time.Until(d.at); left > 0 {
				timer.Reset(left)
				select {
				case <-timer.C:
				case <-w.done:
					return
				}
			}
			w.send(d.packet)
		}
	}
}

func (w *way) close() { w.once.Do(func() { close(w.done) }) }
