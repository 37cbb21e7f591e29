package layer

import "time"

const (
	minSpacing = 200 * time.Millisecond
	maxSpacing = time.Second

	quotaCount  = 3
	quotaWindow = 10 * time.Second
)

// backoff is how long a watcher waits after its first and second key frame within the window: a request that was lost
// is soon repeated, and one is left for later.
var backoff = [quotaCount]time.Duration{0, 500 * time.Millisecond, 2 * time.Second}

// Throttle merges the key frame requests of all watchers of one published layer: one is sent, the others share its
// key frame. Requests are at least 200 ms apart, more where two round trips take longer, at most 1 s. Its zero value
// is ready.
type Throttle struct {
	sent     time.Time
	answered bool // a key frame began since
	waiting  bool // somebody asked after it began, and too soon for another request
}

// Answer is what became of a request.
type Answer uint8

const (
	// Send a request (PLI) to the sender now.
	Send Answer = iota
	// Merged: a request is under way, or Due will say when to send one.
	Merged
	// Refused: the watcher has had its key frames. Ask again later.
	Refused
)

// Ask handles the request of the watcher whose quota is q. rtt is the round trip to the sender, 0 if not known.
func (t *Throttle) Ask(q *Quota, now time.Time, rtt time.Duration) Answer {
	soon := now.Sub(t.sent) < spacing(rtt)
	if soon && (!t.answered || t.waiting) {
		return Merged // costs the watcher nothing: no key frame is made for it alone
	}
	if !q.take(now) {
		return Refused
	}
	if soon {
		t.waiting = true
		return Merged
	}
	t.send(now)
	return Send
}

// Due reports whether a merged request is still unanswered and must be sent now; it counts as sent. Call it on every
// tick.
func (t *Throttle) Due(now time.Time, rtt time.Duration) bool {
	if !t.waiting || now.Sub(t.sent) < spacing(rtt) {
		return false
	}
	t.send(now)
	return true
}

// Keyframe notes that a key frame began: requests before it are answered.
func (t *Throttle) Keyframe() { t.answered, t.waiting = true, false }

func (t *Throttle) send(now time.Time) { *t = Throttle{sent: now} }

func spacing(rtt time.Duration) time.Duration { return min(max(2*rtt, minSpacing), maxSpacing) }

// Quota bounds the key frames made for a single watcher of a publication: 3 in 10 s. It is the watcher's and not the
// layer's, because a key frame costs all others quality: one broken receiver must not spend what a newcomer
// needs. Its zero value is ready.
type Quota struct {
	at [quotaCount]time.Time // the latest, oldest first
}

func (q *Quota) take(now time.Time) bool {
	recent := 0
	for _, at := range q.at {
		if now.Sub(at) < quotaWindow {
			recent++
		}
	}
	if recent == quotaCount || now.Sub(q.at[quotaCount-1]) < backoff[recent] {
		return false
	}
	copy(q.at[:], q.at[1:])
	q.at[quotaCount-1] = now
	return true
}
