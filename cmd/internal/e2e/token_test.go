package e2e

import (
	"testing"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// A token that says "admitted" is worth nothing after a put back and after a removal, also when the node was restarted since.
func TestOldTokensAreWorthless(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna")
	counsellor := join(t, a.counsellor)
	anna := newPage(s, a.links[0], "127.0.0.1")
	ws, answer := anna.signOn(wire.Hello{Ticket: anna.ticket()})
	seat := answer.(*wire.Welcome).Participant
	must(t, counsellor.Admit(counsellor.ctx(), seat))
	admitted := anna.hear(ws, func(m wire.Message) bool { _, ok := m.Body.(*wire.Admitted); return ok }).(*wire.Admitted).Resume
	_ = ws.CloseNow()

	// So long as it holds, it opens the door: to this device alone.
	equal(t, "with a token that holds", anna.phaseBy(admitted), "in")
	thief := newPage(s, a.links[0], "127.0.0.1")
	equal(t, "on another device", thief.phaseBy(admitted), "refused: proof")
	s.restart()
	expect[client.Reconnected](counsellor)
	equal(t, "with a token that holds, after a restart", anna.phaseBy(admitted), "in")

	must(t, counsellor.PutBack(counsellor.ctx(), seat))
	equal(t, "after the put back", anna.phaseBy(admitted), "refused: token")
	s.restart()
	equal(t, "after the put back and a restart", anna.phaseBy(admitted), "refused: token")

	// With a new ticket the same device waits like anybody, and is let in like anybody.
	expect[client.Reconnected](counsellor)
	ws, answer = anna.signOn(wire.Hello{Ticket: anna.ticket()})
	w := answer.(*wire.Welcome)
	equal(t, "with a new ticket", w.Phase, wire.PhaseWaiting)
	seat = w.Participant
	must(t, counsellor.Admit(counsellor.ctx(), seat))
	again := anna.hear(ws, func(m wire.Message) bool { _, ok := m.Body.(*wire.Admitted); return ok }).(*wire.Admitted).Resume
	equal(t, "the oldest token", anna.phaseBy(admitted), "refused: token")
	equal(t, "the token of now", anna.phaseBy(again), "in")

	ws, _ = anna.signOn(wire.Hello{Resume: again})
	must(t, counsellor.Remove(counsellor.ctx(), seat))
	removed := anna.hear(ws, func(m wire.Message) bool { _, ok := m.Body.(*wire.Removed); return ok })
	equal(t, "told", removed.Type(), "removed")
	for _, resume := range []string{admitted, again} {
		equal(t, "after the removal", anna.phaseBy(resume), "refused: link_invalid")
	}
	s.restart()
	for _, resume := range []string{admitted, again} {
		equal(t, "after the removal and a restart", anna.phaseBy(resume), "refused: link_invalid")
	}
	_, err := client.Join(t.Context(), a.links[0], client.Options{})
	if no, ok := err.(*client.HTTPError); !ok || no.Code != "link_revoked" {
		t.Errorf("the link after the removal and a restart: %v", err)
	}
}

// A ticket is good for one sign-on.
func TestATicketIsGoodOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	anna := newPage(s, s.invite("Anna").links[0], "127.0.0.1")
	ticket := anna.ticket()
	if _, answer := anna.signOn(wire.Hello{Ticket: ticket}); answer.Type() != "welcome" {
		t.Fatalf("%+v", answer)
	}
	_, answer := anna.signOn(wire.Hello{Ticket: ticket})
	if no, ok := answer.(*wire.Error); !ok || no.Code != wire.CodeToken {
		t.Errorf("the second time: %+v", answer)
	}
}
