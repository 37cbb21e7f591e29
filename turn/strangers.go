package turn

import (
	"net/netip"
	"sync"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/addr"
)

// strangersKept is how many addresses are remembered; with more, all are forgotten, and the bound for all together holds.
const strangersKept = 4096

// strangers bounds what is answered to addresses that have no relay: for each address (an IPv6 /64 is one) and in all.
type strangers struct {
	each int

	// mu guards the following fields.
	mu   sync.Mutex
	all  *rate.Limiter
	from map[netip.Addr]*rate.Limiter
}

func newStrangers(each, all int) *strangers {
	return &strangers{each: each, all: rate.NewLimiter(rate.Limit(all), all), from: map[netip.Addr]*rate.Limiter{}}
}

// admit takes one message's share.
func (s *strangers) admit(a netip.Addr) bool {
	near := addr.Near(a)
	s.mu.Lock()
	defer s.mu.Unlock()
	l := s.from[near]
	if l == nil {
		if len(s.from) >= strangersKept {
			clear(s.from)
		}
		l = rate.NewLimiter(rate.Limit(s.each), s.each)
		s.from[near] = l
	}
	// One address that asks too much does not use up what is there for all.
	return l.Allow() && s.all.Allow()
}
