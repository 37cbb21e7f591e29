package layer_test

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/sfu/layer"
)

// picture gives the packets of one picture with so many layers of two packets each; fresh: it depends on nothing before.
func picture(layers int, fresh bool) (parts []layer.Part) {
	for l := range layers {
		parts = append(parts,
			layer.Part{Layer: l, Begin: true, Fresh: fresh},
			layer.Part{Layer: l, End: true, Fresh: fresh, Last: l == layers-1})
	}
	return parts
}

// show gives the highest layer of a picture that is forwarded, and how often a packet ends it.
func show(s *layer.Spatial, parts []layer.Part) (highest, ends int) {
	highest = layer.None
	for _, p := range parts {
		action, end := s.Pick(p)
		if action == layer.Drop {
			continue
		}
		highest = max(highest, p.Layer)
		if end {
			ends++
		}
	}
	return highest, ends
}

func TestSpatialGoesUpWhereItCanAndDownAtOnce(t *testing.T) {
	s := layer.NewSpatial()
	if h, _ := show(&s, picture(3, true)); h != layer.None {
		t.Errorf("paused, and layer %d is forwarded", h)
	}
	s.Want(1)
	for _, c := range []struct {
		want, layers int
		fresh        bool
		highest      int
		needs        bool
	}{
		{1, 3, false, layer.None, true}, // a stream cannot begin in the middle
		{1, 3, true, 1, false},
		{1, 3, false, 1, false},
		{2, 3, false, 1, true}, // up with a key picture alone
		{2, 3, true, 2, false},
		{0, 3, false, 0, false}, // down at once
		{2, 3, false, 0, true},
		{2, 3, true, 2, false},
		{2, 1, false, 0, false}, // the sender has fewer layers for a while
		{2, 3, false, 2, false},
		{layer.None, 3, true, layer.None, false},
	} {
		s.Want(c.want)
		h, ends := show(&s, picture(c.layers, c.fresh))
		if h != c.highest || h != layer.None && ends != 1 {
			t.Errorf("%+v: layer %d, %d ends", c, h, ends)
		}
		if got := s.NeedsKeyframe(2); got != c.needs {
			t.Errorf("%+v: needs a key frame: %v", c, got)
		}
	}
	s.Want(2)
	show(&s, picture(3, true))
	s.Restart()
	if h, _ := show(&s, picture(3, false)); h != layer.None {
		t.Error("another stream goes on without a key frame")
	}
}

// Over whatever pictures and wishes: nothing above the wish from the next picture on, nothing before a key picture, and
// every layer shown was joined at a frame that depends on nothing before and has been shown in every picture since.
func TestSpatialProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := layer.NewSpatial()
		joined := layer.None
		for range rapid.IntRange(1, 60).Draw(t, "pictures") {
			want := rapid.IntRange(layer.None, 2).Draw(t, "want")
			s.Want(want)
			fresh := rapid.IntRange(0, 4).Draw(t, "fresh") == 0
			if want == layer.None {
				joined = layer.None
			}
			highest, ends := show(&s, picture(3, fresh))
			if highest > want {
				t.Fatalf("layer %d, %d is wanted", highest, want)
			}
			if highest > joined && !fresh {
				t.Fatalf("up from %d to %d in the middle", joined, highest)
			}
			if highest != layer.None && ends != 1 {
				t.Fatalf("a picture ends %d times", ends)
			}
			joined = highest
		}
	})
}
