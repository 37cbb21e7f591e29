package impair

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
)

const (
	// maxClients is how many addresses a relay serves at a time.
	maxClients = 64
	// longest packet that is passed on, in bytes.
	longest = 2048
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
	buf := make([]byte, longest)
	for {
		n, from, err := r.socket.ReadFromUDPAddrPort(buf)
		if errors.Is(err, net.ErrClosed) {
			return nil
		}
		if err != nil {
			continue // an answer from the network about one packet
		}
		if c := r.client(netip.AddrPortFrom(from.Addr().Unmap(), from.Port())); c != nil {
			c.up.pass(buf[:n], nil)
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
		up:       newWay(r.settings, 2*seed, func(d delivery) { _, _ = upstream.Write(d.packet) }),
		down:     newWay(r.settings, 2*seed+1, func(d delivery) { _, _ = r.socket.WriteToUDPAddrPort(d.packet, from) }),
	}
	r.clients[from] = c
	r.wg.Go(c.up.run)
	r.wg.Go(c.down.run)
	r.wg.Go(func() {
		buf := make([]byte, longest)
		for {
			n, err := upstream.Read(buf)
			if errors.Is(err, net.ErrClosed) {
				return
			}
			if err == nil {
				c.down.pass(buf[:n], nil)
			}
		}
	})
	return c
}
