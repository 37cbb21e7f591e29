package lobby

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestWindow(t *testing.T) {
	start := time.Date(2030, 3, 31, 10, 0, 0, 0, time.UTC)
	end := start.Add(90 * time.Minute)
	var none time.Time
	for _, c := range []struct {
		name                        string
		starts, ends, opens, closes time.Time
	}{
		{"no appointment", none, none, none, none},
		{"a beginning", start, none, start.Add(-30 * time.Minute), start.Add(4 * time.Hour)},
		{"a beginning and an end", start, end, start.Add(-30 * time.Minute), end},
		{"an end", none, end, none, end},
	} {
		opens, closes := Room{StartsAt: c.starts, EndsAt: c.ends}.Window()
		if !opens.Equal(c.opens) || !closes.Equal(c.closes) {
			t.Errorf("%s: got %v to %v", c.name, opens, closes)
		}
	}
}

// A room is never deleted while its window is open, nor on the day after it was used, and never kept for ever.
func TestExpiry(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		used := time.UnixMilli(rapid.Int64Range(0, 1<<42).Draw(t, "used"))
		room := Room{Kind: rapid.SampledFrom([]Kind{Once, Series}).Draw(t, "kind")}
		if rapid.Bool().Draw(t, "starts") {
			room.StartsAt = used.Add(time.Duration(rapid.Int64Range(-1000, 10_000).Draw(t, "in")) * time.Hour)
		}
		if rapid.Bool().Draw(t, "ends") {
			room.EndsAt = used.Add(time.Duration(rapid.Int64Range(-1000, 10_000).Draw(t, "until")) * time.Hour)
		}
		_, closes := room.Window()
		expiry := room.expiry(used)
		if !closes.IsZero() && expiry.Before(closes.Add(KeepAfterWindow)) {
			t.Fatalf("deleted at %v, window closes %v", expiry, closes)
		}
		if expiry.Sub(used) < 24*time.Hour {
			t.Fatalf("deleted %v after use", expiry.Sub(used))
		}
		if latest := later(used.Add(KeepSeries), closes.Add(KeepAfterWindow)); expiry.After(latest.Add(24 * time.Hour)) {
			t.Fatalf("kept until %v", expiry)
		}
	})
	used := time.Date(2030, 1, 1, 15, 0, 0, 0, time.UTC)
	day := used.Truncate(24 * time.Hour)
	if got := (Room{Kind: Once}).expiry(used); !got.Equal(day.Add(KeepOnce)) {
		t.Errorf("once: %v", got)
	}
	if got := (Room{Kind: Series}).expiry(used); !got.Equal(day.Add(KeepSeries)) {
		t.Errorf("series: %v", got)
	}
}
