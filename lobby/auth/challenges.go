package auth

import (
	"crypto/rand"
	"log/slog"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

const (
	// ChallengeLife is how long an authenticator has to answer: long enough to look for it in a drawer.
	ChallengeLife = 5 * time.Minute
	// maxChallenges is how many are open at a time. When one more is given, an arbitrary one is forgotten: who waits to answer it starts again.
	maxChallenges = 10_000
)

// Challenge is what an authenticator signs.
type Challenge [32]byte

// LogValue keeps the challenge out of every log.
func (Challenge) LogValue() slog.Value { return slog.StringValue("[challenge]") }

// purpose is what a challenge was given for.
type purpose struct {
	tenant  lobby.TenantID
	account lobby.AccountID // whose passkey is to be made; empty: to sign in
	expires time.Time
}

// challenges are those that were given and not answered yet.
type challenges struct {
	// mu guards the following field.
	mu   sync.Mutex
	open map[Challenge]purpose
}

func newChallenges() *challenges { return &challenges{open: map[Challenge]purpose{}} }

func (c *challenges) give(tenant lobby.TenantID, account lobby.AccountID, now time.Time) (given Challenge) {
	rand.Read(given[:])
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.open) >= maxChallenges {
		c.dropLocked(now)
	}
	if len(c.open) >= maxChallenges {
		for other := range c.open {
			delete(c.open, other)
			break
		}
	}
	c.open[given] = purpose{tenant, account, now.Add(ChallengeLife)}
	return given
}

// take reports whether the challenge may be answered for this now; it may never be again.
func (c *challenges) take(answered Challenge, tenant lobby.TenantID, account lobby.AccountID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	given, ok := c.open[answered]
	delete(c.open, answered)
	return ok && given.tenant == tenant && given.account == account && now.Before(given.expires)
}

// drop forgets what nobody may answer any more.
func (c *challenges) drop(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.dropLocked(now)
}

func (c *challenges) dropLocked(now time.Time) {
	for challenge, given := range c.open {
		if !now.Before(given.expires) {
			delete(c.open, challenge)
		}
	}
}
