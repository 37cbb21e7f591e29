package layer

// Size in pixels: of a layer's picture, or of a tile in physical (device) pixels.
type Size struct{ Width, Height int }

const (
	// enlarge is how much a picture may be drawn larger than it is before the next layer is worth its bits.
	enlarge = 1.25
	// linger widens that towards the present layer, so that a tile drawn slowly larger does not make it flap.
	linger = 1.1
)

// ForTile is the layer wanted for a tile: the smallest that need not be enlarged by more than a quarter to be shown whole
// in it, else the largest. Sizes are ascending; zero ones (unknown, not sent) are not chosen, unless all are zero: then
// it is the highest. current is the answer before, or None: it is kept while the tile is within a tenth of a limit.
// A tile without area wants None. It does not allocate.
func ForTile(sizes []Size, tile Size, current int) int {
	if tile.Width <= 0 || tile.Height <= 0 {
		return None
	}
	best := None
	for layer, size := range sizes {
		if size.Width <= 0 || size.Height <= 0 {
			continue
		}
		best = layer
		limit := enlarge
		switch {
		case current == None:
		case layer < current:
			limit = enlarge / linger
		case layer == current:
			limit = enlarge * linger
		}
		if min(float64(tile.Width)/float64(size.Width), float64(tile.Height)/float64(size.Height)) <= limit {
			return layer
		}
	}
	if best == None {
		return len(sizes) - 1
	}
	return best
}
