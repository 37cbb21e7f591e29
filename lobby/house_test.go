package lobby_test

import (
	"context"
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/memstore"
)

const tenant = lobby.DefaultTenant

// house is a service on an empty store, with a clock that the test sets.
type house struct {
	*lobby.Service
	t     testing.TB
	store *counting
	now   time.Time
}

// counting notes which look-ups a transaction makes.
type counting struct {
	lobby.Store
	calls []string
	fail  error
}

type countingTx struct {
	lobby.Tx
	s *counting
}

func (s *counting) View(ctx context.Context, tenant lobby.TenantID, f func(lobby.Tx) error) error {
	return s.Store.View(ctx, tenant, func(tx lobby.Tx) error { return f(countingTx{tx, s}) })
}

func (s *counting) Update(ctx context.Context, tenant lobby.TenantID, f func(lobby.Tx) error) error {
	if s.fail != nil {
		return s.fail
	}
	s.calls = append(s.calls, "update")
	return s.Store.Update(ctx, tenant, f)
}

func (x countingTx) Link(h lobby.LinkHash) (lobby.Link, error) {
	x.s.calls = append(x.s.calls, "link")
	return x.Tx.Link(h)
}

func (x countingTx) Room(id lobby.RoomID) (lobby.Room, error) {
	x.s.calls = append(x.s.calls, "room")
	return x.Tx.Room(id)
}

func (x countingTx) Person(r lobby.RoomID, id lobby.PersonID) (lobby.Person, error) {
	x.s.calls = append(x.s.calls, "person")
	return x.Tx.Person(r, id)
}

func newHouse(t testing.TB) *house {
	h := &house{t: t, store: &counting{Store: memstore.New()}, now: time.Date(2030, 5, 6, 9, 30, 0, 0, time.UTC)}
	var err error
	if h.Service, err = lobby.New(h.store, func() time.Time { return h.now }, lobby.ShippedPolicies(), auth.NewHasher(0, true)); err != nil {
		t.Fatal(err)
	}
	return h
}

// invite returns a new person and the auth value of its link.
func invite(role lobby.Role) (lobby.NewPerson, [32]byte) {
	var auth [32]byte
	rand.Read(auth[:])
	return lobby.NewPerson{Role: role, Label: lobby.Text{Plain: "Frau M."}, Lang: "de", NewLink: lobby.NewLink{LinkHash: lobby.HashLink(auth)}}, auth
}

// room makes a room of owner "anna" with one client, and returns the client's auth.
func (h *house) room(n lobby.NewRoom) (lobby.Room, lobby.Person, [32]byte) {
	h.t.Helper()
	p, auth := invite(lobby.RoleClient)
	n.Persons = append([]lobby.NewPerson{p}, n.Persons...)
	if n.Kind == "" {
		n.Kind = lobby.Once
	}
	room, persons, err := h.CreateRoom(context.Background(), tenant, "anna", n)
	if err != nil {
		h.t.Fatal(err)
	}
	return room, persons[0].Person, auth
}

func (h *house) check(auth [32]byte) (lobby.Access, error) {
	return h.CheckLink(context.Background(), tenant, auth, h.now)
}

func wantErr(t testing.TB, what string, got, want error) {
	t.Helper()
	if !errors.Is(got, want) {
		t.Errorf("%s: got %v, want %v", what, got, want)
	}
}
