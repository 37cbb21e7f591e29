package lobby_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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

func TestCreatedRoomIsAsAsked(t *testing.T) {
	h := newHouse(t)
	p, _ := invite(lobby.RoleInterpreter)
	p.SealedLink = []byte{1, 2}
	asked := lobby.NewRoom{
		Title: lobby.Text{Sealed: []byte{9}}, Kind: lobby.Series, Policy: "jobcenter", Lines: 1080,
		StartsAt: h.now.Add(time.Hour), EndsAt: h.now.Add(2 * time.Hour),
		CoCounsellors: []lobby.AccountID{"ben"}, WrappedSecrets: map[lobby.AccountID][]byte{"anna": {1}, "ben": {2}},
		Persons: []lobby.NewPerson{p},
	}
	made, persons, err := h.CreateRoom(t.Context(), tenant, "anna", asked)
	if err != nil {
		t.Fatal(err)
	}
	if made.ID == "" || made.Session == "" || made.Tenant != tenant || made.Owner != "anna" || made.Policy != "jobcenter" || made.Lines != 1080 ||
		made.Kind != lobby.Series || !made.CreatedAt.Equal(h.now) || !made.Title.Equal(asked.Title) {
		t.Errorf("made %+v", made)
	}
	if got := persons[0]; got.Role != p.Role || !got.Label.Equal(p.Label) || got.Lang != "de" || got.LinkHash != p.LinkHash ||
		!slices.Equal(got.SealedLink, p.SealedLink) || got.Room != made.ID || got.Revoked || got.Generation != 0 {
		t.Errorf("invited %+v", got)
	}
	for _, account := range []lobby.AccountID{"anna", "ben"} {
		room, list, err := h.Room(t.Context(), tenant, account, made.ID)
		if err != nil || !reflect.DeepEqual(room, made) || !reflect.DeepEqual(list, []lobby.Person{persons[0].Person}) {
			t.Errorf("%s reads %+v, %+v, %v", account, room, list, err)
		}
		rosters, err := h.Rooms(t.Context(), tenant, account)
		if err != nil || len(rosters) != 1 || !reflect.DeepEqual(rosters[0], lobby.Roster{Room: made, Persons: []lobby.Person{persons[0].Person}}) {
			t.Errorf("%s lists %+v, %v", account, rosters, err)
		}
	}
	second, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once})
	if err != nil || second.Policy != lobby.DefaultPolicy || second.Lines != 0 || second.ID == made.ID || second.Session == made.Session {
		t.Errorf("a second room: %+v, %v", second, err)
	}
}

