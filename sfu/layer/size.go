package layer

// Size in pixels: of a layer's picture, or of a tile in physical (device) pixels.
type Size struct{ Width, Height int }

// Scaled gives the sizes of layers from the captured size and the factors by which each is scaled down, e.g. 4, 2, 1. A
// factor of 0 is a layer that is not sent; its size is zero.
func Scaled(captured Size, factors ...float64) []Size { panic("body follows") }

// ForTile is the layer wanted for a tile: the smallest that need not be enlarged by more than a quarter to fit in it,
// else the largest. Sizes are ascending; zero ones (unknown, not sent) are not chosen unless all are zero, when it is
// the highest. current is the answer before, or None: it is kept while the tile is within a tenth of a limit, so
// that a window drawn slowly larger does not flap. A tile without area wants None.
func ForTile(sizes []Size, tile Size, current int) int { panic("body follows") }
