package api

import (
	"errors"
	"net/http"
	"strings"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// cookie is a signed-in counsellor's. Clients get none.
type cookie struct {
	name   string
	secure bool
}

// newCookie takes the name that browsers protect (RFC 6265bis section 4.1.3.2); it needs TLS, which localhost does not have.
func newCookie(origin string) cookie {
	if strings.HasPrefix(origin, "https://") {
		return cookie{"__Host-anteroom", true}
	}
	return cookie{"anteroom_dev", false}
}

func (k cookie) set(w http.ResponseWriter, value string, seconds int) {
	http.SetCookie(w, &http.Cookie{
		Name: k.name, Value: value, Path: "/", MaxAge: seconds, Secure: k.secure, HttpOnly: true, SameSite: http.SameSiteStrictMode,
	})
}

// accountView is an account as its owner sees it.
type accountView struct {
	ID                lobby.AccountID `json:"id"`
	Name              string          `json:"name"`
	DisplayName       string          `json:"display_name"`
	PublicKey         blob            `json:"public_key"`
	WrappedPrivateKey blob            `json:"wrapped_private_key"`
	RecoveryAt        int64           `json:"recovery_at,omitempty"` // ms: when the recovery phrase was made
}

func viewAccount(a auth.Account) any {
	return map[string]accountView{"account": viewOf(a)}
}

func viewOf(a auth.Account) accountView {
	return accountView{a.ID, a.Name, a.DisplayName, a.PublicKey, a.WrappedPrivateKey, millis(a.Recovery.MadeAt)}
}

// account is who sends the request.
func (a *API) account(r *http.Request) (auth.Account, error) {
	sent, err := r.Cookie(a.cookie.name)
	if err != nil {
		return auth.Account{}, errUnauthenticated
	}
	account, _, err := a.Auth.Lookup(r.Context(), a.Tenant, sent.Value)
	return account, err
}

func (a *API) setup(c *call) (any, error) {
	var in struct {
		Token             string `json:"token"`
		Name              string `json:"name"`
		DisplayName       string `json:"display_name"`
		Auth              hash   `json:"auth"`
		PublicKey         blob   `json:"public_key"`
		WrappedPrivateKey blob   `json:"wrapped_private_key"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	account, _, value, err := a.Auth.Setup(c.ctx(), a.Tenant, in.Token, auth.Credentials{
		Name: in.Name, DisplayName: in.DisplayName, Auth: in.Auth, PublicKey: in.PublicKey, WrappedPrivateKey: in.WrappedPrivateKey,
	})
	if err = a.settled(err); err != nil {
		if errors.Is(err, auth.ErrSetupToken) {
			c.wrongGuess()
		}
		return nil, err
	}
	a.cookie.set(c.w, value, int(auth.SessionLife.Seconds()))
	return viewAccount(account), nil
}

// checkSetup tells what a token is for. Whoever has it may take the account over, so it gets what the recovery phrase opens too.
func (a *API) checkSetup(c *call) (any, error) {
	var in struct {
		Token string `json:"token"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	name, account, err := a.Auth.SetupFor(c.ctx(), a.Tenant, in.Token)
	if err != nil {
		if errors.Is(err, auth.ErrSetupToken) {
			c.wrongGuess()
		}
		return nil, err
	}
	return struct {
		Name        string `json:"name,omitempty"`
		DisplayName string `json:"display_name,omitempty"`
		PublicKey   blob   `json:"public_key,omitempty"` // of an account that exists
		RecoveryKey blob   `json:"recovery_key,omitempty"`
	}{name, account.DisplayName, account.PublicKey, account.Recovery.WrappedPrivateKey}, nil
}

func (a *API) signIn(c *call) (any, error) {
	var in struct {
		Name string `json:"name"`
		Auth hash   `json:"auth"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	account, _, value, err := a.Auth.SignIn(c.ctx(), a.Tenant, in.Name, in.Auth, c.from)
	if err != nil {
		if errors.Is(err, auth.ErrUnauthenticated) {
			c.wrongGuess()
		}
		return nil, err
	}
	a.cookie.set(c.w, value, int(auth.SessionLife.Seconds()))
	return viewAccount(account), nil
}

func (a *API) session(c *call) (any, error) { return viewAccount(c.account), nil }

// signOut ends the session if there is one; whoever has none is signed out already.
func (a *API) signOut(c *call) (any, error) {
	if sent, err := c.r.Cookie(a.cookie.name); err == nil {
		if err := a.settled(a.Auth.SignOut(c.ctx(), a.Tenant, sent.Value)); err != nil {
			return nil, err
		}
	}
	a.cookie.set(c.w, "", -1)
	return nil, nil
}
