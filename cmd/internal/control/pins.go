package control

import (
	"context"
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
)

// Person is an invited person without his link.
type Person struct {
	ID    lobby.PersonID `json:"person"`
	Role  lobby.Role     `json:"role"`
	Label string         `json:"label,omitempty"` // "" where it was sealed in a browser
	// PIN says how it stands with it: set, locked; "" for none.
	PIN string `json:"pin,omitempty"`
	// NewPIN is the PIN that was made just now, to be told by telephone. It can be read this once.
	NewPIN lobby.PIN `json:"new_pin,omitempty"`
}

func personOf(p lobby.Invitation) Person {
	out := Person{ID: p.ID, Role: p.Role, Label: p.Label.Plain, NewPIN: p.Told}
	switch {
	case p.PIN.Locked():
		out.PIN = "locked"
	case p.PIN.Set():
		out.PIN = "set"
	}
	return out
}

// RoomPerson names a person of a room; without a person, the room.
type RoomPerson struct {
	Room   lobby.RoomID
	Person lobby.PersonID
}

// roster finds a room whoever it belongs to: whoever may ask here administers them all.
func (o *Operations) roster(ctx context.Context, id lobby.RoomID) (lobby.Roster, error) {
	accounts, err := o.Auth.Accounts(ctx, o.Tenant)
	if err != nil {
		return lobby.Roster{}, err
	}
	for _, a := range accounts {
		room, persons, err := o.Lobby.Room(ctx, o.Tenant, a.ID, id)
		if err == nil {
			return lobby.Roster{Room: room, Persons: persons}, nil
		}
		if !errors.Is(err, lobby.ErrNotFound) {
			return lobby.Roster{}, err
		}
	}
	return lobby.Roster{}, lobby.ErrNotFound
}

// persons are those of a room, in the order in which they were invited, without those who were removed.
func (o *Operations) persons(ctx context.Context, in RoomPerson) ([]Person, error) {
	roster, err := o.roster(ctx, in.Room)
	list := []Person{}
	for _, p := range slices.DeleteFunc(roster.Persons, func(p lobby.Person) bool { return p.Revoked }) {
		list = append(list, personOf(lobby.Invitation{Person: p}))
	}
	return list, err
}

func (o *Operations) newPIN(ctx context.Context, in RoomPerson) (Person, error) {
	roster, err := o.roster(ctx, in.Room)
	if err != nil {
		return Person{}, err
	}
	made, err := o.Lobby.NewPIN(ctx, o.Tenant, roster.Room.Owner, in.Room, in.Person)
	if err != nil {
		return Person{}, err
	}
	return personOf(made), o.notePIN(ctx, made.Person)
}

func (o *Operations) unlockPIN(ctx context.Context, in RoomPerson) (Person, error) {
	roster, err := o.roster(ctx, in.Room)
	if err != nil {
		return Person{}, err
	}
	p, err := o.Lobby.UnlockPersonPIN(ctx, o.Tenant, roster.Room.Owner, in.Room, in.Person)
	if err != nil {
		return Person{}, err
	}
	return personOf(lobby.Invitation{Person: p}), o.notePIN(ctx, p)
}

func (o *Operations) notePIN(ctx context.Context, p lobby.Person) error {
	if o.Live == nil {
		return nil
	}
	return o.Live.NotePIN(ctx, p)
}
