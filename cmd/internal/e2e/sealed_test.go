package e2e

import (
	"bytes"
	"crypto/rand"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// What pages say of themselves, and seal for each other, reaches whom it is for, as it is and alone; who waits has no part in it.
func TestSealed(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "Carl")
	identity := func(of string) func(*client.Options) {
		return func(o *client.Options) { o.Identity = []byte("identity of " + of) }
	}
	counsellor := join(t, a.counsellor, identity("the counsellor"))
	anna, ben := join(t, a.links[0], identity("Anna")), join(t, a.links[1], identity("Ben"))
	refused := func(what string, p *person, to string, want wire.Code) {
		t.Helper()
		_, err := p.Request(p.ctx(), &wire.SendSealed{To: to, Sealed: []byte("sealed")})
		var refusal *client.RequestError
		if !errors.As(err, &refusal) || refusal.Code != want {
			t.Errorf("%s: %v, want the code %s", what, err, want)
		}
	}
	if w := expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == anna.Participant() }); string(w.Identity) != "identity of Anna" {
		t.Errorf("the counsellor reads %q", w.Identity)
	}
	refused("of who waits", anna, counsellor.Participant(), wire.CodeWrongState)
	refused("to who waits", counsellor, anna.Participant(), wire.CodeNotFound)
	for _, p := range []*person{anna, ben} {
		must(t, counsellor.Admit(counsellor.ctx(), p.Participant()))
		expect(p, func(*wire.Admitted) bool { return true })
	}
	if m := expect(anna, func(m *wire.Member) bool { return m.Participant == ben.Participant() }); string(m.Identity) != "identity of Ben" {
		t.Errorf("Anna reads %q", m.Identity)
	}

	content := noise(wire.MaxSealed)
	_, err := anna.Request(anna.ctx(), &wire.SendSealed{To: ben.Participant(), Sealed: content})
	must(t, err)
	if got := expect(ben, func(*wire.Sealed) bool { return true }); got.From != anna.Participant() || !bytes.Equal(got.Sealed, content) {
		t.Errorf("Ben gets %d bytes from %s", len(got.Sealed), got.From)
	}
	refused("to oneself", anna, anna.Participant(), wire.CodeWrongState)
	refused("to nobody", anna, "nobody", wire.CodeNotFound)
	if slices.Contains(counsellor.history(), "*wire.Sealed") {
		t.Error("the counsellor gets what was sealed for Ben")
	}

	must(t, counsellor.PutBack(counsellor.ctx(), anna.Participant()))
	expect(anna, func(*wire.WasPutBack) bool { return true })
	refused("of who was put back", anna, ben.Participant(), wire.CodeWrongState)
}

// Whoever is told much and reads nothing keeps his socket: it is refused to whoever tells it.
func TestSealedFlood(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor := join(t, a.counsellor)
	deaf := newPage(s, a.links[0], "127.0.0.1")
	ws, welcome := deaf.signOn(wire.Hello{Ticket: deaf.ticket(), Lang: "de"})
	ben := join(t, a.links[1])
	for _, p := range []string{welcome.(*wire.Welcome).Participant, ben.Participant()} {
		must(t, counsellor.Admit(counsellor.ctx(), p))
	}
	expect(ben, func(*wire.Admitted) bool { return true })
	to := welcome.(*wire.Welcome).Participant
	var refusal *client.RequestError
	for began := time.Now(); ; {
		_, err := ben.Request(ben.ctx(), &wire.SendSealed{To: to, Sealed: noise(wire.MaxSealed)})
		if errors.As(err, &refusal) {
			break
		}
		must(t, err)
		if time.Since(began) > patience {
			t.Fatal("it is never refused")
		}
	}
	equal(t, "the code", refusal.Code, wire.CodeTooFast)
	if m := deaf.hear(ws, func(m wire.Message) bool { _, ok := m.Body.(*wire.Sealed); return ok }); m == nil {
		t.Error("the socket was closed")
	}
}

// noise cannot be compressed.
func noise(length int) []byte {
	b := make([]byte, length)
	_, _ = rand.Read(b)
	return b
}
