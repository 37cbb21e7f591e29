package signaling_test

import (
	"maps"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestJoinsAndLeavesLeaveNothingBehind(t *testing.T) {
	h := newHouse(t)
	round := func() {
		counsellor, anna := h.call()
		h.offer(anna)
		ben := h.join("ben", newDevice(t))
		anna.ok(&wire.Leave{})
		anna.closed(wire.CloseLeft)
		ben.drop()
		counsellor.ok(&wire.End{})
		counsellor.closed(wire.CloseEnded)
		eventually(t, "no live room", func() bool { s := h.server.Stats(); return s.Rooms == 0 && s.Sockets == 0 })
	}
	round()
	before := runtime.NumGoroutine()
	for range 67 { // three joins each
		round()
	}
	eventually(t, "goroutines back to the start", func() bool { return runtime.NumGoroutine() <= before })
}

// Many rooms at once, with everybody doing what he likes: for the race detector, and to see that nobody is stuck.
func TestManyRoomsAtOnce(t *testing.T) {
	var houses []*house
	for range 4 {
		houses = append(houses, newHouse(t))
	}
	var all sync.WaitGroup
	for _, h := range houses {
		counsellor := h.counsel()
		for _, label := range []string{"anna", "ben", "mia"} {
			p := h.join(label, newDevice(t))
			counsellor.admit(p)
			m := h.offer(p)
			all.Go(func() {
				for i := range 20 {
					m.speaks()
					h.publish(m, counsellor, i)
					p.ok(&wire.Self{Audio: new(i%2 == 0)})
					p.say(&wire.View{})
				}
			})
		}
		all.Go(func() {
			for i := range 5 {
				counsellor.ok(&wire.Hold{On: i%2 == 0})
				counsellor.ok(&wire.MuteAll{})
				h.server.Live(h.room.ID)
				h.server.Stats()
			}
		})
	}
	all.Wait()
}

// Nothing that says who somebody is, or lets somebody in, stands in the log, whatever happens.
func TestLogKnowsNobody(t *testing.T) {
	h := newHouse(t)
	counsellor, anna := h.call()
	ticket := h.ticketFor("ben", anna.device)
	canaries := []string{
		"canary", "Canary", string(h.room.ID), string(h.counsellor.ID), string(h.persons["anna"].ID),
		ticket, anna.resume, anna.id(), counsellor.id(), h.room.Session, "127.0.0.1", h.web(),
	}
	h.offer(anna)
	anna.refused(&wire.Offer{Generation: 1, SDP: "bad"}, wire.CodeBadMessage)
	anna.raw(`{"type":"canary"}`)
	anna.raw(`{"canary`)
	// More than so many refusals in a minute close a socket: several ask.
	askers := []*peer{anna, h.join("mia", newDevice(t)), h.join("ivo", newDevice(t))}
	for _, b := range requests(counsellor.id(), "canary") {
		switch b.(type) {
		case *wire.End, *wire.Knock, *wire.Leave, *wire.Incident: // one more refusal than a socket has for a minute
			continue
		}
		askers[0].ask(b)
		askers = append(askers[1:], askers[0])
	}
	p := h.dial(newDevice(t))
	m := hello()
	m.Ticket, m.Proof = ticket, p.device.prove(t, ticket)
	p.refused(m, wire.CodeProof)
	h.lobby.fail(errDisk)
	counsellor.refused(&wire.PutBack{Participant: anna.id()}, wire.CodeNotSaved)
	h.lobby.fail(nil)
	counsellor.admit(anna)
	anna.say(&wire.Offer{Generation: 1, SDP: "panic"})
	anna.closed(wire.CloseInternal)
	counsellor.ok(&wire.Remove{Participant: anna.id()})
	counsellor.ok(&wire.End{})
	counsellor.closed(wire.CloseEnded)
	eventually(t, "no live room", func() bool { return h.server.Stats().Rooms == 0 && h.server.Stats().Sockets == 0 })

	log := h.log.String()
	if !strings.Contains(log, "signed on") || !strings.Contains(log, "panic") {
		t.Fatalf("the log has not seen it:\n%s", log)
	}
	for line := range strings.Lines(log) {
		for _, canary := range canaries {
			if strings.Contains(line, canary) {
				t.Errorf("%q in the log: %.300s", canary, line)
			}
		}
	}
}

// web is the address of the peers' end, as far as it could be logged.
func (h *house) web() string { return strings.TrimPrefix(h.url, "http://") }

// Whatever people ask, in whatever order: everybody gets his answers or his close code, and nothing panics.
func TestRandomRequests(t *testing.T) {
	for seed := range uint64(10) {
		random := rand.New(rand.NewPCG(seed, 0))
		h := newHouse(t)
		peers := []*peer{h.counsel(), h.join("cara", newDevice(t))}
		for _, label := range []string{"anna", "anna", "ben", "ivo", "mia"} {
			peers = append(peers, h.join(label, newDevice(t)))
		}
		for range 150 {
			who, target, other := peers[random.IntN(len(peers))], peers[random.IntN(len(peers))], peers[random.IntN(len(peers))]
			all := slices.Collect(maps.Values(requests(target.id(), other.id())))
			slices.SortFunc(all, func(a, b wire.Body) int { return strings.Compare(a.Type(), b.Type()) })
			b := all[random.IntN(len(all))]
			if _, end := b.(*wire.End); end && random.IntN(10) > 0 {
				b = &wire.Leave{}
			}
			data, err := wire.Encode(wire.Message{Body: b})
			must(t, err)
			_ = who.ws.Write(t.Context(), websocket.MessageText, data) // the socket may be gone
		}
		for _, p := range peers {
			// A ping is answered by the reader; a socket that is closed says why.
			data, err := wire.Encode(wire.Message{ID: 1000, Body: &wire.Ping{}})
			must(t, err)
			_ = p.ws.Write(t.Context(), websocket.MessageText, data)
			if p.take(func(m wire.Message) bool { return m.ID == 1000 }) == nil {
				if code := websocket.CloseStatus(p.why()); wire.CloseCode(code).Reason() == "" {
					t.Errorf("seed %d: neither an answer nor a reason: %v", seed, p.why())
				}
			}
		}
		if n := h.server.Stats().Panics; n != 0 {
			t.Errorf("seed %d: %d panics:\n%s", seed, n, h.log)
		}
	}
}
