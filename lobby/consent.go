package lobby

import "context"

// Wording is in which words the consent page speaks to a person.
type Wording string

// The wordings.
const (
	WordingPlain Wording = ""      // as to everybody
	WordingChild Wording = "child" // in short, simple words
)

// Valid reports whether it is one of the wordings.
func (w Wording) Valid() bool { return w == WordingPlain || w == WordingChild }

// NoteConsent notes that a person's consent is there on paper. Durable before it returns; noting it again is no error. A person who was
// removed or has withdrawn gets none ([ErrRevoked]).
func (s *Service) NoteConsent(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("note the consent", s.store.Update(ctx, tenant, func(tx Tx) error {
		p, err := tx.Person(id, person)
		if err != nil || p.ConsentInWriting {
			return err
		}
		if p.Revoked {
			return ErrRevoked
		}
		p.ConsentInWriting = true
		return tx.PutPerson(p)
	}))
}

// Withdraw does what a person's withdrawn consent asks for: the link dies, and what was known of the person is erased at once. What stays
// until the room's own end is a dead link without a name, so that whoever opens it reads that it holds no longer. Durable before it returns;
// withdrawing twice is no error.
func (s *Service) Withdraw(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("withdraw the consent", s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := revoke(tx, id, person); err != nil {
			return err
		}
		p, err := tx.Person(id, person)
		if err != nil {
			return err
		}
		return tx.PutPerson(Person{ID: p.ID, Room: p.Room, Role: p.Role, LinkHash: p.LinkHash, Generation: p.Generation, Revoked: true})
	}))
}
