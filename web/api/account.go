package api

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby/auth"
)

// setRecovery keeps the private key as a recovery phrase wraps it.
func (a *API) setRecovery(c *call) (any, error) {
	var in struct {
		Auth              hash `json:"auth"`
		WrappedPrivateKey blob `json:"wrapped_private_key"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	account, err := a.Auth.SetRecovery(c.ctx(), c.account, in.Auth, c.from, in.WrappedPrivateKey)
	if err = a.settled(err); err != nil {
		if errors.Is(err, auth.ErrPassword) {
			c.wrongGuess()
		}
		return nil, err
	}
	return viewAccount(account), nil
}

func (a *API) removeRecovery(c *call) (any, error) {
	return nil, a.settled(a.Auth.RemoveRecovery(c.ctx(), c.account))
}
