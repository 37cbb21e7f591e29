package speaker

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is the moment some milliseconds after the test began.
func at(millis int) time.Time { return epoch.Add(time.Duration(millis) * time.Millisecond) }

// sound gives the level of the packet at a moment, or ok false for no packet.
type sound func(millis int) (level uint8, ok bool)

// speech rises and falls with syllables of 200 ms and is never as loud twice.
func speech(millis int) (uint8, bool) {
	rise := []uint8{45, 32, 27, 24, 25, 26, 29, 33, 38, 48}
	return rise[millis/20%10] + uint8(millis/200%3), true
}

func quiet(int) (uint8, bool)      { return 75, true }
func digital(int) (uint8, bool)    { return 127, true }
func nothing(int) (uint8, bool)    { return 0, false }
func fan(millis int) (uint8, bool) { return 38 + uint8(millis/20%4), true }

// louder is a sound nearer by some dB, or further away.
func louder(s sound, by int) sound {
	return func(millis int) (uint8, bool) {
		level, ok := s(millis)
		return uint8(int(level) - by), ok
	}
}

// both is two sounds at once: the louder is heard.
func both(a, b sound) sound {
	return func(millis int) (uint8, bool) {
		one, _ := a(millis)
		other, _ := b(millis)
		return min(one, other), true
	}
}

// over plays one sound while the moment is in one of the spans [from, to), else the other.
func over(background, foreground sound, spans ...int) sound {
	return func(millis int) (uint8, bool) {
		for i := 0; i < len(spans); i += 2 {
			if millis >= spans[i] && millis < spans[i+1] {
				return foreground(millis)
			}
		}
		return background(millis)
	}
}

// told is a change and when it was told.
type told struct {
	millis int
	Change[string]
}

// play runs the room until a moment: packets each 20 ms, the detector asked each 20 ms.
func play(d *Detector[string], room map[string]sound, from, to int) []told {
	var changes []told
	for millis := from; millis < to; millis += 20 {
		for id, s := range room { // the order must not matter
			if level, ok := s(millis); ok {
				d.Level(id, level, at(millis))
			}
		}
		if c, changed := d.Decide(at(millis)); changed {
			changes = append(changes, told{millis, c})
		}
	}
	return changes
}

// floor is who has the floor when, as told.
func floor(changes []told) (who []string, when []int) {
	last := ""
	for _, c := range changes {
		if c.Dominant != last {
			who, when = append(who, c.Dominant), append(when, c.millis)
			last = c.Dominant
		}
	}
	return who, when
}

