package signaling_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// eachRequest calls f for one of each kind, in a fixed order.
func eachRequest(member, waiting string, f func(name string, b wire.Body)) {
	all := requests(member, waiting)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		f(name, all[name])
	}
}

// Before the hello nothing is heard: whatever comes first closes its own socket and is no more than that to anybody.
func TestEveryRequestBeforeTheHello(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	expect[*wire.Waiting](counsellor)
	expectThat(counsellor, func(w *wire.Waiting) bool { return w.Participant == ben.id() })
	counsellor.settle()
	counsellor.forget()
	eachRequest(anna.id(), ben.id(), func(name string, b wire.Body) {
		p := h.dial(newDevice(t))
		p.put(wire.Message{ID: 1, Body: b})
		m := p.take(func(m wire.Message) bool { return m.ID == 1 })
		if m == nil {
			t.Fatalf("%s: no answer: %v", name, p.why())
		}
		want := wire.CodeWrongState
		if name == "hello" {
			want = wire.CodeToken
		}
		if e, is := m.Body.(*wire.Error); !is || e.Code != want {
			t.Errorf("%s: got %#v", name, m.Body)
		}
		p.closed(wire.CloseNotAuthenticated)
	})
	counsellor.settle()
	equal(t, "what the counsellor was told of it", counsellor.types(), nil)
	equal(t, "members and waiting", [2]int{h.server.Live(h.room.ID).Members, h.server.Live(h.room.ID).Waiting}, [2]int{2, 1})
}

// Of another room nobody can be named, by any request of anybody: it is answered as for somebody who never was, and there nothing happens.
func TestNobodyOfAnotherRoomIsReached(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	theirs := h.newRoomWith(t)
	named := 0
	for _, asks := range []*peer{counsellor, anna} {
		answers, asked := map[string]wire.Code{}, 0
		ask := func(b wire.Body) wire.Code {
			if asked++; asked%(wire.RefusedPerMin-1) == 0 { // a socket is closed after so many refusals
				asks = asks.comeBack(false)
			}
			return asks.code(b)
		}
		eachRequest("never-was", "never-was", func(name string, b wire.Body) {
			if data, err := wire.Encode(wire.Message{Body: b}); err != nil || !strings.Contains(string(data), "never-was") {
				return
			}
			answers[name] = ask(b)
		})
		eachRequest(theirs.id(), theirs.id(), func(name string, b wire.Body) {
			want, names := answers[name]
			if !names {
				return
			}
			named++
			if got := ask(b); got != want || got == "" && name != "sealed" {
				t.Errorf("%s by a %s: %q, for somebody who never was %q", name, asks.self.Role, got, want)
			}
		})
	}
	if named < 20 {
		t.Errorf("only %d requests name somebody", named)
	}
	theirs.settle()
	equal(t, "what the other was told", theirs.types(), nil)
}

// Whoever was in a room, or waited for it, has nothing left after its end: no token, ticket, hello or request of his is worth anything, in the
// next session of a series neither.
func TestEverythingAfterTheEnd(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	kept := map[string]*wire.Hello{}
	for _, who := range []struct {
		name string
		is   any
		p    *peer
	}{{"the counsellor", h.counsellor, counsellor}, {"anna", "anna", anna}, {"ben", "ben", ben}} {
		ticket := hello()
		ticket.Ticket = h.ticketFor(who.is, who.p.device)
		ticket.Proof = who.p.device.prove(t, ticket.Ticket)
		kept[who.name+"'s ticket"], kept[who.name+"'s token"] = ticket, who.p.resumption(false)
	}
	counsellor.ok(&wire.End{})
	for _, p := range []*peer{counsellor, anna, ben} {
		p.closed(wire.CloseEnded)
		if err := p.ws.Write(t.Context(), websocket.MessageText, []byte(`{"type":"self","body":{"audio":true}}`)); err == nil {
			t.Error("a socket of the room is still open")
		}
	}
	again := func(when string) {
		t.Helper()
		for name, m := range kept {
			p := h.dial(newDevice(t))
			if got := p.code(m); got != wire.CodeToken && got != wire.CodeLinkInvalid {
				t.Errorf("%s, %s: %q", name, when, got)
			}
			p.closed(wire.CloseNotAuthenticated)
		}
	}
	again("after the end")
	next := h.join(h.counsellor, newDevice(t)) // the next session
	again("in the next session")
	next.settle()
	equal(t, "what is told of it", next.types(), nil)
	equal(t, "members and waiting", [2]int{h.server.Live(h.room.ID).Members, h.server.Live(h.room.ID).Waiting}, [2]int{1, 0})
}

