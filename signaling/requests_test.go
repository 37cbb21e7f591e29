package signaling_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// requests are one of each kind, with targets that exist.
func requests(member, waiting string) map[string]wire.Body {
	return map[string]wire.Body{
		"hello":     &wire.Hello{Version: wire.Version, Ticket: "t", Proof: wire.Bytes("p"), Device: wire.Phone, Media: wire.MediaAV},
		"knock":     &wire.Knock{},
		"offer":     &wire.Offer{Generation: 1, SDP: "o"},
		"slots_ack": &wire.SlotsAck{Seq: 1},
		"view":      &wire.View{},
		"self":      &wire.Self{Audio: new(true)},
		"screen":    &wire.Self{Screen: new(true)},
		"quality":   &wire.Quality{Choice: wire.ChoiceSaver},
		"admit":     &wire.Admit{Participant: waiting},
		"decline":   &wire.Decline{Participant: waiting},
		"put_back":  &wire.PutBack{Participant: member},
		"remove":    &wire.Remove{Participant: member},
		"mute":      &wire.Mute{Participant: member, Kind: wire.KindAudio},
		"mute_all":  &wire.MuteAll{},
		"hold":      &wire.Hold{On: true},
		"pin":       &wire.Pin{Participant: member, Source: wire.SourceCamera},
		"unpin":     &wire.Pin{},
		"share":     &wire.Share{Rule: wire.ShareAll},
		"note":      &wire.WriteNote{Plain: "hallo"},
		"note to":   &wire.WriteNote{To: waiting, Plain: "hallo"},
		"company":   &wire.SayCompany{Company: wire.Alone},
		"colleague": &wire.Colleague{On: true},
		"consent":   &wire.NoteConsent{Participant: waiting},
		"withdraw":  &wire.Withdraw{Participant: waiting},
		"end":       &wire.End{},
	}
}

// Every request of everybody who may not make it is refused with its code and changes nothing for the others.
func TestRequestsByRoleAndPhase(t *testing.T) {
	no, state := wire.CodeNotAllowed, wire.CodeWrongState
	outside := map[string]wire.Code{
		"hello": state, "offer": state, "slots_ack": state, "view": state, "self": state, "screen": state, "quality": state,
		"admit": no, "decline": no, "put_back": no, "remove": no, "mute": no, "mute_all": no, "hold": no, "end": no, "pin": no, "unpin": no, "share": no,
		"note to": no, "colleague": no, "consent": no, "withdraw": no,
	}
	inside := map[string]wire.Code{
		"hello": state, "knock": state, "slots_ack": state, "view": state, "self": "", "offer": "", "screen": no, "quality": "",
		"admit": no, "decline": no, "put_back": no, "remove": no, "mute": no, "mute_all": no, "hold": no, "end": no, "pin": no, "unpin": no, "share": no,
		"note to": no, "colleague": no, "consent": no, "withdraw": no,
	}
	moderating := map[string]wire.Code{
		"hello": state, "knock": state, "slots_ack": state, "view": state, "self": "", "offer": "", "screen": "", "quality": "",
		"admit": "", "decline": state, "put_back": "", "remove": "", "mute": "", "mute_all": "", "hold": "", "pin": "", "unpin": "", "share": "",
		"note": state, "note to": "", "company": state, "colleague": "", "consent": state,
	}
	order := []string{"hello", "note to", "colleague", "consent", "withdraw", "note", "company", "knock", "slots_ack", "view", "self", "screen", "quality", "offer", "mute", "mute_all", "hold", "pin", "unpin", "share", "admit", "decline", "put_back", "remove", "end"}

	for _, test := range []struct {
		who   string
		phase wire.Phase
		want  map[string]wire.Code
	}{
		{"anna", wire.PhaseWaiting, outside},
		{"ivo", wire.PhaseWaiting, outside},
		{"mia", wire.PhaseWaiting, outside},
		{"anna", wire.PhaseDeclined, outside},
		{"anna", wire.PhaseIn, inside},
		{"ivo", wire.PhaseIn, inside},
		{"mia", wire.PhaseIn, inside},
		{"cara", wire.PhaseIn, moderating},
	} {
		t.Run(fmt.Sprintf("%s %s", test.who, test.phase), func(t *testing.T) {
			h := newHouse(t)
			counsellor := h.counsel()
			member := h.join("ben", newDevice(t))
			counsellor.admit(member)
			who := h.join(test.who, newDevice(t))
			switch {
			case test.phase == wire.PhaseDeclined:
				counsellor.ok(&wire.Decline{Participant: who.id()})
			case test.phase == wire.PhaseIn && who.self.Phase == wire.PhaseWaiting:
				counsellor.admit(who)
			}
			waiting := h.join("ben", newDevice(t))
			all := requests(member.id(), waiting.id())
			for _, name := range order {
				want, asked := test.want[name]
				if !asked {
					continue
				}
				who.refused(all[name], want)
				if name == "admit" && want == "" { // it closed ben's first device
					all["put_back"] = &wire.PutBack{Participant: waiting.id()}
					all["remove"] = &wire.Remove{Participant: waiting.id()}
				}
			}
			if test.want["admit"] != "" {
				none[*wire.Muted](member)
				none[*wire.Room](member)
				member.ok(&wire.Self{Audio: new(true), Video: new(true)})
				if h.generation("ben") != 0 || h.person("ben").Revoked {
					t.Error("a refused request was written down")
				}
			}
		})
	}
}

