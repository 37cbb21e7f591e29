package speaker

import "time"

const (
	// What is quieter than faintest is not speech, and the rest must stand out from the noise: what is louder than loudest by
	// little, and not at all until the noise is known. All in -dBov.
	faintest = 50
	loudest  = 20
	standout = 10
	little   = 4

	// remember is how long the quietest packet is taken for the noise: at least this long, at most twice. Longer than
	// anybody speaks without a breath.
	remember = 7500 * time.Millisecond
)

// noise follows what a microphone picks up when nobody speaks: the quietest of the latest packets. A voice rises and
// falls by more than standout with each syllable, a ventilator does not.
type noise struct {
	turn             time.Time // when quietest becomes before
	quietest, before uint8     // -dBov: the larger, the quieter
	known            bool      // there is a before
}

func newNoise(now time.Time) noise { return noise{turn: now.Add(remember)} }

// hear notes a level and reports whether it is speech.
func (n *noise) hear(level uint8, now time.Time) bool {
	if now.After(n.turn) {
		n.before, n.quietest, n.known = n.quietest, 0, true
		n.turn = now.Add(remember)
	}
	n.quietest = max(n.quietest, level)
	floor := int(max(n.quietest, n.before))
	certain := loudest
	if n.known {
		certain = min(loudest, floor-little)
	}
	return int(level) <= min(max(floor-standout, certain), faintest)
}
