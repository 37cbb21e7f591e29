package room

import (
	"testing"

	"github.com/anteroom-video/anteroom/lobby"
)

// three brings in two clients.
func (h *house) three() (ada, ben, cleo Arrive) {
	ada, ben = h.inside()
	cleo = h.client("cleo", 3)
	h.must(cleo)
	h.must(Admit{ada.Socket, cleo.Participant})
	return ada, ben, cleo
}

// A reserved camera is for who moderates: cut before its person is told, off for the others, and opened by its person alone.
func TestReserveVideo(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.three()
	events := h.must(ReserveVideo{ada.Socket, ben.Participant})
	want(t, "cut first", events[0].Body, Body(Flow{Participant: ben.Participant, Group: everybody, Within: everybody, Audio: true, Video: true, VideoReserved: true}))
	want(t, "ada is entrusted", h.flows[ada.Participant].Entrusted, true)
	want(t, "cleo is not", h.flows[cleo.Participant].Entrusted, false)
	want(t, "ben hears", told(events, ben.Socket)[0], Body(VideoReserved{true}))
	want(t, "ada sees", told(events, ada.Socket)[0].(MemberChanged).Switches, Switches{Audio: true, Video: true, VideoReserved: true})
	want(t, "cleo sees", told(events, cleo.Socket)[0].(MemberChanged).Switches, Switches{Audio: true})
	want(t, "a second time", len(h.must(ReserveVideo{ada.Socket, ben.Participant})), 0)

	h.must(Self{By: ben.Socket, Video: new(false)})
	h.must(Self{By: ben.Socket, Video: new(true)})
	want(t, "off and on is no leave", h.flows[ben.Participant].VideoReserved, true)
	want(t, "his token", h.standing[ben.Socket].VideoReserved, true)

	events = h.must(Self{By: ben.Socket, Unreserve: true})
	want(t, "told before it opens", told(events, ben.Socket)[0], Body(VideoReserved{false}))
	want(t, "opened last", events[len(events)-1].Body, Body(Flow{Participant: ben.Participant, Group: everybody, Within: everybody, Audio: true, Video: true}))
	want(t, "cleo sees", told(events, cleo.Socket)[0].(MemberChanged).Video, true)
}

func TestWhoMayReserve(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, cleo := h.three()
	bea, dora := h.account("bea", 5), h.client("dora", 6)
	h.must(bea)
	h.must(dora)
	h.refuse(ReserveVideo{ben.Socket, cleo.Participant}, ErrNotAllowed)
	h.refuse(ReserveVideo{ben.Socket, ben.Participant}, ErrNotAllowed)
	h.refuse(ReserveVideo{dora.Socket, ben.Participant}, ErrNotAllowed)
	h.refuse(ReserveVideo{ada.Socket, bea.Participant}, ErrNotAllowed)
	h.refuse(ReserveVideo{ada.Socket, dora.Participant}, ErrWrongState)
	h.refuse(ReserveVideo{ada.Socket, "nobody"}, ErrNotFound)
	c := testConfig()
	c.CameraCheck = false
	h = newHouse(t, c)
	ada, ben = h.inside()
	h.refuse(ReserveVideo{ada.Socket, ben.Participant}, ErrNotAllowed)
}

// It holds for the person, however he comes back: nobody else sees him before he says so.
func TestAReservedCameraStaysSo(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, _ := h.three()
	h.must(ReserveVideo{ada.Socket, ben.Participant})
	reserved := func(what string, a Arrive) {
		t.Helper()
		x := h.s.seatAt(a.Socket)
		want(t, what, x.On.VideoReserved && h.flows[x.ID].VideoReserved, true)
		want(t, what+", in his view", h.shown[a.Socket].Self.VideoReserved, true)
	}
	fresh := h.again(ben)
	fresh.Fresh = true
	h.must(fresh)
	reserved("a new page", fresh)
	h.must(Leave{By: fresh.Socket})
	back := h.again(fresh)
	h.must(back)
	reserved("left and back", back)
	h.must(PutBack{ada.Socket, back.Participant})
	h.must(Admit{ada.Socket, back.Participant})
	reserved("put back and let in", back)
	other := h.client("ben", 9)
	h.must(other)
	h.must(Admit{ada.Socket, other.Participant})
	reserved("another device", other)
	h.must(ReplaceLink{other.Person, 9})
	h.generation[other.Person] = max(h.generation[other.Person], 9)
	anew := h.client("ben", 8)
	h.must(anew)
	h.must(Admit{ada.Socket, anew.Participant})
	reserved("a new link", anew)

	h = newHouse(t, testConfig()) // a restart
	h.must(h.account("ada", 1))
	token := h.client("ben", 2)
	token.Token = &Token{Session: session, Admitted: true, Standing: lobby.Standing{VideoReserved: true}}
	want(t, "back", h.arrive(token).State, lobby.Admitted)
	reserved("a restart", token)
}

// A camera that is not for all cannot be pinned for all, and its pin ends when it is reserved. A screen can.
func TestAReservedCameraIsNotPinned(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben, _ := h.three()
	h.must(PinFor{ada.Socket, Pin{ben.Participant, SourceCamera}})
	h.must(ReserveVideo{ada.Socket, ben.Participant})
	want(t, "the pin", h.s.d.Pin, Pin{})
	h.refuse(PinFor{ada.Socket, Pin{ben.Participant, SourceCamera}}, ErrWrongState)
	h.must(Share{ada.Socket, ShareAll})
	h.must(Self{By: ben.Socket, Screen: new(true)})
	h.must(PinFor{ada.Socket, Pin{ben.Participant, SourceScreen}})
	h.must(Self{By: ben.Socket, Unreserve: true})
	h.must(PinFor{ada.Socket, Pin{ben.Participant, SourceCamera}})
}

// Two counsellors speak alone while the others are held, and their going opens nothing.
func TestConsultation(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	consult := Hold{By: ada.Socket, On: true, Consultation: true}
	h.refuse(consult, ErrWrongState)
	twice := h.account("ada", 7)
	h.must(twice)
	h.refuse(consult, ErrWrongState) // two devices are not two to speak
	h.must(Leave{By: twice.Socket})
	coco := h.link("coco", 4, lobby.RoleCoCounsellor)
	h.must(coco)
	h.refuse(Hold{By: ben.Socket, On: true, Consultation: true}, ErrNotAllowed)
	events := h.must(consult)
	want(t, "flows", h.groups(), "ada=room/true/true ben=/true/true coco=room/true/true")
	want(t, "cut first", events[0].Body.(Flow).Participant, ben.Participant)
	for _, s := range []Socket{ada.Socket, ben.Socket, coco.Socket} {
		room := told(events, s)[0].(RoomChanged).Room
		want(t, "told", room.Held && room.Consultation, true)
	}
	h.must(Hold{By: coco.Socket, On: false})
	want(t, "one click ends it", h.groups(), "ada=room/true/true ben=room/true/true coco=room/true/true")
	want(t, "no longer", h.s.d.Consultation, false)

	h.must(consult)
	h.must(Disconnect{Socket: coco.Socket})
	want(t, "a lost line is no leave", h.s.d.Consultation, true)
	coco = h.again(coco)
	h.must(coco)
	h.must(Leave{By: coco.Socket})
	room := h.shown[ben.Socket].Room
	want(t, "held still, and nobody says that two speak", room.Held && !room.Consultation, true)
	want(t, "flows", h.groups(), "ada=room/true/true ben=/true/true")
	h.must(Hold{By: ada.Socket, On: false})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
}
