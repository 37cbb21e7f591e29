package auth

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"time"
)

// Recovery is an account's private key wrapped a second time: by a phrase that the browser made and that stands on paper alone.
type Recovery struct {
	// WrappedPrivateKey is opened in the browser with what the phrase derives; empty: there is no phrase.
	WrappedPrivateKey []byte
	MadeAt            time.Time
}

// SetRecovery keeps the account's private key as a new phrase wraps it; the phrase before is worth nothing from then on. The password is asked
// for again: who merely found the browser signed in could put something there that opens nothing, which would be noticed when it is needed.
// Errors: [ErrPassword], [ErrInvalid], and those of [Service.SignIn].
func (s *Service) SetRecovery(ctx context.Context, a Account, auth [32]byte, from netip.Addr, wrapped []byte) (Account, error) {
	if len(wrapped) == 0 || len(wrapped) > MaxWrappedKey {
		return Account{}, invalid("wrapped_private_key")
	}
	changed, err := s.withPassword(ctx, a.Tenant, a.Name, auth, from, func(tx Tx, current *Account) error {
		current.Recovery = Recovery{slices.Clone(wrapped), s.clock()}
		return tx.PutAccount(*current)
	})
	if errors.Is(err, ErrUnauthenticated) {
		err = ErrPassword
	}
	return changed, doing("keep a recovery phrase's wrapping", err)
}

// RemoveRecovery makes the account's phrase worth nothing. Removing none is no error.
func (s *Service) RemoveRecovery(ctx context.Context, a Account) error {
	return doing("remove a recovery phrase's wrapping", s.store.UpdateAccounts(ctx, a.Tenant, func(tx Tx) error {
		current, err := tx.Account(a.ID)
		if err != nil {
			return err
		}
		current.Recovery = Recovery{}
		return tx.PutAccount(current)
	}))
}
