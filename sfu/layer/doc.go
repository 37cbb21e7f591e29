// Package layer decides which of a camera's simultaneous pictures (simulcast layers) one watcher gets: the one that
// fits the tile, unless the line is too thin or the picture stands still.
//
// Contract:
//   - **A switch happens on a key frame only**; until it comes, the layer shown goes on being forwarded.
//   - **Never two layers at once**: of each moment's packets exactly one layer's are forwarded, or none.
//   - **The cap is a wall, the wish is a wish**: no layer above the cap is ever switched to; a layer above the wish is,
//     when nothing lower is sent. No particular layer is waited for.
//   - **A picture that stalls is replaced** by a live one.
//   - **Key frames are asked for with measure**: see [Throttle] and [Quota].
//
// Layers are numbered from 0, the smallest, to [Max]-1. Nothing here knows codecs or reads a clock.
package layer

// Max is the most layers a publication has.
const Max = 3

// None is no layer: nothing wanted, nothing forwarded.
const None = -1

// Set is a set of layers, bit i for layer i.
type Set uint8