func TestCreateRoomRefuses(t *testing.T) {
	long := strings.Repeat("x", lobby.MaxText+1)
	start := time.Date(2030, 5, 6, 10, 0, 0, 0, time.UTC)
	many := func(n int) (list []lobby.NewPerson) {
		for range n {
			p, _ := invite(lobby.RoleClient)
			list = append(list, p)
		}
		return list
	}
	person := func(change func(*lobby.NewPerson)) []lobby.NewPerson {
		p, _ := invite(lobby.RoleClient)
		change(&p)
		return []lobby.NewPerson{p}
	}
	roles := func(roles ...lobby.Role) (list []lobby.NewPerson) {
		for _, role := range roles {
			p, _ := invite(role)
			list = append(list, p)
		}
		return list
	}
	marked := func(who ...lobby.Role) []lobby.NewPerson {
		list := roles(who...)
		for i := range list {
			list[i].MayModerate = true
		}
		return list
	}
	twice := many(1)
	twice = append(twice, twice[0])
	for _, c := range []struct {
		name string
		n    lobby.NewRoom
		want error // nil: accepted
	}{
		{"nothing special", lobby.NewRoom{}, nil},
		{"unknown kind", lobby.NewRoom{Kind: "weekly"}, lobby.ErrInvalid},
		{"unknown policy", lobby.NewRoom{Policy: "none"}, lobby.ErrNoPolicy},
		{"long title", lobby.NewRoom{Title: lobby.Text{Plain: long}}, lobby.ErrInvalid},
		{"longest title", lobby.NewRoom{Title: lobby.Text{Plain: long[1:]}}, nil},
		{"long sealed title", lobby.NewRoom{Title: lobby.Text{Sealed: []byte(long)}}, lobby.ErrInvalid},
		{"title in both forms", lobby.NewRoom{Title: lobby.Text{Plain: "a", Sealed: []byte("b")}}, lobby.ErrInvalid},
		{"title that is no text", lobby.NewRoom{Title: lobby.Text{Plain: "\xff"}}, lobby.ErrInvalid},
		{"720 lines", lobby.NewRoom{Lines: 720}, nil},
		{"1080 lines", lobby.NewRoom{Lines: 1080}, nil},
		{"lines in between", lobby.NewRoom{Lines: 900}, lobby.ErrInvalid},
		{"fewer lines than none", lobby.NewRoom{Lines: -720}, lobby.ErrInvalid},
		{"end before beginning", lobby.NewRoom{StartsAt: start, EndsAt: start}, lobby.ErrInvalid},
		{"in nine years", lobby.NewRoom{StartsAt: start.AddDate(9, 0, 0), EndsAt: start.AddDate(9, 0, 1)}, nil},
		{"begins in eleven years", lobby.NewRoom{StartsAt: start.AddDate(11, 0, 0)}, lobby.ErrInvalid},
		{"ends in eleven years", lobby.NewRoom{EndsAt: start.AddDate(11, 0, 0)}, lobby.ErrInvalid},
		{"began in 2000", lobby.NewRoom{StartsAt: time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)}, nil},
		{"began in 1999", lobby.NewRoom{StartsAt: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)}, lobby.ErrInvalid},
		{"ended in 1999", lobby.NewRoom{EndsAt: time.Date(1999, 12, 31, 23, 59, 59, 0, time.UTC)}, lobby.ErrInvalid},
		{"series under schule", lobby.NewRoom{Kind: lobby.Series, Policy: "schule"}, lobby.ErrNotAllowed},
		{"series under schutz", lobby.NewRoom{Kind: lobby.Series, Policy: "schutz"}, lobby.ErrNotAllowed},
		{"series under gruppe", lobby.NewRoom{Kind: lobby.Series, Policy: "gruppe"}, nil},
		{"co-counsellor under schule", lobby.NewRoom{Policy: "schule", CoCounsellors: []lobby.AccountID{"ben"}}, lobby.ErrNotAllowed},
		{"co-counsellor's link under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCoCounsellor)}, lobby.ErrNotAllowed},
		{"own link under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCounsellor)}, nil},
		{"two counsellors' links under schule", lobby.NewRoom{Policy: "schule", Persons: roles(lobby.RoleCounsellor, lobby.RoleCounsellor)}, lobby.ErrNotAllowed},
		{"who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleInterpreter, lobby.RoleSpecialist, lobby.RoleCompanion)}, nil},
		{"a client who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleClient)}, lobby.ErrInvalid},
		{"a co-counsellor who may moderate", lobby.NewRoom{Persons: marked(lobby.RoleCoCounsellor)}, lobby.ErrInvalid},
		{"who may moderate under schule", lobby.NewRoom{Policy: "schule", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under schutz", lobby.NewRoom{Policy: "schutz", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under jobcenter", lobby.NewRoom{Policy: "jobcenter", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"who may moderate under gruppe", lobby.NewRoom{Policy: "gruppe", Persons: marked(lobby.RoleCompanion)}, lobby.ErrNotAllowed},
		{"all roles", lobby.NewRoom{Persons: roles(lobby.Roles()...)}, nil},
		{"owner as co-counsellor", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"anna"}}, lobby.ErrInvalid},
		{"co-counsellor twice", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben", "ben"}}, lobby.ErrInvalid},
		{"co-counsellor without name", lobby.NewRoom{CoCounsellors: []lobby.AccountID{""}}, lobby.ErrInvalid},
		{"nine co-counsellors", lobby.NewRoom{CoCounsellors: []lobby.AccountID{"1", "2", "3", "4", "5", "6", "7", "8", "9"}}, lobby.ErrTooMany},
		{"secret of a stranger", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"ben": {1}}}, lobby.ErrInvalid},
		{"empty secret", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"anna": {}}}, lobby.ErrInvalid},
		{"long secret", lobby.NewRoom{WrappedSecrets: map[lobby.AccountID][]byte{"anna": make([]byte, lobby.MaxWrappedSecret+1)}}, lobby.ErrInvalid},
		{"most persons", lobby.NewRoom{Persons: many(lobby.MaxPersons)}, nil},
		{"too many persons", lobby.NewRoom{Persons: many(lobby.MaxPersons + 1)}, lobby.ErrTooMany},
		{"unknown role", lobby.NewRoom{Persons: roles("admin")}, lobby.ErrInvalid},
		{"no link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.LinkHash = lobby.LinkHash{} })}, lobby.ErrInvalid},
		{"long label", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Label.Plain = long })}, lobby.ErrInvalid},
		{"long sealed link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.SealedLink = []byte(long) })}, lobby.ErrInvalid},
		{"secret by the link of a co-counsellor", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) {
			p.Role, p.WrappedSecret = lobby.RoleCoCounsellor, make([]byte, lobby.MaxWrappedSecret)
		})}, nil},
		{"long secret by a link", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) {
			p.Role, p.WrappedSecret = lobby.RoleCoCounsellor, make([]byte, lobby.MaxWrappedSecret+1)
		})}, lobby.ErrInvalid},
		{"secret by the link of a client", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.WrappedSecret = []byte{1} })}, lobby.ErrInvalid},
		{"no language", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "" })}, nil},
		{"German that says du", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "de-x-du" })}, nil},
		{"simple German", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "de-x-einfach" })}, nil},
		{"no language tag", lobby.NewRoom{Persons: person(func(p *lobby.NewPerson) { p.Lang = "<script>" })}, lobby.ErrInvalid},
		{"one link twice", lobby.NewRoom{Persons: twice}, lobby.ErrConflict},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHouse(t)
			if c.n.Kind == "" {
				c.n.Kind = lobby.Once
			}
			_, _, err := h.CreateRoom(t.Context(), tenant, "anna", c.n)
			wantErr(t, "create", err, c.want)
			rooms, err := h.Rooms(t.Context(), tenant, "anna")
			if err != nil || (len(rooms) == 1) != (c.want == nil) {
				t.Errorf("%d rooms are there, %v", len(rooms), err)
			}
		})
	}
	h := newHouse(t)
	if _, _, err := h.CreateRoom(t.Context(), tenant, "", lobby.NewRoom{Kind: lobby.Once}); !errors.Is(err, lobby.ErrInvalid) {
		t.Errorf("a room of nobody: %v", err)
	}
	_, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Lines: 1081})
	if invalid, ok := errors.AsType[*lobby.InvalidError](err); !ok || invalid.Field != "lines" {
		t.Errorf("1081 lines: %v", err)
	}
}

