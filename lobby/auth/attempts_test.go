package auth

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestSlowness(t *testing.T) {
	s := slowness{free: 3, first: time.Second, most: 10 * time.Second}
	for failures, want := range []time.Duration{0, 0, 0, 1, 2, 4, 8, 10, 10, 10} {
		if got := s.after(failures); got != want*time.Second {
			t.Errorf("after %d failures: %v, want %v", failures, got, want*time.Second)
		}
	}
	if got := s.after(1 << 30); got != s.most {
		t.Errorf("after very many: %v", got)
	}
}

func addr(i int) netip.Addr { return netip.AddrFrom4([4]byte{192, 0, byte(i >> 8), byte(i)}) }

// One address that guesses without pause gets ten guesses and then one a minute, at one account or at many.
func TestOneAddressGuessing(t *testing.T) {
	for _, accounts := range []int{1, 1000} {
		a := newAttempts()
		now := time.Unix(0, 0)
		guesses := 0
		for second := range 3600 {
			now = time.Unix(int64(second), 0)
			for i := range 3 {
				attempt, _, err := a.enter(a.key("address", addressPrefix(addr(1))), a.key("account", fmt.Sprint((second*3+i)%accounts)), now)
				if err == nil {
					guesses++
					attempt.failed(now)
				}
			}
		}
		if guesses < 60 || guesses > 10+6+60 {
			t.Errorf("%d guesses in an hour at %d accounts", guesses, accounts)
		}
		// Others are not touched.
		if _, hold, err := a.enter(a.key("address", addressPrefix(addr(2))), a.key("account", "another"), now); err != nil || hold != 0 {
			t.Errorf("another address, another account: held %v, %v", hold, err)
		}
	}
}

// While hundreds of addresses guess at an account, its owner gets in from his own address within four seconds.
func TestOwnerGetsInDuringAnAttack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempts()
		for i := range 500 {
			attempt, _, err := a.enter(a.key("address", addressPrefix(addr(i))), a.key("account", "default\x00anna"), time.Now())
			if err != nil {
				t.Fatal(err)
			}
			attempt.failed(time.Now())
		}
		begun := time.Now()
		attempt, err := a.begin(t.Context(), "default", "anna", addr(9999), time.Now)
		held := time.Since(begun)
		if err != nil || held == 0 || held > 4*time.Second {
			t.Fatalf("held %v, %v", held, err)
		}
		attempt.succeeded()
		begun = time.Now()
		if _, err := a.begin(t.Context(), "default", "anna", addr(9999), time.Now); err != nil || time.Since(begun) != 0 {
			t.Errorf("after the owner was there: held %v, %v", time.Since(begun), err)
		}
	})
}

func TestHoldEndsWithTheRequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := newAttempts()
		for i := range 100 {
			attempt, _, _ := a.enter(a.key("address", addressPrefix(addr(i))), a.key("account", "default\x00anna"), time.Now())
			attempt.failed(time.Now())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := a.begin(ctx, "default", "anna", addr(9999), time.Now); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("got %v", err)
		}
	})
}

// Many at once gain nothing: an attempt counts while it runs.
func TestParallelAttemptsCount(t *testing.T) {
	a := newAttempts()
	now := time.Unix(0, 0)
	var running []*attempt
	for len(running) < 100 {
		attempt, _, err := a.enter(a.key("address", "x"), a.key("account", fmt.Sprint(len(running))), now)
		if err != nil {
			var soon *TooSoonError
			if !errors.As(err, &soon) || soon.After != time.Second || !errors.Is(err, ErrTooSoon) {
				t.Errorf("got %v", err)
			}
			break
		}
		running = append(running, attempt)
	}
	if len(running) != 10 {
		t.Errorf("%d at once", len(running))
	}
	running[0].forget()
	if _, _, err := a.enter(a.key("address", "x"), a.key("account", "y"), now); err != nil {
		t.Errorf("after one was taken back: %v", err)
	}
}

