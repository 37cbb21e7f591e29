package sfu

import (
	"context"
	"fmt"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/sfu/transport/peerconnection"
)

// SocketBuffer is what the UDP socket asks the system for, in bytes and for each direction: at 500 Mbit/s a
// fifteenth of a second.
const SocketBuffer = 4 << 20

// Server is one node's media engine: the media port and the rooms on it.
type Server struct {
	transports transport.Factory
	ports      *peerconnection.Factory // transports, where they are ours; nil otherwise
	limits     Limits
	log        *slog.Logger

	sources  atomic.Uint32 // numbers of streams, see seqmap.Source
	sessions atomic.Int64
	panics   atomic.Uint64
	ended    [endReasons]atomic.Uint64
	latency  histogram
	ledger   ledger

	// mu guards the following fields.
	mu     sync.Mutex
	closed bool
	rooms  map[string]*Room
}

// New opens the media port. Errors name the address that could not be opened.
func New(c Config) (*Server, error) {
	s := &Server{limits: c.Limits.withDefaults(), log: c.Logger, rooms: map[string]*Room{}, transports: c.Transports}
	s.ledger.live = map[*counters]struct{}{}
	if s.transports != nil {
		return s, nil
	}
	f, err := openPorts(c)
	if err != nil {
		if c.TCP != nil {
			_ = c.TCP.Close()
		}
		return nil, err
	}
	s.transports, s.ports = f, f
	return s, nil
}

// OpenSocket opens the media port, as New does where it is given none. Errors name the address.
func OpenSocket(at netip.AddrPort) (icemux.Socket, error) {
	socket, err := icemux.OpenUDP(at, SocketBuffer)
	if err != nil {
		return nil, fmt.Errorf("sfu: media port %s: %w", at, err)
	}
	return socket, nil
}

func openPorts(c Config) (*peerconnection.Factory, error) {
	socket := c.Socket
	if socket == nil {
		var err error
		if socket, err = OpenSocket(c.UDP); err != nil {
			return nil, err
		}
	}
	f, err := peerconnection.New(peerconnection.Config{Socket: socket, TCP: c.TCP, IPs: c.IPs, Logger: c.Logger})
	if err != nil {
		_ = socket.Close()
		return nil, fmt.Errorf("sfu: %w", err)
	}
	return f, nil
}

// Room returns the room with the id and makes it if there is none. h is told of the room's events and is fixed by the
// call that makes it; nil for nobody. The room exists until [Room.Close]. After Close of the server, the room returned
// is closed. It does not block.
func (s *Server) Room(id string, h RoomHandler) *Room { return s.room(id, h, false) }

// probeRoom cannot be a room of the product: its id would have to hold a zero byte.
const probeRoom = "\x00probe"

// ProbeRoom returns the room for probes of the server itself. It stands outside of Limits.Sessions and of all counts
// but those of the sockets: a full server can be probed like an empty one, and a probe is nobody's call. Otherwise it
// is like any other room.
func (s *Server) ProbeRoom() *Room { return s.room(probeRoom, nil, true) }

func (s *Server) room(id string, h RoomHandler, uncounted bool) *Room {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r, ok := s.rooms[id]; ok {
		return r
	}
	r := newRoom(s, id, h, uncounted)
	if s.closed {
		r.closed = true
		return r
	}
	r.wg.Go(r.loop)
	s.rooms[id] = r
	return r
}

func (s *Server) forget(r *Room) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.rooms[r.id] == r {
		delete(s.rooms, r.id)
	}
}

// MediaAddr is the address of the UDP socket; the zero value if the connections were made elsewhere.
func (s *Server) MediaAddr() netip.AddrPort {
	if s.ports == nil {
		return netip.AddrPort{}
	}
	return s.ports.MediaAddr()
}

// Told are the UDP addresses that clients are told to send to; none if the connections were made elsewhere.
func (s *Server) Told() []netip.AddrPort {
	if s.ports == nil {
		return nil
	}
	return s.ports.Told()
}

// Receive takes a datagram that reached the node on another way, as though it had come to the media port from that
// address. What goes back is written to the socket. It does not keep b.
func (s *Server) Receive(b []byte, from netip.AddrPort) {
	if s.ports != nil {
		s.ports.Receive(b, from)
	}
}

// Close ends every room and session, closes the port and waits for every goroutine, or for ctx.
func (s *Server) Close(ctx context.Context) error {
	done := make(chan error, 1)
	go func() { done <- s.close() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("sfu: closing: %w", ctx.Err())
	}
}

func (s *Server) close() error {
	s.mu.Lock()
	s.closed = true
	rooms := make([]*Room, 0, len(s.rooms))
	for _, r := range s.rooms {
		rooms = append(rooms, r)
	}
	s.mu.Unlock()
	var closing sync.WaitGroup
	for _, r := range rooms {
		closing.Go(func() { _ = r.Close() })
	}
	closing.Wait()
	return s.transports.Close()
}

// enter counts a session, if there is room for one more.
func (s *Server) enter() bool {
	if s.sessions.Add(1) > int64(s.limits.Sessions) {
		s.sessions.Add(-1)
		return false
	}
	return true
}

// leave counts a session out.
func (s *Server) leave() { s.sessions.Add(-1) }

// panicked counts a fault and logs where it was. The value may hold anything and is not logged.
func (s *Server) panicked(any) {
	s.panics.Add(1)
	if s.log != nil {
		s.log.Error("media engine: a fault", "stack", string(debug.Stack()))
	}
}

func (s *Server) warn(what string, err error) {
	if s.log != nil {
		s.log.Warn("media engine: "+what, "error", err)
	}
}

// Stats returns the counts so far. It does not block.
func (s *Server) Stats() Stats {
	stats := Stats{
		Sessions: int(s.sessions.Load()), Socket: s.transports.Stats(),
		Dropped: map[string]uint64{}, Ended: map[string]uint64{},
		Lines: map[string]int{string(LineGood): 0, string(LineMid): 0, string(LineBad): 0}, Estimates: make([]int, len(EstimateSteps())+1),
	}
	stats.Panics = s.panics.Load() + stats.Socket.Panics
	s.ledger.addTo(&stats)
	s.mu.Lock()
	rooms := make([]*Room, 0, len(s.rooms))
	for _, r := range s.rooms {
		if !r.uncounted {
			rooms = append(rooms, r)
		}
	}
	s.mu.Unlock()
	stats.Rooms = len(rooms)
	for _, r := range rooms {
		for _, session := range *r.all.Load() {
			session.countLine(&stats)
			for _, p := range *session.pubs.Load() {
				if p == nil {
					continue
				}
				stats.Publications++
				p.mu.Lock()
				stats.Subscriptions += len(p.subs)
				p.mu.Unlock()
			}
		}
	}
	for reason := range endReasons {
		stats.Ended[reason.String()] = s.ended[reason].Load()
	}
	return stats
}

// Latency returns what was measured so far. It does not block.
func (s *Server) Latency() Latency {
	l := Latency{Bounds: slices.Clone(latencyBounds[:]), Sum: time.Duration(s.latency.sum.Load())}
	for i := range s.latency.buckets {
		l.Counts = append(l.Counts, s.latency.buckets[i].Load())
	}
	return l
}
