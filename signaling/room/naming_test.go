package room

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestNamesAreToldToWhoWaits: whoever waits is told what he may call himself, as those are who are in, for he is asked before he is let in.
func TestNamesAreToldToWhoWaits(t *testing.T) {
	for _, rule := range []lobby.NameRule{lobby.NamesFree, lobby.NamesReference, lobby.NamesFirst, lobby.NamesInitials, lobby.NamesNone} {
		config := testConfig()
		config.Names = rule
		h := newHouse(t, config)
		ada, _ := h.inside()
		cleo := h.client("cleo", 3)
		want(t, "who waits", told(h.must(cleo), cleo.Socket)[0].(Welcome).View.Room.Names, rule)
		want(t, "who is let in", told(h.must(Admit{ada.Socket, cleo.Participant}), cleo.Socket)[0].(Admitted).View.Room.Names, rule)
	}
	for _, p := range lobby.ShippedPolicies() {
		want(t, p.Name, ConfigFor(lobby.Room{Session: "s"}, p).Names, p.Names)
	}
	config := testConfig()
	if config.Names = "nickname"; config.check() == nil {
		t.Error("a rule that is none was taken")
	}
}
