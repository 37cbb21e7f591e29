package room

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

func shares(a Arrive, on bool) Self { return Self{By: a.Socket, Screen: &on} }

func (h *house) sharing() string {
	if x := h.s.d.sharer(0); x != nil {
		return x.name()
	}
	return ""
}

// TestShareRule: who may share under which policy, and who may change that.
func TestShareRule(t *testing.T) {
	for _, test := range []struct {
		policy             lobby.ShareRule
		says               Rules
		counsellor, client error
		opens              error
	}{
		{lobby.ShareNobody, Rules{Share: ShareNobody, ShareLocked: true, Lines: 720, CameraCheck: true, Groupable: true, Chat: lobby.ChatCounsellors, Reentry: testConfig().Reentry}, ErrNotAllowed, ErrNotAllowed, ErrNotAllowed},
		{lobby.ShareCounsellors, Rules{Share: ShareCounsellors, ShareLocked: true, Lines: 720, CameraCheck: true, Groupable: true, Chat: lobby.ChatCounsellors, Reentry: testConfig().Reentry}, nil, ErrNotAllowed, ErrNotAllowed},
		{lobby.ShareOnRequest, Rules{Share: ShareCounsellors, Lines: 720, CameraCheck: true, Groupable: true, Chat: lobby.ChatCounsellors, Reentry: testConfig().Reentry}, nil, ErrNotAllowed, nil},
	} {
		t.Run(string(test.policy), func(t *testing.T) {
			config := testConfig()
			config.Share = test.policy
			h := newHouse(t, config)
			ada, ben := h.inside()
			want(t, "says", h.s.rules(), test.says)
			_, err := h.do(shares(ada, true))
			want(t, "the counsellor", err, test.counsellor)
			h.must(shares(ada, false))
			_, err = h.do(shares(ben, true))
			want(t, "the client", err, test.client)
			h.refuse(Share{ben.Socket, ShareAll}, ErrNotAllowed)
			for _, rule := range []ShareRule{ShareAll, ShareCounsellors} {
				_, err = h.do(Share{ada.Socket, rule})
				want(t, string(rule), err, test.opens)
			}
		})
	}
}

// TestOneScreen: one person shares at a time; the other is told, and nothing of what he asked for is done.
func TestOneScreen(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	cleo := h.client("cleo", 3)
	h.must(cleo)
	h.refuse(shares(cleo, true), ErrWrongState)
	h.must(Admit{ada.Socket, cleo.Participant})
	events := h.must(Share{ada.Socket, ShareAll})
	want(t, "ben reads", told(events, ben.Socket)[0].(RoomChanged).Share, ShareAll)

	events = h.must(shares(ben, true))
	want(t, "ben reads", types(events, ben.Socket), "")
	want(t, "cleo reads", told(events, cleo.Socket)[0].(MemberChanged).Screen, true)
	want(t, "told before it opens", events[len(events)-1].Body, Body(Flow{Participant: ben.Participant, Group: everybody, Within: everybody, Audio: true, Video: true, Screen: true}))
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/true/screen cleo=room/true/true")
	want(t, "a second time", len(h.must(shares(ben, true))), 0)

	h.refuse(Self{By: cleo.Socket, Audio: new(false), Screen: new(true)}, ErrWrongState)
	h.refuse(shares(ada, true), ErrWrongState)
	h.must(shares(cleo, false))
	want(t, "shares", h.sharing(), "ben")
	h.must(Self{By: ben.Socket, Video: new(false)})
	want(t, "flows", h.groups(), "ada=room/true/true ben=room/true/false/screen cleo=room/true/true")

	events = h.must(shares(ben, false))
	want(t, "cut first", events[0].Body, Body(Flow{Participant: ben.Participant, Group: everybody, Within: everybody, Audio: true}))
	want(t, "ben's token", types(events, ben.Socket), "")
	h.must(shares(ada, true))
	want(t, "shares", h.sharing(), "ada")
}

// TestScreenEnds: by everything that ends what a person sends, in the same step.
func TestScreenEnds(t *testing.T) {
	for name, test := range map[string]struct {
		ends func(h *house, ada, ben Arrive) []Event
		hear string // what ben is told first
	}{
		"a mute":        {func(h *house, ada, ben Arrive) []Event { return h.must(Mute{ada.Socket, ben.Participant, Screen}) }, "muted"},
		"a closed rule": {func(h *house, ada, ben Arrive) []Event { return h.must(Share{ada.Socket, ShareCounsellors}) }, "muted"},
		"put back":      {func(h *house, ada, ben Arrive) []Event { return h.must(PutBack{ada.Socket, ben.Participant}) }, "put_back"},
		"removed":       {func(h *house, ada, ben Arrive) []Event { return h.must(Remove{ada.Socket, ben.Participant}) }, "removed"},
		"a new link":    {func(h *house, ada, ben Arrive) []Event { return h.must(ReplaceLink{ben.Person, 9}) }, "replaced"},
		"left":          {func(h *house, ada, ben Arrive) []Event { return h.must(Leave{By: ben.Socket}) }, "close"},
		"a new page":    {func(h *house, ada, ben Arrive) []Event { b := h.again(ben); b.Fresh = true; return h.must(b) }, "replaced"},
		"another device": {func(h *house, ada, ben Arrive) []Event {
			other := h.client("ben", 7)
			h.must(other)
			return h.must(Admit{ada.Socket, other.Participant})
		}, "replaced"},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada, ben := h.inside()
			h.must(Share{ada.Socket, ShareAll})
			h.must(shares(ben, true))
			h.must(PinFor{ada.Socket, Pin{ben.Participant, SourceScreen}})
			events := test.ends(h, ada, ben)
			switch b := events[0].Body.(type) {
			case Drop:
			case Flow:
				want(t, "cut first", b.Screen, false)
			default:
				t.Errorf("%#v comes before the cut", b)
			}
			want(t, "shares", h.sharing(), "")
			want(t, "ben hears", told(events, ben.Socket)[0].eventType(), test.hear)
			if muted, ok := told(events, ben.Socket)[0].(Muted); ok {
				want(t, "kind", muted.Kind, Screen)
			}
			want(t, "pinned", h.s.d.Pin, Pin{})
			want(t, "ada reads", lastRoom(events, ada.Socket).Pin, Pin{})
			h.must(shares(ada, true))
		})
	}
}

