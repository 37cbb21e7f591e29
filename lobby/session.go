package lobby

import (
	"context"
	"errors"
)

// BeginSession notes that somebody was let into the room in this session. Durable before it returns; noting it again is no
// error. [ErrNotFound] when the session is over.
func (s *Service) BeginSession(ctx context.Context, tenant TenantID, id RoomID, session string) error {
	return doing("begin the session", s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := inSession(tx, id, session)
		if err != nil || room.Begun {
			return err
		}
		room.Begun, room.StandIn = true, false
		return tx.PutRoom(room)
	}))
}

// Begun returns what a node that starts must bring to an end: the rooms whose session has begun. A room whose policy is not
// configured any more is left out, because nobody can enter it either; it expires.
func (s *Service) Begun(ctx context.Context) ([]Access, error) {
	tenants, err := s.store.Tenants(ctx)
	if err != nil {
		return nil, doing("list the tenants", err)
	}
	var begun []Access
	for _, tenant := range tenants {
		err := s.store.View(ctx, tenant, func(tx Tx) error {
			rooms, err := tx.Begun()
			for _, room := range rooms {
				if policy, ok := s.policies[room.Policy]; ok {
					begun = append(begun, Access{Room: room, Policy: policy})
				}
			}
			return err
		})
		if err != nil {
			return nil, doing("list the sessions that have begun", err)
		}
	}
	return begun, nil
}

// inSession returns the room if it is in this session.
func inSession(tx Tx, id RoomID, session string) (Room, error) {
	room, err := tx.Room(id)
	if err == nil && room.Session != session {
		return Room{}, ErrNotFound
	}
	return room, err
}

// EndSession is [Service.EndRoom] for this session alone: [ErrNotFound] when it is over already. Who does not know whether
// the end was written may ask again, and does not end the next session of a series.
func (s *Service) EndSession(ctx context.Context, tenant TenantID, id RoomID, session string) (Ended, error) {
	return s.end(ctx, tenant, func(tx Tx) (Room, error) { return inSession(tx, id, session) })
}

// EndRoom ends the session of a room: a one-time room is deleted with everything that was known about it; a series gets
// a new session id, and keeps persons and links only where its policy says so. Removed persons stay removed.
func (s *Service) EndRoom(ctx context.Context, tenant TenantID, id RoomID) (Ended, error) {
	return s.end(ctx, tenant, func(tx Tx) (Room, error) { return tx.Room(id) })
}

func (s *Service) end(ctx context.Context, tenant TenantID, find func(Tx) (Room, error)) (Ended, error) {
	var ended Ended
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		ended = Ended{}
		room, err := find(tx)
		if err != nil {
			return err
		}
		if room.Kind != Series {
			ended.Deleted = true
			return tx.DeleteRoom(room.ID)
		}
		room.Session, room.Begun, room.StandIn = newSession(), false, false
		room.ExpiresAt = room.expiry(s.clock())
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		// A policy that is no longer configured is the zero one, which keeps nobody.
		if !s.policies[room.Policy].LinksSurvive {
			return tx.DeletePersons(room.ID)
		}
		persons, err := tx.Persons(room.ID)
		for _, p := range persons {
			if !p.Revoked {
				ended.Persons++
			}
		}
		return err
	})
	ended.Copies = errors.Is(err, ErrErasurePending)
	return ended, doing("end the room", err)
}