// While the end cannot be written the room is over all the same: nobody speaks in it any more.
func TestRequestsWhileTheEndIsNotWritten(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ben := h.join("ben", newDevice(t))
	for _, p := range []*peer{counsellor, anna} {
		equal(t, "answer", p.code(&wire.Offer{Generation: 1, SDP: "o"}), "")
		h.engine.has(t, p)
	}
	h.lobby.fail(errDisk)
	counsellor.say(&wire.End{})
	for _, p := range []*peer{counsellor, anna, ben} {
		p.closed(wire.CloseEnded)
	}
	for _, p := range []*peer{counsellor, anna, ben} {
		q := h.dial(p.device)
		if got := q.code(p.resumption(false)); got != wire.CodeUnavailable {
			t.Errorf("a token of a room that is ending: %q", got)
		}
	}
	if h.engine.of(counsellor) != nil || h.engine.of(anna) != nil {
		t.Error("media goes on")
	}
	h.lobby.fail(nil)
	eventually(t, "it is written", func() bool { return h.server.Live(h.room.ID).Members == 0 })
}

// A hello is worth as much as its ticket: whoever has seen one that was said cannot say it again, on the same device or any other, however
// often and whatever he says behind it.
func TestAHelloIsNotSaidTwice(t *testing.T) {
	h := newHouse(t)
	counsellor := h.counsel()
	d := newDevice(t)
	m := hello()
	m.Ticket = h.ticketFor("anna", d)
	m.Proof = d.prove(t, m.Ticket)
	anna := h.dial(d)
	anna.welcomed(anna.ask(m))
	counsellor.settle()
	counsellor.forget()
	for i := range 5 {
		p := h.dial(newDevice(t))
		if got := p.code(m); got != wire.CodeToken {
			t.Errorf("the %d. time: %q", i+2, got)
		}
		p.closed(wire.CloseNotAuthenticated)
	}
	counsellor.settle()
	equal(t, "what the counsellor was told of it", counsellor.types(), nil)
	equal(t, "waiting", h.server.Live(h.room.ID).Waiting, 1)
	anna.settle()
}

// Twenty wait for one room, whoever they are, and three of them with one link (TestWaitingPlaces); who is one too many is told so, has no seat and is not told to the
// counsellor. Other rooms have places of their own.
func TestTheLobbyIsFlooded(t *testing.T) {
	h := newHouse(t)
	room := h.newRoom(lobby.Once)
	for i := range 7 {
		var hash lobby.LinkHash
		hash[0], hash[1] = 0xf1, byte(i)
		p, err := h.lobby.AddPerson(t.Context(), lobby.DefaultTenant, h.counsellor.ID, room.ID, lobby.NewPerson{
			Role: lobby.RoleClient, Label: lobby.Text{Plain: "x"}, NewLink: lobby.NewLink{LinkHash: hash},
		})
		must(t, err)
		h.persons[fmt.Sprint("guest ", i)] = p.Person
	}
	h.room = room
	counsellor := h.counsel()
	policy := lobby.ShippedPolicies()[lobby.DefaultPolicy]
	equal(t, "may wait", [2]int{policy.WaitingPerLink, policy.WaitingPerRoom}, [2]int{3, 20})
	in, refused := 0, 0
	for round := range 4 { // of each link one more than may
		for i := range 7 {
			if p := h.knock(fmt.Sprint("guest ", i)); p.self != nil {
				in++
			} else {
				refused++
				if p.refusal != wire.CodeRoomFull || in < policy.WaitingPerRoom {
					t.Errorf("round %d, guest %d, with %d waiting: %q", round, i, in, p.refusal)
				}
			}
		}
	}
	equal(t, "who waits", in, policy.WaitingPerRoom)
	equal(t, "waiting", h.server.Live(room.ID).Waiting, policy.WaitingPerRoom)
	told := map[string]bool{}
	counsellor.settle()
	counsellor.mu.Lock()
	for _, m := range counsellor.seen {
		if w, is := m.Body.(*wire.Waiting); is {
			told[w.Participant] = true
		}
	}
	counsellor.mu.Unlock()
	equal(t, "the counsellor is told of", len(told), policy.WaitingPerRoom)
	equal(t, "refused", refused, 4*7-policy.WaitingPerRoom)
	// The counsellor is never among those who find no place, and neither is another room's client.
	h.join(h.counsellor, newDevice(t))
	h.newRoomWith(t)
}

// knock arrives, and is welcome or not.
func (h *house) knock(who string) (p struct {
	*peer
	refusal wire.Code
}) {
	h.t.Helper()
	p.peer = h.dial(newDevice(h.t))
	m := hello()
	m.Ticket = h.ticketFor(who, p.device)
	m.Proof = p.device.prove(h.t, m.Ticket)
	switch b := p.ask(m).(type) {
	case *wire.Welcome:
		p.self = b
	case *wire.Error:
		p.refusal = b.Code
	}
	return p
}
