package e2e

import (
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// The counsellor is there first: the client waits, is let in, and they see and hear each other, each under the right name.
func TestCounsellorFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Frau M.")
	state, err := client.CheckLink(t.Context(), a.links[0], client.Options{})
	if err != nil || state.Status != "open" || state.Role != "client" || state.Consent != "click" || state.Service != s.config.ServiceName {
		t.Errorf("the link is for %+v, %v", state, err)
	}
	counsellor := join(t, a.counsellor)
	equal(t, "counsellor's role", counsellor.Role(), wire.RoleCounsellor)
	equal(t, "counsellor's phase", counsellor.Phase(), wire.PhaseIn)

	anna := join(t, a.links[0])
	equal(t, "client's role", anna.Role(), wire.RoleClient)
	welcome := expect[*wire.Welcome](anna)
	equal(t, "phase", welcome.Phase, wire.PhaseWaiting)
	equal(t, "the counsellor is", welcome.State.Counsellor, wire.Here)
	if s := welcome.State; s.Self != nil || s.Members != nil || s.Publications != nil || s.Waiting != nil {
		t.Errorf("somebody who waits sees %+v", s)
	}
	knock := expect[*wire.Waiting](counsellor)
	equal(t, "who waits", knock.Participant, anna.Participant())
	equal(t, "label", knock.Label.Plain, "Frau M.")
	equal(t, "language", knock.Lang, "de")

	must(t, counsellor.Admit(counsellor.ctx(), anna.Participant()))
	admitted := expect[*wire.Admitted](anna)
	equal(t, "phase", anna.Phase(), wire.PhaseIn)
	if m := admitted.State.Members; len(m) != 1 || m[0].Participant != counsellor.Participant() || m[0].Person != "" || m[0].Label != nil {
		t.Errorf("a client sees the members %+v", m)
	}
	equal(t, "the counsellor sees the label", expect[*wire.Member](counsellor).Label.Plain, "Frau M.")
	meet(counsellor, anna)
	for _, pair := range [][2]*person{{counsellor, anna}, {anna, counsellor}} {
		if as := pair[0].of(pair[1]).as; as[pair[1].Participant()] == 0 || len(as) != 1 {
			t.Errorf("%s was shown under the names %v", pair[1].Participant(), as)
		}
	}
	expect(anna, func(e *wire.Speaker) bool { return len(e.Speaking) > 0 })

	must(t, anna.Leave(anna.ctx()))
	equal(t, "reason", expect[*wire.MemberGone](counsellor).Reason, wire.ReasonLeft)
	if err := anna.finished(); err != nil {
		t.Errorf("after leaving: %v", err)
	}
}

// The client is there first: he is told when the counsellor comes, and who comes finds him waiting.
func TestClientFirst(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Frau M.")
	anna := join(t, a.links[0])
	equal(t, "the counsellor is", expect[*wire.Welcome](anna).State.Counsellor, wire.Absent)
	counsellor := join(t, a.counsellor)
	equal(t, "the counsellor is", expect[*wire.Counsellor](anna).Counsellor, wire.Here)
	if w := expect[*wire.Welcome](counsellor).State.Waiting; len(w) != 1 || w[0].Participant != anna.Participant() {
		t.Fatalf("the counsellor finds waiting %+v", w)
	}
	counsellor.admits(anna)
	meet(counsellor, anna)
	// Whoever comes later sees those who are there.
	ben := join(t, a.links[0])
	equal(t, "the same link on another device", expect[*wire.Welcome](ben).OtherDevice, true)
}

func TestDeclinedAndKnocksAgain(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna")
	counsellor, anna := join(t, a.counsellor), join(t, a.links[0])
	must(t, counsellor.Decline(counsellor.ctx(), anna.Participant()))
	expect[*wire.Declined](anna)
	equal(t, "phase", anna.Phase(), wire.PhaseDeclined)
	declined := time.Now()
	// Who was told to stay outside decides whether he still wants to be seen.
	refused(t, &wire.Admit{}, counsellor.Admit(counsellor.ctx(), anna.Participant()), wire.CodeWrongState)
	refused(t, &wire.Knock{}, anna.Knock(anna.ctx()), wire.CodeTooFast)
	equal(t, "phase", anna.Phase(), wire.PhaseDeclined)
	// A new tab is no way around it.
	tab := anna.again()
	equal(t, "phase", tab.Phase(), wire.PhaseDeclined)
	if err := anna.finished(); err != client.ErrReplaced {
		t.Errorf("the first tab: %v", err)
	}
	eventually(t, patience, "he may knock again", func() bool { return tab.Knock(tab.ctx()) == nil })
	if waited := time.Since(declined); waited < wire.KnockAgainAfter-time.Second {
		t.Errorf("he knocked again after %v", waited)
	}
	expect(counsellor, func(w *wire.Waiting) bool { return w.Participant == tab.Participant() && w.State == wire.WaitWaiting })
	counsellor.admits(tab)
	meet(counsellor, tab)
}

// Put back and let in at once, the client has a connection that works: the old one is not taken for it.
func TestPutBackAndAdmittedInOneBreath(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 1)
	anna := others[0]
	seat := anna.Participant()
	for range 3 {
		must(t, counsellor.PutBack(counsellor.ctx(), seat))
		must(t, counsellor.Admit(counsellor.ctx(), seat))
		expect[*wire.WasPutBack](anna)
		expect[*wire.Admitted](anna)
		meet(counsellor, anna)
	}
	equal(t, "the seat", anna.Participant(), seat)
}

// What a client may not do is refused, and nothing happens.
func TestActionsWithoutTheRight(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	counsellor, anna, ben := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1])
	counsellor.admits(anna)
	for _, request := range []wire.Body{
		&wire.Admit{Participant: ben.Participant()}, &wire.Decline{Participant: ben.Participant()}, &wire.PutBack{Participant: counsellor.Participant()},
		&wire.Remove{Participant: counsellor.Participant()}, &wire.Mute{Participant: counsellor.Participant(), Kind: wire.KindAudio}, &wire.MuteAll{}, &wire.Hold{On: true}, &wire.End{},
	} {
		for _, p := range []*person{anna, ben} {
			_, err := p.Request(t.Context(), request)
			refused(t, request, err, wire.CodeNotAllowed)
		}
	}
	equal(t, "phase", ben.Phase(), wire.PhaseWaiting)
	meet(counsellor, anna)
	equal(t, "refused", s.count(`anteroom_requests_refused_total{code="not_allowed"}`), 16)
}
