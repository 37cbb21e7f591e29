package lobby

import (
	"context"
)

// AddPerson invites one more person to a room that the account may open. Errors as for [Service.CreateRoom].
func (s *Service) AddPerson(ctx context.Context, tenant TenantID, account AccountID, id RoomID, n NewPerson) (Person, error) {
	if err := n.check(); err != nil {
		return Person{}, err
	}
	person := n.person(id)
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := roomFor(tx, account, id)
		if err != nil {
			return err
		}
		persons, err := tx.Persons(id)
		if err != nil {
			return err
		}
		policy, err := s.policyOf(room)
		if err != nil {
			return err
		}
		if err := policy.fits(append(persons, person)); err != nil {
			return err
		}
		return tx.PutPerson(person)
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

func revoke(tx Tx, id RoomID, person PersonID) error {
	p, err := tx.Person(id, person)
	if err != nil || p.Revoked {
		return err
	}
	p.Revoked = true
	p.Generation++
	return tx.PutPerson(p)
}
