package storetest

import (
	"errors"
	"reflect"
	"slices"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

func roomRoundTrip(t *testing.T, s Store) {
	full := newRoom("owner")
	full.Kind, full.Title = lobby.Series, lobby.Text{Sealed: []byte{0, 1, 0xff}}
	full.StartsAt, full.EndsAt, full.Lines = instant(10), instant(70), 720
	full.CoCounsellors = []lobby.AccountID{"zeta", "alpha"}
	full.WrappedSecrets = map[lobby.AccountID][]byte{"owner": {1, 2}, "alpha": {3}}
	bare := lobby.Room{ID: "bare", Tenant: tenant, Owner: "owner", Kind: lobby.Once}
	putRoom(t, s, full, bare)

	changed := full
	changed.Begun, changed.StandIn, changed.Lines, changed.SoundOnly = true, true, 1080, true
	changed.Session, changed.ExpiresAt, changed.CoCounsellors = "next", instant(500), []lobby.AccountID{"alpha"}
	for _, r := range []lobby.Room{full, bare, changed} {
		putRoom(t, s, r)
		view(t, s, func(tx lobby.Tx) error {
			got, err := tx.Room(r.ID)
			if err == nil && !reflect.DeepEqual(got, r) {
				t.Errorf("got  %+v\nwant %+v", got, r)
			}
			return err
		})
	}
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Room("unknown")
		want(t, "unknown room", err, lobby.ErrNotFound)
		return nil
	})
	foreign := newRoom("owner")
	foreign.Tenant = "tenant-b"
	if err := s.Update(t.Context(), tenant, func(tx lobby.Tx) error { return tx.PutRoom(foreign) }); err == nil {
		t.Error("a room of another tenant was taken")
	}
}

func begunRooms(t *testing.T, s Store) {
	begun, not, over := newRoom("a"), newRoom("a"), newRoom("b")
	begun.Begun, over.Begun, begun.CoCounsellors = true, true, []lobby.AccountID{"c"}
	putRoom(t, s, begun, not, over)
	over.Begun = false
	putRoom(t, s, over)
	view(t, s, func(tx lobby.Tx) error {
		got, err := tx.Begun()
		if len(got) != 1 || !reflect.DeepEqual(got[0], begun) {
			t.Errorf("got  %+v\nwant %+v", got, begun)
		}
		return err
	})
	if err := s.View(t.Context(), "tenant-b", func(tx lobby.Tx) error {
		got, err := tx.Begun()
		if len(got) != 0 {
			t.Errorf("another tenant sees %+v", got)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}

func roomIDs(rooms []lobby.Room) []lobby.RoomID {
	ids := make([]lobby.RoomID, len(rooms))
	for i, r := range rooms {
		ids[i] = r.ID
	}
	return ids
}

func roomOrder(t *testing.T, s Store) {
	var made []lobby.Room
	for range 20 {
		r := newRoom("owner")
		made = append(made, r)
		putRoom(t, s, r)
	}
	// Replacing does not move, deleting closes the gap.
	putRoom(t, s, made[3])
	update(t, s, func(tx lobby.Tx) error { return tx.DeleteRoom(made[7].ID) })
	made = slices.Delete(made, 7, 8)
	view(t, s, func(tx lobby.Tx) error {
		got, err := tx.RoomsOf("owner")
		if !slices.Equal(roomIDs(got), roomIDs(made)) {
			t.Errorf("got order %v, want %v", roomIDs(got), roomIDs(made))
		}
		return err
	})
}

func roomsOf(t *testing.T, s Store) {
	own, shared, other := newRoom("a"), newRoom("b"), newRoom("b")
	shared.CoCounsellors = []lobby.AccountID{"c", "a"}
	putRoom(t, s, own, shared, other)
	view(t, s, func(tx lobby.Tx) error {
		for account, wanted := range map[lobby.AccountID][]lobby.RoomID{
			"a": {own.ID, shared.ID}, "b": {shared.ID, other.ID}, "c": {shared.ID}, "d": {}, "": {},
		} {
			got, err := tx.RoomsOf(account)
			if err != nil {
				return err
			}
			if !slices.Equal(roomIDs(got), wanted) {
				t.Errorf("rooms of %q: got %v, want %v", account, roomIDs(got), wanted)
			}
			for _, r := range got {
				if r.ID == shared.ID && !slices.Equal(r.CoCounsellors, shared.CoCounsellors) {
					t.Errorf("co-counsellors in a list: got %v, want %v", r.CoCounsellors, shared.CoCounsellors)
				}
			}
		}
		return nil
	})
}

func deleteRoom(t *testing.T, s Store) {
	room, kept := newRoom("owner"), newRoom("owner")
	room.CoCounsellors = []lobby.AccountID{"co"}
	putRoom(t, s, room, kept)
	p, q := newPerson(room.ID), newPerson(kept.ID)
	putPerson(t, s, p, q)
	update(t, s, func(tx lobby.Tx) error { return tx.DeleteRoom(room.ID) })
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Room(room.ID)
		want(t, "deleted room", err, lobby.ErrNotFound)
		_, err = tx.Person(room.ID, p.ID)
		want(t, "person of it", err, lobby.ErrNotFound)
		_, err = tx.Link(p.LinkHash)
		want(t, "link of it", err, lobby.ErrNotFound)
		if persons, err := tx.Persons(room.ID); err != nil || len(persons) != 0 {
			t.Errorf("persons of it: got %v, %v", persons, err)
		}
		if rooms, err := tx.RoomsOf("co"); err != nil || len(rooms) != 0 {
			t.Errorf("rooms of its co-counsellor: got %v, %v", rooms, err)
		}
		_, err = tx.Link(q.LinkHash)
		return err
	})
	want(t, "deleting it again", s.Update(t.Context(), tenant, func(tx lobby.Tx) error { return tx.DeleteRoom(room.ID) }), lobby.ErrNotFound)
	// Its link and its person's id are free again.
	p.Room = kept.ID
	putPerson(t, s, p)
}

func expired(t *testing.T, s Store) {
	early, late := newRoom("owner"), newRoom("owner")
	early.ExpiresAt, late.ExpiresAt = instant(10), instant(20)
	putRoom(t, s, early, late)
	for _, c := range []struct {
		at   int
		want []lobby.RoomID
	}{{9, nil}, {10, []lobby.RoomID{early.ID}}, {20, []lobby.RoomID{early.ID, late.ID}}} {
		view(t, s, func(tx lobby.Tx) error {
			got, err := tx.Expired(instant(c.at))
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("expired at minute %d: got %v, want %v", c.at, got, c.want)
			}
			return err
		})
	}
	if ids, err := s.Tenants(t.Context()); err != nil || !slices.Equal(ids, []lobby.TenantID{tenant}) {
		t.Errorf("tenants: got %v, %v", ids, err)
	}
}

