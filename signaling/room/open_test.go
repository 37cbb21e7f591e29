package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// openHouse is a room that may stay open for twenty minutes, with two clients and their counsellor.
func openHouse(t *testing.T) (h *house, ada, ben, cleo Arrive) {
	config := testConfig()
	config.StayOpen, config.PeerToPeer = 20*time.Minute, lobby.PeerToPeerRelay
	h = newHouse(t, config)
	ada, ben = h.inside()
	cleo = h.client("cleo", 3)
	h.must(cleo)
	h.must(Admit{ada.Socket, cleo.Participant})
	return h, ada, ben, cleo
}

// TestLeaveOpen: the others go on, told until when, alone with each other too; then the room is paused as after every leave.
func TestLeaveOpen(t *testing.T) {
	h, ada, ben, cleo := openHouse(t)
	events := h.must(LeaveOpen{ada.Socket, 10 * time.Minute})
	until := h.clock().Add(10 * time.Minute).UnixMilli()
	want(t, "ada", types(events, ada.Socket), "close")
	var room Room
	for _, b := range told(events, ben.Socket) {
		if changed, ok := b.(RoomChanged); ok {
			room = changed.Room
		}
	}
	want(t, "ben reads until when", room.OpenUntil, until)
	want(t, "not paused", room.Paused, false)
	want(t, "the list of rooms", h.s.Summary().Status, StatusOpen)
	want(t, "flows", h.groups(), "ben=room/true/true cleo=room/true/true")
	h.wait(PairAgainAfter, ben.Participant, cleo.Participant)
	want(t, "connected to each other", h.s.d.Pair != nil, true)
	h.wait(9*time.Minute, ben.Participant, cleo.Participant)
	want(t, "flows", h.groups(), "ben=room/true/true cleo=room/true/true")
	h.wait(time.Minute, ben.Participant, cleo.Participant)
	want(t, "the time is over", h.groups(), "ben=/true/true cleo=/true/true")
	want(t, "parted", h.s.d.Pair == nil, true)
	want(t, "paused", h.s.room().Paused, true)
	want(t, "open until", h.s.d.OpenUntil, int64(0))
	h.wait(h.s.d.Config.EndAfter, ben.Participant, cleo.Participant)
	want(t, "over", h.s.d.Over, true)
}

// TestLeaveOpenEnds: with a counsellor who comes in, and with the last of those for whom it is. It lets nobody in.
func TestLeaveOpenEnds(t *testing.T) {
	h, ada, ben, cleo := openHouse(t)
	h.must(LeaveOpen{ada.Socket, 10 * time.Minute})
	want(t, "who comes waits", h.arrive(h.client("dora", 4)).State, lobby.Waiting)
	again := h.account("ada", 1)
	h.must(again)
	want(t, "ends", h.s.d.OpenUntil, int64(0))
	want(t, "and all go on", h.groups(), "ada=room/true/true ben=room/true/true cleo=room/true/true")
	h.must(Leave{By: again.Socket})
	want(t, "the next leave is one", h.s.room().Paused, true)

	h, ada, ben, cleo = openHouse(t)
	h.must(LeaveOpen{ada.Socket, 10 * time.Minute})
	h.must(Leave{By: ben.Socket})
	want(t, "one is left", h.s.d.OpenUntil != 0, true)
	h.must(Leave{By: cleo.Socket})
	want(t, "nobody is left", h.s.room().Paused, true)
}

// TestLeaveOpenRefused: by whom, for how long, and when not. What was refused has let nobody go.
func TestLeaveOpenRefused(t *testing.T) {
	h, ada, ben, cleo := openHouse(t)
	h.refuse(LeaveOpen{ben.Socket, time.Minute}, ErrNotAllowed)
	h.refuse(LeaveOpen{ada.Socket, 20*time.Minute + 1}, ErrNotAllowed)
	for _, d := range []time.Duration{0, -time.Minute, lobby.MaxStayOpen + 1} {
		h.refuse(LeaveOpen{ada.Socket, d}, ErrBadCommand)
	}
	h.must(Hold{By: ada.Socket, On: true})
	h.refuse(LeaveOpen{ada.Socket, time.Minute}, ErrWrongState)
	h.must(Hold{By: ada.Socket, On: false})
	coco := h.link("coco", 5, lobby.RoleCoCounsellor)
	h.must(coco)
	h.refuse(LeaveOpen{ada.Socket, time.Minute}, ErrWrongState)
	h.must(Leave{By: coco.Socket})
	h.must(Leave{By: ben.Socket})
	h.must(Leave{By: cleo.Socket})
	h.refuse(LeaveOpen{ada.Socket, time.Minute}, ErrWrongState)
	want(t, "ada is there", h.s.seat(ada.Participant).here(), true)

	h = newHouse(t, testConfig()) // as all shipped policies say
	ada, _ = h.inside()
	h.refuse(LeaveOpen{ada.Socket, time.Minute}, ErrNotAllowed)
}

// TestOpenIsMutedToo: what a counsellor switched off before he went stays off, and a screen needs him.
func TestOpenIsMutedToo(t *testing.T) {
	h, ada, ben, _ := openHouse(t)
	h.must(Share{ada.Socket, ShareAll})
	h.must(shares(ben, true))
	h.must(Mute{ada.Socket, ben.Participant, Audio})
	h.must(LeaveOpen{ada.Socket, 10 * time.Minute})
	want(t, "flows", h.groups(), "ben=room/false/true cleo=room/true/true")
	h.wait(time.Minute, ben.Participant)
	want(t, "no connection of two", h.s.d.Pair == nil, true)
}
