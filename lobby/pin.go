package lobby

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
)

// PIN is six digits that a person is told by telephone and types at the door. It is in no link, address, letter or log; kept is a slow hash alone.
type PIN string

const (
	// PINDigits is how many digits it has.
	PINDigits = 6
	// PINTries is how many wrong ones may be typed in a row. Then no PIN opens the door until somebody who counsels says so: a million
	// possible ones stand against guessing by nothing else.
	PINTries = 5
)

// NewPIN draws one of all that there are, each as likely.
func NewPIN() PIN {
	const all = 1_000_000
	const whole = (1 << 32) / all * all // what is above would make low ones likelier
	for {
		var b [4]byte
		rand.Read(b[:])
		if n := binary.BigEndian.Uint32(b[:]); n < whole {
			return PIN(fmt.Sprintf("%06d", n%all))
		}
	}
}

// Valid reports whether it is six digits.
func (p PIN) Valid() bool {
	for _, digit := range []byte(p) {
		if digit < '0' || digit > '9' {
			return false
		}
	}
	return len(p) == PINDigits
}

// LogValue keeps the digits out of every log.
func (p PIN) LogValue() slog.Value { return slog.StringValue("[pin]") }

// KeptPIN is what is kept of a person's PIN. The zero value: there is none.
type KeptPIN struct {
	// Hash is the salted slow hash, as [Hasher] writes it.
	Hash string
	// Wrong is how many wrong ones were typed since the last right one, at most [PINTries].
	Wrong int
	// Serial counts the PINs that the person has had: what was given for an older one is worth nothing.
	Serial uint32
}

// Set reports whether the person has a PIN.
func (k KeptPIN) Set() bool { return k.Hash != "" }

// Locked reports whether no PIN opens the door any more.
func (k KeptPIN) Locked() bool { return k.Set() && k.Wrong >= PINTries }

// LogValue keeps the hash out of every log.
func (k KeptPIN) LogValue() slog.Value { return slog.StringValue("[pin]") }

// Hasher makes slow hashes of what is short enough to be guessed. lobby/auth has it.
type Hasher interface {
	// Hash returns the hash of a secret under a fresh salt.
	Hash(ctx context.Context, secret []byte) (string, error)
	// Verify reports whether hash is the secret's, after the same work either way.
	Verify(ctx context.Context, hash string, secret []byte) (bool, error)
}

// PINRule is whether the persons of a room have PINs.
type PINRule string

// The rules.
const (
	PINOff      PINRule = "off"      // nobody has one
	PINOffered  PINRule = "offered"  // who is invited with one
	PINRequired PINRule = "required" // everybody
)

// Valid reports whether it is one of the rules.
func (r PINRule) Valid() bool { return r == PINOff || r == PINOffered || r == PINRequired }

// gives reports whether a person gets a PIN, who is invited with one or not. Error: [ErrNotAllowed].
func (r PINRule) gives(wanted bool) (bool, error) {
	if wanted && r == PINOff {
		return false, ErrNotAllowed
	}
	return wanted || r == PINRequired, nil
}

// Invitation is a person who was invited just now.
type Invitation struct {
	Person
	// Told is the PIN that the person is to be told; empty without one. Nobody can read it again.
	Told PIN
}

// give makes the person's PIN. What is hashed is hashed before the store is asked: it takes long.
func (s *Service) give(ctx context.Context, p *Invitation) error {
	told := NewPIN()
	hash, err := s.hasher.Hash(ctx, []byte(told))
	p.Told, p.PIN = told, KeptPIN{Hash: hash, Serial: 1}
	return err
}

// invite makes the persons who are asked for, each with a PIN where it wants one or the policy does.
func (s *Service) invite(ctx context.Context, room RoomID, rule PINRule, wanted ...NewPerson) ([]Invitation, error) {
	persons := make([]Invitation, len(wanted))
	for i, n := range wanted {
		persons[i].Person = n.person(room)
		gives, err := rule.gives(n.PIN)
		if err == nil && gives {
			err = s.give(ctx, &persons[i])
		}
		if err != nil {
			return nil, err
		}
	}
	return persons, nil
}

