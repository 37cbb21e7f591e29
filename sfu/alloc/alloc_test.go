package alloc_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/sfu/alloc"
	"github.com/anteroom-video/anteroom/sfu/layer"
)

var begin = time.Unix(1000, 0)

// camera is a picture with the three layers of a camera.
func camera(id, wish int, stage bool) alloc.Picture {
	return alloc.Picture{ID: id, Wish: wish, Stage: stage, Layers: []alloc.Layer{{150_000, 180}, {500_000, 360}, {1_500_000, 720}}}
}

func layers(grants []alloc.Grant) (all []int) {
	for _, g := range grants {
		all = append(all, g.Layer)
	}
	return all
}

func TestWhoGetsWhat(t *testing.T) {
	group := func(n int) (all []alloc.Picture) {
		for i := range n {
			all = append(all, camera(i, 1, i == 2))
		}
		return all
	}
	screen := alloc.Picture{ID: 9, Wish: 0, Stage: true, Screen: true, Layers: []alloc.Layer{{400_000, 720}}}
	heavy := func(stage bool) alloc.Picture {
		return alloc.Picture{ID: 8, Wish: 2, Stage: stage, Layers: []alloc.Layer{{8_000_000, 180}, {8_000_000, 360}}}
	}
	none := layer.None
	for name, c := range map[string]struct {
		in   alloc.Input
		want []int
	}{
		"two on a good line":             {alloc.Input{Budget: 3_000_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{2}},
		"two on 700 kbit/s":              {alloc.Input{Budget: 700_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{1}},
		"two on 300 kbit/s":              {alloc.Input{Budget: 300_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{0}},
		"two on 100 kbit/s":              {alloc.Input{Budget: 100_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{none}},
		"sound takes the line":           {alloc.Input{Budget: 100_000, Sound: 200_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{none}},
		"the stage before the others":    {alloc.Input{Budget: 600_000, Sound: 50_000, Pictures: group(4)}, []int{none, none, 1, none}},
		"then everybody small, in order": {alloc.Input{Budget: 900_000, Sound: 50_000, Pictures: group(4)}, []int{0, 0, 1, none}},
		"then the others upward":         {alloc.Input{Budget: 1_450_000, Sound: 50_000, Pictures: group(4)}, []int{1, 0, 1, 0}},
		"a screen, which can be read":    {alloc.Input{Budget: 600_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 0, false), camera(2, 0, false), screen}}, []int{0, none, 0}},
		"a heavy one holds up nobody":    {alloc.Input{Budget: 3_000_000, Pictures: []alloc.Picture{heavy(false), camera(1, 0, false), camera(2, 0, false)}}, []int{none, 0, 0}},
		"nor from the stage":             {alloc.Input{Budget: 3_000_000, Pictures: []alloc.Picture{camera(1, 0, false), heavy(true), camera(2, 0, false)}}, []int{0, none, 0}},
		"and is shown where it fits":     {alloc.Input{Budget: 9_000_000, Pictures: []alloc.Picture{heavy(false), camera(1, 0, false)}}, []int{1, 0}},
		"what is not shown":              {alloc.Input{Budget: 3_000_000, Pictures: []alloc.Picture{camera(1, none, false), camera(2, 1, false)}}, []int{none, 1}},
		"best quality":                   {alloc.Input{Choice: alloc.High, Budget: 3_000_000, Pictures: []alloc.Picture{camera(1, 0, true), camera(2, 0, false)}}, []int{2, 0}},
		"little data":                    {alloc.Input{Choice: alloc.Saver, Budget: 3_000_000, Pictures: []alloc.Picture{camera(1, 2, true), camera(2, 2, false)}}, []int{0, 0}},
		"sound alone":                    {alloc.Input{Choice: alloc.Sound, Budget: 3_000_000, Pictures: []alloc.Picture{camera(1, 2, true)}}, []int{none}},
	} {
		t.Run(name, func(t *testing.T) {
			var a alloc.Allocator
			grants := a.Decide(nil, c.in, begin)
			if got := layers(grants); !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v", got, c.want)
			}
			for i, g := range grants {
				wanted := c.in.Pictures[i].Wish != none && c.in.Choice != alloc.Sound
				if g.Paused != (wanted && g.Layer == none) {
					t.Errorf("picture %d: %+v", i, g)
				}
			}
		})
	}
}

// At the beginning the estimate of a good line rises from a guess; nobody is made to wait for what it says.
func TestNobodyWaitsWhileALineIsNew(t *testing.T) {
	for _, early := range []bool{true, false} {
		var a alloc.Allocator
		in := alloc.Input{Budget: 130_000, Sound: 40_000, Early: early, Pictures: []alloc.Picture{camera(1, 2, true)}}
		if g := a.Decide(nil, in, begin)[0]; !g.Paused {
			t.Fatalf("%+v", g)
		}
		in.Budget = 2_000_000
		shown := time.Duration(0)
		for ; shown < 10*time.Second; shown += 100 * time.Millisecond {
			if a.Decide(nil, in, begin.Add(shown))[0].Layer == 2 {
				break
			}
		}
		if early != (shown <= 400*time.Millisecond) {
			t.Errorf("early %v: in full size after %s", early, shown)
		}
	}
}

// A line that becomes thin takes at once, and gives back with patience.
func TestLessAtOnceMoreLater(t *testing.T) {
	var a alloc.Allocator
	now := begin
	in := alloc.Input{Budget: 3_000_000, Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true)}}
	decide := func(budget int) alloc.Grant {
		now = now.Add(100 * time.Millisecond)
		in.Budget = budget
		return a.Decide(nil, in, now)[0]
	}
	if g := decide(3_000_000); g.Layer != 2 {
		t.Fatalf("%+v", g)
	}
	if g := decide(100_000); g.Layer != layer.None || !g.Paused {
		t.Errorf("on 100 kbit/s: %+v", g)
	}
	back := now
	for decide(3_000_000).Layer == layer.None {
		if now.Sub(back) > 5*time.Second {
			t.Fatal("it never comes back")
		}
	}
	if took := now.Sub(back); took < 2*time.Second {
		t.Errorf("it came back after %v", took)
	}
	for decide(3_000_000).Layer != 2 {
		if now.Sub(back) > 10*time.Second {
			t.Fatal("it never becomes large again")
		}
	}
}