func lastRoom(events []Event, to Socket) (last Room) {
	last.Pin.Participant = "not told"
	for _, b := range told(events, to) {
		if r, ok := b.(RoomChanged); ok {
			last = r.Room
		}
	}
	return last
}

// TestScreenOnHold: held or paused, no screen is forwarded of whom it concerns; it goes on afterwards.
func TestScreenOnHold(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Share{ada.Socket, ShareAll})
	h.must(shares(ben, true))
	events := h.must(Hold{By: ada.Socket, On: true})
	want(t, "cut first", events[0].Body, Body(Flow{Participant: ben.Participant, Within: everybody, Audio: true, Video: true}))
	h.must(Hold{By: ada.Socket, On: false})
	want(t, "on again", h.groups(), "ada=room/true/true ben=room/true/true/screen")
	h.wait(LostAfter)
	want(t, "paused", h.groups(), "ada=room/true/true ben=/true/true")
	h.must(Heard{ada.Participant})
	want(t, "on again", h.groups(), "ada=room/true/true ben=room/true/true/screen")

	h.must(shares(ben, false))
	h.must(shares(ada, true))
	h.must(Hold{By: ada.Socket, On: true})
	want(t, "the counsellor's own", h.groups(), "ada=room/true/true/screen ben=/true/true")
	h.wait(LostAfter)
	want(t, "paused", h.groups(), "ada=room/true/true ben=/true/true")
}

// TestScreenOverAResume: a lost socket ends nothing while the seat is kept; after a restart nobody shares.
func TestScreenOverAResume(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	h.must(Share{ada.Socket, ShareAll})
	h.must(shares(ben, true))
	h.must(Disconnect{Socket: ben.Socket})
	want(t, "meanwhile", h.groups(), "ada=room/true/true ben=room/true/true/screen")
	h.refuse(shares(ada, true), ErrWrongState)
	h.now = h.now.Add(time.Second)
	back := h.again(ben)
	events := h.must(back)
	welcome := told(events, back.Socket)[0].(Welcome)
	want(t, "self", *welcome.View.Self, Own{Switches: Switches{Audio: true, Video: true, Screen: true}, ConsentAsked: true})
	want(t, "ada reads", told(events, ada.Socket)[0].(MemberChanged).Screen, true)
	want(t, "goes on", h.groups(), "ada=room/true/true ben=room/true/true/screen")

	after := newHouse(t, testConfig())
	after.must(after.account("ada", 1))
	ben.Token, ben.Fresh = &Token{Session: session, Admitted: true}, false
	want(t, "after a restart", after.arrive(ben).On, Switches{Audio: true, Video: true})
	want(t, "the rule", after.s.rules().Share, ShareCounsellors)
}

// TestPin: whoever moderates pins who is in, everybody in the room is told, and nobody outside.
func TestPin(t *testing.T) {
	h := newHouse(t, testConfig())
	ada, ben := h.inside()
	dora := h.client("dora", 4)
	h.must(dora)
	camera := Pin{ben.Participant, SourceCamera}
	for _, test := range []struct {
		by   Arrive
		pin  Pin
		want Refusal
	}{
		{ben, camera, ErrNotAllowed},
		{dora, camera, ErrNotAllowed},
		{ada, Pin{"nobody", SourceCamera}, ErrNotFound},
		{ada, Pin{dora.Participant, SourceCamera}, ErrNotFound},
		{ada, Pin{ben.Participant, SourceScreen}, ErrWrongState},
		{ada, Pin{ben.Participant, "microphone"}, ErrBadCommand},
	} {
		h.refuse(PinFor{test.by.Socket, test.pin}, test.want)
	}
	events := h.must(PinFor{ada.Socket, camera})
	want(t, "ada reads", lastRoom(events, ada.Socket).Pin, camera)
	want(t, "ben reads", lastRoom(events, ben.Socket).Pin, camera)
	want(t, "dora hears", types(events, dora.Socket), "")
	events = h.must(Admit{ada.Socket, dora.Participant})
	want(t, "dora reads", told(events, dora.Socket)[0].(Admitted).View.Room.Pin, camera)
	want(t, "no camera needed", len(h.must(Self{By: ben.Socket, Video: new(false)})) > 0, true)
	want(t, "still", h.s.d.Pin, camera)
	events = h.must(PinFor{By: ada.Socket})
	want(t, "unpinned", lastRoom(events, dora.Socket).Pin, Pin{})
	want(t, "a second time", len(h.must(PinFor{By: ada.Socket})), 0)
	h.must(PinFor{ada.Socket, camera})
	events = h.must(Leave{By: ben.Socket})
	want(t, "gone with him", lastRoom(events, dora.Socket).Pin, Pin{})
}
