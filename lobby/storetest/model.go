package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/lobby"
)

// sketch is the plainest thing that behaves like a store of rooms: two tenants' rooms and persons in lists.
type sketch map[lobby.TenantID][]lobby.Roster

func (m sketch) find(tenant lobby.TenantID, room lobby.RoomID) *lobby.Roster {
	for i := range m[tenant] {
		if m[tenant][i].Room.ID == room {
			return &m[tenant][i]
		}
	}
	return nil
}

func (m sketch) linkTaken(tenant lobby.TenantID, p lobby.Person) bool {
	for _, roster := range m[tenant] {
		for _, other := range roster.Persons {
			if other.LinkHash == p.LinkHash && other.ID != p.ID || other.CodeHash == p.CodeHash && p.CodeHash != (lobby.LinkHash{}) && other.ID != p.ID || other.ID == p.ID && roster.Room.ID != p.Room {
				return true
			}
		}
	}
	return false
}

func (m sketch) putRoom(r lobby.Room) {
	if roster := m.find(r.Tenant, r.ID); roster != nil {
		roster.Room = r
		return
	}
	m[r.Tenant] = append(m[r.Tenant], lobby.Roster{Room: r})
}

func (m sketch) putPerson(tenant lobby.TenantID, p lobby.Person) error {
	roster := m.find(tenant, p.Room)
	if roster == nil {
		return lobby.ErrNotFound
	}
	if m.linkTaken(tenant, p) {
		return lobby.ErrConflict
	}
	for i := range roster.Persons {
		if roster.Persons[i].ID == p.ID {
			roster.Persons[i] = p
			return nil
		}
	}
	roster.Persons = append(roster.Persons, p)
	return nil
}

func (m sketch) deleteRoom(tenant lobby.TenantID, id lobby.RoomID) error {
	for i, roster := range m[tenant] {
		if roster.Room.ID == id {
			m[tenant] = append(m[tenant][:i:i], m[tenant][i+1:]...)
			return nil
		}
	}
	return lobby.ErrNotFound
}

// model compares the store with the sketch over random writes in two tenants that use the same few ids and links.
func model(t *testing.T, s Store) {
	rapid.Check(t, func(t *rapid.T) {
		run := rand.Text()
		tenants := []lobby.TenantID{lobby.TenantID("a" + run), lobby.TenantID("b" + run)}
		sketch := sketch{}
		pick := func(name string) int { return rapid.IntRange(0, 3).Draw(t, name) }
		room := func() lobby.RoomID { return lobby.RoomID(fmt.Sprint("room", pick("room"))) }
		look := func(t *rapid.T, tenant lobby.TenantID) {
			must(t, s.View(context.Background(), tenant, func(tx lobby.Tx) error { return sketch.agree(t, tx, tenant) }), nil)
		}
		t.Repeat(map[string]func(*rapid.T){
			"put room": func(t *rapid.T) {
				r := newRoom(lobby.AccountID(fmt.Sprint("account", pick("owner"))))
				r.ID, r.Tenant = room(), rapid.SampledFrom(tenants).Draw(t, "tenant")
				if pick("co") == 0 {
					r.CoCounsellors = []lobby.AccountID{"account0", "co"}
				}
				must(t, s.Update(context.Background(), r.Tenant, func(tx lobby.Tx) error { return tx.PutRoom(r) }), nil)
				sketch.putRoom(r)
			},
			"put person": func(t *rapid.T) {
				tenant := rapid.SampledFrom(tenants).Draw(t, "tenant")
				p := newPerson(room())
				p.ID = lobby.PersonID(fmt.Sprint("person", pick("person")))
				p.LinkHash = lobby.LinkHash{byte(1 + pick("link"))}
				p.CodeHash = lobby.LinkHash{byte(pick("code"))}
				p.Generation = uint32(pick("generation"))
				must(t, s.Update(context.Background(), tenant, func(tx lobby.Tx) error { return tx.PutPerson(p) }), sketch.putPerson(tenant, p))
			},
			"delete room": func(t *rapid.T) {
				tenant, id := rapid.SampledFrom(tenants).Draw(t, "tenant"), room()
				must(t, s.Update(context.Background(), tenant, func(tx lobby.Tx) error { return tx.DeleteRoom(id) }), sketch.deleteRoom(tenant, id))
			},
			"delete persons": func(t *rapid.T) {
				tenant, id := rapid.SampledFrom(tenants).Draw(t, "tenant"), room()
				must(t, s.Update(context.Background(), tenant, func(tx lobby.Tx) error { return tx.DeletePersons(id) }), nil)
				if roster := sketch.find(tenant, id); roster != nil {
					roster.Persons = nil
				}
			},
			"look": func(t *rapid.T) { look(t, rapid.SampledFrom(tenants).Draw(t, "tenant")) },
		})
		for _, tenant := range tenants {
			look(t, tenant)
		}
	})
}

// agree reports by failing where the store differs from the sketch.
func (m sketch) agree(t *rapid.T, tx lobby.Tx, tenant lobby.TenantID) error {
	for i := range 4 {
		account := lobby.AccountID(fmt.Sprint("account", i))
		rooms, err := tx.RoomsOf(account)
		if err != nil {
			return err
		}
		var wanted []lobby.Room
		for _, roster := range m[tenant] {
			if _, ok := roster.Room.RoleOf(account); ok {
				wanted = append(wanted, roster.Room)
			}
		}
		if len(rooms)+len(wanted) > 0 && !reflect.DeepEqual(rooms, wanted) {
			t.Fatalf("rooms of %s: got %+v, want %+v", account, rooms, wanted)
		}
	}
	links, codes := map[lobby.LinkHash]lobby.PersonID{}, map[lobby.LinkHash]lobby.PersonID{}
	for i := range 4 {
		id := lobby.RoomID(fmt.Sprint("room", i))
		persons, err := tx.Persons(id)
		if err != nil {
			return err
		}
		var wanted []lobby.Person
		if roster := m.find(tenant, id); roster != nil {
			wanted = roster.Persons
		}
		if len(persons)+len(wanted) > 0 && !reflect.DeepEqual(persons, wanted) {
			t.Fatalf("persons of %s: got %+v, want %+v", id, persons, wanted)
		}
		for _, p := range wanted {
			links[p.LinkHash] = p.ID
			if p.CodeHash != (lobby.LinkHash{}) {
				codes[p.CodeHash] = p.ID
			}
		}
	}
	for i := range 4 {
		hash := lobby.LinkHash{byte(1 + i)}
		link, err := tx.Link(hash)
		if err != nil && !errors.Is(err, lobby.ErrNotFound) {
			return err
		}
		if link.Person != links[hash] {
			t.Fatalf("link %d: got %q, want %q", i, link.Person, links[hash])
		}
		hash = lobby.LinkHash{byte(i)}
		code, err := tx.Code(hash)
		if err != nil && !errors.Is(err, lobby.ErrNotFound) {
			return err
		}
		if code.Person != codes[hash] {
			t.Fatalf("code %d: got %q, want %q", i, code.Person, codes[hash])
		}
	}
	return nil
}

func must(t *rapid.T, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Fatalf("got error %v, want %v", err, wanted)
	}
}
