package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// TestMutedEntry: from the policy's number on, whoever does not moderate arrives with his sound off, and nothing but his own word switches it on.
func TestMutedEntry(t *testing.T) {
	config := testConfig()
	config.MutedFrom = 3
	h := newHouse(t, config)
	ada, ben := h.inside()
	want(t, "the second", h.s.seat(ben.Participant).On.Audio, true)
	coco := h.link("coco", 5, lobby.RoleCoCounsellor)
	h.must(coco)
	want(t, "who moderates", h.s.seat(coco.Participant).On.Audio, true)
	cleo := h.client("cleo", 3)
	h.must(cleo)
	events := h.must(Admit{ada.Socket, cleo.Participant})
	want(t, "leave to have a session", events[0].Body, Body(Flow{Participant: cleo.Participant, Group: everybody, Within: everybody, Video: true}))
	want(t, "cleo reads", *told(events, cleo.Socket)[0].(Admitted).View.Self, Own{Switches: Switches{Video: true}, EnteredMuted: true, ConsentAsked: true})
	want(t, "ben reads", told(events, ben.Socket)[0].(MemberChanged).Audio, false)

	h.must(Self{By: cleo.Socket, Video: new(false)})
	h.must(Disconnect{Socket: cleo.Socket})
	cleo = h.again(cleo)
	events = h.must(cleo)
	want(t, "after a lost line", *told(events, cleo.Socket)[0].(Welcome).View.Self, Own{EnteredMuted: true, ConsentAsked: true})
	cleo = h.again(cleo)
	cleo.Fresh = true
	events = h.must(cleo)
	want(t, "after a reload", *told(events, cleo.Socket)[0].(Welcome).View.Self, Own{EnteredMuted: true, ConsentAsked: true})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true cleo=room/false/false coco=room/true/true")

	h.must(Self{By: cleo.Socket, Audio: new(true)})
	want(t, "her own word", h.s.seat(cleo.Participant).own(), &Own{Switches: Switches{Audio: true}})
	cleo = h.again(cleo)
	cleo.Fresh = true
	want(t, "a reload keeps it", h.arrive(cleo).On.Audio, true)
	// Who has left and re-enters comes in anew: he does not speak into what went on without him.
	h.must(Leave{By: cleo.Socket})
	cleo = h.again(cleo)
	want(t, "a re-entry", h.arrive(cleo).own(), &Own{Switches: Switches{Video: true}, EnteredMuted: true})
	h.must(Leave{By: cleo.Socket})
	h.must(Leave{By: coco.Socket})
	cleo = h.again(cleo)
	want(t, "a re-entry among few", h.arrive(cleo).On.Audio, false)
	h.must(Leave{By: cleo.Socket})
	h.must(Leave{By: ben.Socket})
	cleo = h.again(cleo)
	cleo.Token.AudioOff = false
	want(t, "a re-entry of the second", h.arrive(cleo).On.Audio, true)
}

// TestMutedEntryOfTwo: what is off by the policy is kept from a connection of two alone as well, which the server cannot keep it from.
func TestMutedEntryOfTwo(t *testing.T) {
	config := testConfig()
	config.MutedFrom, config.PeerToPeer = 1, lobby.PeerToPeerRelay
	h := newHouse(t, config)
	_, ben := h.inside()
	h.wait(2*PairAgainAfter, "ada1.1", ben.Participant)
	want(t, "paired", h.s.d.Pair == nil, true)
	h.must(Self{By: ben.Socket, Audio: new(true)})
	h.wait(time.Second)
	want(t, "paired", h.s.d.Pair != nil, true)
}
