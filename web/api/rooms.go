package api

import (
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// roomView is a room as a counsellor of it sees it.
type roomView struct {
	ID            lobby.RoomID `json:"id"`
	Title         *text        `json:"title,omitempty"`
	Kind          lobby.Kind   `json:"kind"`
	Policy        string       `json:"policy"`
	NoPolicy      bool         `json:"no_policy,omitempty"` // it is not configured any more: nobody can enter
	SoundOnly     bool         `json:"sound_only,omitempty"`
	Role          lobby.Role   `json:"role"`               // of the account that asks
	StandIn       bool         `json:"stand_in,omitempty"` // it was handed over, and has not begun since
	StartsAt      int64        `json:"starts_at,omitempty"`
	EndsAt        int64        `json:"ends_at,omitempty"`
	CreatedAt     int64        `json:"created_at"`
	Live          liveView     `json:"live"`
	WrappedSecret blob         `json:"wrapped_secret"`
	Persons       []personView `json:"persons"`
}

type liveView struct {
	Waiting int    `json:"waiting"`
	Members int    `json:"members"`
	State   string `json:"state"`
}

type personView struct {
	ID    lobby.PersonID `json:"id"`
	Role  lobby.Role     `json:"role"`
	Label text           `json:"label"`
	Lang  string         `json:"lang"`
	// Wording, ConsentInWriting and MayModerate are missing where there is nothing special.
	Wording          lobby.Wording `json:"wording,omitempty"`
	ConsentInWriting bool          `json:"consent_in_writing,omitempty"`
	MayModerate      bool          `json:"may_moderate,omitempty"`
	SealedLink       blob          `json:"sealed_link,omitempty"`
	Code             bool          `json:"code,omitempty"` // it can be typed too
	Revoked          bool          `json:"revoked"`
	Waiting          bool          `json:"waiting"`
	PIN              string        `json:"pin,omitempty"`     // set, locked; missing: there is none
	NewPIN           lobby.PIN     `json:"new_pin,omitempty"` // in the answer alone that made it
}

func (a *API) viewRoom(c *call, room lobby.Room, persons []lobby.Invitation) roomView {
	live := a.Live.Room(room.ID)
	if live.Is == "" {
		live.Is = "idle"
	}
	role, _ := room.RoleOf(c.account.ID)
	_, known := a.Policies.Policies[room.Policy]
	view := roomView{
		Role: role, StandIn: room.StandIn,
		ID: room.ID, Title: textOf(room.Title), Kind: room.Kind, Policy: room.Policy, NoPolicy: !known, SoundOnly: room.SoundOnly,
		StartsAt: millis(room.StartsAt), EndsAt: millis(room.EndsAt), CreatedAt: millis(room.CreatedAt),
		Live:          liveView{live.Waiting, live.Members, live.Is},
		WrappedSecret: room.WrappedSecrets[c.account.ID],
		Persons:       make([]personView, 0, len(persons)),
	}
	for _, p := range persons {
		view.Persons = append(view.Persons, viewInvited(p, live))
	}
	return view
}

func viewPerson(p lobby.Person, live State) personView {
	view := personView{
		ID: p.ID, Role: p.Role, Label: text{p.Label.Plain, p.Label.Sealed}, Lang: p.Lang, Wording: p.Wording, ConsentInWriting: p.ConsentInWriting,
		MayModerate: p.MayModerate, SealedLink: p.SealedLink, Code: p.CodeHash != lobby.LinkHash{}, Revoked: p.Revoked, Waiting: slices.Contains(live.WaitingPersons, p.ID),
	}
	switch {
	case p.PIN.Locked():
		view.PIN = "locked"
	case p.PIN.Set():
		view.PIN = "set"
	}
	return view
}

// viewInvited shows a PIN that was made just now.
func viewInvited(p lobby.Invitation, live State) personView {
	view := viewPerson(p.Person, live)
	view.NewPIN = p.Told
	return view
}

// met are persons of whom nothing was made now.
func met(persons []lobby.Person) []lobby.Invitation {
	all := make([]lobby.Invitation, len(persons))
	for i, p := range persons {
		all[i].Person = p
	}
	return all
}

// newPerson is an invitation whose link the counsellor's browser made.
type newPerson struct {
	Role             lobby.Role    `json:"role"`
	Label            text          `json:"label"`
	Lang             string        `json:"lang"`
	Wording          lobby.Wording `json:"wording"`
	ConsentInWriting bool          `json:"consent_in_writing"`
	MayModerate      bool          `json:"may_moderate"`
	PIN              bool          `json:"pin"`
	newLink
}

type newLink struct {
	LinkAuth      hash `json:"link_auth"`
	CodeAuth      hash `json:"code_auth"`
	SealedLink    blob `json:"sealed_link"`
	WrappedSecret blob `json:"wrapped_secret"`
}

func (l newLink) lobby() lobby.NewLink {
	return lobby.NewLink{LinkHash: lobby.LinkHash(l.LinkAuth), CodeHash: lobby.LinkHash(l.CodeAuth), SealedLink: l.SealedLink, WrappedSecret: l.WrappedSecret}
}

func (p newPerson) lobby() lobby.NewPerson {
	return lobby.NewPerson{Role: p.Role, Label: p.Label.lobby(), Lang: p.Lang, Wording: p.Wording, ConsentInWriting: p.ConsentInWriting, MayModerate: p.MayModerate, PIN: p.PIN, NewLink: p.newLink.lobby()}
}

func (a *API) listRooms(c *call) (any, error) {
	list, err := a.Lobby.Rooms(c.ctx(), a.Tenant, c.account.ID)
	if err != nil {
		return nil, err
	}
	views := make([]roomView, 0, len(list))
	for _, r := range list {
		views = append(views, a.viewRoom(c, r.Room, met(r.Persons)))
	}
	return map[string][]roomView{"rooms": views}, nil
}

func (a *API) createRoom(c *call) (any, error) {
	var in struct {
		Title         text        `json:"title"`
		Kind          lobby.Kind  `json:"kind"`
		Policy        string      `json:"policy"`
		SoundOnly     bool        `json:"sound_only"`
		StartsAt      int64       `json:"starts_at"`
		EndsAt        int64       `json:"ends_at"`
		WrappedSecret blob        `json:"wrapped_secret"`
		Persons       []newPerson `json:"persons"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	if in.Policy == "" {
		in.Policy = a.Policies.Offered[0]
	}
	if !slices.Contains(a.Policies.Offered, in.Policy) {
		return nil, lobby.ErrNoPolicy // the page was loaded before the configuration changed
	}
	n := lobby.NewRoom{
		Title: in.Title.lobby(), Kind: in.Kind, Policy: in.Policy, SoundOnly: in.SoundOnly, StartsAt: instant(in.StartsAt), EndsAt: instant(in.EndsAt),
		WrappedSecrets: map[lobby.AccountID][]byte{c.account.ID: in.WrappedSecret},
	}
	for _, p := range in.Persons {
		n.Persons = append(n.Persons, p.lobby())
	}
	room, persons, err := a.Lobby.CreateRoom(c.ctx(), a.Tenant, c.account.ID, n)
	if err != nil {
		return nil, err
	}
	return a.viewRoom(c, room, persons), nil
}

func (c *call) room() lobby.RoomID     { return lobby.RoomID(c.r.PathValue("room")) }
func (c *call) person() lobby.PersonID { return lobby.PersonID(c.r.PathValue("person")) }

func (a *API) getRoom(c *call) (any, error) {
	room, persons, err := a.Lobby.Room(c.ctx(), a.Tenant, c.account.ID, c.room())
	if err != nil {
		return nil, err
	}
	return a.viewRoom(c, room, met(persons)), nil
}

// deleteRoom deletes what is known about the room, so that nobody can come back to it, then ends it for those who are in it. Where a
// session was live, the answer has the token of its receipt.
func (a *API) deleteRoom(c *call) (any, error) {
	err := a.Lobby.DeleteRoom(c.ctx(), a.Tenant, c.account.ID, c.room())
	left := lobby.Ended{Deleted: true, Copies: errors.Is(err, lobby.ErrErasurePending)}
	if err := a.settled(err); err != nil {
		return nil, err
	}
	promise, err := a.Live.EndRoom(c.ctx(), c.room(), left)
	if err != nil {
		return nil, err
	}
	return struct {
		Receipt string `json:"receipt,omitempty"`
	}{promise}, nil
}

func (a *API) addPerson(c *call) (any, error) {
	var in newPerson
	if err := c.body(&in); err != nil {
		return nil, err
	}
	person, err := a.Lobby.AddPerson(c.ctx(), a.Tenant, c.account.ID, c.room(), in.lobby())
	if err != nil {
		return nil, err
	}
	// Those who moderate read of it at once. Where the live room cannot be told now, the invitation is as good.
	if err := a.Live.InvitePerson(c.ctx(), c.room(), person.Person); err != nil {
		a.Logger.Warn("a live room was not told of an invitation", "err", err)
	}
	return viewInvited(person, State{}), nil
}

// revokePerson makes the link worthless first, so that whoever is put out cannot come back by it.
func (a *API) revokePerson(c *call) (any, error) {
	if err := a.settled(a.Lobby.RevokePerson(c.ctx(), a.Tenant, c.account.ID, c.room(), c.person())); err != nil {
		return nil, err
	}
	return nil, a.Live.RemovePerson(c.ctx(), c.room(), c.person())
}

// replaceLink makes the old link worthless first, so that whoever is put out cannot come back by it.
func (a *API) replaceLink(c *call) (any, error) {
	var in newLink
	if err := c.body(&in); err != nil {
		return nil, err
	}
	person, err := a.Lobby.ReplaceLink(c.ctx(), a.Tenant, c.account.ID, c.room(), c.person(), in.lobby())
	if err = a.settled(err); err != nil {
		return nil, a.final(err)
	}
	if err := a.Live.ReplaceLink(c.ctx(), c.room(), person.ID, person.Generation); err != nil {
		return nil, err
	}
	return viewPerson(person, a.Live.Room(c.room())), nil
}

// final says of a person who was removed that it cannot be changed any more: to a counsellor it is no answer about a link.
func (a *API) final(err error) error {
	if errors.Is(err, lobby.ErrRevoked) {
		return problem{status: 409, Code: "conflict"}
	}
	return err
}

// roomTicket lets a signed-in counsellor of the room into it.
func (a *API) roomTicket(c *call) (any, error) {
	var in struct {
		Device string `json:"device"`
	}
	if err := c.body(&in); err != nil {
		return nil, err
	}
	device, err := token.ParseDevice(in.Device)
	if err != nil {
		return nil, err
	}
	access, err := a.Lobby.AccountAccess(c.ctx(), a.Tenant, c.room(), c.account.ID)
	if err != nil {
		return nil, err
	}
	return a.ticket(access, device)
}

func (a *API) ticket(access lobby.Access, device token.Device) (any, error) {
	signed, err := a.Tokens.IssueTicket(token.Ticket{
		Tenant: a.Tenant, Room: access.Room.ID, Session: access.Room.Session, Person: access.Person.ID, Account: access.Account,
		Role: access.Role, Device: device, Generation: access.Person.Generation, PIN: access.Person.PIN.Serial,
	})
	if err != nil {
		return nil, err
	}
	return map[string]string{"ticket": signed}, nil
}
