package room

import "testing"

func TestMute(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.must(Admit{ada.Socket, cleo.Participant})
	events := h.must(Mute{ada.Socket, ben.Participant, Audio})
	want(t, "ben hears", told(events, ben.Socket)[0], Body(Muted{Audio}))
	want(t, "cleo sees", told(events, cleo.Socket)[0].(MemberChanged).Audio, false)
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/false/true cleo=room/true/true")
	want(t, "cut first", events[0].Body, Body(Flow{Participant: ben.Participant, Group: everybody, Within: everybody, Video: true}))
	want(t, "a second time", len(h.must(Mute{ada.Socket, ben.Participant, Audio})), 0)
	h.must(Mute{ada.Socket, ben.Participant, Video})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/false/false cleo=room/true/true")

	h.must(Self{By: cleo.Socket, Audio: new(true), Video: new(false)})
	events = h.must(Self{By: ben.Socket, Audio: new(true), Video: new(false)})
	want(t, "ben hears", types(events, ben.Socket), "standing")
	want(t, "ada sees", told(events, ada.Socket)[0].(MemberChanged).Audio, true)
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/false cleo=room/true/false")

	events = h.must(MuteAll{ada.Socket})
	want(t, "ben hears", types(events, ben.Socket), "muted member standing")
	want(t, "ada hears", types(events, ada.Socket), "member member")
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/false/false cleo=room/false/false")
	h.refuse(Mute{ada.Socket, ben.Participant, "smell"}, ErrBadCommand)
}

// TestSelfLeavesOut: who switches the camera while a counsellor mutes him stays muted.
func TestSelfLeavesOut(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Self{By: ben.Socket, Video: new(false)})
	h.must(Mute{ada.Socket, ben.Participant, Audio})
	h.must(Self{By: ben.Socket, Video: new(true)})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/false/true")
	h.must(Self{By: ben.Socket, Audio: new(true)})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true")
	h.refuse(Self{By: ben.Socket}, ErrBadCommand)
}

// TestMutedWhileAway: a mute reaches also who has no socket at this moment, with the welcome.
func TestMutedWhileAway(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Disconnect{Socket: ben.Socket})
	h.must(Mute{ada.Socket, ben.Participant, Audio})
	back := h.again(ben)
	events := h.must(back)
	want(t, "self", *told(events, back.Socket)[0].(Welcome).View.Self, Own{Switches: Switches{Video: true}, ConsentAsked: true})
}

func TestHold(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	bea, dora := h.account("bea", 5), h.client("dora", 4)
	h.must(bea)
	h.must(dora)
	events := h.must(Hold{By: ada.Socket, On: true})
	want(t, "flows", h.groups(), "ada=room/true/true bea=room/true/true ben=/true/true")
	for _, s := range []Socket{ada.Socket, bea.Socket, ben.Socket, dora.Socket} {
		want(t, "held", told(events, s)[0].(RoomChanged).Held, true)
	}
	want(t, "cut first", events[0].Body.(Flow).Participant, ben.Participant)
	want(t, "a second time", len(h.must(Hold{By: ada.Socket, On: true})), 0)

	h.must(Admit{ada.Socket, dora.Participant})
	want(t, "flows", h.groups(), "ada=room/true/true bea=room/true/true ben=/true/true dora=/true/true")
	h.must(Self{By: ben.Socket, Audio: new(false), Video: new(true)})
	want(t, "status", h.s.Summary().Status, StatusHeld)
	h.must(Hold{By: bea.Socket, On: false})
	want(t, "flows", h.groups(), "ada=room/true/true bea=room/true/true ben=room/false/true dora=room/true/true")
}
