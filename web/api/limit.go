package api

import (
	"hash/maphash"
	"net/netip"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/addr"
)

// guessCost is what a wrong password or setup token costs beside the request itself.
const guessCost = 9

// budget is how much one address may ask.
type budget struct {
	perSecond float64
	burst     int
	addresses int // how many are remembered
}

// wrongLinkBudget lets an address be wrong twelve times, then once every five seconds. Only wrong links are refused by it: they
// cannot be guessed (128 bits), and whoever shares the guesser's address must not miss an appointment.
func wrongLinkBudget() budget { return budget{perSecond: 0.2, burst: 12, addresses: 1 << 16} }

// sessionBudget bounds sign-ins before auth's own slowing, which counts failures per account too.
func sessionBudget() budget { return budget{perSecond: 1, burst: 60, addresses: 1 << 16} }

// sweepEvery is how often a limiter that is full looks for addresses that it may forget: each time it goes through all.
const sweepEvery = time.Second

// limiter counts requests per address. It remembers a salted hash of it, in memory, no longer than the budget needs to be full
// again. When it is full it forgets those who have not asked for long enough to be whole again; when there are none, all who
// are new share one budget.
type limiter struct {
	budget
	near func(netip.Addr) netip.Addr // what counts as one address
	salt maphash.Seed

	// mu guards the following fields.
	mu     sync.Mutex
	known  map[uint64]*bucket
	shared bucket
	swept  time.Time // when it was full
}

func newLimiter(b budget) *limiter {
	return &limiter{budget: b, near: addr.Near, salt: maphash.MakeSeed(), known: map[uint64]*bucket{}, shared: b.full(time.Time{})}
}

// allow takes one from the address's budget.
func (l *limiter) allow(from netip.Addr, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.take(l.ofLocked(from, now), now)
}

// unsay gives back what allow took.
func (l *limiter) unsay(from netip.Addr, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.giveBack(l.ofLocked(from, now))
}

// charge takes n more, into debt if need be.
func (l *limiter) charge(from netip.Addr, n int, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.ofLocked(from, now)
	*k = l.at(*k, now)
	k.left -= float64(n)
}

func (l *limiter) ofLocked(from netip.Addr, now time.Time) *bucket {
	key := maphash.Comparable(l.salt, l.near(from))
	if known, ok := l.known[key]; ok {
		return known
	}
	if len(l.known) >= l.addresses && now.Sub(l.swept) >= sweepEvery {
		l.swept = now
		l.forgetLocked(now)
	}
	if len(l.known) >= l.addresses {
		return &l.shared
	}
	known := l.full(now)
	l.known[key] = &known
	return &known
}

// forget drops the addresses whose budget is whole again: they would get the same anew.
func (l *limiter) forget(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetLocked(now)
}

func (l *limiter) forgetLocked(now time.Time) {
	for key, known := range l.known {
		if l.at(*known, now).left >= float64(l.burst) {
			delete(l.known, key)
		}
	}
}

// Forget drops what the limiters remember of addresses that have been quiet. The owner calls it every few minutes.
func (a *API) Forget(now time.Time) {
	a.wrongLinks.forget(now)
	a.codes.each.forget(now)
	a.codes.wide.forget(now)
	a.sessions.forget(now)
}
