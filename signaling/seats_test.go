package signaling_test

import (
	"crypto/rand"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestResumeAfterALostSocket(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.admit(ben)
	for _, p := range []*peer{counsellor, ben} {
		p.settle()
		p.forget()
	}

	anna.drop()
	if m := expect[*wire.Member](ben); m.Participant != anna.id() || m.Connection != wire.ConnectionReconnecting {
		t.Errorf("the others are told %+v", m)
	}
	again := anna.comeBack(false)
	equal(t, "phase", again.self.Phase, wire.PhaseIn)
	equal(t, "seat", again.id(), anna.id())
	if len(again.self.State.Members) != 2 {
		t.Errorf("comes back to %+v", again.self.State)
	}
	if m := expect[*wire.Member](ben); m.Participant != anna.id() || m.Connection != wire.ConnectionOK {
		t.Errorf("the others are told %+v", m)
	}
	none[*wire.MemberGone](ben)
	none[*wire.MemberGone](counsellor)
	equal(t, "resumes", h.server.Stats().Resumes, uint64(1))
}

// The new socket replaces the old one at once, although the old one still looks alive.
func TestResumeBesideAnOpenSocket(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	again := anna.comeBack(false)
	equal(t, "seat", again.id(), anna.id())
	expect[*wire.Replaced](anna)
	anna.closed(wire.CloseReplaced)
	again.ok(&wire.Self{Audio: new(true)})
	counsellor.settle()
	if got := h.server.Live(h.room.ID).Members; got != 2 {
		t.Errorf("%d members, want 2", got)
	}
}

func TestResumeWhileWaiting(t *testing.T) {
	h := newHouse(t)
	counsellor := h.counsel()
	anna, ben := h.join("anna", newDevice(t)), h.join("ben", newDevice(t))
	anna.drop()
	expectThat(counsellor, func(w *wire.Waiting) bool { return w.State == wire.WaitReconnecting })
	again := anna.comeBack(true)
	equal(t, "phase", again.self.Phase, wire.PhaseWaiting)
	equal(t, "place", again.id(), anna.id())
	none[*wire.WaitingGone](counsellor)
	waiting := counsellor.comeBack(true).self.State.Waiting
	if len(waiting) != 2 || waiting[0].Participant != anna.id() || waiting[1].Participant != ben.id() {
		t.Errorf("the order was not kept: %+v", waiting)
	}
}

// A second tab of the same device takes the seat over.
func TestSecondTab(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	tab := h.join("anna", anna.device)
	equal(t, "seat", tab.id(), anna.id())
	equal(t, "phase", tab.self.Phase, wire.PhaseIn)
	anna.closed(wire.CloseReplaced)
	none[*wire.MemberGone](counsellor)
}

// A second device with the same link waits, marked; admitting it closes the first.
func TestSecondDevice(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	other := h.join("anna", newDevice(t))
	equal(t, "phase", other.self.Phase, wire.PhaseWaiting)
	equal(t, "marked for itself", other.self.OtherDevice, true)
	if w := expectThat(counsellor, func(w *wire.Waiting) bool { return w.Participant == other.id() }); !w.OtherDevice {
		t.Errorf("not marked for the counsellor: %+v", w)
	}
	counsellor.ok(&wire.Admit{Participant: other.id()})
	expect[*wire.Admitted](other)
	expect[*wire.Replaced](anna)
	anna.closed(wire.CloseReplaced)
	equal(t, "reason", expect[*wire.MemberGone](counsellor), &wire.MemberGone{Participant: anna.id(), Reason: wire.ReasonReplaced})

	// The first device's token said admitted. It is worth nothing any more; a ticket brings it to the waiting room.
	h.dial(anna.device).refused(anna.resumption(true), wire.CodeToken)
	back := h.join("anna", anna.device)
	equal(t, "phase of the first device", back.self.Phase, wire.PhaseWaiting)
}

func TestSecondSignInOfACounsellor(t *testing.T) {
	h := newHouse(t)
	first := h.counsel()
	second := h.counsel()
	if first.id() == second.id() {
		t.Fatal("one seat for two sign-ins")
	}
	if m := expect[*wire.Member](first); m.Participant != second.id() || m.Role != wire.RoleCounsellor {
		t.Errorf("told of %+v", m)
	}
	anna := h.join("anna", newDevice(t))
	for _, p := range []*peer{first, second} {
		expectThat(p, func(w *wire.Waiting) bool { return w.Participant == anna.id() })
	}
	second.admit(anna)
	first.drop()
	second.ok(&wire.Leave{})
	second.closed(wire.CloseLeft)
}

// Who was admitted stays admitted when the server begins anew; who was not, does not get in by it.
func TestRestart(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	mia := h.join("mia", newDevice(t))
	counsellor.admit(mia)
	old := mia.resume
	counsellor.ok(&wire.PutBack{Participant: mia.id()})
	mia.resume = old // she keeps the token of an admission that is over

	before := h.server
	must(t, before.Close(t.Context()))
	for _, p := range []*peer{counsellor, anna, ben, mia} {
		p.closed(wire.CloseGoingAway)
	}
	if _, err := h.tryDial(anna.device, nil); err == nil {
		t.Error("a server that is closing takes sockets")
	}
	h.open()
	for who, want := range map[*peer]wire.Phase{anna: wire.PhaseIn, ben: wire.PhaseWaiting} {
		again := who.comeBack(false)
		equal(t, "phase", again.self.Phase, want)
		equal(t, "seat", again.id(), who.id())
		equal(t, "media kept", again.self.Kept, false)
	}
	h.dial(mia.device).refused(mia.resumption(false), wire.CodeToken)
	state := counsellor.comeBack(false).self.State
	if len(state.Members) != 1 || state.Members[0].Participant != anna.id() || len(state.Waiting) != 1 {
		t.Errorf("the counsellor comes back to %+v", state)
	}
}

func TestEndFromTheAPI(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	must(t, h.lobby.DeleteRoom(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID))
	h.ends(h.room.ID, lobby.Ended{})
	for _, p := range []*peer{counsellor, anna, ben} {
		expect[*wire.Ended](p)
		p.closed(wire.CloseEnded)
	}
	back := h.dial(anna.device)
	back.refused(anna.resumption(true), wire.CodeLinkInvalid)
	h.ends(h.room.ID, lobby.Ended{}) // ending nothing is no error
	must(t, h.server.RemovePerson(t.Context(), h.room.ID, h.persons["anna"].ID))
	eventually(t, "nothing is live", func() bool { return h.server.Stats().Rooms == 0 })
}

func TestRemoveFromTheAPI(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	for _, label := range []string{"anna", "ben"} {
		must(t, h.lobby.RevokePerson(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID, h.persons[label].ID))
		must(t, h.server.RemovePerson(t.Context(), h.room.ID, h.persons[label].ID))
	}
	for _, p := range []*peer{anna, ben} {
		expect[*wire.Removed](p)
		p.closed(wire.CloseRemoved)
	}
	expectThat(counsellor, func(m *wire.MemberGone) bool { return m.Reason == wire.ReasonRemoved })
	expectThat(counsellor, func(w *wire.WaitingGone) bool { return w.Reason == wire.ReasonRemoved })
}

// A leaked link is replaced: whoever came by it is out, inside and waiting, also when he resumes, and also after a restart;
// the person comes again by the new one.
func TestReplaceLinkFromTheAPI(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	other := h.join("anna", newDevice(t))
	p, err := h.lobby.ReplaceLink(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID, h.persons["anna"].ID, lobby.NewLink{LinkHash: lobby.LinkHash{1}})
	must(t, err)
	h.dial(anna.device).refused(anna.resumption(false), wire.CodeToken) // between the write and the command
	must(t, h.server.ReplaceLink(t.Context(), h.room.ID, p.ID, p.Generation))
	for _, q := range []*peer{anna, other} {
		expect[*wire.Replaced](q)
		q.closed(wire.CloseReplaced)
	}
	expectThat(counsellor, func(m *wire.MemberGone) bool { return m.Reason == wire.ReasonReplaced })
	h.dial(anna.device).refused(anna.resumption(false), wire.CodeToken)
	h.persons["anna"] = p
	again := h.join("anna", newDevice(t))
	equal(t, "phase", again.self.Phase, wire.PhaseWaiting)
	h.open() // a restart: another server on the same store
	h.dial(anna.device).refused(anna.resumption(false), wire.CodeToken)
	must(t, h.server.ReplaceLink(t.Context(), h.room.ID, p.ID, p.Generation)) // nothing is live
}

// People arrive in the very moment in which a room is ended, from the API and for good: in the end nobody is anywhere.
func TestArrivingAtTheEnd(t *testing.T) {
	for range 5 {
		h := newHouse(t)
		h.join("ben", newDevice(t))
		var arriving []*peer
		var hellos []*wire.Hello
		for range 3 {
			p := h.dial(newDevice(t))
			m := hello()
			m.Ticket = h.ticketFor("anna", p.device)
			m.Proof = p.device.prove(t, m.Ticket)
			arriving, hellos = append(arriving, p), append(hellos, m)
		}
		for i, p := range arriving {
			p.say(hellos[i])
		}
		must(t, h.lobby.DeleteRoom(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID))
		h.ends(h.room.ID, lobby.Ended{})
		for _, p := range arriving {
			select {
			case <-p.done:
			case <-time.After(patience):
				t.Fatalf("somebody sits in a room that is deleted: %v", p.types())
			}
		}
		eventually(t, "nothing is live", func() bool { return h.server.Stats().Rooms == 0 })
	}
}

func TestSlowReader(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.admit(ben)
	m := h.offer(ben)
	ben.freeze()
	// Much happens, and he does not read. His kernel buffers some of it, his outbox some, then he is cut; it costs nobody
	// else anything.
	many := sfu.SlotMap{Pairs: 60}
	for i := range many.Pairs {
		many.Slots = append(many.Slots, sfu.Slot{Slot: i, Participant: rand.Text(), Source: sfu.SourceCamera})
	}
	start := time.Now()
	for h.server.Stats().Closed[wire.CloseTooSlow] == 0 {
		many.Seq++
		m.handler.Slots(many)
		if time.Since(start) > 2*patience {
			t.Fatal("never cut")
		}
	}
	anna.ok(&wire.Self{Audio: new(true)})
	expectThat(counsellor, func(m *wire.Member) bool {
		return m.Participant == ben.id() && m.Connection == wire.ConnectionReconnecting
	})
	again := ben.comeBack(false)
	equal(t, "phase", again.self.Phase, wire.PhaseIn)
	equal(t, "media kept", again.self.Kept, true)
}

// What was muted is muted and what was held is held after a restart, whether or not a counsellor is there first.
func TestRestartOpensNothing(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	counsellor.ok(&wire.Mute{Participant: anna.id(), Kind: wire.KindAudio})
	expect[*wire.Muted](anna)
	muted := expect[*wire.Token](anna).Resume
	counsellor.ok(&wire.Hold{On: true})
	anna.resume = expect[*wire.Token](anna).Resume
	if anna.resume == muted {
		t.Fatal("one token for two standings")
	}
	must(t, h.server.Close(t.Context()))
	h.open()
	state := h.counsel().self.State // by a ticket: she knows of nothing
	equal(t, "held by nobody yet", state.Room.Held, false)
	state = anna.comeBack(false).self.State
	equal(t, "switches", *state.Self, wire.Switches{Audio: false, Video: true, ConsentAsked: true})
	equal(t, "held", state.Room.Held, true)
}