func TestErrorsCarryNoValues(t *testing.T) {
	h := newHouse(t)
	secret := strings.Repeat("Canary", 100)
	_, _, err := h.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Title: lobby.Text{Plain: secret}})
	var invalid *lobby.InvalidError
	if !errors.As(err, &invalid) || invalid.Field != "title" || strings.Contains(err.Error(), "Canary") {
		t.Errorf("got %v", err)
	}
}

// R-013, T-27: to everybody who may not open it, a room is not there, whatever is tried.
func TestStrangersFindNothing(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben"}})
	n, _ := invite(lobby.RoleClient)
	type who struct {
		tenant  lobby.TenantID
		account lobby.AccountID
	}
	for _, w := range []who{{tenant, "carla"}, {tenant, ""}, {"other", "anna"}, {"other", "ben"}} {
		_, _, err := h.Room(t.Context(), w.tenant, w.account, room.ID)
		wantErr(t, "read", err, lobby.ErrNotFound)
		_, err = h.AccountAccess(t.Context(), w.tenant, room.ID, w.account)
		wantErr(t, "enter", err, lobby.ErrNotFound)
		_, err = h.AddPerson(t.Context(), w.tenant, w.account, room.ID, n)
		wantErr(t, "invite", err, lobby.ErrNotFound)
		_, err = h.ReplaceLink(t.Context(), w.tenant, w.account, room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash})
		wantErr(t, "replace the link", err, lobby.ErrNotFound)
		wantErr(t, "revoke", h.RevokePerson(t.Context(), w.tenant, w.account, room.ID, person.ID), lobby.ErrNotFound)
		wantErr(t, "delete", h.DeleteRoom(t.Context(), w.tenant, w.account, room.ID), lobby.ErrNotFound)
		if list, err := h.Rooms(t.Context(), w.tenant, w.account); err != nil || len(list) != 0 {
			t.Errorf("%v lists %d rooms, %v", w, len(list), err)
		}
	}
	_, err := h.PersonAccess(t.Context(), "other", room.ID, person.ID)
	wantErr(t, "person from another tenant", err, lobby.ErrNotFound)
	_, err = h.RaiseGeneration(t.Context(), "other", room.ID, person.ID)
	wantErr(t, "raise from another tenant", err, lobby.ErrNotFound)
	wantErr(t, "revoke from another tenant", h.Revoke(t.Context(), "other", room.ID, person.ID), lobby.ErrNotFound)
	_, err = h.EndRoom(t.Context(), "other", room.ID)
	wantErr(t, "end from another tenant", err, lobby.ErrNotFound)
	_, err = h.CheckLink(t.Context(), "other", auth, h.now)
	wantErr(t, "link at another tenant", err, lobby.ErrLinkInvalid)

	_, persons, err := h.Room(t.Context(), tenant, "ben", room.ID)
	if err != nil || len(persons) != 1 || persons[0].Revoked || persons[0].Generation != 0 || persons[0].LinkHash != person.LinkHash {
		t.Errorf("the room was touched: %+v, %v", persons, err)
	}
}

func TestCheckLinkOpensItsWindow(t *testing.T) {
	h := newHouse(t)
	start := h.now.Add(24 * time.Hour)
	own, ownAuth := invite(lobby.RoleCounsellor)
	room, person, auth := h.room(lobby.NewRoom{StartsAt: start, Persons: []lobby.NewPerson{own}})
	for _, c := range []struct {
		name             string
		at               time.Time
		client, moderate error
	}{
		{"a day before", h.now, lobby.ErrEarly, nil},
		{"just before", start.Add(-30*time.Minute - 1), lobby.ErrEarly, nil},
		{"as it opens", start.Add(-30 * time.Minute), nil, nil},
		{"just before it closes", start.Add(4*time.Hour - 1), nil, nil},
		{"as it closes", start.Add(4 * time.Hour), lobby.ErrLinkInvalid, lobby.ErrLinkInvalid},
		{"a year later", start.AddDate(1, 0, 0), lobby.ErrLinkInvalid, lobby.ErrLinkInvalid},
	} {
		h.now = c.at
		access, err := h.check(auth)
		wantErr(t, c.name, err, c.client)
		if errors.Is(err, lobby.ErrLinkInvalid) != reflect.DeepEqual(access, lobby.Access{}) {
			t.Errorf("%s: access %+v", c.name, access)
		}
		if !errors.Is(err, lobby.ErrLinkInvalid) && (access.Person.ID != person.ID || access.Room.ID != room.ID || access.Role != lobby.RoleClient || access.Policy.Name != lobby.DefaultPolicy) {
			t.Errorf("%s: access %+v", c.name, access)
		}
		var early *lobby.EarlyError
		if errors.As(err, &early) && !early.OpensAt.Equal(start.Add(-30*time.Minute)) {
			t.Errorf("%s: opens at %v", c.name, early.OpensAt)
		}
		_, err = h.check(ownAuth)
		wantErr(t, c.name+", counsellor's own link", err, c.moderate)
	}
	// The window is about arriving: who is in may come back.
	if _, err := h.PersonAccess(t.Context(), tenant, room.ID, person.ID); err != nil {
		t.Errorf("resume after the window: %v", err)
	}
}

