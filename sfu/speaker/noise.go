package speaker

import "time"

const (
	// What is quieter than faintest is not speech, what is louder than loudest is, and in between it must stand out from
	// the noise, all in -dBov.
	faintest = 50
	loudest  = 20
	standout = 10

	// remember is how long the quietest packet is taken for the noise: at least this long, at most twice. Longer than
	// anybody speaks without a breath.
	remember = 7500 * time.Millisecond
)

// noise follows what a microphone picks up when nobody speaks: the quietest of the latest packets. A voice rises and
// falls by more than standout with each syllable, a ventilator does not.
type noise struct {
	turn             time.Time // when quietest becomes before
	quietest, before uint8     // -dBov: the larger, the quieter
}

func newNoise(now time.Time) noise { return noise{turn: now.Add(remember)} }

// hear notes a level and reports whether it is speech.
func (n *noise) hear(level uint8, now time.Time) bool {
	if now.After(n.turn) {
		n.before, n.quietest = n.quietest, 0
		n.turn = now.Add(remember)
	}
	n.quietest = max(n.quietest, level)
	floor := int(max(n.quietest, n.before))
	return int(level) <= min(max(floor-standout, loudest), faintest)
}
