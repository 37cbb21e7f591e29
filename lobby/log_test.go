package lobby_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// Promise 10, as far as types can hold it: whatever of the lobby is logged, no name, label or link comes out.
func TestNothingPersonalInLogs(t *testing.T) {
	h := newHouse(t)
	p, _ := invite(lobby.RoleCoCounsellor)
	p.PIN = true
	p.Label, p.SealedLink, p.WrappedSecret = lobby.Text{Plain: "CanaryLabel"}, []byte("CanaryLink"), []byte("CanarySecret")
	n := lobby.NewRoom{Kind: lobby.Once, Title: lobby.Text{Plain: "CanaryTitle"}, Persons: []lobby.NewPerson{p}}
	room, persons, err := h.CreateRoom(t.Context(), tenant, "CanaryOwner-long-enough", n)
	if err != nil {
		t.Fatal(err)
	}
	access, err := h.PersonAccess(t.Context(), tenant, room.ID, persons[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, value := range []any{
		n, p, p.NewLink, room, persons[0], lobby.Roster{Room: room, Persons: []lobby.Person{persons[0].Person}}, persons[0].Person, persons[0].PIN, persons[0].Told, access, room.Title, p.LinkHash,
		room.ID, persons[0].ID, room.Owner, lobby.RoomID("short"),
	} {
		var out bytes.Buffer
		slog.New(slog.NewJSONHandler(&out, nil)).Info("test", "value", value)
		for _, canary := range []string{"Canary", string(room.ID), string(persons[0].ID), string(room.Owner), "short", string(room.Session), string(persons[0].Told), persons[0].PIN.Hash} {
			if strings.Contains(out.String(), canary) {
				t.Errorf("%T puts %q into the log: %s", value, canary, out.String())
			}
		}
	}
}