// T-01: a link that never was and one that has expired are the same to whoever asks: error, words, look-ups.
func TestUnknownAndExpiredAreOne(t *testing.T) {
	h := newHouse(t)
	_, _, expired := h.room(lobby.NewRoom{StartsAt: h.now.Add(-5 * time.Hour)})
	_, unknown := invite(lobby.RoleClient)
	look := func(auth [32]byte) (string, []string) {
		h.store.calls = nil
		access, err := h.check(auth)
		wantErr(t, "check", err, lobby.ErrLinkInvalid)
		if !reflect.DeepEqual(access, lobby.Access{}) {
			t.Errorf("access %+v", access)
		}
		return err.Error(), h.store.calls
	}
	text, calls := look(unknown)
	text2, calls2 := look(expired)
	if text != text2 || !slices.Equal(calls, calls2) || !slices.Equal(calls, []string{"link"}) {
		t.Errorf("unknown: %q %v, expired: %q %v", text, calls, text2, calls2)
	}
}

// T-03: looking at links changes nothing.
func TestCheckLinkWritesNothing(t *testing.T) {
	h := newHouse(t)
	_, _, auth := h.room(lobby.NewRoom{})
	h.now = h.now.AddDate(0, 0, 20)
	h.store.calls = nil
	for range 5 {
		if _, err := h.check(auth); err != nil {
			t.Fatal(err)
		}
	}
	if slices.Contains(h.store.calls, "update") {
		t.Error("checking a link wrote")
	}
}

func TestRevokedStaysRevoked(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{Kind: lobby.Series})
	for range 2 { // twice is no error and raises once
		if err := h.Revoke(t.Context(), tenant, room.ID, person.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.check(auth)
	wantErr(t, "link", err, lobby.ErrRevoked)
	_, err = h.PersonAccess(t.Context(), tenant, room.ID, person.ID)
	wantErr(t, "resume", err, lobby.ErrRevoked)
	n, _ := invite(lobby.RoleClient)
	_, err = h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash})
	wantErr(t, "new link", err, lobby.ErrRevoked)
	if _, err := h.EndRoom(t.Context(), tenant, room.ID); err != nil {
		t.Fatal(err)
	}
	_, err = h.check(auth)
	wantErr(t, "link in the next session", err, lobby.ErrRevoked)
	_, persons, err := h.Room(t.Context(), tenant, "anna", room.ID)
	if err != nil || !persons[0].Revoked || persons[0].Generation != 1 {
		t.Errorf("person %+v, %v", persons, err)
	}
	wantErr(t, "unknown person", h.Revoke(t.Context(), tenant, room.ID, "unknown"), lobby.ErrNotFound)
}

func TestGenerationRises(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{})
	for want := uint32(1); want <= 3; want++ {
		got, err := h.RaiseGeneration(t.Context(), tenant, room.ID, person.ID)
		if err != nil || got != want {
			t.Fatalf("raise %d: got %d, %v", want, got, err)
		}
		access, err := h.PersonAccess(t.Context(), tenant, room.ID, person.ID)
		if err != nil || access.Person.Generation != want {
			t.Errorf("access has generation %d, %v", access.Person.Generation, err)
		}
	}
	// Putting back does not harm the link.
	if _, err := h.check(auth); err != nil {
		t.Errorf("link: %v", err)
	}
	_, err := h.RaiseGeneration(t.Context(), tenant, room.ID, "unknown")
	wantErr(t, "unknown person", err, lobby.ErrNotFound)
	// What could not be written is not acknowledged.
	h.store.fail = errors.New("disk gone")
	_, err = h.RaiseGeneration(t.Context(), tenant, room.ID, person.ID)
	wantErr(t, "raise without a disk", err, h.store.fail)
	wantErr(t, "revoke without a disk", h.Revoke(t.Context(), tenant, room.ID, person.ID), h.store.fail)
}

