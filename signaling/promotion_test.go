package signaling_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// To whom moderation is lent the room goes on with him alone, for as long as he is there; over a reload he has it still, over a restart no more.
func TestPromoted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		ivo := h.join("ivo", newDevice(t))
		counsellor.admit(ivo)
		hers := h.offer(anna)
		counsellor.refused(&wire.Promote{Participant: anna.id(), On: true}, wire.CodeNotAllowed)
		counsellor.refused(&wire.Promote{Participant: ivo.id()}, wire.CodeWrongState)
		ivo.refused(&wire.Promote{Participant: ivo.id(), On: true}, wire.CodeNotAllowed)
		anna.forget()
		counsellor.ok(&wire.Promote{Participant: ivo.id(), On: true})
		told := expect[*wire.Promoted](ivo)
		equal(t, "he is told whose she is", told.Members[1].Label != nil || told.Members[0].Label != nil, true)
		equal(t, "she is told", expectThat(anna, func(m *wire.Member) bool { return m.Participant == ivo.id() }).Promoted, true)
		ben := h.join("ben", newDevice(t))
		expectThat(ivo, func(w *wire.Waiting) bool { return w.Participant == ben.id() })
		ivo.ok(&wire.Admit{Participant: ben.id()})

		counsellor.ok(&wire.Leave{})
		time.Sleep(time.Minute)
		f, _ := hers.state()
		equal(t, "with him it goes on", f, notSharing)
		ivo = ivo.comeBack(true)
		equal(t, "over a reload", ivo.self.State.Self.Promoted, true)
		equal(t, "who waits", ivo.self.State.Waiting != nil, true)
		time.Sleep(time.Minute)
		f, _ = hers.state()
		equal(t, "and on", f, notSharing)

		must(t, h.server.Close(t.Context()))
		h.open()
		ivo = ivo.comeBack(false)
		equal(t, "over a restart", *ivo.self.State.Self, wire.Switches{Audio: true, Video: true, ConsentAsked: true})
		ivo.refused(&wire.MuteAll{}, wire.CodeNotAllowed)
		f, _ = h.offer(ivo).state()
		equal(t, "nothing is forwarded without a counsellor", f, sfu.Flow{Audio: true, Video: true})
	})
}
