package auth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"log/slog"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

const (
	// SessionLife is how long a web session holds at most.
	SessionLife = 12 * time.Hour
	// SessionIdle is how long it holds without being used.
	SessionIdle = time.Hour
	// MaxSessions is how many sessions an account has at a time; the next sign-in ends the oldest.
	MaxSessions = 20
	// seenEvery is how exactly the last use is kept, so that not every request writes.
	seenEvery = time.Minute
)

// TokenHash is the SHA-256 of a cookie's value or of a setup token. Both have 130 random bits.
type TokenHash [sha256.Size]byte

func hashToken(s string) TokenHash { return sha256.Sum256([]byte(s)) }

// LogValue keeps the hash out of every log.
func (h TokenHash) LogValue() slog.Value { return slog.StringValue("[token]") }

// Session is one signed-in browser.
type Session struct {
	// ID is what a list of sessions shows and revokes by; it opens nothing.
	ID      string
	Account lobby.AccountID
	// Hash is the SHA-256 of the cookie's value.
	Hash    TokenHash
	Created time.Time
	// Seen is the last use, to the minute.
	Seen time.Time
	// Expires is the end, however much it is used.
	Expires time.Time
}

// LogValue keeps what the session belongs to out of every log.
func (s Session) LogValue() slog.Value { return slog.StringValue("[session]") }

func (s Session) valid(now time.Time) bool {
	return now.Before(s.Expires) && now.Before(s.Seen.Add(SessionIdle))
}

// start makes a session in the transaction and returns it with the cookie's value.
func start(tx Tx, account lobby.AccountID, now time.Time) (Session, string, error) {
	cookie := rand.Text()
	session := Session{
		ID: rand.Text(), Account: account, Hash: hashToken(cookie),
		Created: now, Seen: now, Expires: now.Add(SessionLife),
	}
	old, err := tx.SessionsOf(account)
	if err != nil {
		return Session{}, "", err
	}
	for ; len(old) >= MaxSessions; old = old[1:] {
		if err := tx.DeleteSession(old[0].Hash); err != nil {
			return Session{}, "", err
		}
	}
	return session, cookie, tx.PutSession(session)
}

// Lookup returns the account and session that a cookie's value stands for, or [ErrUnauthenticated].
func (s *Service) Lookup(ctx context.Context, tenant lobby.TenantID, cookie string) (Account, Session, error) {
	now := s.clock()
	hash := hashToken(cookie)
	var account Account
	var session Session
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) (err error) {
		if session, err = tx.Session(hash); err != nil {
			return err
		}
		account, err = tx.Account(session.Account)
		return err
	})
	switch {
	case errors.Is(err, lobby.ErrNotFound):
		return Account{}, Session{}, ErrUnauthenticated
	case err != nil:
		return Account{}, Session{}, doing("look up the session", err)
	case account.Disabled || !session.valid(now):
		return Account{}, Session{}, ErrUnauthenticated
	}
	if now.Sub(session.Seen) >= seenEvery {
		session.Seen = now
		if s.touch(ctx, tenant, session) {
			return Account{}, Session{}, ErrUnauthenticated
		}
	}
	return account, session, nil
}

// touch keeps the last use, and reports whether the session was ended meanwhile. A store that cannot write now does not
// throw counsellors out of their work: the next request tries again, for an hour.
func (s *Service) touch(ctx context.Context, tenant lobby.TenantID, session Session) (ended bool) {
	err := s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		if _, err := tx.Session(session.Hash); err != nil {
			return err
		}
		return tx.PutSession(session)
	})
	return errors.Is(err, lobby.ErrNotFound)
}

// SignOut ends the session of a cookie. Ending none is no error.
func (s *Service) SignOut(ctx context.Context, tenant lobby.TenantID, cookie string) error {
	return doing("sign out", s.store.UpdateAccounts(ctx, tenant, func(tx Tx) error {
		return tx.DeleteSession(hashToken(cookie))
	}))
}

// Sessions returns an account's valid sessions, oldest first.
func (s *Service) Sessions(ctx context.Context, tenant lobby.TenantID, account lobby.AccountID) ([]Session, error) {
	now := s.clock()
	var valid []Session
	err := s.store.ViewAccounts(ctx, tenant, func(tx Tx) error {
		valid = nil
		all, err := tx.SessionsOf(account)
		for _, session := range all {
			if session.valid(now) {
				valid = append(valid, session)
			}
		}
		return err
	})
	return valid, doing("list the sessions", err)
}