func TestReplaceLink(t *testing.T) {
	h := newHouse(t)
	room, person, old := h.room(lobby.NewRoom{})
	n, fresh := invite(lobby.RoleClient)
	got, err := h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash, SealedLink: []byte{5}})
	if err != nil || got.Generation != 1 || got.LinkHash != n.LinkHash || got.SealedLink[0] != 5 {
		t.Fatalf("got %+v, %v", got, err)
	}
	_, err = h.check(old)
	wantErr(t, "old link", err, lobby.ErrLinkInvalid)
	if access, err := h.check(fresh); err != nil || access.Person.ID != person.ID {
		t.Errorf("new link: %v", err)
	}
	second, err := h.AddPerson(t.Context(), tenant, "anna", room.ID, func() lobby.NewPerson { p, _ := invite(lobby.RoleClient); return p }())
	if err != nil {
		t.Fatal(err)
	}
	_, err = h.ReplaceLink(t.Context(), tenant, "anna", room.ID, second.ID, lobby.NewLink{LinkHash: n.LinkHash})
	wantErr(t, "a taken link", err, lobby.ErrConflict)
	_, err = h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, lobby.NewLink{})
	wantErr(t, "no link", err, lobby.ErrInvalid)
	_, err = h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash, SealedLink: make([]byte, lobby.MaxSealedLink+1)})
	wantErr(t, "long sealed link", err, lobby.ErrInvalid)
	_, err = h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, lobby.NewLink{LinkHash: n.LinkHash, WrappedSecret: []byte{1}})
	wantErr(t, "a client's link that opens the room", err, lobby.ErrInvalid)
}

// A link that opens the room's secret takes it along: the next one has its own, or none.
func TestReplacedLinkHasItsOwnSecret(t *testing.T) {
	h := newHouse(t)
	p, first := invite(lobby.RoleCoCounsellor)
	p.WrappedSecret = []byte{1}
	room, _, _ := h.room(lobby.NewRoom{})
	person, err := h.AddPerson(t.Context(), tenant, "anna", room.ID, p)
	if err != nil {
		t.Fatal(err)
	}
	if access, err := h.check(first); err != nil || !slices.Equal(access.Person.WrappedSecret, []byte{1}) {
		t.Fatalf("got %+v, %v", access, err)
	}
	for _, secret := range [][]byte{{2}, nil} {
		n, auth := invite(lobby.RoleCoCounsellor)
		n.WrappedSecret = secret
		if _, err := h.ReplaceLink(t.Context(), tenant, "anna", room.ID, person.ID, n.NewLink); err != nil {
			t.Fatal(err)
		}
		if access, err := h.check(auth); err != nil || !slices.Equal(access.Person.WrappedSecret, secret) {
			t.Errorf("got %v, want %v; %v", access.Person.WrappedSecret, secret, err)
		}
	}
}

func TestAddPerson(t *testing.T) {
	h := newHouse(t)
	room, _, _ := h.room(lobby.NewRoom{Policy: "schule"})
	co, _ := invite(lobby.RoleCoCounsellor)
	_, err := h.AddPerson(t.Context(), tenant, "anna", room.ID, co)
	wantErr(t, "co-counsellor under schule", err, lobby.ErrNotAllowed)
	bad, _ := invite("admin")
	_, err = h.AddPerson(t.Context(), tenant, "anna", room.ID, bad)
	wantErr(t, "unknown role", err, lobby.ErrInvalid)
	for range lobby.MaxPersons - 1 {
		p, auth := invite(lobby.RoleCompanion)
		made, err := h.AddPerson(t.Context(), tenant, "anna", room.ID, p)
		if err != nil {
			t.Fatal(err)
		}
		if access, err := h.check(auth); err != nil || access.Person.ID != made.ID {
			t.Errorf("link of a person who came later: %v", err)
		}
	}
	p, _ := invite(lobby.RoleClient)
	_, err = h.AddPerson(t.Context(), tenant, "anna", room.ID, p)
	wantErr(t, "one too many", err, lobby.ErrTooMany)
}

// TestSessions: a session begins once and ends once, whoever asks how often, and a series' next one is not touched by it.
func TestSessions(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	room, _, _ := h.room(lobby.NewRoom{Kind: lobby.Series})
	begun := func(want int) {
		t.Helper()
		if all, err := h.Begun(ctx); err != nil || len(all) != want || want == 1 && (all[0].Room.ID != room.ID || all[0].Policy.Name != room.Policy) {
			t.Fatalf("begun: %v, %v; want %d", all, err, want)
		}
	}
	begun(0)
	for range 2 {
		if err := h.BeginSession(ctx, tenant, room.ID, room.Session); err != nil {
			t.Fatal(err)
		}
		begun(1)
	}
	if _, err := h.EndSession(ctx, tenant, room.ID, room.Session); err != nil {
		t.Fatal(err)
	}
	begun(0)
	next, _, err := h.Room(ctx, tenant, "anna", room.ID)
	if err != nil || next.Session == room.Session {
		t.Fatalf("the next session: %v", err)
	}
	if _, err := h.EndSession(ctx, tenant, room.ID, room.Session); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("ended a second time: %v", err)
	}
	if err := h.BeginSession(ctx, tenant, room.ID, room.Session); !errors.Is(err, lobby.ErrNotFound) {
		t.Errorf("begun after its end: %v", err)
	}
	begun(0)
	if again, _, err := h.Room(ctx, tenant, "anna", room.ID); err != nil || again.Session != next.Session {
		t.Errorf("one more session was begun (%v)", err)
	}
}

