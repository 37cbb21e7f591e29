package session

import (
	"context"
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
)

// store makes the durable writes of one room (room.Store) through the lobby.
type store struct {
	lobby   Lobby
	tenant  lobby.TenantID
	room    lobby.RoomID
	session string
	proof   *proof
}

func (s store) Begin(ctx context.Context) error {
	return written(s.lobby.BeginSession(ctx, s.tenant, s.room, s.session))
}

// Raise raises until it is enough. The lobby counts up by one; the one who asks is the only one who raises besides a new
// link, and a generation that is too high makes tokens worthless, never good.
func (s store) Raise(ctx context.Context, p lobby.PersonID, generation uint32) error {
	access, err := s.lobby.PersonAccess(ctx, s.tenant, s.room, p)
	for have := access.Person.Generation; err == nil && have < generation; {
		have, err = s.lobby.RaiseGeneration(ctx, s.tenant, s.room, p)
	}
	return written(err)
}

func (s store) Revoke(ctx context.Context, p lobby.PersonID) error {
	return written(s.lobby.Revoke(ctx, s.tenant, s.room, p))
}

func (s store) UnlockPIN(ctx context.Context, p lobby.PersonID) error {
	return written(s.lobby.UnlockPIN(ctx, s.tenant, s.room, p))
}

func (s store) NoteConsent(ctx context.Context, p lobby.PersonID) error {
	return written(s.lobby.NoteConsent(ctx, s.tenant, s.room, p))
}

func (s store) Forget(ctx context.Context, p lobby.PersonID) error {
	return written(s.lobby.Withdraw(ctx, s.tenant, s.room, p))
}

func (s store) Delete(ctx context.Context) error {
	left, err := s.lobby.EndSession(ctx, s.tenant, s.room, s.session)
	if err == nil || errors.Is(err, lobby.ErrErasurePending) {
		s.proof.wiped(left)
	}
	return written(err)
}

// written takes what no longer exists for written, and what is durable though old copies are still to be wiped, which the
// store does by itself.
func written(err error) error {
	if errors.Is(err, lobby.ErrNotFound) || errors.Is(err, lobby.ErrRevoked) || errors.Is(err, lobby.ErrErasurePending) {
		return nil
	}
	return err
}
