package lobby

import (
	"context"
	"errors"
	"time"
)

// CheckLink returns what the link with this auth value opens at now. It changes nothing, so whoever opens links to look
// at them (mail scanners, previews) does no harm.
//
// Errors: [ErrLinkInvalid] for unknown and for expired links, after the same work; [ErrRevoked]; [EarlyError] before the
// window, and then Access is filled all the same, so that a page can say when to come. Links of counsellors are never early.
func (s *Service) CheckLink(ctx context.Context, tenant TenantID, auth [32]byte, now time.Time) (Access, error) {
	return s.checkHash(ctx, tenant, HashLink(auth), now, Tx.Link)
}

// CheckCode is [Service.CheckLink] for what the link's code gives.
func (s *Service) CheckCode(ctx context.Context, tenant TenantID, auth [32]byte, now time.Time) (Access, error) {
	return s.checkHash(ctx, tenant, HashLink(auth), now, Tx.Code)
}

func (s *Service) checkHash(ctx context.Context, tenant TenantID, hash LinkHash, now time.Time, find func(Tx, LinkHash) (Link, error)) (Access, error) {
	var access Access
	err := s.store.View(ctx, tenant, func(tx Tx) error {
		link, err := find(tx, hash)
		if err != nil && !errors.Is(err, ErrNotFound) {
			return err
		}
		// An unknown link goes through the comparisons too, with the zero Link.
		_, closes := Room{StartsAt: link.StartsAt, EndsAt: link.EndsAt}.Window()
		known := link.Hash.equal(hash)
		expired := !closes.IsZero() && !now.Before(closes)
		if !known || expired {
			return ErrLinkInvalid
		}
		access, err = s.personAccess(tx, link.Room, link.Person)
		return err
	})
	if err != nil {
		return Access{}, doing("check the link", err)
	}
	if access.Person.Revoked {
		return Access{}, doing("check the link", ErrRevoked)
	}
	if opens, _ := access.Room.Window(); now.Before(opens) && !access.Role.Moderates() {
		return access, &EarlyError{OpensAt: opens}
	}
	return access, nil
}

// PersonAccess returns what a person has who proved by a token to be it. The window does not matter here: it is about
// arriving. The caller compares the token's session and generation with Access.Room.Session and Access.Person.Generation.
// Errors: [ErrNotFound], [ErrRevoked]. Counsellors' presence keeps a room from expiring.
func (s *Service) PersonAccess(ctx context.Context, tenant TenantID, room RoomID, person PersonID) (Access, error) {
	var access Access
	err := s.store.View(ctx, tenant, func(tx Tx) (err error) {
		access, err = s.personAccess(tx, room, person)
		return err
	})
	if err == nil && access.Person.Revoked {
		access, err = Access{}, ErrRevoked
	}
	if err == nil && access.Role.Moderates() {
		s.noteUse(ctx, &access.Room)
	}
	return access, doing("look up the person", err)
}

// AccountAccess returns what a counsellor's account has in a room: [ErrNotFound] when it may not open it. The caller knows
// that the account is signed in and not disabled. Counsellors' presence keeps a room from expiring.
func (s *Service) AccountAccess(ctx context.Context, tenant TenantID, room RoomID, account AccountID) (Access, error) {
	access := Access{Account: account}
	err := s.store.View(ctx, tenant, func(tx Tx) (err error) {
		if access.Room, err = roomFor(tx, account, room); err != nil {
			return err
		}
		access.Role, _ = access.Room.RoleOf(account)
		access.Policy, err = s.policyOf(access.Room)
		return err
	})
	if err != nil {
		return Access{}, doing("look up the account", err)
	}
	s.noteUse(ctx, &access.Room)
	return access, nil
}

func (s *Service) personAccess(tx Tx, id RoomID, person PersonID) (Access, error) {
	room, err := tx.Room(id)
	if err != nil {
		return Access{}, err
	}
	p, err := tx.Person(id, person)
	if err != nil {
		return Access{}, err
	}
	policy, err := s.policyOf(room)
	return Access{Room: room, Person: p, Role: p.Role, Policy: policy}, err
}

// policyOf fails for a policy that is no longer configured: guessing another one could open what it had closed.
func (s *Service) policyOf(room Room) (Policy, error) {
	p, ok := s.policies[room.Policy]
	if !ok {
		return Policy{}, ErrNoPolicy
	}
	return p, nil
}

// noteUse moves the day on which an unused room is deleted. It writes at most once a day and room. A store that cannot
// write now does not keep a counsellor out of the room: the next entry tries again, weeks before it matters.
func (s *Service) noteUse(ctx context.Context, room *Room) {
	now := s.clock()
	if !room.expiry(now).After(room.ExpiresAt) {
		return
	}
	_ = s.store.Update(ctx, room.Tenant, func(tx Tx) error {
		current, err := tx.Room(room.ID)
		if err != nil {
			return err
		}
		current.ExpiresAt = current.expiry(now)
		return tx.PutRoom(current)
	})
}