// A budget that swings by a tenth changes nothing more often than every two seconds.
func TestSwingsAreBorne(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a alloc.Allocator
		middle := rapid.IntRange(50_000, 3_000_000).Draw(t, "budget")
		in := alloc.Input{Sound: 40_000, Pictures: []alloc.Picture{camera(1, 2, true), camera(2, 1, false), camera(3, 1, false)}}
		var last []alloc.Grant
		rose, now := begin.Add(-time.Hour), begin
		for range 200 {
			in.Budget = middle * rapid.IntRange(90, 110).Draw(t, "swing") / 100
			now = now.Add(100 * time.Millisecond)
			grants := a.Decide(nil, in, now)
			for i := range last {
				if grants[i].Layer <= last[i].Layer {
					continue
				}
				if now.Sub(rose) < 2*time.Second && now != rose {
					t.Fatalf("rose %v after it rose before: %v to %v", now.Sub(rose), last, grants)
				}
				rose = now
			}
			last = slices.Clone(grants)
		}
	})
}

// Whatever is asked: within the budget, never above the wish, never nothing for who is looked at while somebody else has
// something, more for more, and the same again.
func TestProperties(t *testing.T) {
	draw := func(t *rapid.T) alloc.Input {
		in := alloc.Input{
			Choice: alloc.Choice(rapid.IntRange(0, 3).Draw(t, "choice")),
			Budget: rapid.IntRange(-1000, 8_000_000).Draw(t, "budget"), Sound: rapid.IntRange(0, 300_000).Draw(t, "sound"),
		}
		for i := range rapid.IntRange(0, 14).Draw(t, "pictures") {
			p := alloc.Picture{ID: i, Wish: rapid.IntRange(-1, 2).Draw(t, "wish"), Stage: i == 1, Screen: rapid.Bool().Draw(t, "screen") && i == 2}
			for l := range rapid.IntRange(1, 3).Draw(t, "layers") {
				p.Layers = append(p.Layers, alloc.Layer{Bits: rapid.IntRange(-5, 3_000_000).Draw(t, "bits"), Lines: 180 << l})
			}
			in.Pictures = append(in.Pictures, p)
		}
		return in
	}
	rapid.Check(t, func(t *rapid.T) {
		in := draw(t)
		var a, b, c alloc.Allocator
		grants := a.Decide(nil, in, begin)
		if again := b.Decide(nil, in, begin); !slices.Equal(grants, again) {
			t.Fatalf("%v, then %v", grants, again)
		}
		sum := max(in.Sound, 0)
		for i, g := range grants {
			p := in.Pictures[i]
			if g.Layer == layer.None {
				continue
			}
			top := min(p.Wish, len(p.Layers)-1)
			if in.Choice == alloc.High && p.Stage && p.Wish >= 0 {
				top = len(p.Layers) - 1
			}
			if g.Layer > top || g.Paused {
				t.Fatalf("picture %d: %+v of %+v", i, g, p)
			}
			most := 1
			for _, l := range p.Layers[:g.Layer+1] {
				most = max(most, l.Bits)
			}
			sum += most
		}
		if sum > max(in.Budget, in.Sound) {
			t.Fatalf("%d of %d bits", sum, in.Budget)
		}
		if len(grants) > 1 && grants[1].Paused && in.Pictures[1].Layers[0].Bits <= 300_000 && slices.ContainsFunc(grants, func(g alloc.Grant) bool { return g.Layer != layer.None }) {
			for i, g := range grants {
				if g.Layer != layer.None && !in.Pictures[i].Screen {
					t.Fatalf("the stage has nothing, and %d has: %v", i, grants)
				}
			}
		}
		more := in
		more.Budget += rapid.IntRange(0, 4_000_000).Draw(t, "more")
		paused := func(gs []alloc.Grant) (n int) {
			for _, g := range gs {
				if g.Paused {
					n++
				}
			}
			return n
		}
		if richer := c.Decide(nil, more, begin); paused(richer) > paused(grants) {
			t.Fatalf("%v with less, %v with more", grants, richer)
		}
	})
}

func TestNothingIsAllocated(t *testing.T) {
	var a alloc.Allocator
	in := alloc.Input{Budget: 2_000_000, Sound: 100_000}
	for i := range 12 {
		in.Pictures = append(in.Pictures, camera(i, 1, i == 0))
	}
	dst, now := a.Decide(nil, in, begin), begin
	if n := testing.AllocsPerRun(100, func() {
		now = now.Add(100 * time.Millisecond)
		dst = a.Decide(dst[:0], in, now)
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkDecide(b *testing.B) {
	var a alloc.Allocator
	in := alloc.Input{Budget: 2_000_000, Sound: 100_000}
	for i := range 12 {
		in.Pictures = append(in.Pictures, camera(i, 1, i == 0))
	}
	var dst []alloc.Grant
	b.ReportAllocs()
	for i := range b.N {
		dst = a.Decide(dst[:0], in, begin.Add(time.Duration(i)*100*time.Millisecond))
	}
}
