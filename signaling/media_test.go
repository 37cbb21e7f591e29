package signaling_test

import (
	"fmt"
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// offer has somebody make his first media session.
func (h *house) offer(p *peer) *media {
	h.t.Helper()
	if a, ok := p.ask(&wire.Offer{Generation: 1, SDP: "one"}).(*wire.Answer); !ok || a.SDP != "answer to one" || a.Generation != 1 {
		h.t.Fatalf("got %#v", a)
	}
	return h.engine.has(h.t, p)
}

// publish has the media session say that somebody publishes.
func (h *house) publish(m *media, who *peer, i int) sfu.Publication {
	p := sfu.Publication{ID: fmt.Sprint("u", i), Participant: who.id(), Source: sfu.SourceCamera}
	m.handler.Published(p)
	return p
}

func TestNoMediaWhileWaiting(t *testing.T) {
	h := newHouse(t)
	counsellor := h.counsel()
	anna := h.join("anna", newDevice(t))
	anna.refused(&wire.Offer{Generation: 1, SDP: "x"}, wire.CodeWrongState)
	counsellor.admit(anna)
	m := h.offer(anna)
	m.flows(t, sfu.Flow{Group: "room", Audio: true, Video: true})

	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	if f, _ := m.state(); f != (sfu.Flow{}) {
		t.Errorf("media of somebody put back flows: %+v", f)
	}
	eventually(t, "the session is closed", func() bool { return h.engine.of(anna) == nil })
	anna.refused(&wire.Offer{Generation: 2, SDP: "x"}, wire.CodeWrongState)
	equal(t, "media sessions ever made", h.engine.made(), 1)

	counsellor.admit(anna)
	h.offer(anna) // from generation 1 again
}

func TestMediaEndsWithThePresence(t *testing.T) {
	for name, end := range map[string]func(h *house, counsellor, anna *peer){
		"left":     func(h *house, _, anna *peer) { anna.ok(&wire.Leave{}) },
		"removed":  func(h *house, counsellor, anna *peer) { counsellor.ok(&wire.Remove{Participant: anna.id()}) },
		"ended":    func(h *house, counsellor, _ *peer) { counsellor.ok(&wire.End{}) },
		"replaced": func(h *house, counsellor, anna *peer) { counsellor.admit(h.join("anna", newDevice(h.t))) },
		"API":      func(h *house, _, _ *peer) { _, _ = h.server.EndRoom(h.t.Context(), h.room.ID, lobby.Ended{}) },
		"reload":   func(h *house, _, anna *peer) { anna.comeBack(true) },
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			counsellor, anna := h.call()
			m := h.offer(anna)
			end(h, counsellor, anna)
			eventually(t, "the media session is closed", func() bool { _, closed := m.state(); return closed })
			m.flows(t, sfu.Flow{})
		})
	}
}

func TestFlows(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	all := sfu.Flow{Group: "room", Audio: true, Video: true}
	counsellors := all
	counsellors.Entrusted = true
	own, hers := h.offer(counsellor), h.offer(anna)
	own.flows(t, counsellors)
	hers.flows(t, all)

	anna.ok(&wire.Self{Audio: new(true), Video: new(false)})
	hers.flows(t, sfu.Flow{Group: "room", Audio: true})
	counsellor.ok(&wire.Mute{Participant: anna.id(), Kind: wire.KindAudio})
	hers.flows(t, sfu.Flow{Group: "room"})
	equal(t, "told", expect[*wire.Muted](anna).Kind, wire.KindAudio)
	anna.ok(&wire.Self{Audio: new(true), Video: new(true)})
	counsellor.ok(&wire.MuteAll{})
	hers.flows(t, sfu.Flow{Group: "room", Video: true})
	own.flows(t, counsellors)

	counsellor.ok(&wire.Hold{On: true})
	if f, _ := hers.state(); f.Group != "" {
		t.Errorf("held, and media flows: %+v", f)
	}
	expectThat(anna, func(r *wire.Room) bool { return r.Held })
	counsellor.ok(&wire.Hold{On: false})
	hers.flows(t, sfu.Flow{Group: "room", Video: true})

	counsellor.ok(&wire.Leave{})
	expectThat(anna, func(r *wire.Room) bool { return r.Paused })
	if f, _ := hers.state(); f.Group != "" {
		t.Errorf("paused, and media flows: %+v", f)
	}
	// A session made while nothing may flow gets no more than that.
	anna.refused(&wire.Offer{Generation: 1, SDP: "bad"}, wire.CodeBadMessage)
	if a, ok := anna.ask(&wire.Offer{Generation: 2, SDP: "two"}).(*wire.Answer); !ok || a.Generation != 2 {
		t.Errorf("got %#v", a)
	}
	if f, _ := h.engine.has(t, anna).state(); f.Group != "" {
		t.Errorf("paused, and a new session flows: %+v", f)
	}
}

