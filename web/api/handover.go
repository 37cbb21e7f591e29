package api

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
)

// counsellorView is a colleague: what it takes to hand a room over.
type counsellorView struct {
	ID          lobby.AccountID `json:"id"`
	DisplayName string          `json:"display_name"`
	PublicKey   blob            `json:"public_key"`
}

// listCounsellors names the service's other counsellors who can sign in.
func (a *API) listCounsellors(c *call) (any, error) {
	accounts, err := a.Auth.Accounts(c.ctx(), a.Tenant)
	if err != nil {
		return nil, err
	}
	views := []counsellorView{}
	for _, other := range accounts {
		if !other.Disabled && other.ID != c.account.ID {
			views = append(views, counsellorView{other.ID, other.DisplayName, other.PublicKey})
		}
	}
	return map[string][]counsellorView{"counsellors": views}, nil
}

// handOver gives a room of the account that is not running to a colleague. Accounts that administer a tenant would come in here, with
// [lobby.Service.HandOverAnyRoom]; there are none yet, and the command line does it for them.
func (a *API) handOver(c *call) (any, error) {
	var in struct {
		To            lobby.AccountID `json:"to"`
		Keep          bool            `json:"keep"`
		WrappedSecret blob            `json:"wrapped_secret"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	// Whose room it is comes first: who asks for another's learns nothing of it, nor of who works here.
	if _, _, err := a.Lobby.Room(c.ctx(), a.Tenant, c.account.ID, c.room()); err != nil {
		return nil, err
	}
	to, err := a.Auth.Account(c.ctx(), a.Tenant, in.To)
	if errors.Is(err, lobby.ErrNotFound) || err == nil && to.Disabled {
		return nil, errNoCounsellor
	}
	if err != nil {
		return nil, err
	}
	if a.Live.Room(c.room()).Members > 0 {
		return nil, lobby.ErrRunning
	}
	done, err := a.Lobby.HandOverRoom(c.ctx(), a.Tenant, c.account.ID, c.room(), lobby.HandOver{To: to.ID, Keep: in.Keep, WrappedSecret: in.WrappedSecret})
	if err := a.settled(err); err != nil {
		return nil, err
	}
	return nil, a.Live.HandOver(c.ctx(), done)
}

// keepSecret keeps the room's secret as the account itself wraps it.
func (a *API) keepSecret(c *call) (any, error) {
	var in struct {
		WrappedSecret blob `json:"wrapped_secret"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if _, err := a.Lobby.KeepSecret(c.ctx(), a.Tenant, c.account.ID, c.room(), in.WrappedSecret); a.settled(err) != nil {
		return nil, err
	}
	return a.getRoom(c)
}
