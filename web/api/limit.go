package api

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/addr"
)

// guessCost is what a wrong password or setup token costs beside the request itself.
const guessCost = 9

// budget is how much one address may ask.
type budget struct {
	perSecond rate.Limit
	burst     int
	addresses int // how many are remembered
}

// wrongLinkBudget lets an address be wrong twelve times, then once every five seconds. Only wrong links are refused by it: they
// cannot be guessed (128 bits), and whoever shares the guesser's address must not miss an appointment.
func wrongLinkBudget() budget { return budget{perSecond: 0.2, burst: 12, addresses: 1 << 16} }

// sessionBudget bounds sign-ins before auth's own slowing, which counts failures per account too.
func sessionBudget() budget { return budget{perSecond: 1, burst: 60, addresses: 1 << 16} }

// limiter counts requests per address. It remembers a salted hash of it, in memory, no longer than the budget needs to be full
// again. When it is full it forgets those who have not asked for longest enough to be whole again; when there are none, all who
// are new share one budget.
type limiter struct {
	budget
	salt maphash.Seed

	// mu guards the following fields.
	mu     sync.Mutex
	known  map[uint64]*rate.Limiter
	shared *rate.Limiter
}

func newLimiter(b budget) *limiter {
	return &limiter{budget: b, salt: maphash.MakeSeed(), known: map[uint64]*rate.Limiter{}, shared: rate.NewLimiter(b.perSecond, b.burst)}
}

// allow takes one from the address's budget.
func (l *limiter) allow(from netip.Addr, now time.Time) bool {
	return l.of(from, now).AllowN(now, 1)
}

// charge takes n more, into debt if need be.
func (l *limiter) charge(from netip.Addr, n int, now time.Time) {
	l.of(from, now).ReserveN(now, n)
}

func (l *limiter) of(from netip.Addr, now time.Time) *rate.Limiter {
	key := maphash.Comparable(l.salt, addr.Near(from))
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.known[key]; ok {
		return known
	}
	if len(l.known) >= l.addresses {
		l.forgetLocked(now)
	}
	if len(l.known) >= l.addresses {
		return l.shared
	}
	known := rate.NewLimiter(l.perSecond, l.burst)
	l.known[key] = known
	return known
}

// forget drops the addresses whose budget is whole again: they would get the same anew.
func (l *limiter) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked(now)
}

func (l *limiter) forgetLocked(now time.Time) {
	for key, known := range l.known {
		if known.TokensAt(now) >= float64(l.burst) {
			delete(l.known, key)
		}
	}
}

// Forget drops what the limiters remember of addresses that have been quiet. The owner calls it every few minutes.
func (a *API) Forget(now time.Time) {
	a.wrongLinks.forget(now)
	a.codes.each.forget(now)
	a.sessions.forget(now)
}
