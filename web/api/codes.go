package api

import (
	"errors"
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/lobby"
)

// A code has 60 bits, so that somebody can type it, and stands against guessing by how slowly it can be tried: ten tries from an address,
// then one in ten seconds; two hundred from all addresses together, then twenty a second. With a thousand codes in use, ten
// years of that from the whole Internet find one with a chance below one in a hundred thousand. Where all tries of a moment are used up, who types
// waits a moment; links go on working.
func wrongCodeBudget() budget { return budget{perSecond: 0.1, burst: 10, addresses: 1 << 16} }

const (
	allCodesPerSecond rate.Limit = 20
	allCodesBurst     int        = 200
)

// codeTries bounds wrong codes, by address and altogether. **A try is taken before the code is looked at**, so that a right one among too many
// is answered as the wrong ones are; it is given back when the code was right, so that an office where many sign on at one address is not slowed.
type codeTries struct {
	each *limiter

	mu  sync.Mutex // held over both budgets: one that is refused takes nothing of the other
	all *rate.Limiter
}

func newCodeTries() *codeTries {
	return &codeTries{each: newLimiter(wrongCodeBudget()), all: rate.NewLimiter(allCodesPerSecond, allCodesBurst)}
}

// take takes a try; giveBack undoes it. ok is false when there is none left.
func (t *codeTries) take(from netip.Addr, now time.Time) (giveBack func(), ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var taken []*rate.Reservation
	giveBack = func() {
		for _, r := range taken {
			r.CancelAt(now)
		}
	}
	for _, budget := range []*rate.Limiter{t.each.of(from, now), t.all} {
		r := budget.ReserveN(now, 1)
		if !r.OK() {
			giveBack()
			return nil, false
		}
		taken = append(taken, r)
		if r.DelayFrom(now) > 0 {
			giveBack()
			return nil, false
		}
	}
	return giveBack, true
}

// code looks a code up. What is unknown, expired or tried too often is told by nothing else than that.
func (a *API) code(c *call, auth hash) (lobby.Access, error) {
	giveBack, ok := a.codes.take(c.from, c.now)
	if !ok {
		return lobby.Access{}, errTooFast
	}
	access, err := a.Lobby.CheckCode(c.ctx(), a.Tenant, auth, c.now)
	if !errors.Is(err, lobby.ErrLinkInvalid) {
		giveBack()
	}
	return access, err
}