func TestEndRoom(t *testing.T) {
	for _, c := range []struct {
		kind    lobby.Kind
		policy  string
		deleted bool
		persons int
		link    error
	}{
		{lobby.Once, "erziehungsberatung", true, 0, lobby.ErrLinkInvalid},
		{lobby.Once, "schutz", true, 0, lobby.ErrLinkInvalid},
		{lobby.Series, "erziehungsberatung", false, 2, nil},
		{lobby.Series, "jobcenter", false, 2, nil},
		{lobby.Series, "gruppe", false, 0, lobby.ErrLinkInvalid},
	} {
		t.Run(fmt.Sprint(c.kind, " ", c.policy), func(t *testing.T) {
			h := newHouse(t)
			second, _ := invite(lobby.RoleCompanion)
			third, _ := invite(lobby.RoleClient)
			room, person, auth := h.room(lobby.NewRoom{Kind: c.kind, Policy: c.policy, Lines: 1080, Persons: []lobby.NewPerson{second, third}})
			_, persons, _ := h.Room(t.Context(), tenant, "anna", room.ID)
			if err := h.Revoke(t.Context(), tenant, room.ID, persons[2].ID); err != nil {
				t.Fatal(err)
			}
			ended, err := h.EndRoom(t.Context(), tenant, room.ID)
			if err != nil || ended != (lobby.Ended{Deleted: c.deleted, Persons: c.persons}) {
				t.Errorf("ended %+v, %v", ended, err)
			}
			_, err = h.check(auth)
			wantErr(t, "link", err, c.link)
			if c.link == nil {
				access, err := h.PersonAccess(t.Context(), tenant, room.ID, person.ID)
				if err != nil || access.Room.Session == room.Session {
					t.Errorf("the next session has the old id, %v", err)
				}
			}
			after, _, err := h.Room(t.Context(), tenant, "anna", room.ID)
			if c.deleted {
				wantErr(t, "room", err, lobby.ErrNotFound)
				_, err = h.EndRoom(t.Context(), tenant, room.ID)
				wantErr(t, "ending it again", err, lobby.ErrNotFound)
			} else if err != nil || after.Session == room.Session || after.Session == "" || after.Lines != room.Lines {
				t.Errorf("room %+v, %v", after, err)
			}
		})
	}
}

func TestDeleteRoomDeletesSeries(t *testing.T) {
	h := newHouse(t)
	room, _, auth := h.room(lobby.NewRoom{Kind: lobby.Series})
	if err := h.DeleteRoom(t.Context(), tenant, "anna", room.ID); err != nil {
		t.Fatal(err)
	}
	_, err := h.check(auth)
	wantErr(t, "link", err, lobby.ErrLinkInvalid)
	_, _, err = h.Room(t.Context(), tenant, "anna", room.ID)
	wantErr(t, "room", err, lobby.ErrNotFound)
}

func TestAccountAccess(t *testing.T) {
	h := newHouse(t)
	room, _, _ := h.room(lobby.NewRoom{CoCounsellors: []lobby.AccountID{"ben"}})
	for account, role := range map[lobby.AccountID]lobby.Role{"anna": lobby.RoleCounsellor, "ben": lobby.RoleCoCounsellor} {
		access, err := h.AccountAccess(t.Context(), tenant, room.ID, account)
		if err != nil || access.Role != role || access.Account != account || access.Person.ID != "" ||
			access.Room.ID != room.ID || access.Policy.Name != lobby.DefaultPolicy {
			t.Errorf("%s: %+v, %v", account, access, err)
		}
	}
}

