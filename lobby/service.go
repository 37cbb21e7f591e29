package lobby

import (
	"context"
	"errors"
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
	hasher   Hasher
}

// New returns a service. The clock is asked only for when something was made or used; policies is the table of the
// tenant's policies, usually [ShippedPolicies], and must contain [DefaultPolicy]; hasher is for PINs.
func New(store Store, clock func() time.Time, policies Policies, hasher Hasher) (*Service, error) {
	for name, p := range policies {
		if name == "" || p.Name != name || !p.complete() {
			return nil, fmt.Errorf("lobby: policy %q is incomplete", name)
		}
	}
	if _, ok := policies[DefaultPolicy]; !ok {
		return nil, fmt.Errorf("lobby: there is no policy %q", DefaultPolicy)
	}
	return &Service{store: store, clock: clock, policies: policies, hasher: hasher}, nil
}

// CreateRoom makes a room of owner with its persons, all or nothing. Errors: [InvalidError], [ErrNotAllowed] (the policy
// forbids the kind or a role), [ErrTooMany], [ErrConflict] (a link hash is taken).
func (s *Service) CreateRoom(ctx context.Context, tenant TenantID, owner AccountID, n NewRoom) (Room, []Invitation, error) {
	if n.Policy == "" {
		n.Policy = DefaultPolicy
	}
	policy, ok := s.policies[n.Policy]
	if !ok {
		return Room{}, nil, &InvalidError{"policy"}
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
	persons, err := s.invite(ctx, room.ID, policy.PIN, n.Persons...)
	if err != nil {
		return Room{}, nil, doing("create the room", err)
	}
	err = s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := tx.PutRoom(room); err != nil {
			return err
		}
		for _, p := range persons {
			if err := tx.PutPerson(p.Person); err != nil {
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

// BeginSession notes that somebody was let into the room in this session. Durable before it returns; noting it again is no
// error. [ErrNotFound] when the session is over.
func (s *Service) BeginSession(ctx context.Context, tenant TenantID, id RoomID, session string) error {
	return doing("begin the session", s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := inSession(tx, id, session)
		if err != nil || room.Begun {
			return err
		}
		room.Begun = true
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
		room.Session, room.Begun = newSession(), false
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

// AddPerson invites one more person to a room that the account may open. Errors as for [Service.CreateRoom].
func (s *Service) AddPerson(ctx context.Context, tenant TenantID, account AccountID, id RoomID, n NewPerson) (Invitation, error) {
	if err := n.check(); err != nil {
		return Invitation{}, err
	}
	room, _, err := s.Room(ctx, tenant, account, id)
	if err != nil {
		return Invitation{}, err
	}
	invited, err := s.invite(ctx, id, s.policies[room.Policy].PIN, n) // a room keeps its policy
	if err != nil {
		return Invitation{}, doing("add the person", err)
	}
	person := invited[0]
	err = s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := roomFor(tx, account, id)
		if err != nil {
			return err
		}
		persons, err := tx.Persons(id)
		if err != nil {
			return err
		}
		if err := s.policies[room.Policy].fits(append(persons, person.Person)); err != nil {
			return err
		}
		return tx.PutPerson(person.Person)
	})
	return person, doing("add the person", err)
}

// ReplaceLink gives a person a new link; the old one and every token made from it are worth nothing from then on. A
// removed person gets none ([ErrRevoked]): removal is final, a second chance is a new invitation.
func (s *Service) ReplaceLink(ctx context.Context, tenant TenantID, account AccountID, id RoomID, person PersonID, n NewLink) (Person, error) {
	var p Person
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		if _, err := roomFor(tx, account, id); err != nil {
			return err
		}
		var err error
		if p, err = tx.Person(id, person); err != nil {
			return err
		}
		if p.Revoked {
			return ErrRevoked
		}
		if err := n.check(p.Role); err != nil {
			return err
		}
		p.take(n)
		p.Generation++
		return tx.PutPerson(p)
	})
	return p, doing("replace the link", err)
}

// RevokePerson revokes a person of a room that the account may open; see [Service.Revoke]. The caller removes the live
// presence.
func (s *Service) RevokePerson(ctx context.Context, tenant TenantID, account AccountID, id RoomID, person PersonID) error {
	return doing("revoke the person", s.store.Update(ctx, tenant, func(tx Tx) error {
		if _, err := roomFor(tx, account, id); err != nil {
			return err
		}
		return revoke(tx, id, person)
	}))
}

// Revoke ends a person's invitation for good: the link dies and the generation rises. Durable before it returns.
// Revoking twice is no error and raises nothing.
func (s *Service) Revoke(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("revoke the person", s.store.Update(ctx, tenant, func(tx Tx) error {
		return revoke(tx, id, person)
	}))
}

// RaiseGeneration makes every token that a person holds worthless (put back) and returns the generation that tokens need
// from now on. Durable before it returns.
func (s *Service) RaiseGeneration(ctx context.Context, tenant TenantID, id RoomID, person PersonID) (uint32, error) {
	var generation uint32
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		p, err := tx.Person(id, person)
		if err != nil {
			return err
		}
		p.Generation++
		generation = p.Generation
		return tx.PutPerson(p)
	})
	return generation, doing("raise the generation", err)
}

// Swept is a room that [Service.Sweep] deleted.
type Swept struct {
	Tenant TenantID
	Room   RoomID
}

// Sweep deletes every room whose time is over (see window.go) and returns what it deleted, so that the caller can end
// what is still live of it. It goes on after an error with one tenant and returns the errors joined.
func (s *Service) Sweep(ctx context.Context, now time.Time) ([]Swept, error) {
	tenants, err := s.store.Tenants(ctx)
	if err != nil {
		return nil, doing("list the tenants", err)
	}
	var swept []Swept
	var errs []error
	for _, tenant := range tenants {
		due, err := s.sweepTenant(ctx, tenant, now)
		for _, id := range due {
			swept = append(swept, Swept{tenant, id})
		}
		errs = append(errs, err)
	}
	return swept, doing("sweep", errors.Join(errs...))
}

func (s *Service) sweepTenant(ctx context.Context, tenant TenantID, now time.Time) ([]RoomID, error) {
	var due []RoomID
	look := func(tx Tx) (err error) {
		due, err = tx.Expired(now)
		return err
	}
	// Looking first keeps the writer free: most sweeps find nothing.
	if err := s.store.View(ctx, tenant, look); err != nil || len(due) == 0 {
		return nil, err
	}
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := look(tx); err != nil {
			return err
		}
		for _, id := range due {
			if err := tx.DeleteRoom(id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil && !errors.Is(err, ErrErasurePending) {
		return nil, err
	}
	return due, err
}

func revoke(tx Tx, id RoomID, person PersonID) error {
	p, err := tx.Person(id, person)
	if err != nil || p.Revoked {
		return err
	}
	p.Revoked = true
	p.Generation++
	return tx.PutPerson(p)
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
