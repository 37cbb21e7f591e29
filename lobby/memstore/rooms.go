package memstore

import (
	"bytes"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// tx is one transaction; it implements lobby.Tx and auth.Tx.
type tx struct {
	id       lobby.TenantID
	t        *tenant
	readOnly bool
}

func (x *tx) Room(id lobby.RoomID) (lobby.Room, error) {
	e, ok := x.t.rooms[id]
	if !ok {
		return lobby.Room{}, lobby.ErrNotFound
	}
	return copyRoom(e.value), nil
}

func (x *tx) RoomsOf(account lobby.AccountID) ([]lobby.Room, error) {
	rooms := ordered(x.t.rooms, func(r lobby.Room) bool {
		_, ok := r.RoleOf(account)
		return ok
	})
	for i := range rooms {
		rooms[i] = copyRoom(rooms[i])
	}
	return rooms, nil
}

func (x *tx) PutRoom(r lobby.Room) error {
	switch {
	case x.readOnly:
		return errReadOnly
	case r.Tenant != x.id:
		return errors.New("memstore: a room of another tenant")
	}
	put(x.t, x.t.rooms, r.ID, copyRoom(r))
	return nil
}

func (x *tx) DeleteRoom(id lobby.RoomID) error {
	if err := x.DeletePersons(id); err != nil {
		return err
	}
	if _, ok := x.t.rooms[id]; !ok {
		return lobby.ErrNotFound
	}
	delete(x.t.rooms, id)
	return nil
}

func (x *tx) Expired(now time.Time) ([]lobby.RoomID, error) {
	var ids []lobby.RoomID
	for id, e := range x.t.rooms {
		if !e.value.ExpiresAt.After(now) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (x *tx) Begun() ([]lobby.Room, error) {
	rooms := ordered(x.t.rooms, func(r lobby.Room) bool { return r.Begun })
	for i := range rooms {
		rooms[i] = copyRoom(rooms[i])
	}
	return rooms, nil
}

func (x *tx) Persons(room lobby.RoomID) ([]lobby.Person, error) {
	persons := slices.Clone(x.t.persons[room])
	for i := range persons {
		persons[i] = copyPerson(persons[i])
	}
	return persons, nil
}

func (x *tx) Person(room lobby.RoomID, id lobby.PersonID) (lobby.Person, error) {
	for _, p := range x.t.persons[room] {
		if p.ID == id {
			return copyPerson(p), nil
		}
	}
	return lobby.Person{}, lobby.ErrNotFound
}

func (x *tx) PutPerson(p lobby.Person) error {
	if x.readOnly {
		return errReadOnly
	}
	if _, ok := x.t.rooms[p.Room]; !ok {
		return lobby.ErrNotFound
	}
	if link, taken := x.t.links[p.LinkHash]; taken && link.Person != p.ID {
		return lobby.ErrConflict
	}
	if code, taken := x.t.codes[p.CodeHash]; taken && code.Person != p.ID {
		return lobby.ErrConflict
	}
	if home, known := x.t.homes[p.ID]; known && home != p.Room {
		return lobby.ErrConflict
	}
	persons := slices.Clone(x.t.persons[p.Room])
	at := slices.IndexFunc(persons, func(o lobby.Person) bool { return o.ID == p.ID })
	if at < 0 {
		persons = append(persons, copyPerson(p))
	} else {
		delete(x.t.links, persons[at].LinkHash)
		delete(x.t.codes, persons[at].CodeHash)
		persons[at] = copyPerson(p)
	}
	x.t.persons[p.Room] = persons
	x.t.homes[p.ID] = p.Room
	x.t.links[p.LinkHash] = lobby.Link{Hash: p.LinkHash, Room: p.Room, Person: p.ID}
	if p.CodeHash != (lobby.LinkHash{}) {
		x.t.codes[p.CodeHash] = lobby.Link{Hash: p.CodeHash, Room: p.Room, Person: p.ID}
	}
	return nil
}

func (x *tx) DeletePersons(room lobby.RoomID) error {
	if x.readOnly {
		return errReadOnly
	}
	for _, p := range x.t.persons[room] {
		delete(x.t.links, p.LinkHash)
		delete(x.t.codes, p.CodeHash)
		delete(x.t.homes, p.ID)
	}
	delete(x.t.persons, room)
	return nil
}

func (x *tx) Link(hash lobby.LinkHash) (lobby.Link, error) {
	return x.found(x.t.links, hash)
}

func (x *tx) Code(hash lobby.LinkHash) (lobby.Link, error) { return x.found(x.t.codes, hash) }

func (x *tx) found(among map[lobby.LinkHash]lobby.Link, hash lobby.LinkHash) (lobby.Link, error) {
	link, ok := among[hash]
	if !ok {
		return lobby.Link{}, lobby.ErrNotFound
	}
	room := x.t.rooms[link.Room].value
	link.StartsAt, link.EndsAt = room.StartsAt, room.EndsAt
	return link, nil
}

func copyRoom(r lobby.Room) lobby.Room {
	r.CoCounsellors = slices.Clone(r.CoCounsellors)
	r.Title.Sealed = bytes.Clone(r.Title.Sealed)
	r.WrappedSecrets = maps.Clone(r.WrappedSecrets)
	for account, secret := range r.WrappedSecrets {
		r.WrappedSecrets[account] = bytes.Clone(secret)
	}
	return r
}

func copyPerson(p lobby.Person) lobby.Person {
	p.Label.Sealed = bytes.Clone(p.Label.Sealed)
	p.SealedLink, p.WrappedSecret = bytes.Clone(p.SealedLink), bytes.Clone(p.WrappedSecret)
	return p
}
