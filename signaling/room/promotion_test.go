package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// lent brings in an interpreter whose link was marked, and lends him moderation.
func (h *house) lent() (ada, ben, igor Arrive) {
	ada, ben = h.inside()
	igor = h.link("igor", 3, lobby.RoleInterpreter)
	h.must(igor)
	h.must(Admit{ada.Socket, igor.Participant})
	h.must(Promote{ada.Socket, igor.Participant, true})
	return ada, ben, igor
}

// He is told what he sees from now on, the others that he moderates, in this order, and he may.
func TestPromote(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	igor, dora := h.link("igor", 3, lobby.RoleInterpreter), h.client("dora", 4)
	h.must(igor)
	h.must(Admit{ada.Socket, igor.Participant})
	h.must(dora)
	want(t, "ada may", h.shown[ada.Socket].Members[1].Details.MayPromote, true)
	want(t, "ben's link has no mark", h.shown[ada.Socket].Members[0].Details.MayPromote, false)
	h.refuse(Admit{igor.Socket, dora.Participant}, ErrNotAllowed)

	events := h.must(Promote{ada.Socket, igor.Participant, true})
	told := told(events, igor.Socket)[0].(Promotion)
	want(t, "he sees who waits", told.Waiting[0].Label.Plain, "label of dora")
	want(t, "and whose", told.Members[1].Details.Label.Plain, "label of ben")
	want(t, "ben reads it", h.shown[ben.Socket].Members[1].Promoted, true)
	want(t, "he is trusted", h.flows[igor.Participant].Entrusted, true)
	want(t, "and no more than his role", h.s.seat(igor.Participant).Role, lobby.RoleInterpreter)

	h.must(Mute{igor.Socket, ben.Participant, Audio})
	h.must(Admit{igor.Socket, dora.Participant})
	h.must(Hold{By: igor.Socket, On: true})
	want(t, "he is not held", h.flows[igor.Participant].Group, everybody)

	events = h.must(Promote{By: ada.Socket, Participant: igor.Participant})
	want(t, "cut first", events[0].Body, Body(Flow{Participant: igor.Participant, Within: everybody, Audio: true, Video: true}))
	h.refuse(Mute{igor.Socket, ben.Participant, Audio}, ErrNotAllowed)
	want(t, "ben reads that too", h.shown[ben.Socket].Members[1].Promoted, false)
	want(t, "no labels", h.shown[igor.Socket].Members[0].Details, (*Details)(nil))
}