func TestSweep(t *testing.T) {
	h := newHouse(t)
	unused, _, _ := h.room(lobby.NewRoom{})
	used, _, _ := h.room(lobby.NewRoom{})
	series, _, _ := h.room(lobby.NewRoom{Kind: lobby.Series})
	dated, _, _ := h.room(lobby.NewRoom{StartsAt: h.now.AddDate(0, 0, 3)})
	begin := h.now
	sweep := func(days int, want ...lobby.RoomID) {
		t.Helper()
		h.now = begin.AddDate(0, 0, days)
		swept, err := h.Sweep(t.Context(), h.now)
		var got []lobby.RoomID
		for _, s := range swept {
			if s.Tenant != tenant {
				t.Errorf("tenant %q", s.Tenant)
			}
			got = append(got, s.Room)
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("day %d: swept %v, %v, want %v", days, got, err, want)
		}
		for _, id := range want {
			_, _, err := h.Room(t.Context(), tenant, "anna", id)
			wantErr(t, "swept room", err, lobby.ErrNotFound)
		}
	}
	sweep(0)
	sweep(3)
	sweep(5, dated.ID)
	h.now = begin.AddDate(0, 0, 20)
	// Two counsellors' presences on one day write once.
	h.store.calls = nil
	for range 3 {
		if _, err := h.AccountAccess(t.Context(), tenant, used.ID, "anna"); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(slices.DeleteFunc(h.store.calls, func(c string) bool { return c != "update" })); n != 1 {
		t.Errorf("%d writes for one day's use", n)
	}
	sweep(29)
	sweep(30, unused.ID)
	sweep(49)
	sweep(50, used.ID)
	sweep(364)
	sweep(365, series.ID)
}

// A store that cannot write does not keep a counsellor out.
func TestUseWithoutADisk(t *testing.T) {
	h := newHouse(t)
	own, _ := invite(lobby.RoleCounsellor)
	room, _, _ := h.room(lobby.NewRoom{Persons: []lobby.NewPerson{own}})
	_, persons, _ := h.Room(t.Context(), tenant, "anna", room.ID)
	h.now = h.now.AddDate(0, 0, 10)
	h.store.fail = errors.New("disk gone")
	if _, err := h.AccountAccess(t.Context(), tenant, room.ID, "anna"); err != nil {
		t.Errorf("account: %v", err)
	}
	if _, err := h.PersonAccess(t.Context(), tenant, room.ID, persons[1].ID); err != nil {
		t.Errorf("link of a counsellor: %v", err)
	}
}

func TestPolicies(t *testing.T) {
	if _, err := lobby.New(memstore.New(), time.Now, lobby.Policies{}, nil); err == nil {
		t.Error("a table without the default policy was taken")
	}
	broken := lobby.ShippedPolicies()
	broken["x"] = lobby.Policy{Name: "x"}
	if _, err := lobby.New(memstore.New(), time.Now, broken, nil); err == nil {
		t.Error("an incomplete policy was taken")
	}
	for what, change := range map[string]func(*lobby.Policy){
		"nobody said who may share":  func(p *lobby.Policy) { p.Share = "" },
		"an unknown rule":            func(p *lobby.Policy) { p.Share = "all" },
		"no lines":                   func(p *lobby.Policy) { p.Lines = 0 },
		"lines in between":           func(p *lobby.Policy) { p.Lines = 900 },
		"no rule of names":           func(p *lobby.Policy) { p.Names = "" },
		"muted before the first":     func(p *lobby.Policy) { p.MutedFrom = -1 },
		"open for less than no time": func(p *lobby.Policy) { p.StayOpen = -1 },
		"open for a day":             func(p *lobby.Policy) { p.StayOpen = 24 * time.Hour },
	} {
		broken := lobby.ShippedPolicies()
		p := broken["schule"]
		change(&p)
		broken["schule"] = p
		if _, err := lobby.New(memstore.New(), time.Now, broken, nil); err == nil {
			t.Errorf("%s: a policy was taken", what)
		}
	}
	shipped := lobby.ShippedPolicies()
	shipped["schule"] = lobby.Policy{}
	if lobby.ShippedPolicies()["schule"].Name == "" {
		t.Error("one caller's table is another's")
	}
	shipped = lobby.ShippedPolicies()
	for _, name := range []string{"schule", "schutz"} {
		if p, ok := shipped[name]; !ok || p.Reentry != 0 || p.SeriesAllowed || p.LinksSurvive || p.CoCounsellors || !p.ConsentRequired {
			t.Errorf("%s: %+v", name, p)
		}
	}
	for name, want := range map[string]lobby.ShareRule{
		"schule": lobby.ShareCounsellors, "gruppe": lobby.ShareCounsellors, "schutz": lobby.ShareCounsellors,
		"jobcenter": lobby.ShareOnRequest, "erziehungsberatung": lobby.ShareOnRequest,
	} {
		if p := shipped[name]; p.Share != want || p.Lines != 720 {
			t.Errorf("%s: share %q, %d lines", name, p.Share, p.Lines)
		}
	}
	for name, want := range map[string]lobby.NameRule{
		"schule": lobby.NamesInitials, "jobcenter": lobby.NamesReference, "erziehungsberatung": lobby.NamesFree, "gruppe": lobby.NamesFirst, "schutz": lobby.NamesNone,
	} {
		locked := slices.Contains(shipped[name].Locks, "names")
		if p := shipped[name]; p.Names != want || locked != (name == "schule" || name == "schutz") {
			t.Errorf("%s: names %q, locked %v", name, p.Names, locked)
		}
	}
	for name, p := range shipped {
		// No room stays open without its counsellor before a service has decided so.
		if want := map[bool]int{true: 1, false: 4}[name == "gruppe"]; p.MutedFrom != want || p.StayOpen != 0 {
			t.Errorf("%s: muted from %d, stays open %v", name, p.MutedFrom, p.StayOpen)
		}
	}
	if p, ok := shipped[lobby.DefaultPolicy]; !ok || p.Reentry != 10*time.Minute || !p.LinksSurvive || p.WaitingPerLink != 3 || p.WaitingPerRoom != 20 {
		t.Errorf("default: %+v", p)
	}
}

// A room whose policy is no longer configured opens to nobody, and can still be ended and deleted.
func TestLostPolicy(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{Kind: lobby.Series, Policy: "jobcenter"})
	policies := lobby.ShippedPolicies()
	delete(policies, "jobcenter")
	without, err := lobby.New(h.store, func() time.Time { return h.now }, policies, nil)
	if err != nil {
		t.Fatal(err)
	}
	another, _ := invite(lobby.RoleClient)
	for what, try := range map[string]func() error{
		"a link":    func() error { _, err := without.CheckLink(t.Context(), tenant, auth, h.now); return err },
		"a person":  func() error { _, err := without.PersonAccess(t.Context(), tenant, room.ID, person.ID); return err },
		"an owner":  func() error { _, err := without.AccountAccess(t.Context(), tenant, room.ID, "anna"); return err },
		"a new one": func() error { _, err := without.AddPerson(t.Context(), tenant, "anna", room.ID, another); return err },
		"a room": func() error {
			_, _, err := without.CreateRoom(t.Context(), tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: "jobcenter"})
			return err
		},
	} {
		if err := try(); !errors.Is(err, lobby.ErrNoPolicy) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if list, err := without.Rooms(t.Context(), tenant, "anna"); err != nil || len(list) != 1 {
		t.Errorf("listed %v, %v", list, err)
	}
	if ended, err := without.EndRoom(t.Context(), tenant, room.ID); err != nil || ended.Persons != 0 {
		t.Errorf("ended %+v, %v", ended, err)
	}
	if err := without.DeleteRoom(t.Context(), tenant, "anna", room.ID); err != nil {
		t.Errorf("delete: %v", err)
	}
}

