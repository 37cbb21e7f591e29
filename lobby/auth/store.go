package auth

import (
	"context"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Store keeps accounts, web sessions and setup tokens durably. Its transactions are as those of lobby.Store: one tenant,
// all or nothing, one after the other, durable when they return.
type Store interface {
	ViewAccounts(ctx context.Context, tenant lobby.TenantID, f func(Tx) error) error
	UpdateAccounts(ctx context.Context, tenant lobby.TenantID, f func(Tx) error) error
	// AccountTenants returns the tenants that have an account or a setup token, in any order.
	AccountTenants(ctx context.Context) ([]lobby.TenantID, error)
}

// Tx is one transaction in one tenant. Look-ups that find nothing return lobby.ErrNotFound.
type Tx interface {
	Account(lobby.AccountID) (Account, error)
	// AccountByName looks for a name as [Normalize] returns it.
	AccountByName(string) (Account, error)
	// Accounts returns all accounts in the order in which they were made.
	Accounts() ([]Account, error)
	// PutAccount makes or replaces an account. lobby.ErrConflict when the name is another account's.
	PutAccount(Account) error

	// Session looks for the SHA-256 of a cookie's value.
	Session(TokenHash) (Session, error)
	// SessionsOf returns an account's sessions, oldest first.
	SessionsOf(lobby.AccountID) ([]Session, error)
	// PutSession makes or replaces a session. lobby.ErrNotFound when there is no such account.
	PutSession(Session) error
	// DeleteSession deletes a session; deleting none is no error.
	DeleteSession(TokenHash) error
	// DeleteSessionsOf deletes all sessions of an account.
	DeleteSessionsOf(lobby.AccountID) error
	// DeleteExpired deletes sessions and setup tokens that have expired: sessions by Expires or last seen before idle.
	// It returns how many rows went.
	DeleteExpired(now, idle time.Time) (int, error)

	// SetupToken looks for the SHA-256 of a setup token.
	SetupToken(TokenHash) (SetupToken, error)
	PutSetupToken(SetupToken) error
	// DeleteSetupToken deletes a token; deleting none is no error.
	DeleteSetupToken(TokenHash) error
	// DeleteSetupTokensFor deletes all tokens that are for this name.
	DeleteSetupTokensFor(name string) error
}
