package e2e

import (
	"errors"
	"sync"
	"testing"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// atOnce does two things in the same moment.
func atOnce(one, other func() error) (first, second error) {
	var start, done sync.WaitGroup
	start.Add(1)
	done.Go(func() { start.Wait(); first = one() })
	done.Go(func() { start.Wait(); second = other() })
	start.Done()
	done.Wait()
	return first, second
}

// Two counsellors answer the same person in the same moment. One of them is answered that it is done, the other that it is not possible any more, and
// the person, and what both of them see, stand as the first has said.
func TestTwoCounsellorsAnswerAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t)
	const rounds = 24
	persons := []string{"co-counsellor:Dr. D."}
	for range rounds {
		persons = append(persons, "Anna")
	}
	a := s.invite(persons...)
	o := &office{t: t, site: s}
	ada, dora := o.visit(a.counsellor), o.visit(a.links[0])
	won := [2]int{} // by an admission and a decline
	for i, link := range a.links[1:] {
		anna := o.visit(link)
		seat := anna.Participant()
		admit := func(by *person) func() error { return func() error { return by.Admit(by.ctx(), seat) } }
		decline := func() error { return dora.Decline(dora.ctx(), seat) }
		second := decline
		if i%3 == 0 {
			second = admit(dora)
		}
		first := admit(ada)
		if i%2 == 1 {
			first, second = second, first // whoever is started later is often the first
		}
		one, other := atOnce(first, second)
		if i%2 == 1 {
			one, other = other, one
		}
		if (one == nil) == (other == nil) {
			t.Fatalf("round %d: answered %v and %v", i, one, other)
		}
		if code := codeOf(t, errors.Join(one, other)); code != wire.CodeWrongState {
			t.Errorf("round %d: refused with %s", i, code)
		}
		admitted := one == nil || i%3 == 0
		if admitted {
			won[0]++
			expect[*wire.Admitted](anna)
		} else {
			won[1]++
			expect[*wire.Declined](anna)
		}
		// Asked and answered after it: what had to come has come.
		_, err := anna.Request(anna.ctx(), &wire.RaiseHand{Up: true})
		equal(t, "a hand is for who is in", codeOf(t, err) == "", admitted)
		if came[*wire.Admitted](anna) || came[*wire.Declined](anna) {
			t.Errorf("round %d: she was answered twice", i)
		}
		for _, p := range []*person{ada, dora} {
			if admitted {
				expect(p, func(m *wire.Member) bool { return m.Participant == seat })
			} else {
				expect(p, func(w *wire.Waiting) bool { return w.Participant == seat && w.State == wire.WaitDeclined })
			}
		}
		must(t, anna.Leave(anna.ctx()))
	}
	t.Logf("the first was an admission %d times, a decline %d times", won[0], won[1])
}

// The room ends in the moment in which somebody is let in: he is told of the end, and nothing of him is left.
func TestTheEndWhileSomebodyIsLetIn(t *testing.T) {
	t.Parallel()
	s := open(t)
	account, err := client.SignIn(t.Context(), s.node.Origin(), name, password, client.Options{})
	must(t, err)
	won := 0
	for round := range 12 {
		a := s.invite("co-counsellor:Dr. D.", "Anna", "Ben")
		ada, dora, anna, ben := join(t, a.counsellor), join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2])
		ada.admits(ben)
		end := func() error { return dora.End(dora.ctx()) }
		if round%2 == 1 {
			end = func() error { _, err := account.EndRoom(t.Context(), string(a.room)); return err } // in the store first
		}
		admitted, ended := atOnce(func() error { return ada.Admit(ada.ctx(), anna.Participant()) }, end)
		must(t, ended)
		if admitted == nil {
			won++
		} else if code := codeOfEnd(admitted); code != "" && code != wire.CodeWrongState {
			t.Errorf("refused with %s", code)
		}
		for _, p := range []*person{anna, ben, ada, dora} {
			if err := p.finished(); err != client.ErrEnded {
				t.Errorf("round %d: %v", round, err)
			}
		}
		if _, err := client.Join(t.Context(), a.links[1], client.Options{}); err == nil {
			t.Error("her link opens")
		}
	}
	eventually(t, forgotten, "no media connection is left", func() bool { return s.count("anteroom_media_sessions") == 0 })
	eventually(t, forgotten, "no leave to use the relay is left", func() bool { return s.count("anteroom_relay_grants") == 0 })
	t.Logf("the admission came first %d times of 12", won)
}

// codeOfEnd is what a request was refused with, "" where the socket was closed before.
func codeOfEnd(err error) wire.Code {
	if refusal, ok := errors.AsType[*client.RequestError](err); ok {
		return refusal.Code
	}
	return ""
}
