package lobby_test

import (
	"bytes"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestHandOver: the stand-in has the room, with what the first had of its secret wrapped anew; links stay, but for the first one's own.
func TestHandOver(t *testing.T) {
	for _, keep := range []bool{false, true} {
		h := newHouse(t)
		ctx := t.Context()
		client, clients := invite(lobby.RoleClient)
		own, owns := invite(lobby.RoleCounsellor)
		room, _, err := h.CreateRoom(ctx, tenant, "anna", lobby.NewRoom{
			Kind: lobby.Series, CoCounsellors: []lobby.AccountID{"ben"}, Persons: []lobby.NewPerson{client, own},
			WrappedSecrets: map[lobby.AccountID][]byte{"anna": {1}, "ben": {2}},
		})
		if err != nil {
			t.Fatal(err)
		}
		done, err := h.HandOverRoom(ctx, tenant, "anna", room.ID, lobby.HandOver{To: "carl", Keep: keep, WrappedSecret: []byte{3}})
		if err != nil || done.From != "anna" || len(done.Revoked) != 1 {
			t.Fatalf("%+v, %v", done, err)
		}
		after, _, err := h.Room(ctx, tenant, "carl", room.ID)
		if err != nil || after.Owner != "carl" || !after.StandIn || !bytes.Equal(after.WrappedSecrets["carl"], []byte{3}) || !bytes.Equal(after.WrappedSecrets["ben"], []byte{2}) {
			t.Errorf("%+v, %v", after, err)
		}
		_, kept := after.WrappedSecrets["anna"]
		role, may := after.RoleOf("anna")
		if kept != keep || may != keep || keep && role != lobby.RoleCoCounsellor {
			t.Errorf("keep %v: the first has %q, secret %v", keep, role, kept)
		}
		if _, err := h.check(clients); err != nil {
			t.Errorf("the client's link: %v", err)
		}
		_, err = h.check(owns)
		wantErr(t, "the first one's own link", err, lobby.ErrRevoked)

		// Back to somebody who was in it before: as counsellor once, with what he has of the secret.
		if done, err = h.HandOverAnyRoom(ctx, tenant, room.ID, lobby.HandOver{To: "ben"}); err != nil || done.Room.Owner != "ben" || !bytes.Equal(done.Room.WrappedSecrets["ben"], []byte{2}) {
			t.Errorf("%+v, %v", done, err)
		}
		if role, _ := done.Room.RoleOf("ben"); role != lobby.RoleCounsellor || len(done.Room.CoCounsellors) != map[bool]int{false: 0, true: 1}[keep] {
			t.Errorf("keep %v: %+v", keep, done.Room)
		}

		// That a colleague comes is true until a session begins.
		if err := h.BeginSession(ctx, tenant, room.ID, done.Room.Session); err != nil {
			t.Fatal(err)
		}
		if after, _, err := h.Room(ctx, tenant, "ben", room.ID); err != nil || after.StandIn {
			t.Errorf("in the session: %+v, %v", after, err)
		}
		_, err = h.HandOverRoom(ctx, tenant, "ben", room.ID, lobby.HandOver{To: "anna"})
		wantErr(t, "in the session", err, lobby.ErrRunning)
	}
}

// TestHandOverRefusals: nothing is changed, and a room of somebody else is not found.
func TestHandOverRefusals(t *testing.T) {
	h := newHouse(t)
	ctx := t.Context()
	room, _, err := h.CreateRoom(ctx, tenant, "anna", lobby.NewRoom{Kind: lobby.Once, CoCounsellors: []lobby.AccountID{"ben", "b2", "b3", "b4", "b5", "b6", "b7", "b8"}})
	if err != nil {
		t.Fatal(err)
	}
	closed, _, err := h.CreateRoom(ctx, tenant, "anna", lobby.NewRoom{Kind: lobby.Once, Policy: "schule"})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		by   lobby.AccountID
		room lobby.RoomID
		to   lobby.HandOver
		want error
	}{
		"a stranger's":               {"eve", room.ID, lobby.HandOver{To: "carl"}, lobby.ErrNotFound},
		"a stranger to himself":      {"eve", room.ID, lobby.HandOver{To: "eve"}, lobby.ErrNotFound},
		"a co-counsellor's":          {"ben", room.ID, lobby.HandOver{To: "carl"}, lobby.ErrNotOwner},
		"no such room":               {"anna", "none", lobby.HandOver{To: "carl"}, lobby.ErrNotFound},
		"to himself":                 {"anna", room.ID, lobby.HandOver{To: "anna"}, lobby.ErrInvalid},
		"to nobody":                  {"anna", room.ID, lobby.HandOver{}, lobby.ErrInvalid},
		"too long a secret":          {"anna", room.ID, lobby.HandOver{To: "carl", WrappedSecret: make([]byte, lobby.MaxWrappedSecret+1)}, lobby.ErrInvalid},
		"one too many":               {"anna", room.ID, lobby.HandOver{To: "carl", Keep: true}, lobby.ErrTooMany},
		"staying where nobody may":   {"anna", closed.ID, lobby.HandOver{To: "carl", Keep: true}, lobby.ErrNotAllowed},
		"another tenant's, by force": {"", "none", lobby.HandOver{To: "carl"}, lobby.ErrNotFound},
	} {
		if c.by == "" {
			_, err = h.HandOverAnyRoom(ctx, "elsewhere", room.ID, c.to)
		} else {
			_, err = h.HandOverRoom(ctx, tenant, c.by, c.room, c.to)
		}
		wantErr(t, name, err, c.want)
		if after, _, err := h.Room(ctx, tenant, "anna", room.ID); err != nil || after.Owner != "anna" || after.StandIn {
			t.Errorf("%s: %+v, %v", name, after, err)
		}
	}
	if _, err := h.HandOverRoom(ctx, tenant, "anna", closed.ID, lobby.HandOver{To: "carl"}); err != nil {
		t.Errorf("without staying: %v", err)
	}
	if _, err := h.KeepSecret(ctx, tenant, "anna", closed.ID, []byte{1}); err == nil {
		t.Error("a secret of a room that is somebody else's now")
	}
	if after, err := h.KeepSecret(ctx, tenant, "carl", closed.ID, []byte{1}); err != nil || !bytes.Equal(after.WrappedSecrets["carl"], []byte{1}) {
		t.Errorf("%+v, %v", after, err)
	}
}
