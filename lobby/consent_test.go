package lobby_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

func TestConsentInWriting(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{Kind: lobby.Series})
	for range 2 { // twice is no error
		if err := h.NoteConsent(t.Context(), tenant, room.ID, person.ID); err != nil {
			t.Fatal(err)
		}
	}
	if access, err := h.check(auth); err != nil || !access.Person.ConsentInWriting || access.Person.Generation != 0 {
		t.Errorf("%+v, %v", access.Person, err)
	}
	wantErr(t, "unknown person", h.NoteConsent(t.Context(), tenant, room.ID, "unknown"), lobby.ErrNotFound)
}

// TestWithdrawnIsForgotten: nothing is left of the person but a dead link, and no later consent brings him back.
func TestWithdrawnIsForgotten(t *testing.T) {
	h := newHouse(t)
	room, person, auth := h.room(lobby.NewRoom{Kind: lobby.Series})
	for range 2 {
		if err := h.Withdraw(t.Context(), tenant, room.ID, person.ID); err != nil {
			t.Fatal(err)
		}
	}
	_, err := h.check(auth)
	wantErr(t, "link", err, lobby.ErrRevoked)
	_, persons, err := h.Room(t.Context(), tenant, "anna", room.ID)
	if err != nil {
		t.Fatal(err)
	}
	p := persons[0]
	if !p.Revoked || p.Generation != 1 || !p.Label.IsZero() || p.Lang != "" || p.SealedLink != nil || p.WrappedSecret != nil || p.ConsentInWriting {
		t.Errorf("left: %+v", p)
	}
	wantErr(t, "a later consent", h.NoteConsent(t.Context(), tenant, room.ID, person.ID), lobby.ErrRevoked)
	wantErr(t, "unknown person", h.Withdraw(t.Context(), tenant, room.ID, "unknown"), lobby.ErrNotFound)
}
