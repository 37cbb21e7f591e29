package lobby_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

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