// NewPIN gives a person of a room that the account may open a new PIN, the first or another, with all tries. Who is in stays; what the old one gave
// is worth nothing. [ErrNotAllowed] where the policy has no PINs, [ErrRevoked] of a person who was removed.
func (s *Service) NewPIN(ctx context.Context, tenant TenantID, account AccountID, id RoomID, person PersonID) (Invitation, error) {
	var made Invitation
	if err := s.give(ctx, &made); err != nil {
		return Invitation{}, doing("make the PIN", err)
	}
	kept := made.PIN
	err := s.store.Update(ctx, tenant, func(tx Tx) error {
		room, err := roomFor(tx, account, id)
		if err != nil {
			return err
		}
		policy, err := s.policyOf(room)
		if err != nil {
			return err
		}
		if _, err := policy.PIN.gives(true); err != nil {
			return err
		}
		if made.Person, err = tx.Person(id, person); err != nil {
			return err
		}
		if made.Revoked {
			return ErrRevoked
		}
		kept.Serial = made.PIN.Serial + 1
		made.PIN = kept
		return tx.PutPerson(made.Person)
	})
	if err != nil && !errors.Is(err, ErrErasurePending) {
		return Invitation{}, doing("make the PIN", err)
	}
	return made, nil // where an old hash is not wiped from the disk yet the new one holds all the same
}

// UnlockPersonPIN is [Service.UnlockPIN] for a room that the account may open, and returns the person.
func (s *Service) UnlockPersonPIN(ctx context.Context, tenant TenantID, account AccountID, id RoomID, person PersonID) (p Person, err error) {
	err = s.store.Update(ctx, tenant, func(tx Tx) error {
		if _, err := roomFor(tx, account, id); err != nil {
			return err
		}
		p, err = unlock(tx, id, person)
		return err
	})
	return p, doing("unlock the PIN", err)
}

// UnlockPIN gives a person all tries again; the PIN stays. Durable before it returns; where nothing is locked it is no error.
func (s *Service) UnlockPIN(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("unlock the PIN", s.store.Update(ctx, tenant, func(tx Tx) error {
		_, err := unlock(tx, id, person)
		return err
	}))
}

func unlock(tx Tx, id RoomID, person PersonID) (Person, error) {
	p, err := tx.Person(id, person)
	if err != nil || p.PIN.Wrong == 0 {
		return p, err
	}
	p.PIN.Wrong = 0
	return p, tx.PutPerson(p)
}

// lockedPINs are the persons of a room who cannot knock before somebody unlocks their PIN.
func lockedPINs(tx Tx, id RoomID) ([]Person, error) {
	persons, err := tx.Persons(id)
	return slices.DeleteFunc(persons, func(p Person) bool { return p.Revoked || !p.PIN.Locked() }), err
}

// TryPIN looks at what somebody typed at the door of a person whose link holds (a), and returns the person as it is then. It costs the same
// whether it is right or wrong, and is counted, durably, before anybody is told which: with any number of tries at once, and over a restart, there are
// [PINTries] wrong ones. Errors: [InvalidError] of what is no PIN, which is no try; [PINError].
//
// Where there is no PIN nothing is asked, and nothing is wrong.
func (s *Service) TryPIN(ctx context.Context, a Access, typed PIN) (Person, error) {
	p, err := s.tryPIN(ctx, a, typed)
	return p, doing("try the PIN", err)
}

func (s *Service) tryPIN(ctx context.Context, a Access, typed PIN) (Person, error) {
	if !typed.Valid() {
		return a.Person, &InvalidError{"pin"}
	}
	for p := a.Person; ; {
		switch {
		case !p.PIN.Set():
			return p, nil
		case p.PIN.Locked():
			return p, &PINError{}
		}
		asked := p.PIN
		right, err := s.hasher.Verify(ctx, asked.Hash, []byte(typed))
		if err != nil {
			return p, err
		}
		err = s.store.Update(ctx, a.Room.Tenant, func(tx Tx) error {
			if p, err = tx.Person(a.Room.ID, p.ID); err != nil || p.PIN.Serial != asked.Serial || p.PIN.Locked() {
				return err
			}
			// Written either way, so that it takes as long.
			p.PIN.Wrong++
			if right {
				p.PIN.Wrong = 0
			}
			return tx.PutPerson(p)
		})
		switch {
		case err != nil:
			return p, err
		case p.Revoked:
			return p, ErrRevoked
		case p.PIN.Serial != asked.Serial:
			continue // a new one was made in this moment
		case right && !p.PIN.Locked():
			return p, nil
		}
		return p, &PINError{Left: PINTries - p.PIN.Wrong}
	}
}

// ErrPIN is what a [PINError] is.
var ErrPIN = errors.New("lobby: wrong PIN")

// PINError says that a PIN did not open the door. It matches [ErrPIN].
type PINError struct {
	// Left is how many wrong tries are left; 0: it is locked, and no PIN is even looked at.
	Left int
}

func (e *PINError) Error() string {
	if e.Left == 0 {
		return "lobby: the PIN is locked"
	}
	return ErrPIN.Error()
}

// Is makes errors.Is(err, ErrPIN) true.
func (e *PINError) Is(target error) bool { return target == ErrPIN }