func TestFloor(t *testing.T) {
	for _, c := range []struct {
		name string
		room map[string]sound
		to   int
		who  []string
		by   []int // the latest moment for each
	}{
		{"silence", map[string]sound{"ada": quiet, "ben": digital, "cem": nothing}, 20_000, nil, nil},
		{"the first to speak", map[string]sound{"ada": quiet, "ben": over(quiet, speech, 1000, 5000)}, 8000,
			[]string{"ben"}, []int{1620}},
		{"a word is enough while nobody has the floor", map[string]sound{"ada": over(quiet, speech, 1000, 1400)}, 5000,
			[]string{"ada"}, []int{1620}},
		{"a handover", map[string]sound{"ada": over(quiet, speech, 1000, 6000), "ben": over(quiet, speech, 6000, 12_000)}, 15_000,
			[]string{"ada", "ben"}, []int{1620, 7200}},
		{"a handover where silence is not sent", map[string]sound{"ada": over(nothing, speech, 1000, 6000), "ben": over(nothing, speech, 6000, 12_000)}, 15_000,
			[]string{"ada", "ben"}, []int{1620, 7200}},
		{"a cough", map[string]sound{"ada": over(quiet, speech, 1000, 9000), "ben": over(quiet, speech, 4000, 4200)}, 10_000,
			[]string{"ada"}, []int{1620}},
		{"mhm, mhm", map[string]sound{"ada": over(quiet, speech, 1000, 9000), "ben": over(quiet, speech, 3000, 3300, 4500, 4800, 6000, 6300)}, 10_000,
			[]string{"ada"}, []int{1620}},
		{"a cough long after somebody spoke", map[string]sound{"ada": over(quiet, speech, 1000, 3000), "ben": over(quiet, speech, 9000, 9200)}, 12_000,
			[]string{"ada"}, []int{1620}},
		{"a pause for breath with a word in it", map[string]sound{
			"ada": over(quiet, speech, 1000, 5000, 5700, 9000), "ben": over(quiet, speech, 5100, 5600),
		}, 10_000,
			[]string{"ada"}, []int{1620}},
		{"who falls in does not get the floor", map[string]sound{"ada": over(quiet, speech, 1000, 9000), "ben": over(quiet, speech, 5000, 9000)}, 9000,
			[]string{"ada"}, []int{1620}},
		{"who goes on alone gets it", map[string]sound{"ada": over(quiet, speech, 1000, 7000), "ben": over(quiet, speech, 5000, 12_000)}, 12_000,
			[]string{"ada", "ben"}, []int{1620, 8200}},
		{"a draw goes to the lower id", map[string]sound{"ben": over(quiet, speech, 1000, 5000), "ada": over(quiet, speech, 1000, 5000)}, 5000,
			[]string{"ada"}, []int{1620}},
		{"a fan is nobody", map[string]sound{"ada": fan, "ben": over(quiet, speech, 5000, 8000)}, 10_000,
			[]string{"ben"}, []int{5620}},
		{"speech over a fan", map[string]sound{"ada": over(fan, both(fan, speech), 20_000, 25_000)}, 26_000,
			[]string{"ada"}, []int{20_620}},
		{"a fan switched on is speech for a while only", map[string]sound{
			"ada": over(quiet, speech, 1000, 5000), "ben": over(quiet, fan, 8000, 60_000), "cem": over(quiet, speech, 30_000, 33_000),
		}, 35_000,
			[]string{"ada", "ben", "cem"}, []int{1620, 9000, 30_900}},
		{"a quiet speaker", map[string]sound{"ada": over(quiet, louder(speech, -15), 1000, 9000)}, 9000,
			[]string{"ada"}, []int{1920}},
		{"breathing", map[string]sound{"ada": over(digital, louder(speech, -30), 1000, 9000)}, 9000, nil, nil},
		{"shouting over a pump", map[string]sound{
			"ada": over(quiet, speech, 1000, 3000), "ben": over(louder(fan, 17), both(louder(fan, 17), louder(speech, 12)), 20_000, 25_000),
		}, 25_000,
			[]string{"ada", "ben"}, []int{1620, 21_500}},
		{"of two who fell in, who has spoken longer", map[string]sound{
			"ada": over(quiet, speech, 1000, 7000), "ben": over(quiet, speech, 5700, 9000), "cem": over(quiet, speech, 5100, 9000),
		}, 9000,
			[]string{"ada", "cem"}, []int{1620, 8200}},
		{"a telephone's packets of 60 ms", map[string]sound{
			"ada": over(quiet, speech, 1000, 5000),
			"ben": over(nothing, func(m int) (uint8, bool) { l, _ := speech(m); return l, m%60 == 0 }, 5000, 12_000),
		}, 12_000,
			[]string{"ada", "ben"}, []int{1620, 6600}},
	} {
		t.Run(c.name, func(t *testing.T) {
			who, when := floor(play(New[string](), c.room, 0, c.to))
			if !slices.Equal(who, c.who) {
				t.Fatalf("the floor went to %v at %v, want %v", who, when, c.who)
			}
			for i := range when {
				if when[i] > c.by[i] {
					t.Errorf("%s has the floor at %d ms, want it by %d", who[i], when[i], c.by[i])
				}
			}
		})
	}
}

func TestSpeaking(t *testing.T) {
	d := New[string]()
	changes := play(d, map[string]sound{
		"ben": over(quiet, speech, 1000, 4180, 4540, 6000),
		"ada": over(quiet, speech, 5000, 8000),
		"cem": quiet,
	}, 0, 12_000)
	want := []struct {
		by       int
		speaking []string
	}{
		{1620, []string{"ben"}}, // and on through the short pause
		{5620, []string{"ada", "ben"}},
		{6920, []string{"ada"}},
		{8920, nil},
	}
	var speaking [][]string
	for _, c := range changes {
		if n := len(speaking); n == 0 || !slices.Equal(speaking[n-1], c.Speaking) {
			if n < len(want) && (!slices.Equal(c.Speaking, want[n].speaking) || c.millis > want[n].by) {
				t.Errorf("at %d: %v; want %v by %d", c.millis, c.Speaking, want[n].speaking, want[n].by)
			}
			speaking = append(speaking, c.Speaking)
		}
	}
	if len(speaking) != len(want) {
		t.Errorf("told %v", changes)
	}
}

func TestOnlyChangesAreTold(t *testing.T) {
	changes := play(New[string](), map[string]sound{"ada": over(quiet, speech, 1000, 60_000), "ben": quiet}, 0, 60_000)
	if len(changes) != 1 {
		t.Errorf("one speaker for a minute, told %d times: %+v", len(changes), changes)
	}
}