func personRoundTrip(t *testing.T, s Store) {
	room, other := newRoom("owner"), newRoom("owner")
	putRoom(t, s, room, other)
	full := newPerson(room.ID)
	full.Label, full.SealedLink = lobby.Text{Sealed: []byte{7, 0}}, []byte{9, 9}
	full.WrappedSecret = []byte{8, 0, 8}
	full.Role, full.Lang, full.Generation = lobby.RoleInterpreter, "ar", 4_000_000_000
	full.Wording, full.ConsentInWriting = lobby.WordingChild, true
	changed := full
	changed.Revoked, changed.Generation = true, 4_000_000_001
	changed.LinkHash = newPerson(room.ID).LinkHash
	full.CodeHash, changed.CodeHash = lobby.LinkHash{1, 1}, lobby.LinkHash{2, 2}
	for _, p := range []lobby.Person{full, changed} {
		putPerson(t, s, p)
		view(t, s, func(tx lobby.Tx) error {
			got, err := tx.Person(room.ID, p.ID)
			if err == nil && !reflect.DeepEqual(got, p) {
				t.Errorf("got  %+v\nwant %+v", got, p)
			}
			link, err2 := tx.Link(p.LinkHash)
			if err2 == nil && link != (lobby.Link{Hash: p.LinkHash, Room: room.ID, Person: p.ID}) {
				t.Errorf("link: got %+v", link)
			}
			code, err3 := tx.Code(p.CodeHash)
			if err3 == nil && code != (lobby.Link{Hash: p.CodeHash, Room: room.ID, Person: p.ID}) {
				t.Errorf("code: got %+v", code)
			}
			return errors.Join(err, err2, err3)
		})
	}
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Code(full.CodeHash)
		want(t, "the code of a link that was replaced", err, lobby.ErrNotFound)
		_, err = tx.Code(lobby.LinkHash{})
		want(t, "no code", err, lobby.ErrNotFound)
		_, err = tx.Link(full.LinkHash)
		want(t, "replaced link", err, lobby.ErrNotFound)
		_, err = tx.Person(other.ID, full.ID)
		want(t, "person in another room", err, lobby.ErrNotFound)
		return nil
	})
	room.StartsAt, room.EndsAt = instant(5), instant(6)
	putRoom(t, s, room)
	view(t, s, func(tx lobby.Tx) error {
		link, err := tx.Link(changed.LinkHash)
		if !link.StartsAt.Equal(instant(5)) || !link.EndsAt.Equal(instant(6)) {
			t.Errorf("the link does not have its room's times: %+v", link)
		}
		return err
	})
}

