package circle

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// author is a counsellor's page that states.
type author struct {
	*statements
	own *Own
}

func newAuthor(t *testing.T) author {
	t.Helper()
	device, err := credential.NewDevice()
	if err != nil {
		t.Fatal(err)
	}
	own, err := NewOwn(device, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	a := author{newStatements(), own}
	a.accept(a.device(), true)
	return a
}

func (a author) device() string { return name(a.own.public.Device) }

// states gives what the author signs at a moment.
func (a author) states(t *testing.T, about statement, at time.Time) *Signed {
	t.Helper()
	signed, err := a.say(a.own, about, at)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// reader is somebody's page for whom these authors speak.
func reader(authors ...author) *statements {
	s := newStatements()
	for _, a := range authors {
		s.accept(a.device(), true)
	}
	return s
}

var (
	noon = time.UnixMilli(1_800_000_000_000)
	ben  = statement{participant: "ben", person: "b", role: "client", subject: "ben's device"}
)

func with(about statement, in bool) statement {
	about.in = in
	return about
}

// Nobody's clock keeps anybody in or out: what lies ahead counts, and the highest number of all cannot keep an "out" from counting.
func TestClocks(t *testing.T) {
	ada, cleo := newAuthor(t), newAuthor(t)
	r := reader(ada, cleo)
	ahead := ada.states(t, with(ben, true), noon.Add(3*time.Hour))
	for _, s := range []*statements{r, cleo.statements} {
		s.accept(ada.device(), true)
		if !s.hear([]*Signed{ahead}, noon) || s.of(ben.subject) == nil || !s.of(ben.subject).in {
			t.Fatal("what was stated by a clock that is ahead does not count")
		}
	}
	r.hear([]*Signed{cleo.states(t, with(ben, false), noon)}, noon)
	if r.of(ben.subject).in {
		t.Error("a clock that is behind puts nobody out")
	}

	highest := ada.states(t, with(ben, true), time.UnixMilli(1<<60))
	if number := ada.of(ben.subject).number; number != 1<<53-1 {
		t.Errorf("a number of %d, which no browser reads", number)
	}
	out := ada.states(t, with(ben, false), noon)
	for _, said := range [][]*Signed{{highest, out}, {out, highest}} {
		r := reader(ada)
		r.hear(said, noon)
		if r.of(ben.subject).in {
			t.Error("the highest number keeps somebody in")
		}
	}
	if _, err := ada.say(ada.own, with(ben, true), noon); err == nil {
		t.Error("in again, and nobody would hear it")
	}
}

// Of speakers who put each other out the earliest word counts, in whatever order it came, and each time that it is weighed.
func TestPutEachOtherOut(t *testing.T) {
	ada, cleo, dora := newAuthor(t), newAuthor(t), newAuthor(t)
	out := func(by, whom author, at time.Time) *Signed {
		return by.states(t, statement{participant: "p", role: "counsellor", subject: whom.device()}, at)
	}
	// Cleo puts Ada out; Ada, who counts no more by then, Cleo and Dora.
	first, second, third := out(cleo, ada, noon), out(ada, cleo, noon.Add(time.Millisecond)), out(ada, dora, noon.Add(time.Second))
	for n, said := range [][]*Signed{{first, second, third}, {third, second, first}, {second, first, third}} {
		one, all := reader(ada, cleo, dora), reader(ada, cleo, dora)
		for _, s := range said {
			one.hear([]*Signed{s}, noon)
		}
		all.hear(said, noon)
		for range 50 {
			for _, r := range []*statements{one, all} {
				r.count = nil
				if r.counts(ada.device()) || !r.counts(cleo.device()) || !r.counts(dora.device()) {
					t.Fatalf("order %d: Ada counts: %v, Cleo: %v, Dora: %v", n, r.counts(ada.device()), r.counts(cleo.device()), r.counts(dora.device()))
				}
			}
		}
	}
}

// Who was put out a minute ago is not believed to have put the other out before, with whatever clock.
func TestPutOutAMinuteAgo(t *testing.T) {
	ada, cem := newAuthor(t), newAuthor(t)
	whom := func(a author) statement {
		return statement{participant: "p", role: "counsellor", subject: a.device()}
	}
	his := cem.states(t, whom(ada), noon.Add(-time.Hour))
	hers := ada.states(t, whom(cem), noon)
	for _, c := range []struct {
		waited time.Duration
		stays  author
	}{{0, cem}, {59 * time.Second, cem}, {time.Minute, cem}, {61 * time.Second, ada}} {
		r := reader(ada, cem)
		r.hear([]*Signed{hers}, noon)
		if r.counts(cem.device()) || !r.counts(ada.device()) {
			t.Fatal("she put him out, and he counts")
		}
		r.hear([]*Signed{his}, noon.Add(c.waited))
		if r.counts(ada.device()) != (c.stays.own == ada.own) || r.counts(cem.device()) != (c.stays.own == cem.own) {
			t.Errorf("after %v, Ada counts: %v, Cem: %v", c.waited, r.counts(ada.device()), r.counts(cem.device()))
		}
	}
}

// Who is let in anew brings no word back that he spoke of another speaker while he was out, and says the same anew where he means it.
func TestLetInAnew(t *testing.T) {
	ada, cleo := newAuthor(t), newAuthor(t)
	whom := func(a author, in bool) statement {
		return statement{participant: "p", role: "counsellor", subject: a.device(), in: in, speaks: in}
	}
	out := cleo.states(t, whom(ada, false), noon)
	answer := ada.states(t, whom(cleo, false), noon.Add(time.Millisecond))
	cleo.accept(ada.device(), true)
	anew := cleo.states(t, whom(ada, true), noon.Add(time.Second))
	for n, said := range [][]*Signed{{out, answer, anew}, {answer, out, anew}, {anew, answer, out}} {
		one, all := reader(ada, cleo), reader(ada, cleo)
		for _, s := range said {
			one.hear([]*Signed{s}, noon)
		}
		all.hear(said, noon)
		for _, r := range []*statements{one, all} {
			if !r.counts(ada.device()) || !r.counts(cleo.device()) || r.of(cleo.device()) != nil {
				t.Errorf("order %d: Ada counts: %v, Cleo: %v", n, r.counts(ada.device()), r.counts(cleo.device()))
			}
		}
	}
	r := reader(ada, cleo)
	r.hear([]*Signed{out, answer, anew, ada.states(t, whom(cleo, false), noon.Add(2*time.Second))}, noon)
	if !r.counts(ada.device()) || r.counts(cleo.device()) {
		t.Error("what she says now that she is in again does not count")
	}
}

// Of a hundred that came and went one message has those who are here, and the newest.
func TestToldOfThoseWhoAreHere(t *testing.T) {
	ada := newAuthor(t)
	here := map[string]bool{}
	for n := range 100 {
		about := statement{participant: "p", role: "client", subject: fmt.Sprint("device ", n), in: n%2 == 0}
		ada.states(t, about, noon.Add(time.Duration(n)*time.Millisecond))
		here[about.subject] = n < 5
	}
	told := ada.told(here, "")
	if len(told) != statementsTold {
		t.Fatalf("%d are told", len(told))
	}
	for n, signed := range told {
		about, _ := readStatement(signed)
		if n < 5 && !here[about.subject] || n >= 5 && about.subject != fmt.Sprint("device ", 104-n) {
			t.Errorf("at %d he is told of %s", n, about.subject)
		}
	}
}

// What an author did not sign takes the place of nothing that he did; his own newest takes that of his oldest, an "out" before an "in".
func TestPlaces(t *testing.T) {
	ada := newAuthor(t)
	device := func(n int) string { return fmt.Sprint("device ", n) }
	says := func(n int, in bool) *Signed {
		return ada.states(t, statement{participant: "p", role: "client", subject: device(n), in: in}, noon.Add(time.Duration(n)*time.Millisecond))
	}
	first := says(0, true)
	for n := 1; n < statementsEach; n++ {
		says(n, n != 7)
	}
	for n := range 20 {
		about := statement{participant: "p", role: "client", subject: device(1000 + n), in: true, number: noon.UnixMilli()}
		if ada.hear([]*Signed{{Statement: about.text(), By: first.By, Signature: first.Signature}}, noon) {
			t.Fatal("what she did not sign is news")
		}
	}
	if ada.of(device(0)) == nil || ada.of(device(7)) == nil {
		t.Error("what she did not sign took the place of what she did")
	}
	says(300, true)
	if ada.of(device(7)) != nil || ada.of(device(0)) == nil {
		t.Error("her oldest \"out\" did not give way")
	}
	says(301, true)
	if ada.of(device(0)) != nil || ada.of(device(1)) == nil || ada.of(device(301)) == nil || len(ada.all) != statementsEach {
		t.Errorf("her oldest did not give way; %d are kept", len(ada.all))
	}
}

// However much those have stated who count no more, there is a place for who does.
func TestPlacesOfWhoCountsNoMore(t *testing.T) {
	ada := newAuthor(t)
	r := reader(ada)
	var authors []author
	for range statementsKept / statementsEach {
		a := newAuthor(t)
		authors = append(authors, a)
		r.accept(a.device(), true)
		for n := range statementsEach {
			r.hear([]*Signed{a.states(t, statement{participant: "p", role: "client", subject: fmt.Sprint("device ", n), in: true}, noon)}, noon)
		}
	}
	if len(r.all) != statementsKept {
		t.Fatalf("%d are kept", len(r.all))
	}
	said := ada.states(t, with(ben, true), noon)
	if r.hear([]*Signed{said}, noon) {
		t.Fatal("all of them count, and there is a place for another")
	}
	delete(r.accepted, authors[0].device())
	r.count = nil
	if !r.hear([]*Signed{said}, noon) || r.of(ben.subject) == nil || len(r.all) != statementsKept-statementsEach+1 {
		t.Errorf("there is no place; %d are kept", len(r.all))
	}
}

// Names are as long as a room's are, and speakers no more than it has.
func TestBounds(t *testing.T) {
	ada := newAuthor(t)
	for _, c := range []struct {
		about statement
		is    bool
	}{
		{statement{participant: strings.Repeat("ä", 64), role: "client", subject: strings.Repeat("A", 87)}, true},
		{statement{participant: strings.Repeat("\U0001F642", 33), role: "client", subject: "A"}, false},
		{statement{participant: "p", person: strings.Repeat("p", 65), subject: "A"}, false},
		{statement{participant: "p", role: strings.Repeat("r", 65), subject: "A"}, false},
		{statement{participant: "p", role: "client", subject: strings.Repeat("A", 88)}, false},
	} {
		if _, ok := readStatement(&Signed{Statement: c.about.text(), By: ada.device()}); ok != c.is {
			t.Errorf("%+v is read: %v", c.about, ok)
		}
	}
	// Each of two hundred speaks by the word of the one before.
	by, r := ada, reader(ada)
	for range 200 {
		next := newAuthor(t)
		r.hear([]*Signed{by.states(t, statement{participant: "p", role: "counsellor", subject: next.device(), in: true, speaks: true}, noon)}, noon)
		by = next
	}
	// It is looked at after each round, and one round may bring in a few.
	if n := len(r.counting()); n < speakersMost || n > 100 {
		t.Errorf("%d speak for the room", n)
	}
}

// What is equal is judged alike each time: two words of one number, and speakers whom another has named.
func TestWeighedAlike(t *testing.T) {
	ada, cleo, dora, eve := newAuthor(t), newAuthor(t), newAuthor(t), newAuthor(t)
	var said []*Signed
	for _, one := range []author{cleo, dora, eve} {
		said = append(said, ada.states(t, statement{participant: "p", role: "counsellor", subject: one.device(), in: true, speaks: true}, noon))
	}
	for n, by := range []author{cleo, dora, eve} {
		seat := ben
		seat.participant = fmt.Sprint("seat ", n)
		said = append(said, by.states(t, with(seat, true), noon))
	}
	out := func(by, whom author) {
		said = append(said, by.states(t, statement{participant: "p", role: "counsellor", subject: whom.device()}, noon.Add(time.Second)))
	}
	out(cleo, dora)
	out(dora, cleo)
	r := reader(ada)
	r.hear(said, noon)
	was := ""
	for range 50 {
		r.count = nil
		is := fmt.Sprint(r.counts(cleo.device()), r.counts(dora.device()), r.of(ben.subject).participant)
		if was != "" && is != was {
			t.Fatalf("once %s, and then %s", was, is)
		}
		was = is
	}
}
