package lobby_test

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/lobby"
)

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
