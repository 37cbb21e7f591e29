package quality_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/sfu/quality"
)

var begin = time.Unix(1000, 0)

func TestWhatMakesALineWorse(t *testing.T) {
	for name, c := range map[string]struct {
		sample quality.Sample
		want   quality.State
	}{
		"nothing known":   {quality.Sample{}, quality.Good},
		"a good line":     {quality.Sample{LossUp: 0.01, LossDown: 0.02, RoundTrip: 80 * time.Millisecond, Estimate: 2_000_000}, quality.Good},
		"loss up":         {quality.Sample{LossUp: 0.03}, quality.Mid},
		"loss down":       {quality.Sample{LossDown: 0.05}, quality.Mid},
		"much loss":       {quality.Sample{LossUp: 0.1}, quality.Bad},
		"far away":        {quality.Sample{RoundTrip: 400 * time.Millisecond}, quality.Mid},
		"very far away":   {quality.Sample{RoundTrip: time.Second}, quality.Bad},
		"a queue":         {quality.Sample{Queueing: 400 * time.Millisecond}, quality.Mid},
		"a long queue":    {quality.Sample{Queueing: 2 * time.Second}, quality.Bad},
		"a thin line":     {quality.Sample{Estimate: 200_000}, quality.Mid},
		"hardly a line":   {quality.Sample{Estimate: 60_000}, quality.Bad},
		"a picture waits": {quality.Sample{Paused: true, Estimate: 2_000_000}, quality.Mid},
	} {
		t.Run(name, func(t *testing.T) {
			var j quality.Judge
			state := quality.Good
			for second := range 7 {
				var changed bool
				before := state
				state, changed = j.Sample(c.sample, begin.Add(time.Duration(second)*time.Second))
				if changed != (state != before) {
					t.Errorf("second %d: changed is %v from %d to %d", second, changed, before, state)
				}
				if second < 5 && state != quality.Good {
					t.Errorf("told after %d s", second)
				}
			}
			if state != c.want {
				t.Errorf("found %d, not %d", state, c.want)
			}
		})
	}
}

// However the line jumps about, a state is told for at least the time that it must have held, and what alternates between
// bad and middling is middling.
func TestNothingFlickers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var j quality.Judge
		now, last, state := begin, begin.Add(-time.Hour), quality.Good
		for range rapid.IntRange(1, 200).Draw(t, "samples") {
			now = now.Add(time.Duration(rapid.IntRange(500, 1500).Draw(t, "ms")) * time.Millisecond)
			s := quality.Sample{LossUp: []float64{0, 0.05, 0.2}[rapid.IntRange(0, 2).Draw(t, "loss")]}
			before := state
			next, changed := j.Sample(s, now)
			state = next
			if changed != (before != next) {
				t.Fatalf("changed is %v from %d to %d", changed, before, next)
			}
			if changed {
				if now.Sub(last) < quality.Lasting {
					t.Fatalf("told again after %v", now.Sub(last))
				}
				last = now
			}
		}
	})
	var j quality.Judge
	state := quality.Good
	for second := range 12 {
		state, _ = j.Sample(quality.Sample{LossUp: []float64{0.05, 0.2}[second%2]}, begin.Add(time.Duration(second)*time.Second))
	}
	if state != quality.Mid {
		t.Errorf("between middling and bad it is %d", state)
	}
}
