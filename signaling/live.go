package signaling

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/session"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// LiveState is what a list of rooms shows of a room. The zero value but for State "idle" stands for one where nobody is.
type LiveState struct {
	Waiting int    // seats in the waiting room
	Members int    // seats in the room
	State   string // idle (no counsellor is there, nobody was let in), open, paused, held
	// WaitingPersons are the persons who wait, each once.
	WaitingPersons []lobby.PersonID
}

// Live gives what a list of rooms shows, without waiting for anybody.
func (s *Server) Live(id lobby.RoomID) LiveState {
	e, leave := s.rooms.find(id)
	defer leave()
	if e == nil {
		return LiveState{State: "idle"}
	}
	m := e.Summary()
	return LiveState{Waiting: m.Waiting, Members: m.Members, State: string(m.Status), WaitingPersons: m.WaitingPersons}
}

// Revive makes rooms live whose sessions had begun when the process before this one ended: paused, so that each ends in its
// time although nobody may come back. Call it once, at the start; a room that somebody entered already is left alone.
func (s *Server) Revive(begun []lobby.Access) error {
	for _, access := range begun {
		e, _, err := s.rooms.hold(access)
		if err != nil {
			return fmt.Errorf("revive a room: %w", err)
		}
		s.rooms.leave(e)
	}
	return nil
}

// EndRoom ends a room for all that has been ended or deleted durably: call it after that, or somebody could arrive in
// between. left is what the store kept of it. When it returns everybody has been told and no media flows. The token gives the receipt of
// the deletion, once, as those of the people who were in do; "" where there was no live room, which is no error.
func (s *Server) EndRoom(ctx context.Context, id lobby.RoomID, left lobby.Ended) (promise string, err error) {
	e, leave := s.rooms.find(id)
	defer leave()
	if e == nil {
		return "", nil
	}
	return e.End(ctx, left)
}

// Occupied reports whether somebody is in the room, and not only waiting for it.
func (s *Server) Occupied(id lobby.RoomID) bool { return s.Live(id).Members > 0 }

// InvitePerson tells those who moderate in the live room of a person who was invited durably: call it after that. No live room is no error.
func (s *Server) InvitePerson(ctx context.Context, id lobby.RoomID, p lobby.Person) error {
	e, leave := s.rooms.find(id)
	defer leave()
	if e == nil {
		return nil
	}
	return e.Invite(ctx, p)
}

// HandOver tells those who wait in the live room that a colleague comes, and puts out whoever came into it by the first counsellor's account
// or own link while it was handed over durably: call it after that. No live room is no error.
func (s *Server) HandOver(ctx context.Context, h lobby.HandedOver) error {
	s.each(func(one *session.Session) {
		if one.Room() == h.Room.ID && one.Account() == h.From {
			one.Evict()
		}
	})
	e, leave := s.rooms.find(h.Room.ID)
	defer leave()
	if e == nil {
		return nil
	}
	var errs []error // one does not keep the others from it: it is so in the store already, and whoever asked may have hung up
	for _, person := range h.Revoked {
		errs = append(errs, e.Remove(ctx, person))
	}
	return errors.Join(append(errs, e.StandIn(ctx, h.Room))...)
}

// RemovePerson removes a person from the live room whose link has been revoked durably: call it after that. When it
// returns his sockets are told and no media of his flows. No live room is no error.
func (s *Server) RemovePerson(ctx context.Context, id lobby.RoomID, person lobby.PersonID) error {
	e, leave := s.rooms.find(id)
	defer leave()
	if e == nil {
		return nil
	}
	return e.Remove(ctx, person)
}

// ReplaceLink gives up the seats of a person whose link has been replaced durably, which gave him this generation: call it
// after that. When it returns whoever came by the old link is told and out, and comes in by it no more. No live room is no error.
func (s *Server) ReplaceLink(ctx context.Context, id lobby.RoomID, person lobby.PersonID, generation uint32) error {
	e, leave := s.rooms.find(id)
	defer leave()
	if e == nil {
		return nil
	}
	return e.ReplaceLink(ctx, person, generation)
}

// NotePIN tells those who moderate whether a person's PIN is locked, as it is in the store now: call it after that. No live room is no error.
func (s *Server) NotePIN(ctx context.Context, p lobby.Person) error {
	e, leave := s.rooms.find(p.Room)
	defer leave()
	if e == nil {
		return nil
	}
	return e.NotePIN(ctx, p)
}

// settlesWithin is how long Settled waits.
const settlesWithin = time.Second

// Settled waits until what a live room decided by now is in the store, for a second at most, and reports whether there was a live room: what was
// read from the store before may be older than that.
func (s *Server) Settled(ctx context.Context, id lobby.RoomID) bool {
	e, leave := s.rooms.findLeaving(id)
	defer leave()
	if e == nil {
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, settlesWithin)
	defer cancel()
	_ = e.Settled(ctx) // what could not be written is behind the room, and refused there
	return true
}

// Stats are counts since the server began, and the present sizes. They carry no ids.
type Stats struct {
	Sockets         int // open now
	Unauthenticated int // of them without a sign-on
	Rooms           int // live now
	Waiting         int // seats in waiting rooms now
	Members         int // seats in rooms now
	Unsaved         int // durable writes that are open because the store failed

	Joins, Resumes, Kept, Admits, Panics uint64
	// Pairs of two who might connect to each other, and those of which both did.
	Pairs, PairsShown uint64

	TurnedAway map[string]uint64         // before the websocket began, by reason
	Refused    map[wire.Code]uint64      // requests
	Closed     map[wire.CloseCode]uint64 // sockets; 0 for those that the peer or the network ended, wire.CloseTooSlow for full outboxes

	Waited       session.Buckets // from knocking to being let in
	AdmitLatency session.Buckets // from a counsellor's admit to everything done that follows from it
}

// Stats reads the counts.
func (s *Server) Stats() Stats {
	c := s.host.Counts
	out := Stats{
		Unauthenticated: s.door.waiting(),
		Joins:           c.Joins.Load(), Resumes: c.Resumes.Load(), Kept: c.Kept.Load(), Admits: c.Admits.Load(), Panics: c.Panics.Load(),
		Pairs: c.Pairs.Load(), PairsShown: c.Shown.Load(),
		Refused: c.Refused(), Closed: c.Closed(), Waited: c.Waited.Buckets(), AdmitLatency: c.AdmitLatency.Buckets(),
	}
	s.mu.Lock()
	out.Sockets = len(s.sessions)
	out.TurnedAway = maps.Clone(s.turned)
	s.mu.Unlock()
	s.rooms.each(func(l *session.Live) {
		m := l.Summary()
		out.Rooms++
		out.Waiting += m.Waiting
		out.Members += m.Members
		out.Unsaved += l.Unsaved()
	})
	return out
}
