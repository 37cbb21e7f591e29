package room

import (
	"bytes"
	"reflect"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// over gives what a room says of itself when it has ended, and what came before and after it.
func over(t *testing.T, events []Event) (record Record, before, after []Event) {
	t.Helper()
	for i, e := range events {
		if o, ok := e.Body.(Over); ok {
			return o.Record, events[:i], events[i+1:]
		}
	}
	t.Fatalf("the room did not say that it is over: %#v", events)
	return
}

// On every way to the end the room says who was there, in numbers; before anybody is told, after everything is cut.
func TestTheRecordOfARoom(t *testing.T) {
	german, english := bytes.Repeat([]byte{2}, ConsentText), bytes.Repeat([]byte{1}, ConsentText)
	for name, end := range map[string]func(h *house, ada Arrive) []Event{
		"the counsellor ends it": func(h *house, ada Arrive) []Event { return h.must(End{ada.Socket}) },
		"it is ended outside":    func(h *house, _ Arrive) []Event { return h.must(EndRoom{}) },
		"no counsellor comes back": func(h *house, ada Arrive) []Event {
			h.must(Leave{By: ada.Socket})
			h.now = h.now.Add(h.s.d.Config.EndAfter)
			return h.must(Tick{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t, testConfig())
			ada := h.account("ada", 1)
			h.must(ada)
			began := h.now
			for _, guest := range []struct {
				name string
				text []byte
			}{{"ben", german}, {"cleo", english}, {"dora", german}, {"emil", nil}} {
				a := h.client(guest.name, 1)
				if a.ConsentText = guest.text; guest.text == nil {
					a.Consent = ""
				}
				h.must(a)
				if guest.name != "emil" { // who is never let in
					h.must(Admit{ada.Socket, a.Participant})
				}
			}
			h.now = h.now.Add(time.Minute)
			h.must(Heard{ada.Participant})
			events := end(h, ada)
			record, before, after := over(t, events)
			want(t, "began", record.Began, began.UnixMilli())
			want(t, "ended", record.Ended, h.now.UnixMilli())
			want(t, "people", record.People, map[lobby.Role]int{lobby.RoleCounsellor: 1, lobby.RoleClient: 3})
			want(t, "texts", record.Texts, [][]byte{english, german})
			want(t, "restarted", record.Restarted, false)
			for _, e := range before {
				if len(e.To) > 0 {
					t.Errorf("told before: %#v", e)
				}
			}
			told := map[Socket]bool{}
			for _, e := range after {
				switch b := e.Body.(type) {
				case Ended:
					for _, to := range e.To {
						told[to] = b.WasIn
					}
				case Drop, Flow:
					t.Errorf("%#v after it was told", e)
				}
			}
			for i, wasIn := range map[Socket]bool{"socket-2": true, "socket-5": false} {
				if in, ok := told[i]; !ok || in != wasIn {
					t.Errorf("%s: told %v, was in %v", i, ok, in)
				}
			}
			if !reflect.DeepEqual(h.s.d, data{Config: h.s.d.Config, Latest: h.s.d.Latest, Over: true}) {
				t.Errorf("something is left in the room: %+v", h.s.d)
			}
		})
	}
}

// A room that was live before a restart does not claim to know how it began.
func TestTheRecordAfterARestart(t *testing.T) {
	config := testConfig()
	config.Begun = true
	h := newHouse(t, config)
	h.now = h.now.Add(time.Second)
	h.must(Tick{})
	h.now = h.now.Add(config.EndAfter)
	record, _, _ := over(t, h.must(Tick{}))
	if !record.Restarted || record.Began != 0 || len(record.People) != 0 {
		t.Errorf("the record: %+v", record)
	}
}

// While an incident is looked at nothing passes between anybody, and whoever may lets the room go on or ends it.
func TestIncident(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.inside()
	if h.s.d.Pair == nil {
		t.Fatal("the two are not connected")
	}
	h.refuse(Incident{ben.Socket, true}, ErrNotAllowed)
	h.refuse(Incident{"socket-unknown", true}, ErrNotFound)
	events := h.must(Incident{ada.Socket, true})
	if p, ok := events[0].Body.(Parted); !ok || p.Gently {
		t.Errorf("two who are connected are parted at once, not by %#v", events[0])
	}
	for _, p := range []Participant{ada.Participant, ben.Participant} {
		want(t, "group of "+string(p), h.flows[p].Group, "")
	}
	coco := h.link("coco", 1, lobby.RoleCoCounsellor)
	h.must(coco)
	want(t, "group of who comes meanwhile", h.flows[coco.Participant].Group, "")
	h.refuse(Incident{coco.Socket, false}, ErrNotAllowed)
	h.refuse(End{coco.Socket}, ErrNotAllowed)
	h.refuse(Hold{By: ada.Socket, On: false}, ErrWrongState)
	h.must(Incident{ada.Socket, true}) // again changes nothing
	if !h.s.d.Frozen || h.s.d.FrozenBy != ada.Participant {
		t.Errorf("frozen by %q", h.s.d.FrozenBy)
	}
	h.must(Incident{ada.Socket, false})
	for _, p := range []Participant{ada.Participant, ben.Participant, coco.Participant} {
		want(t, "group of "+string(p), h.flows[p].Group, everybody)
	}
	// Whoever reported it may, and a counsellor too.
	h.must(Incident{coco.Socket, true})
	h.must(Incident{coco.Socket, false})
	h.must(Incident{coco.Socket, true})
	h.must(End{ada.Socket})
}

// A room that lost its state knows from tokens that it was frozen, until somebody has said otherwise since.
func TestFrozenOverARestart(t *testing.T) {
	h := newHouse(t, testConfig())
	ada := h.account("ada", 1)
	ada.Token, ada.Fresh = &Token{Session: session, Standing: lobby.Standing{Frozen: true}}, false
	h.must(ada)
	if !h.s.d.Frozen || h.flows[ada.Participant].Group != "" {
		t.Fatal("the room is open")
	}
	want(t, "what her new token says", h.standing[ada.Socket], lobby.Standing{Frozen: true})
	h.must(Incident{ada.Socket, false})
	want(t, "the room goes on", h.s.room(), Room{})
	late := h.account("ada", 2)
	late.Token = &Token{Session: session, Standing: lobby.Standing{Frozen: true}}
	h.must(late)
	if h.s.d.Frozen {
		t.Error("an old token froze the room again")
	}
}

// Who may let a frozen room go on may so over a restart: counsellors, and the co-counsellor who reported it, by the word of his token alone.
func TestWhoThawsAfterARestart(t *testing.T) {
	h := newHouse(t, testConfig())
	back := func(a Arrive, k lobby.Standing) Arrive {
		a.Token, a.Fresh = &Token{Session: session, Admitted: true, Standing: k}, false
		h.must(a)
		return a
	}
	coco := back(h.link("coco", 1, lobby.RoleCoCounsellor), lobby.Standing{Frozen: true})
	rita := back(h.link("rita", 2, lobby.RoleCoCounsellor), lobby.Standing{Frozen: true, Reported: true})
	mona := back(h.link("mona", 3, lobby.RoleCoCounsellor), lobby.Standing{Frozen: true, Reported: true})
	ben := back(h.client("ben", 4), lobby.Standing{Frozen: true, Reported: true})
	want(t, "what rita's new token says", h.standing[rita.Socket], lobby.Standing{Frozen: true, Reported: true})
	for _, other := range []Arrive{coco, mona, ben} {
		h.refuse(Incident{other.Socket, false}, ErrNotAllowed)
		h.refuse(End{other.Socket}, ErrNotAllowed)
		want(t, "what another's says", h.standing[other.Socket], lobby.Standing{Frozen: true})
	}
	h.must(Incident{rita.Socket, false})
	want(t, "what it says then", h.standing[rita.Socket], lobby.Standing{})
	h.must(Incident{rita.Socket, true})
	ada := h.account("ada", 5)
	h.must(ada)
	h.must(Incident{ada.Socket, false})
}

// A hold that was spoken of after a restart says nothing of an incident.
func TestAHoldThawsNothing(t *testing.T) {
	h := newHouse(t, testConfig())
	coco := h.link("coco", 1, lobby.RoleCoCounsellor)
	h.must(coco)
	h.must(Hold{By: coco.Socket, On: true})
	h.must(Hold{By: coco.Socket})
	ada := h.account("ada", 2)
	ada.Token, ada.Fresh = &Token{Session: session, Standing: lobby.Standing{Frozen: true}}, false
	h.must(ada)
	want(t, "frozen", h.s.d.Frozen, true)
}
