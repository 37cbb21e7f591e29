// Package memstore keeps rooms, accounts and settings in memory, so that a test has a store without a disk and a process
// that ends leaves nothing.
//
// The contract is that of lobby.Store, auth.Store and token.Settings, held by storetest; "durable" means until the process
// ends. Readers see one immutable state and never wait; a write copies its tenant's maps, which is dear for large ones:
// a service uses sqlstore.
package memstore

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
)

// errReadOnly is what a write in a View returns.
var errReadOnly = errors.New("memstore: a view cannot write")

// Store implements lobby.Store, auth.Store and token.Settings.
type Store struct {
	// writing is held by the one transaction that writes.
	writing sync.Mutex
	// current is replaced as a whole and never changed.
	current atomic.Pointer[state]
}

// state is everything at one moment.
type state struct {
	tenants  map[lobby.TenantID]*tenant
	settings map[string][]byte
}

// tenant is what one tenant has. Values in the maps are never changed, only replaced.
type tenant struct {
	// made counts everything that was put first, for the order.
	made     int
	rooms    map[lobby.RoomID]entry[lobby.Room]
	persons  map[lobby.RoomID][]lobby.Person
	links    map[lobby.LinkHash]lobby.Link
	codes    map[lobby.LinkHash]lobby.Link
	homes    map[lobby.PersonID]lobby.RoomID
	accounts map[lobby.AccountID]entry[auth.Account]
	names    map[string]lobby.AccountID
	sessions map[auth.TokenHash]entry[auth.Session]
	tokens   map[auth.TokenHash]auth.SetupToken
}

// entry is a value and its place in the order.
type entry[T any] struct {
	value T
	place int
}

// New returns an empty store.
func New() *Store {
	s := &Store{}
	s.current.Store(&state{tenants: map[lobby.TenantID]*tenant{}, settings: map[string][]byte{}})
	return s
}

// View implements lobby.Store.
func (s *Store) View(ctx context.Context, id lobby.TenantID, f func(lobby.Tx) error) error {
	return s.view(ctx, id, func(tx *tx) error { return f(tx) })
}

// Update implements lobby.Store.
func (s *Store) Update(ctx context.Context, id lobby.TenantID, f func(lobby.Tx) error) error {
	return s.update(ctx, id, func(tx *tx) error { return f(tx) })
}

// ViewAccounts implements auth.Store.
func (s *Store) ViewAccounts(ctx context.Context, id lobby.TenantID, f func(auth.Tx) error) error {
	return s.view(ctx, id, func(tx *tx) error { return f(tx) })
}

// UpdateAccounts implements auth.Store.
func (s *Store) UpdateAccounts(ctx context.Context, id lobby.TenantID, f func(auth.Tx) error) error {
	return s.update(ctx, id, func(tx *tx) error { return f(tx) })
}

// Tenants implements lobby.Store.
func (s *Store) Tenants(ctx context.Context) ([]lobby.TenantID, error) {
	return s.tenantsWith(ctx, func(t *tenant) bool { return len(t.rooms) > 0 })
}

// AccountTenants implements auth.Store.
func (s *Store) AccountTenants(ctx context.Context) ([]lobby.TenantID, error) {
	return s.tenantsWith(ctx, func(t *tenant) bool { return len(t.accounts)+len(t.tokens) > 0 })
}

func (s *Store) tenantsWith(ctx context.Context, f func(*tenant) bool) ([]lobby.TenantID, error) {
	var ids []lobby.TenantID
	for id, t := range s.current.Load().tenants {
		if f(t) {
			ids = append(ids, id)
		}
	}
	return ids, ctx.Err()
}

// Setting implements token.Settings.
func (s *Store) Setting(ctx context.Context, name string) ([]byte, error) {
	return bytes.Clone(s.current.Load().settings[name]), ctx.Err()
}

// SwapSetting implements token.Settings.
func (s *Store) SwapSetting(ctx context.Context, name string, old, value []byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	now := s.current.Load()
	have, ok := now.settings[name]
	if ok != (old != nil) || !bytes.Equal(have, old) {
		return lobby.ErrConflict
	}
	settings := maps.Clone(now.settings)
	settings[name] = bytes.Clone(value)
	s.current.Store(&state{tenants: now.tenants, settings: settings})
	return nil
}

func (s *Store) view(ctx context.Context, id lobby.TenantID, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	t := s.current.Load().tenants[id]
	if t == nil {
		t = &tenant{}
	}
	return f(&tx{id: id, t: t, readOnly: true})
}

func (s *Store) update(ctx context.Context, id lobby.TenantID, f func(*tx) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	now := s.current.Load()
	t := now.tenants[id].clone()
	if err := f(&tx{id: id, t: t}); err != nil {
		return err
	}
	tenants := maps.Clone(now.tenants)
	tenants[id] = t
	s.current.Store(&state{tenants: tenants, settings: now.settings})
	return nil
}

func (t *tenant) clone() *tenant {
	if t == nil {
		return &tenant{
			rooms: map[lobby.RoomID]entry[lobby.Room]{}, persons: map[lobby.RoomID][]lobby.Person{},
			links: map[lobby.LinkHash]lobby.Link{}, codes: map[lobby.LinkHash]lobby.Link{}, homes: map[lobby.PersonID]lobby.RoomID{},
			accounts: map[lobby.AccountID]entry[auth.Account]{}, names: map[string]lobby.AccountID{},
			sessions: map[auth.TokenHash]entry[auth.Session]{}, tokens: map[auth.TokenHash]auth.SetupToken{},
		}
	}
	return &tenant{
		made:  t.made,
		rooms: maps.Clone(t.rooms), persons: maps.Clone(t.persons), links: maps.Clone(t.links), codes: maps.Clone(t.codes), homes: maps.Clone(t.homes),
		accounts: maps.Clone(t.accounts), names: maps.Clone(t.names), sessions: maps.Clone(t.sessions), tokens: maps.Clone(t.tokens),
	}
}

// put keeps the place of what is replaced and gives what is new the next one.
func put[K comparable, V any](t *tenant, m map[K]entry[V], key K, value V) {
	e, known := m[key]
	if !known {
		t.made++
		e.place = t.made
	}
	e.value = value
	m[key] = e
}

// ordered returns the values that match, in the order in which they were put first.
func ordered[K comparable, V any](m map[K]entry[V], match func(V) bool) []V {
	var found []entry[V]
	for _, e := range m {
		if match(e.value) {
			found = append(found, e)
		}
	}
	slices.SortFunc(found, func(a, b entry[V]) int { return a.place - b.place })
	values := make([]V, len(found))
	for i, e := range found {
		values[i] = e.value
	}
	return values
}
