package auth

import (
	"bytes"
	"context"
	"crypto/ecdh"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

// Config says how dear a guess is, and where people sign in.
type Config struct {
	// Origin is the address that people open, such as https://host. Passkeys are for it; without a host name there are none.
	Origin string
	// Hashing is how many argon2id hashes (19 MiB each) are computed at a time. Zero: half the processors, at least one.
	Hashing int
	// Cheap makes hashing nearly free, for the tests of others. Accounts made with it can be checked by any service.
	Cheap bool
}

// Service applies the rules to what the store keeps. It is safe for concurrent use.
type Service struct {
	store      Store
	clock      func() time.Time
	hasher     *Hasher
	attempts   *attempts
	passkeys   *passkey.Verifier // nil: the address cannot have any
	challenges *challenges
}

// New returns a service.
func New(store Store, clock func() time.Time, config Config) *Service {
	s := &Service{store: store, clock: clock, hasher: NewHasher(config.Hashing, config.Cheap), attempts: newAttempts(), challenges: newChallenges()}
	if verifier, err := passkey.New(config.Origin); err == nil {
		s.passkeys = verifier
	}
	return s
}

// Hasher is what hashes passwords here, for others who hash: the bound on how many are computed at a time is of the whole process.
func (s *Service) Hasher() *Hasher { return s.hasher }

// CreateAccount makes an account. Errors: [ErrInvalid], lobby.ErrConflict (the name is taken).
func (s *Service) CreateAccount(ctx context.Context, tenant lobby.TenantID, c Credentials) (Account, error) {
	c, err := c.checked()
	if err != nil {
		return Account{}, err
	}
	phc, err := s.hasher.Hash(ctx, c.Auth[:])
	if err != nil {
		return Account{}, doing("create the account", err)
	}
	account := c.apply(Account{ID: lobby.NewAccountID(), Tenant: tenant, CreatedAt: s.clock()}, phc)
	err = s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error { return put(tx, account) })
	if errors.Is(err, lobby.ErrErasurePending) {
		err = nil // the account is made; what is not wiped from the disk yet is the hash of a withdrawn token
	}
	return account, doing("create the account", err)
}

// Reset gives an account that exists new credentials, enables it, and ends its sessions; for the command line, where
// whoever may do this is trusted. See [Service.NewReset] for what it costs.
func (s *Service) Reset(ctx context.Context, tenant lobby.TenantID, c Credentials) (Account, error) {
	c, err := c.checked()
	if err != nil {
		return Account{}, err
	}
	phc, err := s.hasher.Hash(ctx, c.Auth[:])
	if err != nil {
		return Account{}, doing("reset the account", err)
	}
	return s.change(ctx, tenant, c.Name, func(a *Account) {
		*a = c.apply(*a, phc)
		a.Disabled = false
	})
}

// Disable ends an account's sessions and lets it sign in no more until it is reset; its rooms stay. The caller ends its live
// sockets.
func (s *Service) Disable(ctx context.Context, tenant lobby.TenantID, name string) (Account, error) {
	return s.change(ctx, tenant, name, func(a *Account) { a.Disabled = true })
}

// change changes the account with this name, ends its sessions and withdraws its setup tokens.
func (s *Service) change(ctx context.Context, tenant lobby.TenantID, name string, f func(*Account)) (Account, error) {
	name, err := Normalize(name)
	if err != nil {
		return Account{}, err
	}
	var account Account
	err = s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		if account, err = tx.AccountByName(name); err != nil {
			return err
		}
		f(&account)
		return errors.Join(tx.PutAccount(account), tx.DeleteSessionsOf(account.ID), tx.DeleteSetupTokensFor(name))
	})
	return account, doing("change the account", err)
}

// Account returns an account by id, or lobby.ErrNotFound.
func (s *Service) Account(ctx context.Context, tenant lobby.TenantID, id lobby.AccountID) (Account, error) {
	var account Account
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		account, err = tx.Account(id)
		return err
	})
	return account, doing("read the account", err)
}

// AccountByName returns an account by the name to sign in with, or lobby.ErrNotFound.
func (s *Service) AccountByName(ctx context.Context, tenant lobby.TenantID, name string) (Account, error) {
	name, err := Normalize(name)
	if err != nil {
		return Account{}, err
	}
	var account Account
	err = s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		account, err = tx.AccountByName(name)
		return err
	})
	return account, doing("read the account", err)
}

// Accounts returns all accounts in the order in which they were made.
func (s *Service) Accounts(ctx context.Context, tenant lobby.TenantID) ([]Account, error) {
	var list []Account
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		list, err = tx.Accounts()
		return err
	})
	return list, doing("list the accounts", err)
}

