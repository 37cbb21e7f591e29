package lobby_test

import (
	"errors"
	"reflect"
	"strings"
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

func TestConsentTexts(t *testing.T) {
	var none lobby.ConsentTexts
	one, err := none.With(lobby.WordingPlain, "de", "  Freiwillig.\n\nNichts wird aufgenommen.\n")
	if err != nil || one[lobby.WordingPlain]["de"] != "Freiwillig.\n\nNichts wird aufgenommen." {
		t.Errorf("%v, %v", one, err)
	}
	two, err := one.With(lobby.WordingChild, "de-x-einfach", "Du darfst nein sagen.")
	if err != nil || len(two) != 2 || len(one) != 1 {
		t.Errorf("%v beside %v, %v", two, one, err)
	}
	for _, variety := range lobby.Varieties() {
		if _, err := none.With(lobby.WordingPlain, variety, strings.Repeat("ä", 4000)); err != nil {
			t.Errorf("%s: %v", variety, err)
		}
	}
	for name, bad := range map[string]struct{ variety, text string }{
		"no text":          {"de", " \n"},
		"too long":         {"de", strings.Repeat("ä", 4001)},
		"too many lines":   {"de", strings.Repeat("a\n", 60) + "a"},
		"another language": {"fr", "Bonjour"},
		"no language":      {"", "Hallo"},
		"turned around":    {"de", "a\u202Eb"},
		"not UTF-8":        {"de", "a\xff"},
		"a tab":            {"de", "a\tb"},
	} {
		got, err := two.With(lobby.WordingPlain, bad.variety, bad.text)
		if _, ok := errors.AsType[*lobby.ColumnError](err); !ok || !reflect.DeepEqual(got, two) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
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