func TestOffers(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	first := h.offer(anna)
	if a, ok := anna.ask(&wire.Offer{Generation: 1, SDP: "more slots"}).(*wire.Answer); !ok || a.SDP != "answer to more slots" {
		t.Errorf("the same generation again: %#v", a)
	}
	if h.engine.of(anna) != first {
		t.Error("the same generation made another session")
	}
	anna.refused(&wire.Offer{Generation: 1, SDP: "bad"}, wire.CodeBadMessage)
	first.handler.Slots(sfu.SlotMap{Seq: 1, Pairs: 1})
	expect[*wire.Slots](anna)
	pub := h.publish(first, anna, 1)
	expect[*wire.Publication](anna)

	if _, ok := anna.ask(&wire.Offer{Generation: 3, SDP: "three"}).(*wire.Answer); !ok {
		t.Error("a higher generation is refused")
	}
	second := h.engine.has(t, anna)
	if second == first {
		t.Fatal("a higher generation made no new session")
	}
	equal(t, "what the old session published", expect[*wire.PublicationGone](anna).Publication, pub.ID)
	anna.refused(&wire.Offer{Generation: 2, SDP: "two"}, wire.CodeWrongState)

	// What the old session says late is not passed on.
	first.handler.Slots(sfu.SlotMap{Seq: 9})
	first.handler.State(sfu.ConnFailed)
	none[*wire.Slots](anna)

	second.handler.State(sfu.ConnFailed)
	eventually(t, "the lost connection is closed", func() bool { return h.engine.of(anna) == nil })
	anna.refused(&wire.Offer{Generation: 3, SDP: "three"}, wire.CodeWrongState)
	if _, ok := anna.ask(&wire.Offer{Generation: 4, SDP: "four"}).(*wire.Answer); !ok {
		t.Error("the generation after a lost connection is refused")
	}
	// One connection after the other would be one mapping after the other for everybody else.
	for generation := 5; ; generation++ {
		if answer, ok := anna.ask(&wire.Offer{Generation: generation, SDP: "again"}).(*wire.Answer); !ok {
			break
		} else if generation > 20 {
			t.Fatalf("still taken: %+v", answer)
		}
	}
	anna.refused(&wire.Offer{Generation: 99, SDP: "again"}, wire.CodeTooFast)
}

func TestWhatMediaSays(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	m := h.offer(anna)
	p := h.publish(m, counsellor, 1)
	equal(t, "publication", expect[*wire.Publication](anna), &wire.Publication{Publication: "u1", Participant: counsellor.id(), Source: wire.SourceCamera})
	m.handler.Slots(sfu.SlotMap{Seq: 3, Pairs: 2, Slots: []sfu.Slot{{Slot: 1, Participant: counsellor.id(), Source: sfu.SourceCamera}}})
	slots := &wire.Slots{Seq: 3, Pairs: 2, Slots: wire.List[wire.Slot]{{Slot: 1, Participant: counsellor.id(), Source: wire.SourceCamera}}}
	equal(t, "slots", expect[*wire.Slots](anna), slots)
	h.engine.room().handler.Speaker("room", counsellor.id(), []string{counsellor.id()})
	speaker := &wire.Speaker{Dominant: counsellor.id(), Speaking: wire.List[string]{counsellor.id()}}
	equal(t, "speaker", expect[*wire.Speaker](anna), speaker)

	anna.say(&wire.SlotsAck{Seq: 3})
	anna.ok(&wire.View{Views: wire.List[wire.Viewed]{{Publication: "u1", Width: 640, Height: 360}}})
	equal(t, "acknowledged", m.acks, []uint64{3})
	equal(t, "views", m.views, []sfu.View{{Publication: "u1", Width: 640, Height: 360}})

	// What it says while the socket is lost is in the next welcome.
	anna.drop()
	h.publish(m, counsellor, 2)
	m.handler.Unpublished(p.ID)
	again := anna.comeBack(false)
	equal(t, "media kept", again.self.Kept, true)
	equal(t, "publications", again.self.State.Publications, wire.List[wire.Publication]{{Publication: "u2", Participant: counsellor.id(), Source: wire.SourceCamera}})
	equal(t, "slots again", expect[*wire.Slots](again), slots)
	equal(t, "speaker again", expect[*wire.Speaker](again), speaker)
	if h.engine.of(anna) != m {
		t.Error("the media session was not kept")
	}
	m.handler.Unpublished("u2")
	equal(t, "gone", expect[*wire.PublicationGone](again).Publication, "u2")

	// A page that was loaded anew gets nothing of it.
	fresh := again.comeBack(true)
	equal(t, "media kept", fresh.self.Kept, false)
	equal(t, "publications", fresh.self.State.Publications, wire.List[wire.Publication]{})
	none[*wire.Slots](fresh)
	h.offer(fresh)
}

