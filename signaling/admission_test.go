package signaling_test

import (
	"context"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestAdmission(t *testing.T) {
	h := newHouse(t)
	anna := h.join("anna", newDevice(t))
	equal(t, "phase", anna.self.Phase, wire.PhaseWaiting)
	equal(t, "role", anna.self.Role, wire.RoleClient)
	equal(t, "state of who waits", anna.self.State, wire.State{Counsellor: wire.Absent, Room: wire.Room{Names: wire.NamesFree}, Stay: &wire.Stay{Sealed: true, Notes: wire.List[wire.Note]{}, ConsentAsked: true}})
	equal(t, "nodes", anna.self.Nodes, wire.List[string]{"wss://other.example"})

	counsellor := h.counsel()
	equal(t, "where the counsellor is", expect[*wire.Counsellor](anna).Counsellor, wire.Here)
	state := counsellor.self.State
	if len(state.Waiting) != 1 || len(state.Members) != 0 || state.Publications == nil {
		t.Fatalf("the counsellor sees %+v", state)
	}
	waiting := state.Waiting[0]
	waiting.WaitedMS = 0
	equal(t, "who waits", waiting, wire.Waiting{
		Participant: anna.id(), Person: string(h.persons["anna"].ID), Role: wire.RoleClient, Label: wire.Text{Plain: "anna-canary"},
		Lang: "de", Device: wire.Phone, Media: wire.MediaAV, Consent: wire.ConsentGiven, State: wire.WaitWaiting, SealedLink: wire.Bytes("link of anna"),
	})

	ben := h.join("ben", newDevice(t))
	if got := expect[*wire.Waiting](counsellor); got.Participant != ben.id() {
		t.Errorf("told of %+v", got)
	}

	counsellor.ok(&wire.Admit{Participant: anna.id()})
	admitted := expect[*wire.Admitted](anna)
	equal(t, "reason", expect[*wire.WaitingGone](counsellor), &wire.WaitingGone{Participant: anna.id(), Reason: wire.ReasonAdmitted})
	label := wire.Text{Plain: "anna-canary"}
	equal(t, "the client as the counsellor sees her", expect[*wire.Member](counsellor), &wire.Member{
		Participant: anna.id(), Role: wire.RoleClient, Audio: true, Video: true, Connection: wire.ConnectionOK,
		Person: string(h.persons["anna"].ID), Label: &label, SealedLink: wire.Bytes("link of anna"), Consent: wire.ConsentGiven,
	})
	equal(t, "the room as the client sees it", admitted.State, wire.State{
		Counsellor: wire.Here, Room: wire.Room{Names: wire.NamesFree, Share: wire.ShareCounsellors, Lines: 720, CameraCheck: true, Groupable: true, Chat: wire.ChatAll, Reentry: 600},
		Self: &wire.Switches{Audio: true, Video: true, ConsentAsked: true}, Publications: wire.List[wire.Publication]{},
		Members: wire.List[wire.Member]{{
			Participant: counsellor.id(), Role: wire.RoleCounsellor, Name: wire.Text{Plain: h.counsellor.DisplayName},
			Audio: true, Video: true, Connection: wire.ConnectionOK,
		}},
	})

	counsellor.ok(&wire.Admit{Participant: ben.id()})
	if got := expect[*wire.Member](anna); got.Label != nil || got.Person != "" || got.SealedLink != nil {
		t.Errorf("a client is told what is the counsellor's of another: %+v", got)
	}
	if anna.resume == admitted.Resume {
		t.Error("the admission brought no new token")
	}

	stats := h.server.Stats()
	if stats.Joins != 3 || stats.Admits != 2 || stats.Members != 3 || stats.Rooms != 1 {
		t.Errorf("counted %+v", stats)
	}
	if n := stats.Waited.Counts[0]; n != 2 {
		t.Errorf("%d short waits counted, want 2", n)
	}
}

func TestDeclineAndKnock(t *testing.T) {
	h := newHouse(t)
	counsellor := h.counsel()
	anna := h.join("anna", newDevice(t))
	counsellor.ok(&wire.Decline{Participant: anna.id()})
	expect[*wire.Declined](anna)
	anna.refused(&wire.Knock{}, wire.CodeTooFast)

	anna.drop()
	again := anna.comeBack(false)
	equal(t, "phase after a reload", again.self.Phase, wire.PhaseDeclined)
	another := h.join("anna", newDevice(t))
	equal(t, "phase on another device", another.self.Phase, wire.PhaseDeclined)
}

func TestPutBack(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	before := anna.resume
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	back := expect[*wire.WasPutBack](anna)
	equal(t, "state", back.State, wire.State{Counsellor: wire.Here, Room: wire.Room{Names: wire.NamesFree}, Stay: &wire.Stay{Sealed: true, Notes: wire.List[wire.Note]{}, ConsentAsked: true}})
	equal(t, "generation in the store", h.generation("anna"), uint32(1))
	equal(t, "reason", expect[*wire.MemberGone](counsellor), &wire.MemberGone{Participant: anna.id(), Reason: wire.ReasonPutBack})

	// The token of the admission is worth nothing any more. A ticket brings the same device to its place, which is outside.
	anna.drop()
	anna.resume = before
	h.dial(anna.device).refused(anna.resumption(false), wire.CodeToken)
	again := h.join("anna", anna.device)
	equal(t, "phase with a ticket", again.self.Phase, wire.PhaseWaiting)
	equal(t, "place", again.id(), anna.id())
	counsellor.admit(again)
}

// A ticket is as old as what the store says. Whoever makes one waits until that is what the room decided, and it is good then.
func TestATicketAfterWhatWasDecided(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	equal(t, "no live room", h.server.Settled(t.Context(), "none"), false)
	slow := make(chan struct{})
	h.lobby.waits(slow)
	counsellor.put(wire.Message{ID: 99, Body: &wire.PutBack{Participant: anna.id()}})
	expect[*wire.WasPutBack](anna)
	settled := make(chan bool, 1)
	go func() { settled <- h.server.Settled(context.Background(), h.room.ID) }()
	select {
	case <-settled:
		t.Error("settled before it was written")
	case <-time.After(50 * time.Millisecond):
	}
	began := time.Now()
	h.server.Settled(t.Context(), h.room.ID) // a store that does not answer keeps nobody waiting for long
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("it took %v", took)
	}
	go func() { settled <- h.server.Settled(context.Background(), h.room.ID) }()
	close(slow)
	for range 2 {
		equal(t, "settled", <-settled, true)
	}
	equal(t, "phase with a ticket", h.join("anna", anna.device).self.Phase, wire.PhaseWaiting)
}

