package token

import (
	"sync"
	"time"
)

// maxUsed is how many used tickets are remembered; at 60 s of life that is 1,000 sign-ons per second for a minute.
const maxUsed = 60_000

// usedTickets remembers the tickets that were taken until they have expired.
type usedTickets struct {
	// mu guards the following fields.
	mu      sync.Mutex
	expires map[string]time.Time
	// queue holds the same tickets in the order in which they were taken. Tickets have one length of life, so it is
	// nearly the order of their expiry: dropping from its front alone keeps each take cheap.
	queue []string
}

func newUsedTickets() usedTickets { return usedTickets{expires: make(map[string]time.Time)} }

// take marks id as used until expires. When the memory is full it refuses: forgetting one would let it be used again.
func (u *usedTickets) take(id string, expires, now time.Time) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.dropLocked(now)
	if _, taken := u.expires[id]; taken || !now.Before(expires) {
		return ErrToken
	}
	if len(u.expires) >= maxUsed {
		return ErrFull
	}
	u.expires[id] = expires
	u.queue = append(u.queue, id)
	return nil
}

// dropLocked forgets the tickets at the front that have expired.
func (u *usedTickets) dropLocked(now time.Time) {
	for len(u.queue) > 0 && !now.Before(u.expires[u.queue[0]]) {
		delete(u.expires, u.queue[0])
		u.queue = u.queue[1:]
	}
}
