package signaling_test

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// requests are one of each kind, with targets that exist.
func requests(member, waiting string) map[string]wire.Body {
	return map[string]wire.Body{
		"hello":         &wire.Hello{Version: wire.Version, Ticket: "t", Proof: wire.Bytes("p"), Device: wire.Phone, Media: wire.MediaAV},
		"knock":         &wire.Knock{},
		"offer":         &wire.Offer{Generation: 1, SDP: "o"},
		"slots_ack":     &wire.SlotsAck{Seq: 1},
		"view":          &wire.View{},
		"self":          &wire.Self{Audio: new(true)},
		"screen":        &wire.Self{Screen: new(true)},
		"quality":       &wire.Quality{Choice: wire.ChoiceSaver},
		"admit":         &wire.Admit{Participant: waiting},
		"decline":       &wire.Decline{Participant: waiting},
		"put_back":      &wire.PutBack{Participant: member},
		"remove":        &wire.Remove{Participant: member},
		"mute":          &wire.Mute{Participant: member, Kind: wire.KindAudio},
		"mute_all":      &wire.MuteAll{},
		"promote":       &wire.Promote{Participant: member, On: true},
		"take back":     &wire.Promote{Participant: member},
		"reserve":       &wire.ReserveVideo{Participant: member},
		"hold":          &wire.Hold{On: true},
		"incident":      &wire.Incident{On: true},
		"incident over": &wire.Incident{},
		"pin":           &wire.Pin{Participant: member, Source: wire.SourceCamera},
		"unpin":         &wire.Pin{},
		"card":          &wire.ShowCard{Card: wire.CardRules},
		"share":         &wire.Share{Rule: wire.ShareAll},
		"note":          &wire.WriteNote{Plain: "hallo"},
		"note to":       &wire.WriteNote{To: waiting, Plain: "hallo"},
		"company":       &wire.SayCompany{Company: wire.Alone},
		"colleague":     &wire.Colleague{On: true},
		"consent":       &wire.NoteConsent{Participant: waiting},
		"unlock pin":    &wire.UnlockPIN{Person: "nobody"},
		"withdraw":      &wire.Withdraw{Participant: waiting},
		"lock":          &wire.Lock{On: true},
		"unlock":        &wire.Lock{},
		"hand":          &wire.RaiseHand{Up: true},
		"lower":         &wire.LowerHand{Participant: member},
		"lower all":     &wire.LowerHand{},
		"groups":        &wire.Groups{Groups: 2, Places: []wire.Place{{Participant: member, Group: 1}}},
		"enter group":   &wire.EnterGroup{Group: 2},
		"recall":        &wire.Recall{},
		"open":          &wire.LeaveOpen{ForMS: 1000},
		"end":           &wire.End{},

		"ping":        &wire.Ping{},
		"line_check":  &wire.LineCheck{}, // the house has no relay
		"forecast":    &wire.Forecast{Outlook: wire.OutlookGood},
		"sealed":      &wire.SendSealed{To: member, Sealed: wire.Bytes("s")},
		"pair_signal": &wire.PairSignal{Pair: "1", Description: &wire.Description{Type: "offer", SDP: "v=0"}},
		"pair_shown":  &wire.PairShown{Pair: "1"},
		"leave":       &wire.Leave{},
	}
}

// Every message that a participant can send is among the requests.
func TestRequestsAreComplete(t *testing.T) {
	source, err := os.ReadFile("wire/message.go")
	must(t, err)
	_, list, _ := strings.Cut(string(source), "func request(")
	list, _, _ = strings.Cut(list, "\n}\n")
	types := regexp.MustCompile(`case "(\w+)":`).FindAllStringSubmatch(list, -1)
	if len(types) < 20 {
		t.Fatalf("wire/message.go names %d requests", len(types))
	}
	in := map[string]bool{}
	for _, b := range requests("m", "w") {
		in[b.Type()] = true
	}
	for _, name := range types {
		if !in[name[1]] {
			t.Errorf("nobody asks %s", name[1])
		}
	}
}

// everyRequest checks that none of them is left out, in the order in which they are asked or among the answers.
func everyRequest(t *testing.T, order []string, answers ...map[string]wire.Code) {
	t.Helper()
	all := requests("m", "w")
	for name := range all {
		if !slices.Contains(order, name) {
			t.Errorf("%s has no place in the order", name)
		}
		for i, want := range answers {
			if _, said := want[name]; !said {
				t.Errorf("it is not said what %s is answered in the table %d", name, i)
			}
		}
	}
	for _, name := range order {
		if all[name] == nil {
			t.Errorf("there is no request %s", name)
		}
	}
}

