package memstore

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

func (x *tx) Account(id lobby.AccountID) (auth.Account, error) {
	e, ok := x.t.accounts[id]
	if !ok {
		return auth.Account{}, lobby.ErrNotFound
	}
	return copyAccount(e.value), nil
}

func (x *tx) AccountByName(name string) (auth.Account, error) {
	id, ok := x.t.names[name]
	if !ok {
		return auth.Account{}, lobby.ErrNotFound
	}
	return x.Account(id)
}

func (x *tx) Accounts() ([]auth.Account, error) {
	accounts := ordered(x.t.accounts, func(auth.Account) bool { return true })
	for i := range accounts {
		accounts[i] = copyAccount(accounts[i])
	}
	return accounts, nil
}

func (x *tx) PutAccount(a auth.Account) error {
	switch {
	case x.readOnly:
		return errReadOnly
	case a.Tenant != x.id:
		return errors.New("memstore: an account of another tenant")
	}
	if id, taken := x.t.names[a.Name]; taken && id != a.ID {
		return lobby.ErrConflict
	}
	if old, ok := x.t.accounts[a.ID]; ok {
		delete(x.t.names, old.value.Name)
	}
	put(x.t, x.t.accounts, a.ID, copyAccount(a))
	x.t.names[a.Name] = a.ID
	return nil
}

func (x *tx) Session(hash auth.TokenHash) (auth.Session, error) {
	e, ok := x.t.sessions[hash]
	if !ok {
		return auth.Session{}, lobby.ErrNotFound
	}
	return e.value, nil
}

func (x *tx) SessionsOf(account lobby.AccountID) ([]auth.Session, error) {
	return ordered(x.t.sessions, func(s auth.Session) bool { return s.Account == account }), nil
}

func (x *tx) PutSession(s auth.Session) error {
	if x.readOnly {
		return errReadOnly
	}
	if _, ok := x.t.accounts[s.Account]; !ok {
		return lobby.ErrNotFound
	}
	put(x.t, x.t.sessions, s.Hash, s)
	return nil
}

func (x *tx) DeleteSession(hash auth.TokenHash) error {
	if x.readOnly {
		return errReadOnly
	}
	delete(x.t.sessions, hash)
	return nil
}

func (x *tx) DeleteSessionsOf(account lobby.AccountID) error {
	if x.readOnly {
		return errReadOnly
	}
	maps.DeleteFunc(x.t.sessions, func(_ auth.TokenHash, e entry[auth.Session]) bool { return e.value.Account == account })
	return nil
}

func (x *tx) DeleteExpired(now, idle time.Time) (int, error) {
	if x.readOnly {
		return 0, errReadOnly
	}
	before := len(x.t.sessions) + len(x.t.tokens)
	maps.DeleteFunc(x.t.sessions, func(_ auth.TokenHash, e entry[auth.Session]) bool {
		return !e.value.Expires.After(now) || !e.value.Seen.After(idle)
	})
	maps.DeleteFunc(x.t.tokens, func(_ auth.TokenHash, t auth.SetupToken) bool { return !t.Expires.After(now) })
	return before - len(x.t.sessions) - len(x.t.tokens), nil
}

func (x *tx) SetupToken(hash auth.TokenHash) (auth.SetupToken, error) {
	t, ok := x.t.tokens[hash]
	if !ok {
		return auth.SetupToken{}, lobby.ErrNotFound
	}
	return t, nil
}

func (x *tx) PutSetupToken(t auth.SetupToken) error {
	if x.readOnly {
		return errReadOnly
	}
	x.t.tokens[t.Hash] = t
	return nil
}

func (x *tx) DeleteSetupToken(hash auth.TokenHash) error {
	if x.readOnly {
		return errReadOnly
	}
	delete(x.t.tokens, hash)
	return nil
}

func (x *tx) DeleteSetupTokensFor(name string) error {
	if x.readOnly {
		return errReadOnly
	}
	maps.DeleteFunc(x.t.tokens, func(_ auth.TokenHash, t auth.SetupToken) bool { return t.Name == name })
	return nil
}

func copyAccount(a auth.Account) auth.Account {
	a.PublicKey = bytes.Clone(a.PublicKey)
	a.WrappedPrivateKey = bytes.Clone(a.WrappedPrivateKey)
	a.Passkeys = slices.Clone(a.Passkeys)
	a.Recovery.WrappedPrivateKey = bytes.Clone(a.Recovery.WrappedPrivateKey)
	return a
}
