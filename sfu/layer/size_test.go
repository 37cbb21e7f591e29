package layer

import (
	"testing"

	"pgregory.net/rapid"
)

// scaled gives the sizes of layers by the factors by which each is scaled down.
func scaled(captured Size, factors ...int) []Size {
	sizes := make([]Size, len(factors))
	for i, f := range factors {
		sizes[i] = Size{captured.Width / f, captured.Height / f}
	}
	return sizes
}

func TestForTile(t *testing.T) {
	hd := scaled(Size{1280, 720}, 4, 2, 1)
	for _, c := range []struct {
		name    string
		sizes   []Size
		tile    Size
		current int
		want    int
	}{
		{"thumbnail", hd, Size{160, 90}, None, 0},
		{"exactly", hd, Size{320, 180}, None, 0},
		{"a quarter larger", hd, Size{400, 225}, None, 0},
		{"more than a quarter larger", hd, Size{404, 228}, None, 1},
		{"full screen", hd, Size{1920, 1080}, None, 2},
		{"larger than all", hd, Size{3840, 2160}, None, 2},
		{"narrow tile: the picture is as wide as it is", hd, Size{300, 900}, None, 0},
		{"flat tile: as high as it is", hd, Size{2000, 180}, None, 0},
		{"a phone held upright", scaled(Size{720, 1280}, 4, 2, 1), Size{390, 400}, None, 0},
		{"kept while a little too large", hd, Size{440, 247}, 0, 0},
		{"left when clearly too large", hd, Size{442, 249}, 0, 1},
		{"kept while hardly too small", hd, Size{370, 208}, 1, 1},
		{"left when clearly too small", hd, Size{360, 202}, 1, 0},
		{"two steps at once", hd, Size{1280, 720}, 0, 2},
		{"hidden", hd, Size{0, 0}, 2, None},
		{"no height", hd, Size{300, 0}, None, None},
		{"the highest is not sent", []Size{{320, 180}, {640, 360}, {}}, Size{1280, 720}, None, 1},
		{"the lowest is not sent", []Size{{}, {640, 360}, {1280, 720}}, Size{160, 90}, None, 1},
		{"sizes unknown", make([]Size, 3), Size{160, 90}, None, 2},
		{"one layer", []Size{{1920, 1080}}, Size{160, 90}, None, 0},
		{"no layers", nil, Size{160, 90}, None, None},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := ForTile(c.sizes, c.tile, c.current); got != c.want {
				t.Errorf("got %d, want %d", got, c.want)
			}
		})
	}
}

// A tile that wavers by less than a tenth moves the answer once at most, and a larger tile gets no smaller picture.
func TestForTileIsCalm(t *testing.T) {
	sizes := scaled(Size{1280, 720}, 4, 2, 1)
	rapid.Check(t, func(t *rapid.T) {
		width := rapid.IntRange(100, 3000).Draw(t, "width")
		tile := func(percent int) Size { return Size{width * percent / 100, width * percent * 9 / 1600} }
		current := ForTile(sizes, tile(100), rapid.IntRange(None, 2).Draw(t, "before"))
		smaller, larger := ForTile(sizes, tile(100), current), ForTile(sizes, tile(rapid.IntRange(100, 300).Draw(t, "larger")), current)
		if larger < smaller {
			t.Fatalf("a larger tile gets %d instead of %d", larger, smaller)
		}
		changes := 0
		for range 10 {
			if next := ForTile(sizes, tile(rapid.IntRange(96, 104).Draw(t, "percent")), current); next != current {
				current = next
				changes++
			}
		}
		if changes > 1 {
			t.Fatalf("a tile of %v that wavers moved the answer %d times", tile(100), changes)
		}
	})
}
