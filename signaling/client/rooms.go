package client

import (
	"context"
	"fmt"
	"net/http"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

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

// invited is a person as the interface takes one.
type invited struct {
	Role       wire.Role  `json:"role"`
	Label      wire.Text  `json:"label"`
	Lang       string     `json:"lang,omitempty"`
	LinkAuth   wire.Bytes `json:"link_auth"`
	SealedLink wire.Bytes `json:"sealed_link"`
}

// invite makes a person's link, and seals it and the label with the room's secret.
func invite(secret credential.RoomSecret, p Invitation) (invited, credential.LinkSecret) {
	link := credential.NewLinkSecret()
	hash := link.AuthHash()
	return invited{
		Role: p.Role, Lang: p.Lang, LinkAuth: hash[:],
		Label:      wire.Text{Sealed: secret.Seal(credential.ContextLabel, []byte(p.Label))},
		SealedLink: secret.SealLink(link),
	}, link
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
	wrapped, err := secret.WrapOwn(a.private)
	if err != nil {
		return "", nil, fmt.Errorf("client: wrapping the room's secret: %w", err)
	}
	request := struct {
		Title         *wire.Text `json:"title,omitempty"`
		Kind          string     `json:"kind"`
		Policy        string     `json:"policy,omitempty"`
		StartsAt      int64      `json:"starts_at,omitempty"`
		EndsAt        int64      `json:"ends_at,omitempty"`
		WrappedSecret wire.Bytes `json:"wrapped_secret"`
		Persons       []invited  `json:"persons"`
	}{Kind: "once", Policy: n.Policy, StartsAt: n.StartsAt, EndsAt: n.EndsAt, WrappedSecret: wrapped, Persons: []invited{}}
	if n.Series {
		request.Kind = "series"
	}
	if n.Title != "" {
		request.Title = &wire.Text{Sealed: secret.Seal(credential.ContextTitle, []byte(n.Title))}
	}
	for _, p := range n.Persons {
		person, link := invite(secret, p)
		request.Persons = append(request.Persons, person)
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

// Room is one of an account's rooms, opened with its secret: title, labels and links are as their counsellor wrote them. What does not
// open (it was sealed for other keys) is "".
type Room struct {
	ID      string
	Title   string
	Series  bool
	Waiting int
	Members int
	State   string // "idle", "open", "paused" or "held"
	Persons []Link // without those who were removed
}

// roomAnswer is a room as the interface gives it.
type roomAnswer struct {
	ID            string    `json:"id"`
	Title         text      `json:"title"`
	Kind          string    `json:"kind"`
	WrappedSecret wireBytes `json:"wrapped_secret"`
	Live          struct {
		Waiting int    `json:"waiting"`
		Members int    `json:"members"`
		State   string `json:"state"`
	} `json:"live"`
	Persons []struct {
		ID         string    `json:"id"`
		Role       wire.Role `json:"role"`
		Label      text      `json:"label"`
		SealedLink wireBytes `json:"sealed_link"`
		Revoked    bool      `json:"revoked"`
	} `json:"persons"`
}

type text struct {
	Plain  string    `json:"plain"`
	Sealed wireBytes `json:"sealed"`
}

// Rooms lists the account's rooms.
func (a *Account) Rooms(ctx context.Context) ([]Room, error) {
	var answer struct {
		Rooms []roomAnswer `json:"rooms"`
	}
	if err := a.server.call(ctx, http.MethodGet, "/rooms", nil, &answer); err != nil {
		return nil, err
	}
	rooms := make([]Room, 0, len(answer.Rooms))
	for _, r := range answer.Rooms {
		// A secret that does not open leaves its texts closed; the room is there all the same.
		secret := a.open(r.WrappedSecret)
		read := func(t text, context string) string {
			if t.Plain != "" {
				return t.Plain
			}
			opened, err := secret.Open(context, t.Sealed)
			if err != nil {
				return ""
			}
			return string(opened)
		}
		room := Room{
			ID: r.ID, Title: read(r.Title, credential.ContextTitle), Series: r.Kind == "series",
			Waiting: r.Live.Waiting, Members: r.Live.Members, State: r.Live.State,
		}
		for _, p := range r.Persons {
			if p.Revoked {
				continue
			}
			person := Link{Role: p.Role, Label: read(p.Label, credential.ContextLabel)}
			if link, err := secret.OpenLink(string(p.Role), p.SealedLink); err == nil {
				person.Link = link.Link(a.server.base)
			}
			room.Persons = append(room.Persons, person)
		}
		rooms = append(rooms, room)
	}
	return rooms, nil
}

// secrets is what a counsellor knows of a room that the server does not: its secret, and what the links of those who were invited are proven with.
// Of a room whose secret the account has not made itself that is nothing.
func (a *Account) secrets(ctx context.Context, room string) (circle.Secrets, error) {
	var r roomAnswer
	if err := a.server.call(ctx, http.MethodGet, "/rooms/"+room, nil, &r); err != nil {
		return circle.Secrets{}, err
	}
	secret, own, err := credential.UnwrapRoomSecret(a.private, r.WrappedSecret)
	if err != nil || !own {
		return circle.Secrets{}, nil
	}
	links := map[string][]byte{}
	for _, p := range r.Persons {
		if link, err := secret.OpenLink(string(p.Role), p.SealedLink); err == nil {
			e := link.E2EE()
			links[p.ID] = e[:]
		}
	}
	return circle.Secrets{Room: secret[:], LinkOf: func(person string) []byte { return links[person] }}, nil
}

// open opens a room's secret, whoever has wrapped it; zero where it does not open.
func (a *Account) open(wrapped []byte) credential.RoomSecret {
	secret, _, err := credential.UnwrapRoomSecret(a.private, wrapped)
	if err != nil {
		secret, _, _ = credential.UnwrapHanded(a.private, wrapped)
	}
	return secret
}

// Invite invites one more person to a room of the account, while it runs or before, and returns the personal link.
func (a *Account) Invite(ctx context.Context, room string, p Invitation) (Link, error) {
	var r roomAnswer
	if err := a.server.call(ctx, http.MethodGet, "/rooms/"+room, nil, &r); err != nil {
		return Link{}, err
	}
	person, link := invite(a.open(r.WrappedSecret), p)
	err := a.server.call(ctx, http.MethodPost, "/rooms/"+room+"/persons", person, nil)
	return Link{Role: p.Role, Label: p.Label, Link: link.Link(a.server.base)}, err
}

// EndRoom ends a room for all and deletes it. The token gives the receipt of the session that was live; "" where none was.
func (a *Account) EndRoom(ctx context.Context, room string) (receipt string, err error) {
	var answer struct {
		Receipt string `json:"receipt"`
	}
	err = a.server.call(ctx, http.MethodDelete, "/rooms/"+room, nil, &answer)
	return answer.Receipt, err
}