func TestPutBackThatIsNotSaved(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	h.lobby.fail(errDisk)
	counsellor.refused(&wire.PutBack{Participant: anna.id()}, wire.CodeNotSaved)
	expect[*wire.WasPutBack](anna) // done in the room at once
	equal(t, "open writes", h.server.Stats().Unsaved, 1)
	h.lobby.fail(nil)
	eventually(t, "the write is made up for", func() bool { return h.generation("anna") == 1 })
}

func TestRemove(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	other := h.join("anna", newDevice(t))
	before := h.ticketFor("anna", anna.device)
	counsellor.ok(&wire.Remove{Participant: anna.id()})
	expect[*wire.Removed](anna)
	anna.closed(wire.CloseRemoved)
	expect[*wire.Removed](other)
	other.closed(wire.CloseRemoved)

	// Neither token, nor ticket, nor link lets the person back.
	back := h.dial(anna.device)
	back.refused(anna.resumption(true), wire.CodeLinkInvalid)
	back.closed(wire.CloseNotAuthenticated)
	back = h.dial(anna.device)
	m := hello()
	m.Ticket, m.Proof = before, anna.device.prove(t, before)
	back.refused(m, wire.CodeLinkInvalid)
	if p := h.person("anna"); !p.Revoked {
		t.Error("the link lives on")
	}
}

func TestEndByTheCounsellor(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.ok(&wire.End{})
	for _, p := range []*peer{counsellor, anna, ben} {
		expect[*wire.Ended](p)
		p.closed(wire.CloseEnded)
	}
	eventually(t, "no live room", func() bool { return h.server.Stats().Rooms == 0 })
	equal(t, "live state", h.server.Live(h.room.ID).State, "idle")

	// What was given out before is of an older session.
	back := h.dial(anna.device)
	back.refused(anna.resumption(true), wire.CodeToken)
	// A series begins anew, with everybody outside.
	if again := h.join("anna", anna.device); again.self.Phase != wire.PhaseWaiting {
		t.Errorf("in the next session the client is %s", again.self.Phase)
	}
}

func TestLeave(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	anna.ok(&wire.Leave{})
	anna.closed(wire.CloseLeft)
	equal(t, "reason", expect[*wire.MemberGone](counsellor), &wire.MemberGone{Participant: anna.id(), Reason: wire.ReasonLeft})

	// From the bound device within the time of the policy: straight in.
	back := anna.comeBack(true)
	equal(t, "phase on re-entry", back.self.Phase, wire.PhaseIn)
	back.forget()

	counsellor.ok(&wire.Leave{})
	counsellor.closed(wire.CloseLeft)
	paused := expectThat(back, func(r *wire.Room) bool { return r.Paused })
	if at := time.UnixMilli(paused.EndsAt); time.Until(at) < time.Minute || time.Until(at) > 10*time.Minute {
		t.Errorf("ends at %v", at)
	}
	equal(t, "where the counsellor is", expect[*wire.Counsellor](back).Counsellor, wire.Away)
	h.counsel()
	expectThat(back, func(r *wire.Room) bool { return !r.Paused && !r.Held })
}
