package report

import (
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/scenario"
)

func TestPercentiles(t *testing.T) {
	var d []time.Duration
	for n := 100; n >= 1; n-- {
		d = append(d, time.Duration(n)*time.Millisecond)
	}
	if got, want := Of(d), (Percentiles{Count: 100, P50: 50, P95: 95, P99: 99, Max: 100}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got, want := Of([]time.Duration{time.Second}), (Percentiles{1, 1000, 1000, 1000, 1000}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := Of(nil); got != (Percentiles{}) {
		t.Errorf("of nothing: %+v", got)
	}
}

func good() Result {
	s, _ := scenario.Named("pair")
	return Result{Scenario: s, Joins: 2, Joined: 2, Received: 1000, Sent: 1000, Seconds: 20, JoinToMedia: Percentiles{P95: 90}, Latency: Percentiles{P99: 2}}
}

func TestEveryLimitCanBreak(t *testing.T) {
	r := good()
	if r.Judge(); !r.Passed() {
		t.Fatalf("a good result is broken: %v", r.Broken)
	}
	for name, breakIt := range map[string]func(*Result){
		"joins":         func(r *Result) { r.Joined = 1 },
		"no packet":     func(r *Result) { r.Received = 0 },
		"join to media": func(r *Result) { r.JoinToMedia.P95 = 1001 },
		"latency":       func(r *Result) { r.Latency.P99 = 101 },
		"loss":          func(r *Result) { r.Missing = 50 },
	} {
		r := good()
		breakIt(&r)
		r.Judge()
		if len(r.Broken) != 1 || !strings.Contains(r.Broken[0], name) {
			t.Errorf("%s: %v", name, r.Broken)
		}
		var text strings.Builder
		if err := r.Text(&text); err != nil || !strings.Contains(text.String(), "FAILED") {
			t.Errorf("%s: %v\n%s", name, err, &text)
		}
	}
}
