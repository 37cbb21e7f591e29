package client

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Colleague is another counsellor of the service.
type Colleague struct {
	ID          string
	DisplayName string
	public      []byte
}

// Colleagues lists the service's other counsellors.
func (a *Account) Colleagues(ctx context.Context) ([]Colleague, error) {
	var answer struct {
		Counsellors []struct {
			ID          string    `json:"id"`
			DisplayName string    `json:"display_name"`
			PublicKey   wireBytes `json:"public_key"`
		} `json:"counsellors"`
	}
	if err := a.server.call(ctx, http.MethodGet, "/counsellors", nil, &answer); err != nil {
		return nil, err
	}
	all := make([]Colleague, 0, len(answer.Counsellors))
	for _, c := range answer.Counsellors {
		all = append(all, Colleague{c.ID, c.DisplayName, c.PublicKey})
	}
	return all, nil
}

// HandOver gives a room of this account that is not running to a colleague, with its secret; keep: this account stays in it as co-counsellor.
func (a *Account) HandOver(ctx context.Context, room string, to Colleague, keep bool) error {
	var r roomAnswer
	if err := a.server.call(ctx, http.MethodGet, "/rooms/"+room, nil, &r); err != nil {
		return err
	}
	// What is not this account's own secret is given on as what it is: it proves nothing.
	var wrapped []byte
	secret, own, err := credential.UnwrapRoomSecret(a.private, r.WrappedSecret)
	switch {
	case err == nil && own:
		wrapped, err = secret.WrapFor(a.private, to.public)
	case len(r.WrappedSecret) > 0:
		wrapped, err = a.open(r.WrappedSecret).Wrap(to.public)
	}
	if err != nil && len(r.WrappedSecret) > 0 {
		return fmt.Errorf("client: wrapping the room's secret: %w", err)
	}
	request := map[string]any{"to": to.ID, "keep": keep, "wrapped_secret": wire.Bytes(wrapped)}
	return a.server.call(ctx, http.MethodPost, "/rooms/"+room+"/hand-over", request, nil)
}

// KeyCode is what this account's owner tells the colleague to whom a room was handed over.
func (a *Account) KeyCode() string { return credential.KeyCode(a.private.PublicKey().Bytes()).Show() }

// ErrKeyCode: the room was not handed over by the account with this code.
var ErrKeyCode = errors.New("client: not the code of the key that the room was handed over with")

// Accept keeps the secret of a room that was handed over as this account's own, when its giver has said this code: from then on its calls are verified.
func (a *Account) Accept(ctx context.Context, room, code string) error {
	var r roomAnswer
	if err := a.server.call(ctx, http.MethodGet, "/rooms/"+room, nil, &r); err != nil {
		return err
	}
	secret, from, err := credential.UnwrapHanded(a.private, r.WrappedSecret)
	if err != nil {
		return err
	}
	if said, err := credential.ParseCode(code); err != nil || said != credential.KeyCode(from) {
		return ErrKeyCode
	}
	wrapped, err := secret.WrapOwn(a.private)
	if err != nil {
		return err
	}
	return a.server.call(ctx, http.MethodPut, "/rooms/"+room+"/secret", map[string]any{"wrapped_secret": wire.Bytes(wrapped)}, nil)
}
