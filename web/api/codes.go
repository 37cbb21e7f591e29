package api

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/addr"
	"github.com/anteroom-video/anteroom/lobby"
)

// A code has 60 bits, so that somebody can type it, and stands against guessing by how slowly it can be tried: ten tries from an address,
// then one in ten seconds; forty from a network (addr.Wide), then one a second; two hundred from all addresses together, then twenty a second. With a thousand codes in use, ten
// years of that from the whole Internet find one with a chance below one in a hundred thousand. Where all tries of a moment are used up, who types
// waits a moment; links go on working. It takes more than a handful of networks to use them up: an own line with IPv6 has 65536 addresses, but is one.
func wrongCodeBudget() budget { return budget{perSecond: 0.1, burst: 10, addresses: 1 << 16} }

func wideCodeBudget() budget { return budget{perSecond: 1, burst: 40, addresses: 1 << 16} }

func allCodesBudget() budget { return budget{perSecond: 20, burst: 200} }

// codeTries bounds wrong codes, by address, by network and altogether. **A try is taken before the code is looked at**, so that a right one among too many
// is answered as the wrong ones are; it is given back when the code was right, so that an office where many sign on at one address is not slowed.
type codeTries struct {
	each  *limiter
	wide  *limiter
	total budget

	mu  sync.Mutex // guards the following, and is held over all budgets: one that is refused takes nothing of the others
	all bucket
}

func newCodeTries() *codeTries {
	t := &codeTries{each: newLimiter(wrongCodeBudget()), wide: newLimiter(wideCodeBudget()), total: allCodesBudget()}
	t.wide.near = addr.Wide
	t.all = t.total.full(time.Time{})
	return t
}

// takeFrom takes a try; giveBack undoes it. ok is false when there is none left.
func (t *codeTries) takeFrom(from netip.Addr, now time.Time) (giveBack func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.each.allow(from, now) {
		return nil, false
	}
	if !t.wide.allow(from, now) {
		t.each.unsay(from, now)
		return nil, false
	}
	if !t.total.take(&t.all, now) {
		t.each.unsay(from, now)
		t.wide.unsay(from, now)
		return nil, false
	}
	return func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.each.unsay(from, now)
		t.wide.unsay(from, now)
		t.total.giveBack(&t.all)
	}, true
}

// code looks a code up. What is unknown, expired or tried too often is told by nothing else than that.
func (a *API) code(c *call, auth hash) (lobby.Access, error) {
	giveBack, ok := a.codes.takeFrom(c.from, c.now)
	if !ok {
		return lobby.Access{}, errTooFast
	}
	access, err := a.Lobby.CheckCode(c.ctx(), a.Tenant, auth, c.now)
	if !errors.Is(err, lobby.ErrLinkInvalid) {
		giveBack()
	}
	return access, err
}