func TestRemove(t *testing.T) {
	d := New[string]()
	play(d, map[string]sound{"ada": over(quiet, speech, 1000, 6000), "ben": over(quiet, speech, 1000, 6000)}, 0, 6000)
	d.Remove("cem")
	if c, changed := d.Decide(at(6200)); changed {
		t.Errorf("a stranger left, and %+v", c)
	}
	d.Remove("ada")
	c, changed := d.Decide(at(6500))
	if !changed || slices.Contains(c.Speaking, "ada") {
		t.Errorf("after ada left: %+v, %v", c, changed)
	}
	if !c.HasDominant || c.Dominant != "ben" {
		t.Errorf("ben spoke, the floor went to %+v", c)
	}
	d.Remove("ben")
	if c, changed = d.Decide(at(6800)); !changed || c.HasDominant || c.Dominant != "" || c.Speaking != nil {
		t.Errorf("after all left: %+v, %v", c, changed)
	}
	if c, changed := d.Decide(at(7100)); changed {
		t.Errorf("told again: %+v", c)
	}
	// A muted person who comes back is a new one: what was said before does not count.
	d.Level("ada", 20, at(7110))
	if c, changed := d.Decide(at(7400)); changed {
		t.Errorf("one packet after the return: %+v", c)
	}
}

func TestRemoveWhoSpeaksWithoutTheFloor(t *testing.T) {
	d := New[string]()
	play(d, map[string]sound{"ada": over(quiet, speech, 1000, 6000), "ben": over(quiet, speech, 3000, 6000)}, 0, 6000)
	d.Remove("ben")
	if c, changed := d.Decide(at(6000)); !changed || c.Dominant != "ada" || !slices.Equal(c.Speaking, []string{"ada"}) {
		t.Errorf("after ben left: %+v, %v", c, changed)
	}
}

func TestRemoveWhoHasTheFloorAndIsSilent(t *testing.T) {
	d := New[string]()
	play(d, map[string]sound{"ada": over(quiet, speech, 1000, 3000)}, 0, 9000)
	d.Remove("ada")
	if c, changed := d.Decide(at(9000)); !changed || c.HasDominant || c.Dominant != "" || c.Speaking != nil {
		t.Errorf("after ada left: %+v, %v", c, changed)
	}
}

// What a stalled line delivers at once is no more speech than fits in an interval.
func TestABurst(t *testing.T) {
	d := New[string]()
	play(d, map[string]sound{"ada": over(quiet, speech, 1000, 3000), "ben": quiet}, 0, 6000)
	for range 50 {
		d.Level("ben", 25, at(6010))
	}
	changes := play(d, map[string]sound{"ada": quiet, "ben": quiet}, 6020, 9000)
	if len(changes) == 0 || !slices.Equal(changes[0].Speaking, []string{"ben"}) {
		t.Fatalf("the burst was not heard: %+v", changes)
	}
	for _, c := range changes {
		if c.Dominant != "ada" {
			t.Errorf("at %d the floor went to %s", c.millis, c.Dominant)
		}
	}
}

func TestNoise(t *testing.T) {
	n := newNoise(at(0))
	for millis := 0; millis < 20_000; millis += 20 {
		// Hardly audible, with a word each second; one falls on the very moment when the memory turns over.
		loud := millis%1000 == 520
		level := uint8(60)
		if loud {
			level = 45
		}
		if heard := n.hear(level, at(millis)); heard != loud {
			t.Fatalf("at %d, level %d: speech %v", millis, level, heard)
		}
	}
	for millis := 20_000; millis < 60_000; millis += 20 {
		if heard := n.hear(45, at(millis)); heard && millis > 20_000+2*int(remember.Milliseconds()) {
			t.Fatalf("at %d: what stays the same is still speech", millis)
		}
	}
}

// However loud, what stays the same is not speech, and whoever speaks beside it has the floor.
func TestAToneHoldsNoFloor(t *testing.T) {
	for _, tone := range []uint8{0, 10, 19, 21, 30} {
		d := New[string]()
		dominant := ""
		for millis := 0; millis < 60_000; millis += 20 {
			d.Level("tone", tone, at(millis))
			if millis > 10_000 {
				level, _ := speech(millis)
				d.Level("ada", level, at(millis))
			}
			if c, changed := d.Decide(at(millis)); changed {
				dominant = c.Dominant
			}
			if millis > 25_000 && dominant != "ada" {
				t.Fatalf("a tone of -%d dBov: %q has the floor at %d", tone, dominant, millis)
			}
		}
	}
}

