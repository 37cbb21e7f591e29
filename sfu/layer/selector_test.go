package layer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is the moment some milliseconds after the test began.
func at(millis int) time.Time { return epoch.Add(time.Duration(millis) * time.Millisecond) }

func set(layers ...int) Set {
	var s Set
	for _, l := range layers {
		s = s.With(l)
	}
	return s
}

func TestSet(t *testing.T) {
	s := set(0, 2, None)
	if !s.Has(0) || s.Has(1) || !s.Has(2) || s.Has(None) || s != 0b101 {
		t.Errorf("%b", s)
	}
	if s.Highest() != 2 || s.lowest() != 0 || Set(0).Highest() != None || Set(0).lowest() != None {
		t.Error("highest or lowest is wrong")
	}
}

// step of a story: what is done, and what holds after it.
type step struct {
	do       func(*Selector) Action
	action   Action
	current  int
	keyframe int // needed
}

func want(wish, cap int) func(*Selector) Action {
	return func(s *Selector) Action { s.Want(wish, cap); return Drop }
}

func live(layers ...int) func(*Selector) Action {
	return func(s *Selector) Action { s.Update(set(layers...)); return Drop }
}

func delta(layer int) func(*Selector) Action {
	return func(s *Selector) Action { return s.Pick(layer, false) }
}

func key(layer int) func(*Selector) Action {
	return func(s *Selector) Action { return s.Pick(layer, true) }
}

