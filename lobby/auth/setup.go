package auth

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// SetupLife is how long a setup token may be used.
const SetupLife = 24 * time.Hour

// SetupToken lets whoever has it choose a password once.
type SetupToken struct {
	Hash TokenHash
	// Name is the only name that it is for, or empty: any new name.
	Name    string
	Expires time.Time
}

// LogValue keeps the name out of every log.
func (t SetupToken) LogValue() slog.Value { return slog.StringValue("[setup token]") }

// NewSetup returns a one-time token with which an account is made: for this name, or with an empty name for any new one. Older
// tokens for the same name, or older ones without a name, are withdrawn; those without a name also when the first account is made.
// For the name of an account that exists it returns lobby.ErrConflict; that is [Service.NewReset].
func (s *Service) NewSetup(ctx context.Context, tenant lobby.TenantID, name string) (string, error) {
	return s.newToken(ctx, tenant, name, func(tx Tx, name string) error {
		switch _, err := tx.AccountByName(name); {
		case err == nil:
			return lobby.ErrConflict
		case errors.Is(err, lobby.ErrNotFound):
			return nil
		default:
			return err
		}
	})
}

// NewReset returns a one-time token with which an account that exists gets a new password, and ends its sessions now. Whoever
// has the account's recovery phrase takes the key pair along; with another pair, what was wrapped for the old one stays closed:
// that is the price of a forgotten password. The account can sign in with the old password until the token is used; disable it
// if that must not be.
func (s *Service) NewReset(ctx context.Context, tenant lobby.TenantID, name string) (string, error) {
	return s.newToken(ctx, tenant, name, func(tx Tx, name string) error {
		account, err := tx.AccountByName(name)
		if err != nil {
			return err
		}
		return tx.DeleteSessionsOf(account.ID)
	})
}

func (s *Service) newToken(ctx context.Context, tenant lobby.TenantID, name string, first func(Tx, string) error) (string, error) {
	token := rand.Text()
	t := SetupToken{Hash: hashToken(token), Expires: s.clock().Add(SetupLife)}
	if name != "" {
		var err error
		if t.Name, err = Normalize(name); err != nil {
			return "", err
		}
	}
	err := s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		if t.Name != "" {
			if err := first(tx, t.Name); err != nil {
				return err
			}
		}
		if err := tx.DeleteSetupTokensFor(t.Name); err != nil {
			return err
		}
		return tx.PutSetupToken(t)
	})
	return token, doing("make a setup token", err)
}

// SetupFor tells what a token is for, and leaves it good: the name that it was made for, if any, and the account of that name, which
// is zero where a new one will be made. Whoever has the token may take the account over, so nothing of it is held back.
// Errors: [ErrSetupToken].
func (s *Service) SetupFor(ctx context.Context, tenant lobby.TenantID, token string) (string, Account, error) {
	var name string
	var account Account
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) error {
		t, err := s.valid(tx, token)
		if err != nil || t.Name == "" {
			return err
		}
		name = t.Name
		account, err = tx.AccountByName(name)
		if errors.Is(err, lobby.ErrNotFound) {
			return nil
		}
		return err
	})
	return name, account, doing("look at a setup token", err)
}

// Setup uses a token: it makes the account, or gives the one that the token was made for its new credentials, and signs
// it in. Errors: [ErrSetupToken], [ErrInvalid], lobby.ErrConflict (the name is taken; the token stays good for another).
func (s *Service) Setup(ctx context.Context, tenant lobby.TenantID, token string, c Credentials) (Account, Session, string, error) {
	c, err := c.checked()
	if err != nil {
		return Account{}, Session{}, "", err
	}
	// Looked at before hashing, so that guessing tokens costs the guesser and not the hashing queue.
	look := func(tx Tx) error {
		_, err := s.usable(tx, token, c.Name)
		return err
	}
	if err := s.store.ViewAccounts(ctx, tenant, look); err != nil {
		return Account{}, Session{}, "", doing("set the account up", err)
	}
	phc, err := s.hasher.Hash(ctx, c.Auth[:])
	if err != nil {
		return Account{}, Session{}, "", doing("set the account up", err)
	}
	var account Account
	var session Session
	var cookie string
	err = s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		t, err := s.usable(tx, token, c.Name)
		if err != nil {
			return err
		}
		account, err = tx.AccountByName(c.Name)
		switch {
		case errors.Is(err, lobby.ErrNotFound):
			account = Account{ID: lobby.NewAccountID(), Tenant: tenant, CreatedAt: s.clock()}
		case err != nil:
			return err
		case t.Name == "":
			return lobby.ErrConflict
		}
		account = c.apply(account, phc)
		account.Disabled = false
		if err := put(tx, account); err != nil {
			return err
		}
		if err := errors.Join(tx.DeleteSetupToken(t.Hash), tx.DeleteSessionsOf(account.ID)); err != nil {
			return err
		}
		session, cookie, err = start(tx, account.ID, s.clock())
		return err
	})
	return account, session, cookie, doing("set the account up", err)
}

// put puts an account. The first of all withdraws the tokens without a name: they were there to make it, and one that lies in
// yesterday's terminal must not make another.
func put(tx Tx, a Account) error {
	accounts, err := tx.Accounts()
	if err != nil {
		return err
	}
	if len(accounts) == 0 {
		if err := tx.DeleteSetupTokensFor(""); err != nil {
			return err
		}
	}
	return tx.PutAccount(a)
}

// usable returns the token if it may be used for this name now.
func (s *Service) usable(tx Tx, token, name string) (SetupToken, error) {
	t, err := s.valid(tx, token)
	if err == nil && t.Name != "" && t.Name != name {
		return SetupToken{}, ErrSetupToken
	}
	return t, err
}

// valid returns the token if it may be used for any name now.
func (s *Service) valid(tx Tx, token string) (SetupToken, error) {
	t, err := tx.SetupToken(hashToken(token))
	if errors.Is(err, lobby.ErrNotFound) || err == nil && !s.clock().Before(t.Expires) {
		return SetupToken{}, ErrSetupToken
	}
	return t, err
}
