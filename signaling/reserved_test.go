package signaling_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// A client's camera is for counsellors alone from the moment that the request is answered, over a resume and a restart, until she shows it to all.
func TestReserveACamera(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	counsellor.admit(ben)
	hers, his := h.offer(anna), h.offer(ben)
	reserved := sfu.Flow{Group: "room", Audio: true, Video: true, VideoReserved: true}
	his.flows(t, notSharing)
	equal(t, "offered", counsellor.self.State.Room.CameraCheck, true)

	ben.refused(&wire.ReserveVideo{Participant: anna.id()}, wire.CodeNotAllowed)
	anna.refused(&wire.ReserveVideo{Participant: anna.id()}, wire.CodeNotAllowed)
	counsellor.refused(&wire.ReserveVideo{Participant: counsellor.id()}, wire.CodeNotAllowed)
	counsellor.refused(&wire.ReserveVideo{Participant: "nobody"}, wire.CodeNotFound)
	hers.flows(t, notSharing)

	counsellor.ok(&wire.ReserveVideo{Participant: anna.id()})
	if f, _ := hers.state(); f != reserved {
		t.Errorf("the flow is %+v", f)
	}
	equal(t, "she is told", expect[*wire.VideoReserved](anna).On, true)
	expectThat(counsellor, func(m *wire.Member) bool { return m.Participant == anna.id() && m.Video && m.VideoReserved })
	expectThat(ben, func(m *wire.Member) bool { return m.Participant == anna.id() && !m.Video && !m.VideoReserved })
	counsellor.refused(&wire.Pin{Participant: anna.id(), Source: wire.SourceCamera}, wire.CodeWrongState)
	counsellor.refused(&wire.Self{VideoReserved: new(true)}, wire.CodeBadMessage)

	counsellor.ok(&wire.Self{VideoReserved: new(false)}) // of herself it says nothing
	hers.flows(t, reserved)
	anna = anna.comeBack(false)
	equal(t, "resumed", anna.self.State.Self.VideoReserved, true)
	must(t, h.server.Close(t.Context()))
	h.open()
	counsellor.comeBack(false)
	anna = anna.comeBack(false)
	equal(t, "restarted", anna.self.State.Self.VideoReserved, true)
	hers = h.offer(anna)
	hers.flows(t, reserved)

	anna.ok(&wire.Self{VideoReserved: new(false)})
	equal(t, "she is told", expect[*wire.VideoReserved](anna).On, false)
	hers.flows(t, notSharing)
}

// The reservation of somebody who only waits, and whose page was loaded anew since, is there over a restart: his resume token says it.
func TestAReservedCameraOfWhoWaits(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	counsellor.ok(&wire.ReserveVideo{Participant: anna.id()})
	counsellor.ok(&wire.PutBack{Participant: anna.id()})
	expect[*wire.WasPutBack](anna)
	anna.ok(&wire.Leave{})
	anna = h.join("anna", anna.device)
	equal(t, "she waits", anna.self.Phase, wire.PhaseWaiting)
	must(t, h.server.Close(t.Context()))
	h.open()
	counsellor = counsellor.comeBack(false)
	anna = anna.comeBack(false)
	counsellor.ok(&wire.Admit{Participant: anna.id()})
	equal(t, "let in after the restart", expect[*wire.Admitted](anna).State.Self.VideoReserved, true)
	h.offer(anna).flows(t, sfu.Flow{Group: "room", Audio: true, Video: true, VideoReserved: true})
}

// Two counsellors speak alone while the clients are held; one who is alone cannot, and who leaves opens nothing.
func TestAConsultation(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	hers := h.offer(anna)
	consult := &wire.Hold{On: true, Consultation: true}
	counsellor.refused(consult, wire.CodeWrongState)
	anna.refused(consult, wire.CodeNotAllowed)
	counsellor.refused(&wire.Hold{Consultation: true}, wire.CodeBadMessage)
	hers.flows(t, notSharing)
	colleague := h.join("cara", newDevice(t))
	colleague.ok(consult)
	if f, _ := hers.state(); f.Group != "" {
		t.Errorf("a client is heard: %+v", f)
	}
	expectThat(anna, func(r *wire.Room) bool { return r.Held && r.Consultation })
	colleague.ok(&wire.Leave{})
	expectThat(anna, func(r *wire.Room) bool { return r.Held && !r.Consultation })
	if f, _ := hers.state(); f.Group != "" {
		t.Errorf("the colleague's leaving opened the room: %+v", f)
	}
	counsellor.ok(&wire.Hold{})
	hers.flows(t, notSharing)
}
