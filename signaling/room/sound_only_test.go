package room

import (
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// What a room says of pictures comes before what its policy allows: nobody connects past the server, nobody but a counsellor shows a screen.
func TestConfigForSoundOnly(t *testing.T) {
	for name, p := range lobby.ShippedPolicies() {
		c := ConfigFor(lobby.Room{Session: "session", SoundOnly: true}, p)
		if !c.SoundOnly || c.PeerToPeer != lobby.PeerToPeerOff || c.Share == lobby.ShareOnRequest {
			t.Errorf("%s: %+v", name, c)
		}
		must(New(c))
		c.PeerToPeer = lobby.PeerToPeerRelay
		if _, err := New(c); err == nil {
			t.Errorf("%s: two may connect to each other, where nobody sees what they send", name)
		}
	}
}

// Whatever a page asks for, no camera flows: not by arriving with one, not by switching it on, not after coming back.
func TestSoundOnly(t *testing.T) {
	config := testConfig()
	config.SoundOnly, config.Share = true, lobby.ShareCounsellors
	h := newHouse(t, config)
	ada, ben := h.inside()
	want(t, "flows", h.groups(), "ada=room/true/false ben=room/true/false")
	want(t, "says", h.s.room().SoundOnly, true)
	for _, x := range []Arrive{ada, ben} {
		h.refuse(Self{By: x.Socket, Video: new(true)}, ErrNotAllowed)
		h.refuse(Self{By: x.Socket, Audio: new(false), Video: new(true)}, ErrNotAllowed)
		h.must(Self{By: x.Socket, Video: new(false)})
	}
	h.refuse(shares(ben, true), ErrNotAllowed)
	h.must(shares(ada, true))
	want(t, "a counsellor's screen", h.groups(), "ada=room/true/false/screen ben=room/true/false")

	again := ben
	again.Socket, again.Fresh, again.Media = h.socket(), true, MediaAV
	h.must(again)
	if strings.Contains(h.groups(), "true/true") {
		t.Errorf("after a reload: %s", h.groups())
	}
	cleo := h.client("cleo", 3)
	h.must(cleo)
	want(t, "the counsellor reads", h.s.seat(cleo.Participant).Media, MediaAudio)
}