// A known password does not buy guesses at other accounts.
func TestSuccessDoesNotForgiveTheAddress(t *testing.T) {
	a := newAttempts()
	now := time.Unix(0, 0)
	enter := func(account string) (*attempt, error) {
		attempt, _, err := a.enter(a.key("address", "x"), a.key("account", account), now)
		return attempt, err
	}
	for i := range 9 {
		attempt, err := enter(fmt.Sprint(i))
		if err != nil {
			t.Fatal(err)
		}
		attempt.failed(now)
		own, err := enter("own")
		if err != nil {
			t.Fatal(err)
		}
		own.succeeded()
	}
	last, err := enter("9")
	if err != nil {
		t.Fatal(err)
	}
	last.failed(now)
	if _, err := enter("10"); !errors.Is(err, ErrTooSoon) {
		t.Errorf("got %v", err)
	}
}

// P-24: what is remembered is salted hashes, for ten minutes, of bounded number.
func TestMemoryOfAttempts(t *testing.T) {
	a := newAttempts()
	now := time.Unix(0, 0)
	for i := range maxRemembered + 500 {
		attempt, _, _ := a.enter(a.key("address", fmt.Sprint(i)), a.key("account", fmt.Sprint(i)), now)
		attempt.failed(now)
	}
	if len(a.addresses) != maxRemembered || len(a.accounts) != maxRemembered {
		t.Errorf("%d addresses and %d accounts are remembered", len(a.addresses), len(a.accounts))
	}
	if a.key("address", "192.0.2.1") == newAttempts().key("address", "192.0.2.1") {
		t.Error("two processes have the same salt")
	}
	a.drop(now.Add(rememberFor - time.Second))
	if len(a.addresses) == 0 {
		t.Error("forgotten too early")
	}
	// Without a sweep, the next attempt does it.
	if _, _, err := a.enter(a.key("address", "x"), a.key("account", "x"), now.Add(10*time.Minute)); err != nil {
		t.Fatal(err)
	}
	if len(a.addresses) != 1 || len(a.accounts) != 1 {
		t.Errorf("after ten minutes %d addresses and %d accounts are remembered", len(a.addresses), len(a.accounts))
	}
}

func TestClockSetBack(t *testing.T) {
	a := newAttempts()
	now := time.Unix(10_000, 0)
	for range 11 {
		if attempt, _, err := a.enter(attemptKey{1}, attemptKey{2}, now); err == nil {
			attempt.failed(now)
		}
	}
	var soon *TooSoonError
	if _, _, err := a.enter(attemptKey{1}, attemptKey{2}, now.Add(-time.Hour)); !errors.As(err, &soon) || soon.After > time.Minute {
		t.Errorf("got %v", err)
	}
}

func TestAddressPrefix(t *testing.T) {
	for _, c := range []struct {
		a, b string
		same bool
	}{
		{"192.0.2.1", "192.0.2.1", true},
		{"192.0.2.1", "192.0.2.2", false},
		{"192.0.2.1", "::ffff:192.0.2.1", true},
		{"2001:db8:1:100::1", "2001:db8:1:1ff:ffff::9", true},
		{"2001:db8:1:100::1", "2001:db8:1:200::1", false},
		{"fe80::1%eth0", "fe80::1%eth1", true},
	} {
		if (addressPrefix(netip.MustParseAddr(c.a)) == addressPrefix(netip.MustParseAddr(c.b))) != c.same {
			t.Errorf("%s and %s", c.a, c.b)
		}
	}
	addressPrefix(netip.Addr{}) // no address is an address too
}

// Over random use: nobody waits longer than a minute, is held longer than four seconds, or is refused without ten failures
// of his own address in the last ten minutes.
func TestNobodyIsLockedOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := newAttempts()
		now := time.Unix(0, 0)
		failed := map[int][]time.Time{}
		for range rapid.IntRange(1, 200).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 30_000).Draw(t, "ms")) * time.Millisecond)
			from := rapid.IntRange(0, 2).Draw(t, "from")
			attempt, hold, err := a.enter(a.key("address", fmt.Sprint(from)), a.key("account", fmt.Sprint(rapid.IntRange(0, 2).Draw(t, "account"))), now)
			if hold > 4*time.Second {
				t.Fatalf("held %v", hold)
			}
			var soon *TooSoonError
			if errors.As(err, &soon) {
				if soon.After <= 0 || soon.After > time.Minute || len(failed[from]) < 10 {
					t.Fatalf("refused for %v after %d failures", soon.After, len(failed[from]))
				}
				continue
			}
			if rapid.Bool().Draw(t, "right") {
				attempt.succeeded()
			} else {
				attempt.failed(now)
				failed[from] = append(failed[from], now)
			}
		}
	})
}
