package session

import (
	"context"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
)

// Engine forwards media. [NewEngine] makes one of an sfu.Server.
type Engine interface {
	Room(id string, h sfu.RoomHandler) EngineRoom
}

// EngineRoom is where media sessions meet; see sfu.Room.
type EngineRoom interface {
	Join(participant string, generation uint32, h sfu.Handler) (MediaSession, error)
	Close() error
}

// MediaSession is one participant's media connection; see sfu.Session.
type MediaSession interface {
	Answer(context.Context, sfu.Offer) (string, error)
	AckSlots(seq uint64)
	Views([]sfu.View)
	Choose(sfu.Choice)
	SetFlow(sfu.Flow)
	// LastHeard is when the last authentic packet came; zero for never.
	LastHeard() time.Time
	Close() error
}

// NewEngine gives the media engine as sessions see it.
func NewEngine(s *sfu.Server) Engine { return engine{s} }

type engine struct{ server *sfu.Server }

func (e engine) Room(id string, h sfu.RoomHandler) EngineRoom {
	return engineRoom{e.server.Room(id, h)}
}

type engineRoom struct{ *sfu.Room }

func (r engineRoom) Join(participant string, generation uint32, h sfu.Handler) (MediaSession, error) {
	s, err := r.Room.Join(participant, generation, h)
	if err != nil {
		return nil, err // and no session: a nil one within the interface would be one
	}
	return s, nil
}
