package client

import (
	"context"
	"crypto/ecdh"
	"fmt"
	"net/http"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Account is a counsellor who is signed in.
type Account struct {
	ID          string
	DisplayName string

	server  *server
	private *ecdh.PrivateKey
}

// SignIn signs a counsellor in. The password does not leave this process; what is sent is derived from it (about 0.1 s of work). Of the
// options HTTP is used. Errors: [*HTTPError] when the server refused.
func SignIn(ctx context.Context, base, name, password string, o Options) (*Account, error) {
	s, err := newServer(base, o)
	if err != nil {
		return nil, err
	}
	a := &Account{server: s}
	if err := a.signIn(ctx, name, password); err != nil {
		s.rest()
		return nil, err
	}
	return a, nil
}

func (a *Account) signIn(ctx context.Context, name, password string) error {
	var service Service
	if err := a.server.call(ctx, http.MethodGet, "/service", nil, &service); err != nil {
		return err
	}
	keys := credential.FromPassword(service.Tenant, name, password)
	var answer struct {
		Account struct {
			ID                string    `json:"id"`
			DisplayName       string    `json:"display_name"`
			WrappedPrivateKey wireBytes `json:"wrapped_private_key"`
		} `json:"account"`
	}
	credentials := map[string]any{"name": name, "auth": wire.Bytes(keys.Auth[:])}
	if err := a.server.call(ctx, http.MethodPost, "/session", credentials, &answer); err != nil {
		return err
	}
	private, err := credential.OpenAccountKey(keys.Wrap, answer.Account.WrappedPrivateKey)
	if err != nil {
		return fmt.Errorf("client: opening the account's key: %w", err)
	}
	a.ID, a.DisplayName = answer.Account.ID, answer.Account.DisplayName
	// Room secrets are wrapped for its own public half, whatever the server says.
	a.private = private
	return nil
}

// SignOut ends the web session. Calls that were joined go on.
func (a *Account) SignOut(ctx context.Context) error {
	defer a.server.rest()
	return a.server.call(ctx, http.MethodDelete, "/session", nil, nil)
}

// JoinRoom takes the counsellor's seat in one of the account's rooms. Of the options HTTP is the account's. In a sealed call the counsellor speaks for
// the room as far as the account opens the room's secret; who is invited after the joining is not verified.
func (a *Account) JoinRoom(ctx context.Context, room string, o Options) (*Call, error) {
	in := entry{ticket: a.server.roomTicket(room)}
	if o.Sealed {
		var err error
		if in.secrets, err = a.secrets(ctx, room); err != nil {
			return nil, err
		}
	}
	return join(ctx, a.server, in, o)
}

// wireBytes decodes base64url without padding, which [wire.Bytes] only writes.
type wireBytes []byte

func (b *wireBytes) UnmarshalText(text []byte) error {
	data, err := credential.Decode(string(text))
	*b = data
	return err
}
