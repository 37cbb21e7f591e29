// Package layer decides which of a camera's simultaneous pictures (simulcast layers) one watcher gets: the one that
// fits the tile, unless the line is too thin or the picture stands still.
//
// Contract:
//   - **A switch happens on a key frame only**; until it comes, the layer shown goes on being forwarded.
//   - **One layer at a time**: at each moment packets of one layer are forwarded, or none.
//   - **The cap is a wall, the wish is a wish**: no layer above the cap is switched to, and one above it is left at once
//     where nothing within it is sent. A layer above the wish is taken when nothing lower is sent: no particular layer
//     is waited for.
//   - **A picture that stalls is replaced** by a live one.
//   - **Key frames are asked for with measure**: see [Throttle] and [Quota].
//
// Layers are numbered from 0, the smallest, to [Max]-1. Nothing here knows codecs or reads a clock, and nothing is safe
// for concurrent use.
package layer

// Max is the most layers a publication has.
const Max = 3

// None is no layer: nothing wanted, nothing forwarded.
const None = -1

// Set is a set of layers, bit i for layer i.
type Set uint8

// Has reports whether the layer is in the set. None never is.
func (s Set) Has(layer int) bool { return layer >= 0 && s&(1<<layer) != 0 }

// With is the set with the layer; adding None changes nothing.
func (s Set) With(layer int) Set {
	if layer < 0 {
		return s
	}
	return s | 1<<layer
}

// upTo is the set of all layers up to and including the given one.
func upTo(layer int) Set { return 1<<(layer+1) - 1 }

// Highest is the highest layer in the set, or None.
func (s Set) Highest() int {
	for layer := Max - 1; layer >= 0; layer-- {
		if s.Has(layer) {
			return layer
		}
	}
	return None
}

// lowest is the lowest layer in the set, or None.
func (s Set) lowest() int {
	for layer := range Max {
		if s.Has(layer) {
			return layer
		}
	}
	return None
}
