package api

import (
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/auth/passkey"
)

// passkeyView is a passkey as the list shows it.
type passkeyView struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	MadeAt int64  `json:"made_at"`
}

func viewPasskey(p auth.Passkey) passkeyView { return passkeyView{p.ID, p.Name, millis(p.MadeAt)} }

func (a *API) listPasskeys(c *call) (any, error) {
	list := []passkeyView{}
	for _, p := range c.account.Passkeys {
		list = append(list, viewPasskey(p))
	}
	return map[string][]passkeyView{"passkeys": list}, nil
}

// challenge gives out what an authenticator has to sign, for making a passkey of this account, or with none for signing in.
func (a *API) challenge(account lobby.AccountID) (challenge blob, host string, err error) {
	given, err := a.Auth.PasskeyChallenge(a.Tenant, account)
	if err != nil {
		return nil, "", err
	}
	host, err = a.Auth.PasskeyHost()
	return given[:], host, err
}

func (a *API) passkeyChallenge(c *call) (any, error) {
	challenge, host, err := a.challenge(c.account.ID)
	if err != nil {
		return nil, err
	}
	known := []blob{}
	for _, p := range c.account.Passkeys {
		known = append(known, p.Credential.ID)
	}
	return struct {
		Challenge  blob   `json:"challenge"`
		Host       string `json:"host"`
		User       blob   `json:"user"`
		Algorithms []int  `json:"algorithms"`
		Known      []blob `json:"known"` // the authenticators' ids of the account's passkeys
	}{challenge, host, blob(c.account.ID), passkey.Algorithms(), known}, nil
}

func (a *API) addPasskey(c *call) (any, error) {
	var in struct {
		Auth              hash   `json:"auth"`
		Name              string `json:"name"`
		Challenge         hash   `json:"challenge"`
		Credential        blob   `json:"credential"`
		ClientData        blob   `json:"client_data"`
		Attestation       blob   `json:"attestation"`
		WrappedPrivateKey blob   `json:"wrapped_private_key"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	made, err := a.Auth.AddPasskey(c.ctx(), c.account, in.Auth, c.from, auth.NewPasskey{
		Name: in.Name, Challenge: auth.Challenge(in.Challenge), WrappedPrivateKey: in.WrappedPrivateKey,
		Created: passkey.Created{ID: in.Credential, ClientData: in.ClientData, Attestation: in.Attestation},
	})
	if err = a.settled(err); err != nil {
		if errors.Is(err, auth.ErrPassword) {
			c.wrongGuess()
		}
		return nil, err
	}
	return viewPasskey(made), nil
}

func (a *API) removePasskey(c *call) (any, error) {
	return nil, a.settled(a.Auth.RemovePasskey(c.ctx(), c.account, c.r.PathValue("passkey")))
}

func (a *API) signInChallenge(c *call) (any, error) {
	challenge, host, err := a.challenge("")
	if err != nil {
		return nil, err
	}
	return struct {
		Challenge blob   `json:"challenge"`
		Host      string `json:"host"`
	}{challenge, host}, nil
}

func (a *API) signInByPasskey(c *call) (any, error) {
	var in struct {
		Challenge         hash `json:"challenge"`
		Credential        blob `json:"credential"`
		User              blob `json:"user"`
		ClientData        blob `json:"client_data"`
		AuthenticatorData blob `json:"authenticator_data"`
		Signature         blob `json:"signature"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	account, used, value, err := a.Auth.SignInByPasskey(c.ctx(), a.Tenant, auth.Challenge(in.Challenge), passkey.Signed{
		ID: in.Credential, User: in.User, ClientData: in.ClientData, AuthenticatorData: in.AuthenticatorData, Signature: in.Signature,
	}, c.from)
	if err = a.settled(err); err != nil {
		if errors.Is(err, auth.ErrUnauthenticated) {
			c.wrongGuess()
		}
		return nil, err
	}
	a.cookie.set(c.w, value, int(auth.SessionLife.Seconds()))
	return struct {
		Account    accountView `json:"account"`
		PasskeyKey blob        `json:"passkey_key"`
	}{viewOf(account), used.WrappedPrivateKey}, nil
}
