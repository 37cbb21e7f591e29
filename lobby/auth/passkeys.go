package auth

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"net/netip"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

const (
	// MaxPasskeys is how many passkeys an account has at most.
	MaxPasskeys = 10
	// MaxPasskeyName is the longest name of a passkey, in bytes.
	MaxPasskeyName = 128
	// maxCredential is the longest id or public key of a passkey that is kept, in bytes.
	maxCredential = 1024
)

// Passkey signs an account in and opens its key, without the password.
type Passkey struct {
	// ID is what the list shows and removes by; it opens nothing.
	ID     string
	Name   string // the counsellor's word for it
	MadeAt time.Time
	// Credential checks what the authenticator signs.
	Credential passkey.Credential
	// WrappedPrivateKey is opened in the browser with what the authenticator's pseudo-random function gives there.
	WrappedPrivateKey []byte
}

// PasskeyHost is the host name that passkeys are for. Errors: [ErrNoPasskeys].
func (s *Service) PasskeyHost() (string, error) {
	if s.passkeys == nil {
		return "", ErrNoPasskeys
	}
	return s.passkeys.Host(), nil
}

// PasskeyChallenge returns what an authenticator has to sign: within [ChallengeLife], once, here. With an account it is for making one of its
// passkeys, without one for signing in. Errors: [ErrNoPasskeys].
func (s *Service) PasskeyChallenge(tenant lobby.TenantID, account lobby.AccountID) (Challenge, error) {
	if s.passkeys == nil {
		return Challenge{}, ErrNoPasskeys
	}
	return s.challenges.give(tenant, account, s.clock()), nil
}

// NewPasskey is what a browser has made for an account.
type NewPasskey struct {
	Name              string
	Challenge         Challenge
	Created           passkey.Created
	WrappedPrivateKey []byte
}

// AddPasskey adds a passkey to the account. The password is asked for again: a passkey is as good as one. Errors: [ErrNoPasskeys], [ErrPasskey],
// [ErrPassword], [ErrInvalid], lobby.ErrConflict (it is there already, or there are [MaxPasskeys]), and those of [Service.SignIn].
func (s *Service) AddPasskey(ctx context.Context, a Account, auth [32]byte, from netip.Addr, n NewPasskey) (Passkey, error) {
	if s.passkeys == nil {
		return Passkey{}, ErrNoPasskeys
	}
	if len(n.Name) == 0 || len(n.Name) > MaxPasskeyName || !utf8.ValidString(n.Name) {
		return Passkey{}, invalid("name")
	}
	if len(n.WrappedPrivateKey) == 0 || len(n.WrappedPrivateKey) > MaxWrappedKey {
		return Passkey{}, invalid("wrapped_private_key")
	}
	if !s.challenges.take(n.Challenge, a.Tenant, a.ID, s.clock()) {
		return Passkey{}, ErrPasskey
	}
	credential, err := s.passkeys.Created(n.Challenge[:], []byte(a.ID), n.Created)
	if err != nil || len(credential.ID) > maxCredential || len(credential.PublicKey) > maxCredential {
		return Passkey{}, errors.Join(ErrPasskey, err)
	}
	made := Passkey{ID: rand.Text(), Name: n.Name, MadeAt: s.clock(), Credential: credential, WrappedPrivateKey: slices.Clone(n.WrappedPrivateKey)}
	_, err = s.withPassword(ctx, a.Tenant, a.Name, auth, from, func(tx Tx, current *Account) error {
		if len(current.Passkeys) >= MaxPasskeys || current.passkey(credential.ID) >= 0 {
			return lobby.ErrConflict
		}
		// It wraps the key pair that the account had when it was made.
		if !bytes.Equal(current.PublicKey, a.PublicKey) {
			return lobby.ErrConflict
		}
		current.Passkeys = append(slices.Clone(current.Passkeys), made)
		return tx.PutAccount(*current)
	})
	if errors.Is(err, ErrUnauthenticated) {
		err = ErrPassword
	}
	return made, doing("add a passkey", err)
}

// RemovePasskey removes a passkey, which signs nobody in from then on, or returns lobby.ErrNotFound.
func (s *Service) RemovePasskey(ctx context.Context, a Account, id string) error {
	return doing("remove a passkey", s.store.UpdateAccounts(ctx, a.Tenant, func(tx Tx) error {
		current, err := tx.Account(a.ID)
		if err != nil {
			return err
		}
		kept := slices.DeleteFunc(slices.Clone(current.Passkeys), func(p Passkey) bool { return p.ID == id })
		if len(kept) == len(current.Passkeys) {
			return lobby.ErrNotFound
		}
		current.Passkeys = kept
		return tx.PutAccount(current)
	}))
}

// SignInByPasskey checks what an authenticator has signed and begins a web session, as [Service.SignIn] does with a password; it returns the passkey
// besides. What does not hold, whatever the reason, is [ErrUnauthenticated].
func (s *Service) SignInByPasskey(ctx context.Context, tenant lobby.TenantID, challenge Challenge, signed passkey.Signed, from netip.Addr) (Account, Passkey, string, error) {
	if s.passkeys == nil {
		return Account{}, Passkey{}, "", ErrNoPasskeys
	}
	account, used, cookie, err := s.signInByPasskey(ctx, tenant, challenge, signed, from)
	if err != nil {
		return Account{}, Passkey{}, "", doing("sign in by passkey", err)
	}
	return account, used, cookie, nil
}

func (s *Service) signInByPasskey(ctx context.Context, tenant lobby.TenantID, challenge Challenge, signed passkey.Signed, from netip.Addr) (Account, Passkey, string, error) {
	var account Account
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		account, err = tx.Account(lobby.AccountID(signed.User))
		return err
	})
	if err != nil && !errors.Is(err, lobby.ErrNotFound) {
		return Account{}, Passkey{}, "", err
	}
	attempt, err := s.attempts.begin(ctx, tenant, account.Name, from, s.clock)
	if err != nil {
		return Account{}, Passkey{}, "", err
	}
	var current Account
	var used Passkey
	var cookie string
	taken := s.challenges.take(challenge, tenant, "", s.clock())
	err = s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		var err error
		current, err = tx.Account(account.ID)
		if errors.Is(err, lobby.ErrNotFound) {
			return ErrUnauthenticated
		}
		if err != nil {
			return err
		}
		at := current.passkey(signed.ID)
		if !taken || at < 0 || current.Disabled {
			return ErrUnauthenticated
		}
		used = current.Passkeys[at]
		credential, err := s.passkeys.Signed(challenge[:], []byte(current.ID), used.Credential, signed)
		if err != nil {
			return errors.Join(ErrUnauthenticated, err)
		}
		if credential.Count != used.Credential.Count {
			used.Credential = credential
			current.Passkeys = slices.Clone(current.Passkeys)
			current.Passkeys[at] = used
			if err := tx.PutAccount(current); err != nil {
				return err
			}
		}
		_, cookie, err = start(tx, current.ID, s.clock())
		return err
	})
	switch {
	case errors.Is(err, ErrUnauthenticated):
		attempt.failed(s.clock())
		return Account{}, Passkey{}, "", ErrUnauthenticated
	case err != nil && !errors.Is(err, lobby.ErrErasurePending):
		attempt.forget()
		return Account{}, Passkey{}, "", err
	}
	attempt.succeeded()
	return current, used, cookie, nil
}

// passkey finds one by the authenticator's id for it; -1: there is none.
func (a Account) passkey(id []byte) int {
	return slices.IndexFunc(a.Passkeys, func(p Passkey) bool { return bytes.Equal(p.Credential.ID, id) })
}