// SignIn checks name and auth and begins a web session; the string is the value of its cookie. from is where the request
// came from; only a salted hash of it is remembered. Errors: [ErrUnauthenticated], [TooSoonError], [ErrBusy], ctx's.
func (s *Service) SignIn(ctx context.Context, tenant lobby.TenantID, name string, auth [32]byte, from netip.Addr) (Account, Session, string, error) {
	account, session, cookie, err := s.signIn(ctx, tenant, name, auth, from)
	if err != nil {
		return Account{}, Session{}, "", doing("sign in", err)
	}
	return account, session, cookie, nil
}

func (s *Service) signIn(ctx context.Context, tenant lobby.TenantID, name string, auth [32]byte, from netip.Addr) (Account, Session, string, error) {
	var session Session
	var cookie string
	account, err := s.withPassword(ctx, tenant, name, auth, from, func(tx Tx, a *Account) (err error) {
		session, cookie, err = start(tx, a.ID, s.clock())
		return err
	})
	return account, session, cookie, err
}

// withPassword changes something of an account for whoever knows its password; wrong ones are slowed. do runs in a transaction.
func (s *Service) withPassword(ctx context.Context, tenant lobby.TenantID, name string, auth [32]byte, from netip.Addr, do func(Tx, *Account) error) (Account, error) {
	// A name that cannot exist is treated like one that does not.
	name, _ = Normalize(name)
	attempt, err := s.attempts.begin(ctx, tenant, name, from, s.clock)
	if err != nil {
		return Account{}, err
	}
	var account Account
	err = s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		account, err = tx.AccountByName(name)
		return err
	})
	if err != nil && !errors.Is(err, lobby.ErrNotFound) {
		attempt.forget()
		return Account{}, err
	}
	// Without an account Hash is empty, and the same work is done for nothing.
	match, err := s.hasher.Verify(ctx, account.Hash, auth[:])
	if err != nil {
		attempt.forget()
		return Account{}, err
	}
	if !match || account.Disabled {
		attempt.failed(s.clock())
		return Account{}, ErrUnauthenticated
	}
	var current Account
	err = s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		// Read again: it may have been disabled or reset while its hash was computed.
		var err error
		if current, err = tx.Account(account.ID); err != nil {
			return err
		}
		if current.Disabled || current.Hash != account.Hash {
			return ErrUnauthenticated
		}
		return do(tx, &current)
	})
	if err != nil && !errors.Is(err, lobby.ErrErasurePending) {
		attempt.forget()
		return Account{}, err
	}
	attempt.succeeded()
	return current, err
}

// Sweep deletes what has expired: web sessions and setup tokens, and forgets failures. It returns how many rows went.
// Call it every minute.
func (s *Service) Sweep(ctx context.Context, now time.Time) (int, error) {
	s.attempts.drop(now)
	s.challenges.drop(now)
	tenants, err := s.store.AccountTenants(ctx)
	if err != nil {
		return 0, doing("sweep the accounts", err)
	}
	total := 0
	var errs []error
	for _, tenant := range tenants {
		errs = append(errs, s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
			n, err := tx.DeleteExpired(now, now.Add(-SessionIdle))
			total += n
			return err
		}))
	}
	return total, doing("sweep the accounts", errors.Join(errs...))
}

// checked returns the credentials with the name normalised, or what is wrong with them.
func (c Credentials) checked() (Credentials, error) {
	var err error
	if c.Name, err = Normalize(c.Name); err != nil {
		return Credentials{}, err
	}
	if c.DisplayName == "" {
		c.DisplayName = c.Name
	}
	if len(c.DisplayName) > MaxDisplayName || !utf8.ValidString(c.DisplayName) {
		return Credentials{}, invalid("display_name")
	}
	if _, err := ecdh.P256().NewPublicKey(c.PublicKey); err != nil {
		return Credentials{}, invalid("public_key")
	}
	if len(c.WrappedPrivateKey) == 0 || len(c.WrappedPrivateKey) > MaxWrappedKey {
		return Credentials{}, invalid("wrapped_private_key")
	}
	if c.Auth == ([32]byte{}) {
		return Credentials{}, invalid("auth")
	}
	return c, nil
}

// apply puts the credentials into the account. Recovery phrase and passkeys stay with the key pair that they open.
func (c Credentials) apply(a Account, phc string) Account {
	if !bytes.Equal(a.PublicKey, c.PublicKey) {
		a.Recovery, a.Passkeys = Recovery{}, nil
	}
	a.Name, a.DisplayName, a.Hash = c.Name, c.DisplayName, phc
	a.PublicKey, a.WrappedPrivateKey = slices.Clone(c.PublicKey), slices.Clone(c.WrappedPrivateKey)
	return a
}

func invalid(field string) error { return fmt.Errorf("%w: %s", ErrInvalid, field) }

func doing(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}