// Every request of everybody who may not make it is refused with its code and changes nothing for the others.
func TestRequestsByRoleAndPhase(t *testing.T) {
	no, state, skipped := wire.CodeNotAllowed, wire.CodeWrongState, wire.Code("another test has it")
	outside := map[string]wire.Code{
		"hello": state, "offer": state, "slots_ack": state, "view": state, "self": state, "screen": state, "quality": state, "hand": state,
		"admit": no, "decline": no, "put_back": no, "remove": no, "mute": no, "mute_all": no, "reserve": no, "hold": no, "incident": no, "end": no, "pin": no, "unpin": no, "card": no, "share": no, "lock": no, "unlock": no, "lower": no, "lower all": no, "open": no, "groups": no, "enter group": no, "recall": no, "promote": no, "take back": no,
		"note to": no, "colleague": no, "consent": no, "withdraw": no, "unlock pin": no,
	}
	inside := map[string]wire.Code{
		"hello": state, "knock": state, "slots_ack": state, "view": state, "self": "", "offer": "", "screen": no, "quality": "", "hand": "",
		"admit": no, "decline": no, "put_back": no, "remove": no, "mute": no, "mute_all": no, "reserve": no, "hold": no, "incident": no, "end": no, "pin": no, "unpin": no, "card": no, "share": no, "lock": no, "unlock": no, "lower": no, "lower all": no, "open": no, "groups": no, "enter group": no, "recall": no, "promote": no, "take back": no,
		"note": state, "company": state, "note to": no, "colleague": no, "consent": no, "withdraw": no, "unlock pin": no,
	}
	moderating := map[string]wire.Code{
		"hello": state, "knock": state, "slots_ack": state, "view": state, "self": "", "offer": "", "screen": "", "quality": "", "hand": "",
		"admit": "", "decline": state, "put_back": "", "remove": "", "mute": "", "mute_all": "", "reserve": "", "hold": "", "incident": "", "incident over": "", "pin": "", "unpin": "", "card": "", "share": "",
		"lock": "", "unlock": "", "lower": "", "lower all": "", "groups": "", "enter group": "", "recall": "", "promote": no, "take back": state, "open": no, // by no shipped policy
		"note": state, "note to": "", "company": state, "colleague": "", "consent": state, "unlock pin": wire.CodeNotFound,
	}
	outside["company"], outside["incident over"], inside["incident over"] = "", no, no
	moderating["end"], moderating["withdraw"] = skipped, skipped // TestEndByTheCounsellor, TestWithdrawRecorded: nobody would be left to be asked about
	for _, want := range []map[string]wire.Code{outside, inside, moderating} {
		want["ping"], want["line_check"], want["pair_signal"], want["pair_shown"] = "", state, state, state
		want["forecast"], want["sealed"], want["leave"] = state, "", ""
	}
	outside["forecast"], outside["sealed"] = wire.CodeTooFast, state
	declined := maps.Clone(outside)
	outside["knock"], outside["note"] = state, ""
	declined["knock"], declined["note"] = wire.CodeTooFast, state
	order := []string{"ping", "line_check", "forecast", "sealed", "pair_signal", "pair_shown", "hello", "note to", "colleague", "consent", "unlock pin", "withdraw", "note", "company", "knock", "slots_ack", "view", "self", "screen", "quality", "offer", "mute", "mute_all", "hold", "incident", "incident over", "pin", "unpin", "reserve", "card", "share", "lock", "unlock", "hand", "lower", "lower all", "groups", "enter group", "recall", "promote", "take back", "open", "admit", "decline", "put_back", "remove", "end", "leave"}

	everyRequest(t, order, outside, declined, inside, moderating)

	for _, test := range []struct {
		who   string
		phase wire.Phase
		want  map[string]wire.Code
	}{
		{"anna", wire.PhaseWaiting, outside},
		{"ivo", wire.PhaseWaiting, outside},
		{"mia", wire.PhaseWaiting, outside},
		{"anna", wire.PhaseDeclined, declined},
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
			refused := 0
			for _, name := range order {
				want := test.want[name]
				if want == skipped {
					continue
				}
				if want == no {
					refused++
				}
				if refused == wire.RefusedPerMin { // a socket is closed after so many
					who, refused = who.comeBack(false), 1
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
	// On a busy machine there are as many answers to be written as an outbox holds, before the last allowed one has come.
	anna.closed(wire.CloseTooFast, wire.CloseTooSlow)
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
