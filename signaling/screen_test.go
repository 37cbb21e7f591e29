package signaling_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// openScreens lets clients share their screens.
func (p *peer) openScreens() {
	p.t.Helper()
	p.ok(&wire.Share{Rule: wire.ShareAll})
}

var (
	sharing    = sfu.Flow{Group: "room", Audio: true, Video: true, Screen: true}
	notSharing = sfu.Flow{Group: "room", Audio: true, Video: true}
)

// A client shares when she may, alone, until she or a counsellor ends it. When that is acknowledged, nothing flows.
func TestShareAScreen(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.admit(ben)
	hers := h.offer(anna)
	anna.refused(&wire.Self{Screen: new(true)}, wire.CodeNotAllowed)
	hers.flows(t, notSharing)

	counsellor.openScreens()
	equal(t, "the rule", expect[*wire.Room](anna).Share, wire.ShareAll)
	anna.ok(&wire.Self{Screen: new(true)})
	hers.flows(t, sharing)
	expectThat(ben, func(m *wire.Member) bool { return m.Participant == anna.id() && m.Screen })
	ben.refused(&wire.Self{Screen: new(true)}, wire.CodeWrongState)
	counsellor.refused(&wire.Self{Screen: new(true)}, wire.CodeWrongState)

	ends := map[string]wire.Body{
		"mute": &wire.Mute{Participant: anna.id(), Kind: wire.KindScreen}, "rule": &wire.Share{Rule: wire.ShareCounsellors},
	}
	for name, end := range ends {
		counsellor.ok(end)
		if f, _ := hers.state(); f != notSharing {
			t.Errorf("%s: the screen flows: %+v", name, f)
		}
		equal(t, name, expect[*wire.Muted](anna).Kind, wire.KindScreen)
		expectThat(ben, func(m *wire.Member) bool { return m.Participant == anna.id() && !m.Screen })
		counsellor.openScreens()
		anna.ok(&wire.Self{Screen: new(true)})
		hers.flows(t, sharing)
	}
	anna.ok(&wire.Self{Screen: new(false)})
	hers.flows(t, notSharing)
	ben.ok(&wire.Self{Screen: new(true)})
}

// Whoever loses the socket goes on sharing; a new page and a new life of the server do not.
func TestScreenOverAResume(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	hers := h.offer(anna)
	counsellor.openScreens()
	anna.ok(&wire.Self{Screen: new(true)})
	anna.drop()
	expectThat(counsellor, func(m *wire.Member) bool { return m.Connection == wire.ConnectionReconnecting && m.Screen })
	hers.flows(t, sharing)
	anna = anna.comeBack(false)
	equal(t, "self", *anna.self.State.Self, wire.Switches{Audio: true, Video: true, Screen: true, ConsentAsked: true})
	hers.flows(t, sharing)

	anna = anna.comeBack(true)
	equal(t, "a new page", *anna.self.State.Self, wire.Switches{Audio: true, Video: true, ConsentAsked: true})
	h.offer(anna).flows(t, notSharing)
	anna.ok(&wire.Self{Screen: new(true)})
	must(t, h.server.Close(t.Context()))
	h.open()
	counsellor.comeBack(false)
	anna = anna.comeBack(false)
	equal(t, "after a restart", *anna.self.State.Self, wire.Switches{Audio: true, Video: true, ConsentAsked: true})
	equal(t, "the rule", anna.self.State.Room.Share, wire.ShareCounsellors)
}

// Put back, her screen is gone with all else, and not on again when she is let in.
func TestScreenPutBack(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	hers := h.offer(anna)
	counsellor.openScreens()
	anna.ok(&wire.Self{Screen: new(true)})
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	if f, _ := hers.state(); f != (sfu.Flow{}) {
		t.Errorf("put back, and it flows: %+v", f)
	}
	counsellor.admit(anna)
	h.offer(anna).flows(t, notSharing)
}

// Where the policy keeps screens with the counsellors, nobody opens them.
func TestLockedShareRule(t *testing.T) {
	h := newHouse(t)
	h.room = h.newRoomUnder("gruppe", lobby.Series)
	counsellor, anna := h.call()
	equal(t, "the room", counsellor.self.State.Room, wire.Room{Names: wire.NamesFirst, Share: wire.ShareCounsellors, ShareLocked: true, Lines: 720, Groupable: true, Chat: wire.ChatCounsellors, Reentry: 600})
	counsellor.refused(&wire.Share{Rule: wire.ShareAll}, wire.CodeNotAllowed)
	counsellor.refused(&wire.Share{Rule: wire.ShareCounsellors}, wire.CodeNotAllowed)
	anna.refused(&wire.Self{Screen: new(true)}, wire.CodeNotAllowed)
	counsellor.ok(&wire.Self{Screen: new(true)})
	expectThat(anna, func(m *wire.Member) bool { return m.Screen })
}

// A pin is told to everybody in the room, and nobody who waits; it goes with what it shows.
func TestPinForAll(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	equal(t, "outside", ben.self.State.Room, wire.Room{Names: wire.NamesFree})
	counsellor.refused(&wire.Pin{Participant: ben.id(), Source: wire.SourceCamera}, wire.CodeNotFound)
	counsellor.refused(&wire.Pin{Participant: anna.id(), Source: wire.SourceScreen}, wire.CodeWrongState)
	camera := wire.Pin{Participant: anna.id(), Source: wire.SourceCamera}
	counsellor.ok(&camera)
	for _, p := range []*peer{counsellor, anna} {
		equal(t, "pinned", expect[*wire.Room](p).Pin, camera)
	}
	equal(t, "in the state", anna.comeBack(true).self.State.Room.Pin, camera)
	counsellor.ok(&wire.Pin{})
	equal(t, "unpinned", expect[*wire.Room](counsellor).Pin, wire.Pin{})

	counsellor.ok(&wire.Self{Screen: new(true)})
	screen := wire.Pin{Participant: counsellor.id(), Source: wire.SourceScreen}
	counsellor.ok(&screen)
	equal(t, "pinned", expect[*wire.Room](counsellor).Pin, screen)
	counsellor.ok(&wire.Self{Screen: new(false)})
	equal(t, "no screen, no pin", expect[*wire.Room](counsellor).Pin, wire.Pin{})
	none[*wire.Room](ben)
}
