package signaling_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// What was handed over durably is done in the live room to the end, also where whoever asked for it has hung up.
func TestHandOverOfWhoHangsUp(t *testing.T) {
	h := newHouse(t)
	h.counsel()
	cara, cora := h.join("cara", newDevice(t)), h.join("cora", newDevice(t))
	gone, hangUp := context.WithCancel(t.Context())
	hangUp()
	_ = h.server.HandOver(gone, lobby.HandedOver{Room: h.room, From: "nobody", Revoked: []lobby.PersonID{h.persons["cara"].ID, h.persons["cora"].ID}})
	cara.closed(wire.CloseRemoved)
	cora.closed(wire.CloseRemoved)
}

// In a group everybody arrives with his sound off: it is not forwarded, whatever comes, over a resume and a restart too, until he says so himself.
func TestMutedEntry(t *testing.T) {
	h := newHouse(t)
	h.room = h.newRoomUnder("gruppe", lobby.Series)
	counsellor := h.counsel()
	anna := h.join("anna", newDevice(t))
	counsellor.ok(&wire.Admit{Participant: anna.id()})
	muted := wire.Switches{Video: true, EnteredMuted: true, ConsentAsked: true}
	equal(t, "anna is told", *expect[*wire.Admitted](anna).State.Self, muted)
	hers := h.offer(anna)
	silent := sfu.Flow{Group: "room", Video: true}
	hers.flows(t, silent)
	anna = anna.comeBack(true)
	equal(t, "after a reload", *anna.self.State.Self, muted)
	h.offer(anna).flows(t, silent)

	must(t, h.server.Close(t.Context()))
	h.open()
	counsellor.comeBack(false)
	anna = anna.comeBack(false)
	equal(t, "her sound after a restart", anna.self.State.Self.Audio, false)
	hers = h.offer(anna)
	hers.flows(t, silent)
	anna.ok(&wire.Self{Audio: new(true)})
	hers.flows(t, notSharing)
}

// In a room of few, the fourth is the first to arrive so.
func TestFourthArrivesMuted(t *testing.T) {
	h := newHouse(t)
	counsellor, _ := h.call()
	for i, label := range []string{"ben", "ivo"} {
		p := h.join(label, newDevice(t))
		counsellor.ok(&wire.Admit{Participant: p.id()})
		equal(t, label, *expect[*wire.Admitted](p).State.Self, wire.Switches{Audio: i == 0, Video: true, EnteredMuted: i == 1, ConsentAsked: true})
	}
}

// A locked room: who comes is told so, nobody hears of him, and he waits as soon as it is unlocked. It is locked after a restart too.
func TestLock(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	counsellor.forget()
	counsellor.ok(&wire.Lock{On: true})
	counsellor.resume = expect[*wire.Token](counsellor).Resume
	expectThat(anna, func(r *wire.Room) bool { return r.Locked })
	ben := h.join("ben", newDevice(t))
	equal(t, "phase", ben.self.Phase, wire.PhaseWaiting)
	equal(t, "what he is told", ben.self.State.Room, wire.Room{Locked: true, Names: wire.NamesFree})
	none[*wire.Waiting](counsellor)
	counsellor.refused(&wire.Admit{Participant: ben.id()}, wire.CodeNotFound)
	anna = anna.comeBack(true)
	equal(t, "anna comes back", anna.self.Phase, wire.PhaseIn)

	must(t, h.server.Close(t.Context()))
	h.open()
	counsellor = counsellor.comeBack(false)
	equal(t, "locked after a restart", counsellor.self.State.Room.Locked, true)
	equal(t, "anna after a restart", anna.comeBack(false).self.Phase, wire.PhaseIn)
	ben = h.join("ben", newDevice(t))
	equal(t, "what he is told", ben.self.State.Room, wire.Room{Locked: true, Names: wire.NamesFree})
	counsellor.ok(&wire.Lock{})
	equal(t, "unlocked", expect[*wire.Room](ben).Locked, false)
	equal(t, "who knocks", expect[*wire.Waiting](counsellor).Participant, ben.id())
	counsellor.admit(ben)
}

// Hands have an order that everybody reads; a counsellor puts one down, or all.
func TestHands(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.admit(ben)
	ben.ok(&wire.RaiseHand{Up: true})
	anna.ok(&wire.RaiseHand{Up: true})
	first, second := expect[*wire.OwnHand](ben).Hand, expect[*wire.OwnHand](anna).Hand
	if first == 0 || second <= first {
		t.Errorf("ben's hand is %d, anna's, after it, %d", first, second)
	}
	for _, p := range []*peer{counsellor, anna} {
		expectThat(p, func(m *wire.Member) bool { return m.Participant == ben.id() && m.Hand == first })
	}
	anna = anna.comeBack(true)
	equal(t, "after a reload", anna.self.State.Self.Hand, second)
	anna.refused(&wire.LowerHand{Participant: ben.id()}, wire.CodeNotAllowed)
	counsellor.refused(&wire.LowerHand{Participant: "nobody"}, wire.CodeNotFound)
	counsellor.ok(&wire.LowerHand{Participant: ben.id()})
	equal(t, "put down", expect[*wire.OwnHand](ben).Hand, 0)
	ben.ok(&wire.RaiseHand{Up: true})
	counsellor.ok(&wire.LowerHand{})
	expectThat(ben, func(o *wire.OwnHand) bool { return o.Hand == 0 })
}

// A counsellor leaves the room open: the two inside go on, until the time is over; then nothing flows between them.
func TestLeaveOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		h.room = h.newRoomUnder("stays open", lobby.Series)
		counsellor, anna := h.call()
		equal(t, "what the policy lets", counsellor.self.State.Room.StayOpen, 20*60)
		ben := h.join("ben", newDevice(t))
		counsellor.admit(ben)
		hers, his := h.offer(anna), h.offer(ben)
		anna.refused(&wire.LeaveOpen{ForMS: 1000}, wire.CodeNotAllowed)
		counsellor.refused(&wire.LeaveOpen{ForMS: 20*60*1000 + 1}, wire.CodeNotAllowed)
		until := time.Now().Add(10 * time.Minute).UnixMilli()
		counsellor.ok(&wire.LeaveOpen{ForMS: 10 * 60 * 1000})
		counsellor.closed(wire.CloseLeft)
		equal(t, "until when", expectThat(anna, func(r *wire.Room) bool { return r.OpenUntil != 0 }).OpenUntil, until)
		time.Sleep(10*time.Minute - time.Second)
		for _, m := range []*media{hers, his} {
			f, _ := m.state()
			equal(t, "while it is open", f, notSharing)
		}
		time.Sleep(2 * time.Second)
		for _, m := range []*media{hers, his} {
			f, _ := m.state()
			equal(t, "when it is over", f.Group, "")
		}
		expectThat(anna, func(r *wire.Room) bool { return r.Paused && r.OpenUntil == 0 })
	})
}
