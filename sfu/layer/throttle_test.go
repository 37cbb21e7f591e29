package layer

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestThrottle(t *testing.T) {
	const ms = time.Millisecond
	var th Throttle
	quotas := map[string]*Quota{}
	ask := func(who string, millis int, rtt time.Duration, want Answer) {
		t.Helper()
		if quotas[who] == nil {
			quotas[who] = new(Quota)
		}
		if got := th.Ask(quotas[who], at(millis), rtt); got != want {
			t.Errorf("%s at %d: %d, want %d", who, millis, got, want)
		}
	}
	due := func(millis int, rtt time.Duration, want bool) {
		t.Helper()
		if got := th.Due(at(millis), rtt); got != want {
			t.Errorf("due at %d: %v", millis, got)
		}
	}
	due(0, 0, false)
	ask("ada", 0, 0, Send)
	ask("ben", 10, 0, Merged) // under way
	due(500, 0, false)        // nobody waits: who still has no picture asks again
	ask("ben", 510, 0, Send)
	th.Keyframe()
	ask("cem", 600, 0, Merged) // after the key frame began: needs one more
	ask("dua", 650, 0, Merged)
	due(709, 0, false)
	due(710, 0, true)
	due(1000, 0, false) // was sent
	th.Keyframe()
	ask("dua", 1010, 0, Send)
	th.Keyframe()
	ask("eva", 1100, 0, Merged)
	th.Keyframe() // of its own accord: answers eva
	due(2000, 0, false)

	ask("fia", 3000, 0, Send) // long round trips take longer between requests
	ask("gil", 3400, 250*ms, Merged)
	ask("gil", 3500, 250*ms, Send)
	ask("hal", 4499, time.Minute, Merged)
	ask("hal", 4500, time.Minute, Send)
}

func TestQuota(t *testing.T) {
	var q Quota
	var th Throttle
	for _, c := range []struct {
		millis int
		want   Answer
	}{
		{0, Send},
		{400, Refused}, // a lost request is repeated after half a second
		{500, Send},
		{2_000, Refused},
		{2_500, Send},
		{5_000, Refused},
		{9_999, Refused},
		{10_000, Send}, // the first has run out
		{11_999, Refused},
		{12_000, Send},
		{12_499, Refused},
		{13_999, Refused},
		{14_000, Send},
		{19_999, Refused},
		{40_000, Send}, // after a rest, quickly again
		{40_500, Send},
	} {
		if got := th.Ask(&q, at(c.millis), 0); got != c.want {
			t.Errorf("at %d: %d, want %d", c.millis, got, c.want)
		}
	}
	if th.Ask(new(Quota), at(41_000), 0) != Send {
		t.Error("one watcher used up what another needs")
	}
}

// Whoever asks how often: requests are 200 ms apart, no watcher causes more than three in ten seconds, and one who
// keeps asking has a request sent on his behalf.
func TestThrottleProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var th Throttle
		quotas := make([]Quota, rapid.IntRange(1, 4).Draw(t, "watchers"))
		var sent []int
		now := 0
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			now += rapid.IntRange(0, 120).Draw(t, "passes")
			asked := false
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0:
				th.Keyframe()
			case 1:
				asked = th.Due(at(now), 0)
			default:
				who := rapid.IntRange(0, len(quotas)-1).Draw(t, "who")
				asked = th.Ask(&quotas[who], at(now), 0) == Send
			}
			if !asked {
				continue
			}
			if n := len(sent); n > 0 && now-sent[n-1] < 200 {
				t.Fatalf("requests at %d and %d", sent[n-1], now)
			}
			sent = append(sent, now)
		}
		for i, first := range sent {
			if last := i + 3*len(quotas); last < len(sent) && sent[last]-first < 10_000-200 {
				t.Fatalf("%d watchers caused %d requests from %d to %d", len(quotas), 3*len(quotas)+1, first, sent[last])
			}
		}
	})
}
