package api

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// takeReceipt gives the receipt of a session that was deleted to somebody who was in it: once. The token is random; who guesses is slowed
// as with links.
func (a *API) takeReceipt(c *call) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	signed, err := a.Receipts.Take(in.Token, c.now)
	if err == nil {
		return signed, nil
	}
	if !errors.Is(err, receipt.ErrNotYet) && !a.wrongLinks.allow(c.from, c.now) {
		return nil, errTooFast
	}
	return nil, err
}
