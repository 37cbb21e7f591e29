package signaling

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/netip"
	"runtime/debug"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/conn"
	"github.com/anteroom-video/anteroom/signaling/session"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Config is what a Server is made with. Lobby, Accounts, Tokens and Media must be set.
type Config struct {
	Lobby    session.Lobby
	Accounts session.Accounts
	Tokens   session.Tokens
	Media    session.Engine // session.NewEngine of an sfu.Server

	// Clock; nil for the system's.
	Clock func() time.Time
	// Logger; nil for none.
	Logger *slog.Logger
	// Origins of pages that may connect beside the host that they connect to, as scheme://host.
	Origins []string
	// Address gives where a request comes from, for the limits per address. nil for the connection's other end.
	Address func(*http.Request) netip.Addr
	// Relays; nil for none.
	Relays session.Relays
	// Receipts; nil for none.
	Receipts *session.Receipts
	// Nodes are other addresses for clients to try when this one does not answer.
	Nodes []string
}

// Server is the signalling of one node. It is the http.Handler of the websocket's path. Safe for concurrent use.
type Server struct {
	config Config
	host   *session.Host
	rooms  *rooms
	door   *door

	serving sync.WaitGroup // handlers of sockets

	mu sync.Mutex // guards the following fields

	closing  bool
	sessions map[*session.Session]bool
	turned   map[string]uint64 // why sockets were turned away before they were accepted, for Stats
}

// New makes a server. It starts nothing before the first arrival.
func New(c Config) *Server {
	if c.Clock == nil {
		c.Clock = time.Now
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Address == nil {
		c.Address = remoteAddress
	}
	s := &Server{config: c, door: newDoor(), sessions: map[*session.Session]bool{}, turned: map[string]uint64{}}
	s.host = &session.Host{
		Lobby: c.Lobby, Accounts: c.Accounts, Tokens: c.Tokens,
		Clock: c.Clock, Logger: c.Logger, Relays: c.Relays, Receipts: c.Receipts, Nodes: c.Nodes, Counts: session.NewCounts(),
	}
	s.rooms = newRooms(s.host, c.Media)
	s.host.Rooms = s.rooms
	return s
}

func remoteAddress(r *http.Request) netip.Addr {
	a, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	return a.Addr()
}

// ServeHTTP serves one socket until it is gone. Turned away before the websocket begins: 503 while closing or when too many have
// not signed on, 403 for other origins, 4xx for what is no websocket.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v := s.door.enter(s.config.Address(r))
	if v == nil {
		s.turnAway(w, http.StatusServiceUnavailable)
		return
	}
	defer v.leave()
	if !s.begin() {
		s.turnAway(w, http.StatusServiceUnavailable)
		return
	}
	defer s.serving.Done()
	defer s.guard()
	c, err := conn.Accept(w, r, s.config.Origins)
	if err != nil {
		s.count("no websocket")
		return
	}
	start := s.config.Clock()
	one := session.New(s.host, c, v.leave)
	gone := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() {
		select {
		case <-v.out:
			one.Close(wire.CloseTimeout)
		case <-gone:
		}
	})
	code := s.serve(one)
	close(gone)
	waiting.Wait()
	s.host.Counts.Close(code)
	s.config.Logger.Debug("socket closed", slog.String("reason", code.Reason()), slog.Duration("after", s.config.Clock().Sub(start)))
}

// serve runs a session and keeps it in the list meanwhile.
func (s *Server) serve(one *session.Session) wire.CloseCode {
	s.mu.Lock()
	s.sessions[one] = true
	if s.closing {
		one.Close(wire.CloseGoingAway)
	}
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.sessions, one)
	}()
	return one.Serve()
}

func (s *Server) turnAway(w http.ResponseWriter, status int) {
	s.count(http.StatusText(status))
	w.Header().Set("Retry-After", "5")
	http.Error(w, http.StatusText(status), status)
}

func (s *Server) count(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.turned[why]++
}

// begin lets a socket be served, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closing {
		return false
	}
	s.serving.Add(1)
	return true
}

// guard is the last net under one socket's handler; the session has its own.
func (s *Server) guard() {
	if recovered := recover(); recovered != nil {
		s.host.Panicked("socket", recovered, debug.Stack())
	}
}

func (s *Server) each(f func(*session.Session)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for one := range s.sessions {
		f(one)
	}
}

// Close tells everybody to resume (close code 1001) and takes no more sockets, then ends every live room on this node
// and waits for all of it: durable writes that are open are tried until ctx ends. Rooms are not ended for their people:
// who was admitted stays admitted and resumes on the next server. It may be called again.
func (s *Server) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closing = true
	s.mu.Unlock()
	s.each(func(one *session.Session) { one.Close(wire.CloseGoingAway) })
	served := make(chan struct{})
	go func() { // ends with the sockets, which their deadlines end
		s.serving.Wait()
		close(served)
	}()
	var err error
	select {
	case <-served:
	case <-ctx.Done():
		err = ctx.Err()
	}
	return errors.Join(err, s.rooms.close(ctx))
}

// SignOut ends the sockets of an account that was disabled, and gives up its seats. Call it after the durable write.
func (s *Server) SignOut(account lobby.AccountID) {
	s.each(func(one *session.Session) {
		if one.Account() == account {
			one.Evict()
		}
	})
}
