package layer

import "time"

// Throttle merges the key frame requests of all watchers of one published layer: one is sent, the others share its
// key frame. Requests are at least 200 ms apart, more where the round trip is long. Its zero value is ready; not safe
// for concurrent use.
type Throttle struct{}

// Quota bounds what a single watcher may ask of a layer: 3 key frames in 10 s. It is per watcher, because each key frame
// costs everybody quality: one broken receiver must not spend what a newcomer needs. Its zero value is ready.
type Quota struct{}

// Answer is what became of a request.
type Answer uint8

const (
	// Send a request (PLI) to the sender now.
	Send Answer = iota
	// Merged: one was sent a moment ago; Due will say if another is needed.
	Merged
	// Refused: the watcher's quota is used up. Ask again later.
	Refused
)

// Ask handles the request of the watcher whose quota is q. rtt is the round trip to the sender, 0 if not known.
func (t *Throttle) Ask(q *Quota, now time.Time, rtt time.Duration) Answer { panic("body follows") }

// Due reports whether a merged request is still unanswered and must be sent now; it counts as sent. Call it on every
// tick.
func (t *Throttle) Due(now time.Time, rtt time.Duration) bool { panic("body follows") }

// Keyframe notes that a key frame began: requests before it are answered.
func (t *Throttle) Keyframe(now time.Time) { panic("body follows") }
