package circle

import (
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
		if !s.hear([]*Signed{ahead}) || s.of(ben.subject) == nil || !s.of(ben.subject).in {
			t.Fatal("what was stated by a clock that is ahead does not count")
		}
	}
	r.hear([]*Signed{cleo.states(t, with(ben, false), noon)})
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
		r.hear(said)
		if r.of(ben.subject).in {
			t.Error("the highest number keeps somebody in")
		}
	}
	if _, err := ada.say(ada.own, with(ben, true), noon); err == nil {
		t.Error("in again, and nobody would hear it")
	}
}
