package e2e

import (
	"testing"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Who waits may try his line once in ten seconds, and nobody else may; the leave to do so ends with the socket. Who moderates reads what was found.
func TestLineCheck(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.inviteUnder("schutz", "Frau M.")
	counsellor := join(t, a.counsellor, a.pinned(0))
	anna := newPage(s, a.links[0], "127.0.0.1")
	anna.pin = string(a.persons[1].NewPIN)
	ws, welcome := anna.signOn(wire.Hello{Ticket: anna.ticket(), Lang: "de"})
	me := welcome.(*wire.Welcome).Participant
	ask := func(id int32, b wire.Body) wire.Body {
		t.Helper()
		anna.say(ws, wire.Message{ID: id, Body: b})
		return anna.hear(ws, func(m wire.Message) bool { return m.ID == id })
	}
	refused := func(what string, answer wire.Body, want wire.Code) {
		t.Helper()
		if e, ok := answer.(*wire.Error); !ok || e.Code != want {
			t.Errorf("%s: %+v, want the code %s", what, answer, want)
		}
	}

	way, ok := ask(2, &wire.LineCheck{}).(*wire.LineWay)
	if !ok || len(way.Near.URLs) == 0 || way.Near.Username == way.Far.Username || way.Near.Credential == "" || way.Far.Credential == "" {
		t.Fatalf("the way is %+v", way)
	}
	equal(t, "grants", s.count("anteroom_relay_grants"), 2+1) // and the counsellor's leave to reach the engine
	refused("at once again", ask(3, &wire.LineCheck{}), wire.CodeTooFast)
	ask(4, &wire.Forecast{Outlook: wire.OutlookSound})
	if e := expect(counsellor, func(w *wire.Waiting) bool { return w.Forecast != "" }); e.Participant != me || e.Forecast != wire.OutlookSound {
		t.Errorf("the counsellor reads %+v", e)
	}

	must(t, counsellor.Admit(counsellor.ctx(), me))
	anna.hear(ws, func(m wire.Message) bool { _, in := m.Body.(*wire.Admitted); return in })
	refused("who is in", ask(5, &wire.LineCheck{}), wire.CodeWrongState)
	refused("a forecast of who is in", ask(6, &wire.Forecast{Outlook: wire.OutlookGood}), wire.CodeWrongState)
	_ = ws.CloseNow()
	eventually(t, patience, "the leave to end", func() bool { return s.count("anteroom_relay_grants") <= 2 })
}