// Who waits hears nothing of who speaks, and neither does who is on hold.
func TestSpeakerConcernsTheRoom(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	h.offer(anna)
	speak := h.engine.room().handler.Speaker
	speak("room", counsellor.id(), nil)
	expect[*wire.Speaker](anna)
	expect[*wire.Speaker](counsellor)
	none[*wire.Speaker](ben)
	counsellor.ok(&wire.Hold{On: true})
	speak("room", "", nil)
	expect[*wire.Speaker](counsellor)
	none[*wire.Speaker](anna)
}

// A fault in one connection's affairs ends that connection, and its owner comes back.
func TestPanicEndsOneConnection(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	anna.say(&wire.Offer{Generation: 1, SDP: "panic"})
	anna.closed(wire.CloseInternal)
	equal(t, "panics", h.server.Stats().Panics, uint64(1))
	counsellor.ok(&wire.Self{Audio: new(true)})
	again := anna.comeBack(true)
	equal(t, "phase", again.self.Phase, wire.PhaseIn)
	h.offer(again)
}

// A fault in a room ends that room's present life alone; everybody resumes into the next.
func TestPanicEndsOneRoom(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	other := h.newRoomWith(t)
	h.offer(anna)
	h.engine.set(func() { h.engine.panics = true })
	counsellor.say(&wire.Hold{On: true})
	for _, p := range []*peer{counsellor, anna} {
		p.closed(wire.CloseInternal)
	}
	h.engine.set(func() { h.engine.panics = false })
	other.settle()
	counsellor.comeBack(true)
	again := anna.comeBack(false)
	equal(t, "phase", again.self.Phase, wire.PhaseIn)
	equal(t, "media kept", again.self.Kept, false)
	if _, ok := again.ask(&wire.Offer{Generation: 2, SDP: "two"}).(*wire.Answer); !ok {
		t.Error("no media in the room's next life")
	}
	equal(t, "panics", h.server.Stats().Panics, uint64(1))
}

func TestEngineIsFull(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	first := h.offer(anna)
	h.engine.set(func() { h.engine.full = true })
	anna.refused(&wire.Offer{Generation: 2, SDP: "two"}, wire.CodeUnavailable)
	eventually(t, "what nobody hears any more is closed", func() bool { _, closed := first.state(); return closed })
	h.engine.set(func() { h.engine.full = false })
	if _, ok := anna.ask(&wire.Offer{Generation: 3, SDP: "three"}).(*wire.Answer); !ok {
		t.Error("no media when there is place again")
	}
}

// Somebody is put back while his media session is being made: it comes to nothing.
func TestPutBackDuringAnOffer(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	h.engine.set(func() { h.engine.joining, h.engine.joined = make(chan struct{}), make(chan struct{}) })
	anna.say(&wire.Offer{Generation: 1, SDP: "one"})
	<-h.engine.joining
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	close(h.engine.joined)
	equal(t, "code", expect[*wire.Error](anna).Code, wire.CodeWrongState)
	eventually(t, "no media session", func() bool { return h.engine.made() == 1 && h.engine.of(anna) == nil })
}

// A line that breaks during an offer does not end the media session that is to survive it.
func TestLineLostDuringAnOffer(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	hers := h.offer(anna)
	h.engine.set(func() { h.engine.answering, h.engine.answered = make(chan struct{}), make(chan struct{}) })
	anna.say(&wire.Offer{Generation: 1, SDP: "slow"})
	<-h.engine.answering
	anna.drop()
	again := anna.comeBack(false)
	equal(t, "media kept", again.self.Kept, true)
	close(h.engine.answered)
	again.ok(&wire.View{})
	again.drop()
	last := again.comeBack(false)
	equal(t, "media kept after it", last.self.Kept, true)
	hers.flows(t, sfu.Flow{Group: "room", Audio: true, Video: true})
}

// While a request waits, its sender is heard all the same, and others are served.
func TestSlowRequest(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	h.engine.set(func() { h.engine.joining, h.engine.joined = make(chan struct{}), make(chan struct{}) })
	anna.put(wire.Message{ID: 100, Body: &wire.Offer{Generation: 1, SDP: "one"}})
	<-h.engine.joining
	anna.put(wire.Message{ID: 101, Body: &wire.Self{Audio: new(false)}})
	if _, pong := anna.ask(&wire.Ping{}).(*wire.Pong); !pong {
		t.Error("a ping waits for another request")
	}
	counsellor.ok(&wire.Self{Audio: new(true)})
	close(h.engine.joined)
	answer := anna.take(func(m wire.Message) bool { return m.ID != 0 })
	if answer == nil || answer.ID != 100 {
		t.Errorf("first came %+v", answer)
	}
}