// Over random use of two rooms in two tenants by three accounts: a link opens exactly what it was made for, exactly as long as it
// was neither replaced, revoked nor ended; generations only rise.
func TestLinksOpenWhatTheyWereMadeFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := newHouse(nil)
		ctx := context.Background()
		type key struct {
			tenant lobby.TenantID
			auth   [32]byte
		}
		type seat struct {
			room    lobby.RoomID
			person  lobby.PersonID
			owner   lobby.AccountID
			revoked bool
		}
		links := map[key]seat{}
		var all []key
		generations := map[lobby.PersonID]uint32{}
		draw := func() (key, seat) {
			if len(all) == 0 {
				t.Skip("no link yet")
			}
			k := rapid.SampledFrom(all).Draw(t, "link")
			s, ok := links[k]
			if !ok {
				t.Skip("dead link")
			}
			return k, s
		}
		t.Repeat(map[string]func(*rapid.T){
			"create": func(t *rapid.T) {
				tenant := rapid.SampledFrom([]lobby.TenantID{"a", "b"}).Draw(t, "tenant")
				owner := rapid.SampledFrom([]lobby.AccountID{"anna", "ben", "carla"}).Draw(t, "owner")
				p, auth := invite(rapid.SampledFrom(lobby.Roles()).Draw(t, "role"))
				room, persons, err := h.CreateRoom(ctx, tenant, owner, lobby.NewRoom{Kind: lobby.Once, Persons: []lobby.NewPerson{p}})
				if err != nil {
					t.Fatal(err)
				}
				k := key{tenant, auth}
				links[k], all = seat{room: room.ID, person: persons[0].ID, owner: owner}, append(all, k)
			},
			"replace": func(t *rapid.T) {
				k, s := draw()
				p, auth := invite(lobby.RoleClient)
				_, err := h.ReplaceLink(ctx, k.tenant, s.owner, s.room, s.person, lobby.NewLink{LinkHash: p.LinkHash})
				if s.revoked != errors.Is(err, lobby.ErrRevoked) {
					t.Fatalf("revoked %v: %v", s.revoked, err)
				}
				if err == nil {
					delete(links, k)
					k.auth = auth
					links[k], all = s, append(all, k)
				}
			},
			"revoke": func(t *rapid.T) {
				k, s := draw()
				if err := h.Revoke(ctx, k.tenant, s.room, s.person); err != nil {
					t.Fatal(err)
				}
				s.revoked = true
				links[k] = s
			},
			"put back": func(t *rapid.T) {
				k, s := draw()
				if _, err := h.RaiseGeneration(ctx, k.tenant, s.room, s.person); err != nil {
					t.Fatal(err)
				}
			},
			"end": func(t *rapid.T) {
				k, s := draw()
				if _, err := h.EndRoom(ctx, k.tenant, s.room); err != nil {
					t.Fatal(err)
				}
				delete(links, k)
			},
			"": func(t *rapid.T) {
				for _, k := range all {
					for _, tenant := range []lobby.TenantID{"a", "b"} {
						access, err := h.CheckLink(ctx, tenant, k.auth, h.now)
						s, alive := links[k]
						switch {
						case !alive || tenant != k.tenant:
							if !errors.Is(err, lobby.ErrLinkInvalid) {
								t.Fatalf("dead or foreign link: %v", err)
							}
						case s.revoked:
							if !errors.Is(err, lobby.ErrRevoked) {
								t.Fatalf("revoked link: %v", err)
							}
						default:
							if err != nil || access.Room.ID != s.room || access.Person.ID != s.person || access.Room.Tenant != tenant {
								t.Fatalf("link: %+v, %v", access, err)
							}
							if access.Person.Generation < generations[s.person] {
								t.Fatal("a generation fell")
							}
							generations[s.person] = access.Person.Generation
						}
					}
				}
			},
		})
	})
}