func TestSelector(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"begins with a key frame of what is wanted", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(1, 2), Drop, None, 1},
			{delta(1), Drop, None, 1},
			{key(1), Switch, 1, None},
			{delta(1), Forward, 1, None},
			{key(1), Forward, 1, None},
			{delta(0), Drop, 1, None},
			{key(2), Drop, 1, None},
		}},
		{"begins with whatever comes first below", []step{
			{want(2, 2), Drop, None, None},
			{live(0, 1, 2), Drop, None, 2},
			{key(0), Switch, 0, 2},
			{key(1), Switch, 1, 2},
			{key(0), Drop, 1, 2},
			{key(2), Switch, 2, None},
		}},
		{"begins before anything is known to be live", []step{
			{want(2, 2), Drop, None, None},
			{key(1), Switch, 1, None},
		}},
		{"keeps the old layer until the key frame", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(0, 2), Drop, None, 0},
			{key(0), Switch, 0, None},
			{want(2, 2), Drop, 0, 2},
			{delta(2), Drop, 0, 2},
			{delta(0), Forward, 0, 2},
			{key(2), Switch, 2, None},
			{delta(0), Drop, 2, None},
			{want(0, 2), Drop, 2, 0},
			{delta(2), Forward, 2, 0},
			{key(2), Forward, 2, 0},
			{key(1), Switch, 1, 0},
			{key(2), Drop, 1, 0},
			{key(0), Switch, 0, None},
		}},
		{"the cap is a wall", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(2, 1), Drop, None, 1},
			{key(2), Drop, None, 1},
			{key(1), Switch, 1, None},
			{want(2, 0), Drop, 1, 0},
			{delta(1), Forward, 1, 0},
			{key(0), Switch, 0, None},
			{want(2, None), Drop, None, None},
			{key(0), Drop, None, None},
		}},
		{"above the cap is left at once where nothing within it is sent", []step{
			{live(1), Drop, None, None},
			{want(1, 1), Drop, None, 1},
			{key(1), Switch, 1, None},
			{want(1, 0), Drop, None, None},
			{delta(1), Drop, None, None},
			{key(1), Drop, None, None},
			{key(0), Switch, 0, None},
		}},
		{"takes more than wished where there is nothing else", []step{
			{live(1, 2), Drop, None, None},
			{want(0, 2), Drop, None, 1},
			{key(2), Drop, None, 1},
			{key(1), Switch, 1, None},
			{live(0, 1, 2), Drop, 1, 0},
			{key(0), Switch, 0, None},
		}},
		{"falls to a live layer and comes back", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(2, 2), Drop, None, 2},
			{key(2), Switch, 2, None},
			{live(0, 1), Drop, 2, 1},
			{delta(2), Forward, 2, 1},
			{key(1), Switch, 1, None},
			{live(0, 1, 2), Drop, 1, 2},
			{key(2), Switch, 2, None},
		}},
		{"the stalled layer goes on before another is there", []step{
			{live(0, 1), Drop, None, None},
			{want(1, 2), Drop, None, 1},
			{key(1), Switch, 1, None},
			{live(0), Drop, 1, 0},
			{live(0, 1), Drop, 1, None},
			{delta(1), Forward, 1, None},
		}},
		{"an outage keeps what was shown and asks for nothing", []step{
			{live(0, 1), Drop, None, None},
			{want(1, 2), Drop, None, 1},
			{key(1), Switch, 1, None},
			{live(), Drop, 1, None},
			{delta(1), Forward, 1, None},
		}},
		{"not past what is wanted", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(2, 2), Drop, None, 2},
			{key(2), Switch, 2, None},
			{want(1, 2), Drop, 2, 1},
			{key(0), Drop, 2, 1},
			{key(1), Switch, 1, None},
			{key(0), Drop, 1, None},
			{key(2), Drop, 1, None},
		}},
		{"not over the wall on the way down", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(2, 2), Drop, None, 2},
			{key(2), Switch, 2, None},
			{want(2, 0), Drop, 2, 0},
			{key(1), Drop, 2, 0},
			{key(0), Switch, 0, None},
		}},
		{"a key frame says itself that its layer is live", []step{
			{live(0), Drop, None, None},
			{want(2, 2), Drop, None, 0},
			{key(0), Switch, 0, None},
			{key(2), Switch, 2, None},
			{live(1), Drop, 2, 1},
			{key(1), Switch, 1, None},
			{want(0, 2), Drop, 1, None},
			{key(0), Switch, 0, None},
		}},
		{"a pause ends with a key frame", []step{
			{live(0), Drop, None, None},
			{want(0, 2), Drop, None, 0},
			{key(0), Switch, 0, None},
			{want(None, 2), Drop, None, None},
			{delta(0), Drop, None, None},
			{key(0), Drop, None, None},
			{want(0, 2), Drop, None, 0},
			{delta(0), Drop, None, 0},
			{key(0), Switch, 0, None},
		}},
		{"numbers out of range", []step{
			{live(0, 1, 2), Drop, None, None},
			{want(7, 9), Drop, None, 2},
			{key(3), Drop, None, 2},
			{key(None), Drop, None, 2},
			{delta(None), Drop, None, 2},
			{want(-7, 9), Drop, None, None},
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := NewSelector(3)
			for i, step := range c.steps {
				action := step.do(&s)
				if action != step.action || s.Current() != step.current || s.NeedsKeyframe() != step.keyframe {
					t.Fatalf("step %d: action %d, current %d, needs %d; want %d, %d, %d",
						i, action, s.Current(), s.NeedsKeyframe(), step.action, step.current, step.keyframe)
				}
			}
		})
	}
}

func TestSelectorOfOneLayer(t *testing.T) {
	s := NewSelector(1)
	s.Want(2, 2)
	s.Update(set(0, 1, 2))
	if s.NeedsKeyframe() != 0 || s.Watches() != set(0) || s.Pick(1, true) != Drop || s.Pick(0, true) != Switch {
		t.Errorf("%+v", s)
	}
}

