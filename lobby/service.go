package lobby

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// Service applies the rules to what the store keeps. It holds no state of its own and is safe for concurrent use.
//
// Methods that take an account are for that account's requests: a room that it may not open is [ErrNotFound]. Methods
// that take only a room are for the live room, which has already decided that the actor may.
type Service struct {
	store    Store
	clock    func() time.Time
	policies Policies
}

// New returns a service. The clock is asked only for when something was made or used; policies is the table of the
// tenant's policies, usually [ShippedPolicies], and must contain [DefaultPolicy].
func New(store Store, clock func() time.Time, policies Policies) (*Service, error) {
	for name, p := range policies {
		if name == "" || p.Name != name || !p.complete() {
			return nil, fmt.Errorf("lobby: policy %q is incomplete", name)
		}
	}
	if _, ok := policies[DefaultPolicy]; !ok {
		return nil, fmt.Errorf("lobby: there is no policy %q", DefaultPolicy)
	}
	return &Service{store: store, clock: clock, policies: policies}, nil
}

// CreateRoom makes a room of owner with its persons, all or nothing. Errors: [InvalidError], [ErrNoPolicy], [ErrNotAllowed]
// (the policy forbids the kind or a role), [ErrTooMany], [ErrConflict] (a link hash is taken).
func (s *Service) CreateRoom(ctx context.Context, tenant TenantID, owner AccountID, n NewRoom) (Room, []Person, error) {
	if n.Policy == "" {
		n.Policy = DefaultPolicy
	}
	policy, ok := s.policies[n.Policy]
	if !ok {
		return Room{}, nil, ErrNoPolicy
	}
	now := s.clock()
	if err := n.check(owner, policy, now); err != nil {
		return Room{}, nil, err
	}
	room := Room{
		ID: newRoomID(), Tenant: tenant, Owner: owner, CoCounsellors: slices.Clone(n.CoCounsellors),
		Title: n.Title, Kind: n.Kind, Policy: n.Policy, Lines: n.Lines, SoundOnly: n.SoundOnly,
		StartsAt: n.StartsAt, EndsAt: n.EndsAt, CreatedAt: now,
		Session: newSession(), WrappedSecrets: n.WrappedSecrets,
	}
	room.ExpiresAt = room.expiry(now)
	persons := make([]Person, len(n.Persons))
	for i, p := range n.Persons {
		persons[i] = p.person(room.ID)
	}
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		for _, p := range persons {
			if err := tx.PutPerson(p); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Room{}, nil, doing("create the room", err)
	}
	return room, persons, nil
}

// Rooms returns the rooms that the account may open, with their persons, in the order in which they were made.
func (s *Service) Rooms(ctx context.Context, tenant TenantID, account AccountID) ([]Roster, error) {
	var list []Roster
	err := s.store.View(ctx, tenant, func(tx Tx) error {
		list = nil
		rooms, err := tx.RoomsOf(account)
		if err != nil {
			return err
		}
		for _, room := range rooms {
			persons, err := tx.Persons(room.ID)
			if err != nil {
				return err
			}
			list = append(list, Roster{room, persons})
		}
		return nil
	})
	return list, doing("list the rooms", err)
}

// Room returns a room that the account may open, with its persons in the order of invitation.
func (s *Service) Room(ctx context.Context, tenant TenantID, account AccountID, id RoomID) (Room, []Person, error) {
	var room Room
	var persons []Person
	err := s.store.View(ctx, tenant, func(tx Tx) (err error) {
		if room, err = roomFor(tx, account, id); err != nil {
			return err
		}
		persons, err = tx.Persons(id)
		return err
	})
	return room, persons, doing("read the room", err)
}

// DeleteRoom deletes a room that the account may open, once or series, with everything that was known about it. The
// caller ends the live room first.
func (s *Service) DeleteRoom(ctx context.Context, tenant TenantID, account AccountID, id RoomID) error {
	return doing("delete the room", s.store.Update(ctx, tenant, func(tx Tx) error {
		if _, err := roomFor(tx, account, id); err != nil {
			return err
		}
		return tx.DeleteRoom(id)
	}))
}

// roomFor returns the room if the account may open it.
func roomFor(tx Tx, account AccountID, id RoomID) (Room, error) {
	room, err := tx.Room(id)
	if err != nil {
		return Room{}, err
	}
	if _, ok := room.RoleOf(account); !ok {
		return Room{}, ErrNotFound
	}
	return room, nil
}

func doing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
