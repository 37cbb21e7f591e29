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
	options Options
	public  []byte
	private *ecdh.PrivateKey
}

type accountAnswer struct {
	Account struct {
		ID                string    `json:"id"`
		Name              string    `json:"name"`
		DisplayName       string    `json:"display_name"`
		PublicKey         wireBytes `json:"public_key"`
		WrappedPrivateKey wireBytes `json:"wrapped_private_key"`
	} `json:"account"`
}

// wireBytes decodes base64url without padding, which [wire.Bytes] only writes.
type wireBytes []byte

func (b *wireBytes) UnmarshalText(text []byte) error {
	data, err := credential.Decode(string(text))
	*b = data
	return err
}

// SignIn signs a counsellor in. The password does not leave this process; what is sent is derived from it (about 0.1 s of work).
func SignIn(ctx context.Context, base, name, password string, o Options) (*Account, error) {
	s, err := newServer(base, o)
	if err != nil {
		return nil, err
	}
	var service Service
	if err := s.call(ctx, http.MethodGet, "/service", nil, &service); err != nil {
		return nil, err
	}
	keys := credential.FromPassword(service.Tenant, name, password)
	var answer accountAnswer
	if err := s.call(ctx, http.MethodPost, "/session", map[string]any{"name": name, "auth": wire.Bytes(keys.Auth[:])}, &answer); err != nil {
		return nil, err
	}
	private, err := credential.OpenAccountKey(keys.Wrap, answer.Account.WrappedPrivateKey)
	if err != nil {
		return nil, fmt.Errorf("client: opening the account's key: %w", err)
	}
	return &Account{
		ID: answer.Account.ID, DisplayName: answer.Account.DisplayName,
		server: s, options: o, public: answer.Account.PublicKey, private: private,
	}, nil
}

// SignOut ends the web session.
func (a *Account) SignOut(ctx context.Context) error {
	return a.server.call(ctx, http.MethodDelete, "/session", nil, nil)
}

// Invitation says who is to be invited to a new room.
type Invitation struct {
	Role  wire.Role
	Label string
	Lang  string
}

// NewRoom is a room to make; the zero values are those of the portal's form.
type NewRoom struct {
	Title    string
	Series   bool
	Policy   string
	StartsAt int64 // ms since the Unix epoch, 0 for no window
	EndsAt   int64
	Persons  []Invitation
}

// Link is one person's personal link. It is a secret.
type Link struct {
	Role  wire.Role
	Label string
	Link  string
}

// CreateRoom makes a room and returns its id and the personal links, in the order of the persons. Secrets are made and labels
// sealed here; the server learns neither.
func (a *Account) CreateRoom(ctx context.Context, n NewRoom) (room string, links []Link, err error) {
	secret := credential.NewRoomSecret()
	wrapped, err := secret.Wrap(a.public)
	if err != nil {
		return "", nil, fmt.Errorf("client: wrapping the room's secret: %w", err)
	}
	type person struct {
		Role       wire.Role  `json:"role"`
		Label      wire.Text  `json:"label"`
		Lang       string     `json:"lang,omitempty"`
		LinkAuth   wire.Bytes `json:"link_auth"`
		SealedLink wire.Bytes `json:"sealed_link"`
	}
	request := struct {
		Title         *wire.Text `json:"title,omitempty"`
		Kind          string     `json:"kind"`
		Policy        string     `json:"policy,omitempty"`
		StartsAt      int64      `json:"starts_at,omitempty"`
		EndsAt        int64      `json:"ends_at,omitempty"`
		WrappedSecret wire.Bytes `json:"wrapped_secret"`
		Persons       []person   `json:"persons"`
	}{Kind: "once", Policy: n.Policy, StartsAt: n.StartsAt, EndsAt: n.EndsAt, WrappedSecret: wrapped, Persons: []person{}}
	if n.Series {
		request.Kind = "series"
	}
	if n.Title != "" {
		request.Title = &wire.Text{Sealed: secret.Seal(credential.ContextTitle, []byte(n.Title))}
	}
	for _, p := range n.Persons {
		link := credential.NewLinkSecret()
		hash := link.AuthHash()
		request.Persons = append(request.Persons, person{
			Role: p.Role, Lang: p.Lang, LinkAuth: hash[:],
			Label:      wire.Text{Sealed: secret.Seal(credential.ContextLabel, []byte(p.Label))},
			SealedLink: secret.Seal(credential.ContextLink, link[:]),
		})
		links = append(links, Link{Role: p.Role, Label: p.Label, Link: link.Link(a.server.base)})
	}
	var answer struct {
		ID string `json:"id"`
	}
	if err := a.server.call(ctx, http.MethodPost, "/rooms", request, &answer); err != nil {
		return "", nil, err
	}
	return answer.ID, links, nil
}

// EndRoom ends a room for all and deletes it.
func (a *Account) EndRoom(ctx context.Context, room string) error {
	return a.server.call(ctx, http.MethodDelete, "/rooms/"+room, nil, nil)
}

// JoinRoom takes the counsellor's seat in one of the account's rooms.
func (a *Account) JoinRoom(ctx context.Context, room string, o Options) (*Call, error) {
	return join(ctx, a.server, a.server.roomTicket(room), o)
}