func TestIntervals(t *testing.T) {
	d := New[int]()
	if _, changed := d.Decide(at(0)); changed {
		t.Error("a change before anything")
	}
	for millis := 0; millis < 900; millis += 20 {
		level, _ := speech(millis)
		d.Level(1, level, at(millis))
	}
	if _, changed := d.Decide(at(299)); changed {
		t.Error("decided before the interval was over")
	}
	if c, changed := d.Decide(at(300)); !changed || !slices.Equal(c.Speaking, []int{1}) {
		t.Errorf("at the end of the interval: %+v, %v", c, changed)
	}
	if _, changed := d.Decide(at(599)); changed {
		t.Error("decided twice in an interval")
	}
	// Nobody asked for an hour: the first answer is about now, and the rhythm goes on from here.
	const later = 3_600_100
	if c, changed := d.Decide(at(later)); !changed || c.Speaking != nil || c.Dominant != 1 {
		t.Errorf("after an hour: %+v, %v", c, changed)
	}
	d.Level(1, 90, at(later))
	for millis := range 280 {
		d.Level(1, 25, at(later+millis))
	}
	if c, changed := d.Decide(at(later + 299)); changed {
		t.Errorf("off the rhythm: %+v", c)
	}
	if c, changed := d.Decide(at(later + 300)); !changed || !slices.Equal(c.Speaking, []int{1}) {
		t.Errorf("an interval later: %+v, %v", c, changed)
	}
}

// The same levels at the same times give the same decisions, whatever the order of those of one moment.
func TestSameForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		one, other := New[int](), New[int]()
		people := rapid.IntRange(1, 6).Draw(t, "people")
		talking := make([]bool, people)
		for millis := 0; millis < 6000; millis += 20 {
			if millis%200 == 0 {
				who := rapid.IntRange(0, people-1).Draw(t, "who")
				talking[who] = rapid.Bool().Draw(t, "talks")
			}
			level := func(who int) uint8 {
				if talking[who] {
					l, _ := speech(millis + 40*who)
					return l
				}
				return 80
			}
			for who := range people {
				one.Level(who, level(who), at(millis))
				other.Level(people-1-who, level(people-1-who), at(millis))
			}
			a, changed := one.Decide(at(millis))
			b, alsoChanged := other.Decide(at(millis))
			if changed != alsoChanged || a.Dominant != b.Dominant || a.HasDominant != b.HasDominant || !slices.Equal(a.Speaking, b.Speaking) {
				t.Fatalf("at %d: %+v, %v and %+v, %v", millis, a, changed, b, alsoChanged)
			}
			if changed && (!slices.IsSorted(a.Speaking) || a.HasDominant && a.Dominant >= people) {
				t.Fatalf("at %d: %+v", millis, a)
			}
		}
	})
}

// FuzzDetector feeds any levels at any times, backwards too.
func FuzzDetector(f *testing.F) {
	f.Add([]byte{1, 20, 10, 1, 90, 10, 1, 25, 200, 2, 127, 255, 0xf1, 0, 20, 1, 30, 50})
	f.Fuzz(func(t *testing.T, script []byte) {
		d := New[byte]()
		now := 0
		for len(script) >= 3 {
			id, level, wait := script[0]%8, script[1], int(int8(script[2]))*10
			now += wait
			if script[0] >= 0xf0 {
				d.Remove(id)
			} else {
				d.Level(id, level, at(now))
			}
			script = script[3:]
			c, changed := d.Decide(at(now))
			if !changed && (c.HasDominant || c.Speaking != nil) || !slices.IsSorted(c.Speaking) || len(c.Speaking) > 8 {
				t.Fatalf("%+v, %v", c, changed)
			}
		}
	})
}

func TestNothingAllocates(t *testing.T) {
	d := New[uint64]()
	for id := range uint64(12) {
		d.Level(id, 80, at(0))
	}
	millis := 0
	if n := testing.AllocsPerRun(5000, func() {
		millis += 20
		for id := range uint64(12) {
			d.Level(id, 80, at(millis))
		}
		d.Decide(at(millis))
	}); n != 0 {
		t.Errorf("allocates %v times", n)
	}
}

func BenchmarkLevel(b *testing.B) {
	d := New[uint64]()
	for id := range uint64(12) {
		d.Level(id, 80, at(0))
	}
	now := at(20)
	b.ReportAllocs()
	for b.Loop() {
		d.Level(7, 80, now)
	}
}

func BenchmarkDecide(b *testing.B) {
	d := New[uint64]()
	for id := range uint64(12) {
		d.Level(id, 80, at(0))
	}
	now := at(0)
	b.ReportAllocs()
	for b.Loop() {
		now = now.Add(Interval)
		d.Decide(now)
	}
}