func TestWhoMayPromote(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, igor := h.lent()
	inge, coco, wanda := h.link("inge", 4, lobby.RoleCompanion), h.link("coco", 5, lobby.RoleCoCounsellor), h.link("wanda", 6, lobby.RoleCompanion)
	unmarked := h.link("uwe", 7, lobby.RoleCompanion)
	unmarked.MayModerate = false
	for _, a := range []Arrive{inge, coco, wanda, unmarked} {
		h.must(a)
	}
	h.must(Admit{ada.Socket, inge.Participant})
	h.must(Admit{ada.Socket, unmarked.Participant})

	h.refuse(Promote{ada.Socket, ben.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{ada.Socket, unmarked.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{ada.Socket, coco.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{ada.Socket, ada.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{ada.Socket, wanda.Participant, true}, ErrWrongState)
	h.refuse(Promote{ada.Socket, igor.Participant, true}, ErrWrongState)
	h.refuse(Promote{ada.Socket, "nobody", true}, ErrNotFound)
	h.refuse(Promote{By: ada.Socket, Participant: inge.Participant}, ErrWrongState)
	h.refuse(Promote{By: ada.Socket, Participant: coco.Participant}, ErrWrongState)
	h.refuse(Promote{ben.Socket, inge.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{wanda.Socket, wanda.Participant, true}, ErrNotAllowed)

	// To whom it was lent hands nothing on, and sends nobody out who moderates.
	h.refuse(Promote{igor.Socket, inge.Participant, true}, ErrNotAllowed)
	h.refuse(Promote{By: igor.Socket, Participant: ada.Participant}, ErrNotAllowed)
	h.refuse(Promote{By: igor.Socket, Participant: igor.Participant}, ErrNotAllowed)
	h.must(Promote{coco.Socket, inge.Participant, true})
	for _, c := range []Command{
		PutBack{igor.Socket, ada.Participant}, PutBack{igor.Socket, inge.Participant}, PutBack{igor.Socket, igor.Participant}, Remove{igor.Socket, ada.Participant},
		Remove{igor.Socket, coco.Participant}, Remove{igor.Socket, inge.Participant}, Withdraw{igor.Socket, inge.Participant}, Withdraw{igor.Socket, ada.Participant},
		Promote{By: igor.Socket, Participant: inge.Participant},
	} {
		h.refuse(c, ErrNotAllowed)
	}
	elsewhere := h.link("inge", 8, lobby.RoleCompanion)
	h.must(elsewhere)
	h.refuse(Remove{igor.Socket, elsewhere.Participant}, ErrNotAllowed)
	h.must(Promote{By: coco.Socket, Participant: igor.Participant})
	h.must(PutBack{coco.Socket, inge.Participant})

	c := testConfig()
	c.Delegation = false
	h = newHouse(t, c)
	ada, _ = h.inside()
	igor = h.link("igor", 3, lobby.RoleInterpreter)
	h.must(igor)
	h.must(Admit{ada.Socket, igor.Participant})
	h.refuse(Promote{ada.Socket, igor.Participant, true}, ErrNotAllowed)
	want(t, "nor is it offered", h.shown[ada.Socket].Members[1].Details.MayPromote, false)
}

// It ends with whatever ends his seat, and is over a reload what it was.
func TestPromotionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		end  func(h *house, ada, igor Arrive) Arrive
		goes bool
	}{
		"lost line": {func(h *house, _, igor Arrive) Arrive {
			h.must(Disconnect{Socket: igor.Socket})
			return h.again(igor)
		}, true},
		"reload": {func(h *house, _, igor Arrive) Arrive {
			again := h.again(igor)
			again.Fresh = true
			return again
		}, true},
		"leave": {func(h *house, _, igor Arrive) Arrive {
			h.must(Leave{By: igor.Socket})
			return h.again(igor)
		}, false},
		"put back": {func(h *house, ada, igor Arrive) Arrive {
			h.must(PutBack{ada.Socket, igor.Participant})
			h.must(Admit{ada.Socket, igor.Participant})
			return h.again(igor)
		}, false},
		"another device": {func(h *house, ada, igor Arrive) Arrive {
			other := h.link("igor", 9, lobby.RoleInterpreter)
			h.must(other)
			h.must(Admit{ada.Socket, other.Participant})
			return h.again(other)
		}, false},
		"restart": {func(h *house, ada, igor Arrive) Arrive {
			again := h.again(igor)
			*h = *newHouse(h.reporter, testConfig())
			h.must(h.account("ada", 1))
			return again
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, _, igor := h.lent()
			x := h.arrive(c.end(h, ada, igor))
			want(t, "he is in", x.inside(), true)
			want(t, "he moderates", x.Promoted, c.goes)
			want(t, "he is told", h.shown[x.Socket].Self.Promoted, c.goes)
		})
	}
}

// He counts as a co-counsellor does: the room goes on with him, pauses without him, and is not open to anybody but those inside meanwhile.
func TestRoomWithPromotedAlone(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, igor := h.lent()
	h.must(Leave{By: ada.Socket})
	want(t, "it goes on", h.s.room().Paused, false)
	h.wait(10*time.Second, igor.Participant)
	want(t, "as long as he is heard", h.flows[ben.Participant].Group, everybody)
	h.wait(LostAfter)
	want(t, "and no longer", h.s.room().Paused, true)
	h.must(Heard{igor.Participant})
	want(t, "he is back", h.s.room().Paused, false)
	ada = h.account("ada", 1)
	h.must(ada)
	h.must(Promote{By: ada.Socket, Participant: igor.Participant})
	h.must(Leave{By: ada.Socket})
	want(t, "he counts no more", h.s.room().Paused, true)
	want(t, "nothing is lost of his line", h.shown[ben.Socket].Members[0].Connection, OK)
}

// A screen that he shared because he moderates ends with it; a camera that is for those who moderate is his no longer before he is told.
func TestWhatEndsWithPromotion(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, igor := h.lent()
	h.must(Self{By: igor.Socket, Screen: new(true)})
	h.must(ReserveVideo{ada.Socket, ben.Participant})
	events := h.must(Promote{By: ada.Socket, Participant: igor.Participant})
	want(t, "cut first", events[0].Body, Body(Flow{Participant: igor.Participant, Group: everybody, Within: everybody, Audio: true, Video: true}))
	want(t, "told of the screen", types(events, igor.Socket), "muted promotion")
	want(t, "the reserved camera", h.shown[igor.Socket].Members[1].Video, false)
}
