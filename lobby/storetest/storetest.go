// Package storetest holds what every store must do, so that a service behaves the same on each of them.
//
// Run it with an empty store; a store that passes can be put under lobby.Service, auth.Service and token.Signer.
package storetest

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/token"
)

// Store is everything that a store implements.
type Store interface {
	lobby.Store
	auth.Store
	token.Settings
}

// Run runs the suite. open returns a new empty store and cleans up after it.
func Run(t *testing.T, open func(*testing.T) Store) {
	for _, test := range []struct {
		name string
		run  func(*testing.T, Store)
	}{
		{"room comes back as it was put", roomRoundTrip},
		{"rooms in the order of making", roomOrder},
		{"rooms of an account", roomsOf},
		{"deleting a room takes everything along", deleteRoom},
		{"expired rooms", expired},
		{"rooms whose session has begun", begunRooms},
		{"person comes back as it was put", personRoundTrip},
		{"persons in the order of inviting", personOrder},
		{"a link is one person's", linkUnique},
		{"a person needs its room", personNeedsRoom},
		{"tenants are strangers", isolation},
		{"an error writes nothing", atomicError},
		{"a panic writes nothing", atomicPanic},
		{"a view cannot write", viewReadOnly},
		{"a view is one moment", viewSnapshot},
		{"what comes out is a copy", copies},
		{"writers do not lose each other's writes", concurrentRaise},
		{"of two with one link one wins", concurrentConflict},
		{"a cancelled context writes nothing", cancelled},
		{"account comes back as it was put", accountRoundTrip},
		{"names are unique in a tenant", accountNames},
		{"web sessions", sessions},
		{"setup tokens", setupTokens},
		{"what expired goes", deleteExpired},
		{"settings are swapped", settings},
		{"of many first settings one wins", concurrentSettings},
		{"random use agrees with a model", model},
	} {
		t.Run(test.name, func(t *testing.T) { test.run(t, open(t)) })
	}
}

const tenant = lobby.TenantID("tenant-a")

// instant is a time as stores keep it: to the millisecond, UTC.
func instant(minutes int) time.Time {
	return time.Date(2030, 3, 31, 0, 59, 0, 123e6, time.UTC).Add(time.Duration(minutes) * time.Minute)
}

func newRoom(owner lobby.AccountID) lobby.Room {
	return lobby.Room{
		ID: lobby.RoomID(rand.Text()), Tenant: tenant, Owner: owner, Kind: lobby.Once, Policy: lobby.DefaultPolicy,
		Title: lobby.Text{Plain: "Erstgespräch"}, CreatedAt: instant(0), ExpiresAt: instant(100), Session: rand.Text(),
	}
}

func newPerson(room lobby.RoomID) lobby.Person {
	p := lobby.Person{ID: lobby.PersonID(rand.Text()), Room: room, Role: lobby.RoleClient, Label: lobby.Text{Plain: "Frau M."}, Lang: "de"}
	rand.Read(p.LinkHash[:])
	return p
}

func newAccount(name string) auth.Account {
	return auth.Account{
		ID: lobby.NewAccountID(), Tenant: tenant, Name: name, DisplayName: "Beratung Mitte", Hash: "$argon2id$…",
		PublicKey: []byte{4, 1}, WrappedPrivateKey: []byte{2, 3}, CreatedAt: instant(1),
	}
}

func update(t *testing.T, s Store, f func(lobby.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), tenant, f); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func view(t *testing.T, s Store, f func(lobby.Tx) error) {
	t.Helper()
	if err := s.View(t.Context(), tenant, f); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func updateAccounts(t *testing.T, s Store, f func(auth.Tx) error) {
	t.Helper()
	if err := s.UpdateAccounts(t.Context(), tenant, f); err != nil {
		t.Fatalf("update: %v", err)
	}
}

func viewAccounts(t *testing.T, s Store, f func(auth.Tx) error) {
	t.Helper()
	if err := s.ViewAccounts(t.Context(), tenant, f); err != nil {
		t.Fatalf("view: %v", err)
	}
}

func putRoom(t *testing.T, s Store, rooms ...lobby.Room) {
	t.Helper()
	update(t, s, func(tx lobby.Tx) error {
		for _, r := range rooms {
			if err := tx.PutRoom(r); err != nil {
				return err
			}
		}
		return nil
	})
}

func putPerson(t *testing.T, s Store, persons ...lobby.Person) {
	t.Helper()
	update(t, s, func(tx lobby.Tx) error {
		for _, p := range persons {
			if err := tx.PutPerson(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func want(t *testing.T, what string, err, wanted error) {
	t.Helper()
	if !errors.Is(err, wanted) {
		t.Errorf("%s: got error %v, want %v", what, err, wanted)
	}
}

// cancelled: who is gone before the work begins leaves no trace.
func cancelled(t *testing.T, s Store) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	room := newRoom("owner")
	want(t, "update", s.Update(ctx, tenant, func(tx lobby.Tx) error { return tx.PutRoom(room) }), context.Canceled)
	want(t, "view", s.View(ctx, tenant, func(lobby.Tx) error { return nil }), context.Canceled)
	want(t, "swap", s.SwapSetting(ctx, "name", nil, []byte("x")), context.Canceled)
	view(t, s, func(tx lobby.Tx) error {
		_, err := tx.Room(room.ID)
		want(t, "room of a cancelled update", err, lobby.ErrNotFound)
		return nil
	})
}