// Whatever happens: switches are on key frames and below the cap, one layer is forwarded, layers that are not watched
// are not missed, and as soon as the key frames come that were asked for, the right layer is shown.
func TestSelectorProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layers := rapid.IntRange(1, Max).Draw(t, "layers")
		s := NewSelector(layers)
		wish, cap := None, None
		var live Set
		for range rapid.IntRange(1, 200).Draw(t, "events") {
			before := s.Current()
			switch rapid.IntRange(0, 6).Draw(t, "event") {
			case 0:
				wish, cap = rapid.IntRange(None, Max).Draw(t, "wish"), rapid.IntRange(None, Max).Draw(t, "cap")
				s.Want(wish, cap)
				if s.Current() != before && s.Current() != None {
					t.Fatalf("wanting alone switched from %d to %d", before, s.Current())
				}
			case 1:
				live = Set(rapid.IntRange(0, 7).Draw(t, "live"))
				s.Update(live)
				if s.Current() != before && s.Current() != None {
					t.Fatalf("liveness alone switched from %d to %d", before, s.Current())
				}
			default:
				layer, key := rapid.IntRange(None, Max).Draw(t, "layer"), rapid.Bool().Draw(t, "key")
				watched := s.Watches().Has(layer)
				switch action := s.Pick(layer, key); action {
				case Switch:
					if !key || layer == before || layer > cap || layer >= layers || s.Current() != layer {
						t.Fatalf("switched from %d to %d: key frame %v, cap %d", before, layer, key, cap)
					}
					live = live.With(layer)
				case Forward:
					if layer != before || layer == None {
						t.Fatalf("forwarded %d while showing %d", layer, before)
					}
				case Drop:
					if s.Current() != before || layer == before && layer != None {
						t.Fatalf("dropped %d while showing %d, then %d", layer, before, s.Current())
					}
					continue
				}
				if !watched {
					t.Fatalf("layer %d was not watched", layer)
				}
			}
			if (wish == None || cap == None) && (s.Current() != None || s.Watches() != 0) {
				t.Fatalf("paused, and %+v", s)
			}
		}
		if asked := s.NeedsKeyframe(); asked != None && s.Pick(asked, true) != Switch {
			t.Fatalf("a key frame of %d was asked for and not taken", asked)
		}
		if s.NeedsKeyframe() != None {
			t.Fatalf("after the key frame asked for, another of %d", s.NeedsKeyframe())
		}
		if wish == None || cap == None {
			return
		}
		wish, cap = min(wish, layers-1), min(cap, layers-1)
		right := None
		for layer := range layers {
			if live.Has(layer) && (layer <= min(wish, cap) || right == None && layer <= cap) {
				right = layer
			}
		}
		if right != None && s.Current() != right {
			t.Fatalf("shows %d; wish %d, cap %d, live %b", s.Current(), wish, cap, live)
		}
	})
}

func TestLiveness(t *testing.T) {
	var l Liveness
	if l.Live(at(0)) != 0 {
		t.Error("live before anything was seen")
	}
	steps := []struct {
		layer, millis int
		woke          bool
		live          Set
	}{
		{0, 0, true, set(0)},
		{0, 30, false, set(0)},
		{2, 1000, true, set(0, 2)},
		{2, 1030, false, set(0, 2)},
		{2, 1031, false, set(2)},
		{0, 1032, true, set(0, 2)},
		{0, 2032, false, set(0)},
		{Max, 2032, false, set(0)},
		{None, 2032, false, set(0)},
	}
	for _, s := range steps {
		if woke := l.Seen(s.layer, at(s.millis)); woke != s.woke || l.Live(at(s.millis)) != s.live {
			t.Errorf("%+v: woke %v, live %b", s, woke, l.Live(at(s.millis)))
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	s := NewSelector(3)
	s.Want(2, 2)
	s.Update(7)
	var l Liveness
	var th Throttle
	var q Quota
	sizes := scaled(Size{1280, 720}, 4, 2, 1)
	layer := 0
	if n := testing.AllocsPerRun(100, func() {
		layer = (layer + 1) % 3
		s.Pick(layer, true)
		l.Seen(layer, epoch)
		th.Ask(&q, epoch, 0)
		th.Keyframe()
		ForTile(sizes, Size{300, 200}, layer)
	}); n != 0 {
		t.Errorf("allocates %v times", n)
	}
}

func BenchmarkPick(b *testing.B) {
	s := NewSelector(3)
	s.Want(2, 2)
	s.Update(7)
	s.Pick(1, true)
	layer := 0
	b.ReportAllocs()
	for b.Loop() {
		layer = (layer + 1) & 1
		s.Pick(layer, false)
	}
}

func BenchmarkSeen(b *testing.B) {
	var l Liveness
	b.ReportAllocs()
	for b.Loop() {
		l.Seen(1, epoch)
	}
}
