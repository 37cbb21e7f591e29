package media

import (
	"math/rand/v2"
	"time"
)

// Sample keeps at most so many of the durations that it is given, each with the same chance (Vitter's algorithm R).
type Sample struct {
	Most int

	kept []time.Duration
	seen int
}

// Add gives it durations.
func (s *Sample) Add(durations ...time.Duration) {
	for _, d := range durations {
		s.seen++
		if len(s.kept) < s.Most {
			s.kept = append(s.kept, d)
		} else if i := rand.N(s.seen); i < s.Most {
			s.kept[i] = d
		}
	}
}

// Take gives what was kept, in no order, and forgets it.
func (s *Sample) Take() []time.Duration {
	kept := s.kept
	s.kept, s.seen = nil, 0
	return kept
}
