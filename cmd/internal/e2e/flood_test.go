package e2e

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// T-05: strangers with links fill the waiting rooms of many rooms at once, with as many devices as they like, and write without pause. No room has
// more than its places, who came before keeps his, and each counsellor's page answers and lets him in as ever; so do conversations elsewhere.
func TestLobbiesAreFlooded(t *testing.T) {
	t.Parallel()
	const rooms, strangers, devices = 4, 7, 4
	s := open(t)
	elsewhere, clients, _ := counselled(s, 1)
	quiet := func(o *client.Options) { o.NoMedia = true }
	var hosts, honest []*person
	var floods []appointment
	for range rooms {
		labels := []string{"Anna"}
		for i := range strangers {
			labels = append(labels, fmt.Sprint("Stranger ", i))
		}
		a := s.invite(labels...)
		hosts, honest, floods = append(hosts, join(t, a.counsellor, quiet)), append(honest, join(t, a.links[0], quiet)), append(floods, a)
	}

	done := make(chan struct{})
	var measuring, flooding sync.WaitGroup
	var answers []time.Duration
	measuring.Go(func() { // each counsellor's page, in turn
		for i := 0; ; i++ {
			began := time.Now()
			if _, err := hosts[i%rooms].Request(t.Context(), &wire.Ping{}); err != nil {
				t.Errorf("a counsellor's page is answered %v", err)
				return
			}
			answers = append(answers, time.Since(began))
			select {
			case <-done:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	})
	var mu sync.Mutex
	codes := map[string]int{}
	count := func(what string) {
		mu.Lock()
		defer mu.Unlock()
		codes[what]++
	}
	began := time.Now()
	for i, a := range floods {
		flooding.Go(func() {
			for range devices {
				for _, link := range a.links[1:] {
					p := newPage(s, link, fmt.Sprintf("127.0.1.%d", i+1))
					ws, answer := p.signOn(wire.Hello{Ticket: p.ticket()})
					switch answer := answer.(type) {
					case *wire.Error:
						count("arrival: " + string(answer.Code))
						continue
					case *wire.Welcome:
						count("arrival")
					}
					for range 5 {
						p.say(ws, wire.Message{ID: 2, Body: &wire.WriteNote{Plain: "let me in"}})
						if no, is := p.hear(ws, func(m wire.Message) bool { return m.ID == 2 }).(*wire.Error); is {
							count("note: " + string(no.Code))
						} else {
							count("note")
						}
					}
				}
			}
		})
	}
	flooding.Wait()
	took := time.Since(began)
	close(done)
	measuring.Wait()
	slices.Sort(answers)
	slowest := answers[len(answers)-1]
	t.Logf("%v; %d answers to counsellors' pages, median %v, slowest %v", codes, len(answers), answers[len(answers)/2].Round(time.Microsecond), slowest.Round(time.Microsecond))
	if slowest > slowdown*bearableJoin {
		t.Errorf("a counsellor's page was answered after %v", slowest)
	}
	const places = 20
	equal(t, "strangers who wait", codes["arrival"], rooms*(places-1))
	equal(t, "who found no place", codes["arrival: room_full"]+codes["arrival: link_full"], rooms*(strangers*devices-places+1))
	// Once in ten seconds by each link, with however many devices.
	if least, most := rooms*strangers, rooms*strangers*(1+int(took/wire.NoteAgainAfter)); codes["note"] < least || codes["note"] > most {
		t.Errorf("%d notes were told in %v, want %d to %d", codes["note"], took, least, most)
	}
	equal(t, "notes", codes["note"]+codes["note: too_fast"], 5*codes["arrival"])

	for i, host := range hosts {
		began := time.Now()
		host.admits(honest[i])
		if took := time.Since(began); took > slowdown*bearableJoin {
			t.Errorf("who was there before is let in after %v", took)
		}
		host.mu.Lock()
		queue := map[string]bool{}
		for _, e := range host.events {
			if w, is := e.(*wire.Waiting); is {
				queue[w.Participant] = true
			}
		}
		host.mu.Unlock()
		if len(queue) > places {
			t.Errorf("a counsellor was told of %d who wait", len(queue))
		}
	}
	meet(elsewhere, clients[0])
	for _, p := range append(hosts, honest...) {
		if came[client.Reconnecting](p) || came[client.Finished](p) {
			t.Error("somebody lost his line")
		}
	}
}
