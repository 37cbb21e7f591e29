package ingress

import (
	"context"
	"net"
	"sync"
)

// Outlet gives the connections of one kind to whoever serves them. It is a net.Listener.
type Outlet struct {
	addr  net.Addr
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

// NewOutlet makes an outlet that says it listens on addr.
func NewOutlet(addr net.Addr) *Outlet {
	return &Outlet{addr: addr, conns: make(chan net.Conn, outletQueue), done: make(chan struct{})}
}

// offer hands a connection over; false if nobody takes any.
func (o *Outlet) offer(ctx context.Context, c net.Conn) bool {
	if o.closed() {
		return false
	}
	select {
	case o.conns <- c:
		if o.closed() { // meanwhile, and perhaps after Close has looked
			o.drain()
		}
		return true
	case <-o.done:
	case <-ctx.Done():
	}
	return false
}

// Accept waits for the next connection. After Close it returns net.ErrClosed.
func (o *Outlet) Accept() (net.Conn, error) {
	if o.closed() {
		return nil, net.ErrClosed
	}
	select {
	case <-o.done:
		return nil, net.ErrClosed
	case c := <-o.conns:
		return c, nil
	}
}

// Close ends the outlet and the connections that nobody has accepted.
func (o *Outlet) Close() error {
	o.once.Do(func() { close(o.done) })
	o.drain()
	return nil
}

func (o *Outlet) closed() bool {
	select {
	case <-o.done:
		return true
	default:
		return false
	}
}

// drain closes the connections that nobody will accept.
func (o *Outlet) drain() {
	for {
		select {
		case c := <-o.conns:
			_ = c.Close()
		default:
			return
		}
	}
}

// Addr is the address that the outlet was made with.
func (o *Outlet) Addr() net.Addr { return o.addr }
