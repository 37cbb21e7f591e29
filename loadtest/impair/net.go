package impair

import (
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/transport/v4"
	"github.com/pion/transport/v4/deadline"
	"github.com/pion/transport/v4/stdnet"
)

// Net is the machine's network with a bad line behind every UDP socket, the same both ways.
type Net struct {
	*stdnet.Net
	settings Settings
	seed     uint64
	sockets  atomic.Uint64
}

// NewNet makes a network whose lines differ by the seed.
func NewNet(s Settings, seed uint64) (*Net, error) {
	machine, err := stdnet.NewNet()
	if err != nil {
		return nil, fmt.Errorf("impair: %w", err)
	}
	return &Net{Net: machine, settings: s, seed: seed}, nil
}

// ListenUDP opens a socket behind a line of its own.
func (n *Net) ListenUDP(network string, address *net.UDPAddr) (transport.UDPConn, error) {
	c, err := n.Net.ListenUDP(network, address)
	if err != nil {
		return nil, err
	}
	seed := n.seed<<16 + 2*n.sockets.Add(1)
	s := &socket{UDPConn: c, arrived: make(chan delivery), closed: make(chan struct{}), until: deadline.New()}
	s.out = newWay(n.settings, seed, func(d delivery) { _, _ = c.WriteTo(d.packet, d.peer) })
	s.in = newWay(n.settings, seed+1, s.arrive)
	s.wg.Go(s.out.run)
	s.wg.Go(s.in.run)
	s.wg.Go(s.listen)
	return s, nil
}

// socket is a UDP socket behind a line. Its other methods are those of the socket itself.
type socket struct {
	transport.UDPConn
	out, in *way
	arrived chan delivery
	closed  chan struct{}
	once    sync.Once
	until   *deadline.Deadline // of reads
	wg      sync.WaitGroup
}

// listen puts on the line what comes from the network.
func (s *socket) listen() {
	buf := make([]byte, longest)
	for {
		n, from, err := s.UDPConn.ReadFrom(buf)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			s.in.pass(buf[:n], from)
		}
	}
}

func (s *socket) arrive(d delivery) {
	select {
	case s.arrived <- d:
	case <-s.closed:
	}
}

func (s *socket) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-s.arrived:
		return copy(b, d.packet), d.peer, nil
	case <-s.until.Done():
		return 0, nil, os.ErrDeadlineExceeded
	case <-s.closed:
		return 0, nil, net.ErrClosed
	}
}

// WriteTo gives a packet to the line, which may lose it.
func (s *socket) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-s.closed:
		return 0, net.ErrClosed
	default:
		s.out.pass(b, to)
		return len(b), nil
	}
}

func (s *socket) SetReadDeadline(t time.Time) error { s.until.Set(t); return nil }
func (s *socket) SetDeadline(t time.Time) error     { return s.SetReadDeadline(t) }

// Close waits until all of the socket has ended.
func (s *socket) Close() (err error) {
	s.once.Do(func() {
		close(s.closed)
		s.out.close()
		s.in.close()
		err = s.UDPConn.Close()
	})
	s.wg.Wait()
	return err
}
