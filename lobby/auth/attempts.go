package auth

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"net/netip"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

const (
	// rememberFor is how long a failure counts after the last one; with dropEvery it is gone after ten minutes.
	rememberFor = 9 * time.Minute
	// maxRemembered is how many addresses, and how many names, are remembered. When one more comes, an arbitrary one
	// is forgotten: who has that many addresses cannot be slowed by their number anyway.
	maxRemembered = 10_000
	// dropEvery is how often what is too old is looked for.
	dropEvery = time.Minute
)

// slowness is how long somebody must wait who failed n times.
type slowness struct {
	free  int           // failures that cost nothing
	first time.Duration // the wait after the first one that does; doubled by each further one
	most  time.Duration
}

func (s slowness) after(failures int) time.Duration {
	wait := s.first
	for n := s.free; n <= failures; n++ {
		if n == failures {
			return wait
		}
		if wait = 2 * wait; wait >= s.most {
			return s.most
		}
	}
	return 0
}

// An address is refused while it must wait: that harms nobody else, and ten free failures are enough for an office behind
// one address. An account is shared by its owner and whoever guesses at it, so its attempts are not refused but held for
// a few seconds at most; what bounds the guesses is that each address has few.
func addressSlowness() slowness { return slowness{free: 10, first: time.Second, most: time.Minute} }
func accountSlowness() slowness {
	return slowness{free: 10, first: 250 * time.Millisecond, most: 4 * time.Second}
}

// attemptKey is a salted hash of an address or a name.
type attemptKey [16]byte

// record is what is remembered of one address or name.
type record struct {
	failures int // attempts that failed or still run
	last     time.Time
}

// attempts remembers who failed to sign in.
type attempts struct {
	salt []byte

	// mu guards the following fields and all records.
	mu        sync.Mutex
	addresses map[attemptKey]*record
	accounts  map[attemptKey]*record
	dropped   time.Time
}

func newAttempts() *attempts {
	salt := make([]byte, 32)
	rand.Read(salt)
	return &attempts{salt: salt, addresses: map[attemptKey]*record{}, accounts: map[attemptKey]*record{}}
}

// attempt is one sign-in that runs. It counts as failed until it is told otherwise, so that many at once gain nothing.
type attempt struct {
	a                *attempts
	address, account *record
}

// begin refuses the attempt with a [TooSoonError], or holds it as long as the account's failures demand.
func (a *attempts) begin(ctx context.Context, tenant lobby.TenantID, name string, from netip.Addr, clock func() time.Time) (*attempt, error) {
	t, hold, err := a.enter(a.key("address", addressPrefix(from)), a.key("account", string(tenant)+"\x00"+name), clock())
	if err != nil || hold == 0 {
		return t, err
	}
	timer := time.NewTimer(hold)
	defer timer.Stop()
	select {
	case <-timer.C:
		return t, nil
	case <-ctx.Done():
		t.forget()
		return nil, ctx.Err()
	}
}

// enter decides about an attempt at now, and counts it.
func (a *attempts) enter(address, account attemptKey, now time.Time) (*attempt, time.Duration, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if now.Sub(a.dropped) >= dropEvery {
		a.dropLocked(now)
	}
	from := rememberedLocked(a.addresses, address)
	slow := addressSlowness().after(from.failures)
	// max: a clock that was set back must not make it longer.
	if wait := slow - max(0, now.Sub(from.last)); wait > 0 {
		return nil, 0, &TooSoonError{After: wait}
	}
	at := rememberedLocked(a.accounts, account)
	hold := accountSlowness().after(at.failures)
	for _, r := range []*record{from, at} {
		r.failures++
		r.last = now
	}
	return &attempt{a: a, address: from, account: at}, hold, nil
}

// rememberedLocked returns the record of k, a fresh one if there is none.
func rememberedLocked(m map[attemptKey]*record, k attemptKey) *record {
	if r, ok := m[k]; ok {
		return r
	}
	if len(m) >= maxRemembered {
		for other := range m {
			delete(m, other)
			break
		}
	}
	r := &record{}
	m[k] = r
	return r
}

// drop forgets what is older than it may be remembered.
func (a *attempts) drop(now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.dropLocked(now)
}

func (a *attempts) dropLocked(now time.Time) {
	a.dropped = now
	for _, m := range []map[attemptKey]*record{a.addresses, a.accounts} {
		for k, r := range m {
			if now.Sub(r.last) >= rememberFor {
				delete(m, k)
			}
		}
	}
}

// failed leaves the attempt counted.
func (t *attempt) failed(now time.Time) {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.address.last, t.account.last = now, now
}

// succeeded takes the attempt back, and what failed on the account before: its owner is there. The address keeps its other
// failures, or one known password would buy guesses at all others.
func (t *attempt) succeeded() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.address.failures = max(0, t.address.failures-1)
	t.account.failures = 0
}

// forget takes the attempt back: it was not decided.
func (t *attempt) forget() {
	t.a.mu.Lock()
	defer t.a.mu.Unlock()
	t.address.failures = max(0, t.address.failures-1)
	t.account.failures = max(0, t.account.failures-1)
}

// key hides what is remembered. The salt lives as long as the process.
func (a *attempts) key(kind, value string) (k attemptKey) {
	mac := hmac.New(sha256.New, a.salt)
	mac.Write([]byte(kind + "\x00" + value))
	copy(k[:], mac.Sum(nil))
	return k
}

// addressPrefix is what counts as one address: an IPv4 address, or the 56 bits that one IPv6 customer usually has.
func addressPrefix(addr netip.Addr) string {
	addr = addr.Unmap().WithZone("")
	if addr.Is6() {
		if prefix, err := addr.Prefix(56); err == nil {
			return prefix.String()
		}
	}
	return addr.String()
}
