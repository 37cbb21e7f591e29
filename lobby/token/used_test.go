package token

import (
	"errors"
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestUsedTicketsAreBounded(t *testing.T) {
	u := newUsedTickets()
	now := time.Unix(1000, 0)
	for i := range maxUsed {
		if err := u.take(strconv.Itoa(i), now.Add(TicketLife), now); err != nil {
			t.Fatal(err)
		}
	}
	if err := u.take("one more", now.Add(TicketLife), now); !errors.Is(err, ErrFull) {
		t.Errorf("over the bound: %v", err)
	}
	if err := u.take("0", now.Add(TicketLife), now); !errors.Is(err, ErrToken) {
		t.Errorf("a known one over the bound: %v", err)
	}
	later := now.Add(TicketLife)
	if err := u.take("one more", later.Add(TicketLife), later); err != nil {
		t.Errorf("after they expired: %v", err)
	}
	if len(u.expires) != 1 || len(u.queue) != 1 {
		t.Errorf("%d and %d are still remembered", len(u.expires), len(u.queue))
	}
}

// Nothing is taken twice while it is valid, in whatever order tickets come and time passes; and nothing stays for ever.
func TestUsedTicketsOverTime(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		u := newUsedTickets()
		now := time.Unix(1000, 0)
		taken := map[string]bool{}
		expires := map[string]time.Time{}
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now = now.Add(time.Duration(rapid.IntRange(0, 20).Draw(t, "seconds")) * time.Second)
			id := strconv.Itoa(rapid.IntRange(0, 20).Draw(t, "ticket"))
			if _, made := expires[id]; !made {
				expires[id] = now.Add(time.Duration(rapid.IntRange(1, 60).Draw(t, "life")) * time.Second)
			}
			err := u.take(id, expires[id], now)
			want := !taken[id] && now.Before(expires[id])
			if (err == nil) != want {
				t.Fatalf("ticket %s at %v: %v, want taken %v", id, now, err, want)
			}
			taken[id] = taken[id] || err == nil
		}
		_ = u.take("last", now.Add(2*time.Hour), now.Add(time.Hour))
		if len(u.expires) != 1 {
			t.Fatalf("%d are still remembered", len(u.expires))
		}
	})
}