func personOrder(t *testing.T, s Store) {
	room := newRoom("owner")
	putRoom(t, s, room)
	var ids []lobby.PersonID
	var second lobby.Person
	for i := range 10 {
		p := newPerson(room.ID)
		putPerson(t, s, p)
		ids = append(ids, p.ID)
		if i == 1 {
			second = p
		}
	}
	second.Revoked = true
	putPerson(t, s, second)
	view(t, s, func(tx lobby.Tx) error {
		got, err := tx.Persons(room.ID)
		for i, p := range got {
			if p.ID != ids[i] || p.Revoked != (i == 1) {
				t.Errorf("person %d: got %v", i, p.ID)
			}
		}
		if len(got) != len(ids) {
			t.Errorf("got %d persons, want %d", len(got), len(ids))
		}
		return err
	})
	update(t, s, func(tx lobby.Tx) error { return tx.DeletePersons(room.ID) })
	view(t, s, func(tx lobby.Tx) error {
		if got, err := tx.Persons(room.ID); err != nil || len(got) != 0 {
			t.Errorf("after deleting: got %v, %v", got, err)
		}
		_, err := tx.Room(room.ID)
		return err
	})
}

func linkUnique(t *testing.T, s Store) {
	room := newRoom("owner")
	putRoom(t, s, room)
	p, q := newPerson(room.ID), newPerson(room.ID)
	putPerson(t, s, p, q)
	put := func(p lobby.Person) error {
		return s.Update(t.Context(), tenant, func(tx lobby.Tx) error { return tx.PutPerson(p) })
	}
	third := newPerson(room.ID)
	third.LinkHash = p.LinkHash
	want(t, "a new person with a taken link", put(third), lobby.ErrConflict)
	stolen := q
	stolen.LinkHash = p.LinkHash
	want(t, "a known person with a taken link", put(stolen), lobby.ErrConflict)
	elsewhere := newRoom("owner")
	putRoom(t, s, elsewhere)
	moved := newPerson(elsewhere.ID)
	moved.ID = p.ID
	want(t, "a taken id in another room", put(moved), lobby.ErrConflict)
	view(t, s, func(tx lobby.Tx) error {
		link, err := tx.Link(p.LinkHash)
		if link.Person != p.ID {
			t.Errorf("the link is now %v's", link.Person)
		}
		return err
	})
}

func personNeedsRoom(t *testing.T, s Store) {
	err := s.Update(t.Context(), tenant, func(tx lobby.Tx) error { return tx.PutPerson(newPerson("unknown")) })
	want(t, "person of no room", err, lobby.ErrNotFound)
}

func isolation(t *testing.T, s Store) {
	const stranger = lobby.TenantID("tenant-b")
	room := newRoom("owner")
	putRoom(t, s, room)
	p := newPerson(room.ID)
	putPerson(t, s, p)
	err := s.Update(t.Context(), stranger, func(tx lobby.Tx) error {
		_, err := tx.Room(room.ID)
		want(t, "room", err, lobby.ErrNotFound)
		_, err = tx.Person(room.ID, p.ID)
		want(t, "person", err, lobby.ErrNotFound)
		_, err = tx.Link(p.LinkHash)
		want(t, "link", err, lobby.ErrNotFound)
		if rooms, err := tx.RoomsOf("owner"); err != nil || len(rooms) != 0 {
			t.Errorf("rooms: got %v, %v", rooms, err)
		}
		if persons, err := tx.Persons(room.ID); err != nil || len(persons) != 0 {
			t.Errorf("persons: got %v, %v", persons, err)
		}
		if ids, err := tx.Expired(instant(1000)); err != nil || len(ids) != 0 {
			t.Errorf("expired: got %v, %v", ids, err)
		}
		want(t, "delete", tx.DeleteRoom(room.ID), lobby.ErrNotFound)
		if err := tx.DeletePersons(room.ID); err != nil {
			t.Errorf("delete persons: %v", err)
		}
		want(t, "put a person", tx.PutPerson(p), lobby.ErrNotFound)
		// The same room id and the same link may exist there: they say nothing about here.
		twin := room
		twin.Tenant, twin.Title = stranger, lobby.Text{Plain: "another"}
		if err := tx.PutRoom(twin); err != nil {
			return err
		}
		return tx.PutPerson(p)
	})
	if err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx lobby.Tx) error {
		got, err := tx.Room(room.ID)
		if !reflect.DeepEqual(got, room) {
			t.Errorf("the other tenant changed the room: %+v", got)
		}
		_, err2 := tx.Person(room.ID, p.ID)
		return errors.Join(err, err2)
	})
	if err := s.Update(t.Context(), stranger, func(tx lobby.Tx) error { return tx.DeleteRoom(room.ID) }); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Link(p.LinkHash)
		return err
	})
}