func TestTargetsThatAreNotThere(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	for _, b := range []wire.Body{
		&wire.Admit{Participant: "nobody"}, &wire.Decline{Participant: "nobody"}, &wire.PutBack{Participant: "nobody"},
		&wire.Remove{Participant: "nobody"}, &wire.Mute{Participant: "nobody", Kind: wire.KindVideo},
		&wire.Mute{Participant: "nobody", Kind: wire.KindScreen}, &wire.Pin{Participant: "nobody", Source: wire.SourceCamera},
	} {
		counsellor.refused(b, wire.CodeNotFound)
	}
	counsellor.refused(&wire.Admit{Participant: anna.id()}, wire.CodeWrongState)
	counsellor.refused(&wire.Decline{Participant: anna.id()}, wire.CodeWrongState)
	counsellor.refused(&wire.PutBack{Participant: counsellor.id()}, wire.CodeNotAllowed)
	counsellor.refused(&wire.Remove{Participant: counsellor.id()}, wire.CodeNotAllowed)
	// A participant of another room is not there, whoever asks.
	other := h.newRoomWith(t)
	counsellor.refused(&wire.Admit{Participant: other.id()}, wire.CodeNotFound)
	counsellor.refused(&wire.Remove{Participant: other.id()}, wire.CodeNotFound)
}

// newRoomWith makes another room with somebody waiting in it.
func (h *house) newRoomWith(t *testing.T) *peer {
	t.Helper()
	room, persons := h.room, h.persons
	h.persons = map[string]lobby.Person{}
	h.room = h.newRoom(lobby.Once)
	p := h.join("anna", newDevice(t))
	h.room, h.persons = room, persons
	return p
}

func TestBadMessages(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	for _, data := range []string{
		`{`, `[]`, `{"type":"self"}`, `{"type":"self","type":"leave"}`, `{"type":"self","id":-1}`, "\xff\xfe",
		`{"type":"offer","body":{"generation":1,"sdp":"` + strings.Repeat("x", 1000) + `","lines":[{"mid":"0","use":"camera","slot":7}]}}`,
	} {
		anna.raw(data)
		if e := expect[*wire.Error](anna); e.Code != wire.CodeBadMessage {
			t.Errorf("%.50s: got %s", data, e.Code)
		}
	}
	anna.raw(`{"type":"dance","id":7}`)
	if m := anna.take(func(m wire.Message) bool { return m.ID == 7 }); m == nil || m.Body.(*wire.Error).Code != wire.CodeUnknownType {
		t.Errorf("an unknown type got %+v", m)
	}
	anna.ok(&wire.Self{Audio: new(true)}) // nothing of it did any harm
	if _, pong := anna.ask(&wire.Ping{}).(*wire.Pong); !pong {
		t.Error("a ping got no pong")
	}
}

func TestTooManyBadMessages(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	for range wire.RefusedPerMin + 1 {
		anna.raw(`{"type":"dance"}`)
	}
	anna.closed(wire.CloseBadMessage)
	// It cost the sender alone, and not the seat.
	if m := expectThat(counsellor, func(m *wire.Member) bool { return m.Connection == wire.ConnectionReconnecting }); m.Participant != anna.id() {
		t.Errorf("told of %+v", m)
	}
	equal(t, "phase after coming back", anna.comeBack(false).self.Phase, wire.PhaseIn)
}

func TestTooManyForbiddenRequests(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	for range wire.RefusedPerMin + 1 {
		anna.say(&wire.End{})
	}
	anna.closed(wire.CloseBadMessage)
}

func TestTooLargeMessage(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	_ = anna.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"leave","x":"`+strings.Repeat("x", wire.MaxMessage)+`"}`))
	if e := expect[*wire.Error](anna); e.Code != wire.CodeBadMessage {
		t.Errorf("over the bound of its type: got %s", e.Code)
	}
	_ = anna.ws.Write(t.Context(), websocket.MessageText, make([]byte, wire.MaxLargeMessage+1))
	anna.closed(wire.CloseTooLarge)
}

func TestTooLargeBeforeTheSignOn(t *testing.T) {
	h := newHouse(t)
	p := h.dial(newDevice(t))
	_ = p.ws.Write(t.Context(), websocket.MessageText, make([]byte, wire.MaxMessage+1))
	p.closed(wire.CloseTooLarge)
}

func TestFlood(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	for range 5 * wire.RateBurst {
		if err := anna.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"self","body":{"audio":true,"video":true}}`)); err != nil {
			break
		}
	}
	anna.closed(wire.CloseTooFast)
	counsellor.ok(&wire.Self{Audio: new(true)})
}

// What pages seal for each other has a measure of its own: in a room of many each has much to say when somebody comes.
func TestSealedMessagesAreMany(t *testing.T) {
	h := newHouse(t)
	_, anna := h.call()
	for range 5 { // as many at once as a page has to say in a room of 25
		for range 75 {
			if err := anna.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"sealed","body":{"to":"nobody","sealed":"AAAA"}}`)); err != nil {
				t.Fatal(err)
			}
		}
		anna.ok(&wire.Self{Audio: new(true)})
	}
	for range 2 * wire.SealedBurst {
		if err := anna.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"sealed","body":{"to":"nobody","sealed":"AAAA"}}`)); err != nil {
			break
		}
	}
	anna.closed(wire.CloseTooFast)
}

// Requests that come faster than they can be done wait, in order; nobody else waits for them.
func TestRequestsInOrder(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	for i := range 20 {
		anna.say(&wire.Self{Audio: new(i%2 == 0), Video: new(i%2 != 0)})
	}
	anna.ok(&wire.Self{Audio: new(false), Video: new(false)})
	var last *wire.Member
	for range 1 + 21 { // her admission, and each change
		last = expect[*wire.Member](counsellor)
	}
	if last.Audio || last.Video {
		t.Errorf("the last request was not done last: %+v", last)
	}
}
