package report

import (
	"maps"
	"math"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

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
	s.Fail.LongestFreeze, s.Fail.ServerCPU = scenario.Duration(500*time.Millisecond), 1
	r := Result{Scenario: s, Joins: 2, Joined: 2, Seconds: 2, JoinToMedia: Percentiles{P95: 90}, Latency: Percentiles{P99: 2}}
	for n := range 2 {
		second := Second{
			At: float64(n + 1), Took: 1, Sent: 500, Received: 500, Expected: 500, Bytes: 500_000, Watching: 2, PictureSeconds: 2, Frames: 50, LineSum: 36_000,
			Played: 100, Server: &Usage{CPU: 0.5, Memory: float64(30+n) * (1 << 20)}, Latency: Percentiles{Count: 500, P50: 1, P95: 2, P99: 3},
		}
		r.Add(second)
		r.Series = append(r.Series, second)
	}
	return r
}

func TestEveryLimitCanBreak(t *testing.T) {
	r := good()
	if r.Judge(); !r.Passed() {
		t.Fatalf("a good result is broken: %v", r.Broken)
	}
	for name, breakIt := range map[string]func(*Result){
		"joins":         func(r *Result) { r.Joined = 1 },
		"no packet":     func(r *Result) { r.Total.Received, r.Total.Expected = 0, 0 },
		"2 seconds":     func(r *Result) { r.Series = []Second{{Received: 9}, {Sent: 9}, {Sent: 9}, {Received: 9}} },
		"join to media": func(r *Result) { r.JoinToMedia.P95 = 1001 },
		"latency":       func(r *Result) { r.Latency.P99 = 101 },
		"loss":          func(r *Result) { r.Total.Received = 950 },
		"freezes":       func(r *Result) { r.Total.Freezes = 1 },
		"longest":       func(r *Result) { r.LongestFreeze = 501 },
		"concealed":     func(r *Result) { r.Total.Concealed = 3 },
		"processor":     func(r *Result) { r.Total.Server.CPU = 1.1 },
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

func TestTextCountsRooms(t *testing.T) {
	for rooms, want := range map[int]string{1: "pair: 1 room × 2 persons, 2 s\n", 3: "pair: 3 rooms × 2 persons, 2 s\n"} {
		r := good()
		r.Scenario.Rooms = rooms
		var text strings.Builder
		if err := r.Text(&text); err != nil || !strings.HasPrefix(text.String(), want) {
			t.Errorf("%v\n%s", err, &text)
		}
	}
}

// Visitors are let in by others: there is no time from the join that says anything, and 0 ms would be a lie.
func TestTextLeavesOutWhatWasNotMeasured(t *testing.T) {
	for count, want := range map[int]bool{0: false, 1: true} {
		r := good()
		r.JoinToMedia.Count = count
		var text strings.Builder
		if err := r.Text(&text); err != nil || strings.Contains(text.String(), "to media") != want {
			t.Errorf("%d joins: %v\n%s", count, err, &text)
		}
	}
}

func TestFiguresComeOfTheTotal(t *testing.T) {
	r := good()
	r.Floor = &Floor{PacketBytes: 1100, PerPacket: 250}
	r.Judge()
	want := Figures{Lines: 720, Bitrate: 4e6, ServerCPU: 0.5, PerPacket: 1e6, TimesFloor: 4000}
	if r.Figures != want {
		t.Errorf("got %+v, want %+v", r.Figures, want)
	}
	if r.Total.Server.Memory != 31*(1<<20) || r.Total.Took != 2 || r.Total.Watching != 2 {
		t.Errorf("total %+v", r.Total)
	}
}

// The page is one file: nothing in it comes from elsewhere, and what a scenario says cannot break out of its place.
func TestPage(t *testing.T) {
	r := good()
	r.Scenario.About = "<script>alert(1)</script>"
	r.Errors = map[string]int{"a line was lost": 3}
	r.Series[1].Server = nil // for a second nobody answered
	r.Judge()
	old := good()
	old.Latency.P99 = 50
	old.Judge()
	var page strings.Builder
	if err := r.HTML(&page, &old); err != nil {
		t.Fatal(err)
	}
	text := page.String()
	for _, never := range []string{"<script", "src=", "http", "NaN", "url("} {
		if strings.Contains(strings.ReplaceAll(text, "http://www.w3.org", ""), never) {
			t.Errorf("the page has %q", never)
		}
	}
	for _, wanted := range []string{"Passed", "Latency through the server", "Server&#39;s memory", "3 × a line was lost", "1 room × 2 persons", "better", "class=\"limit\""} {
		if !strings.Contains(text, wanted) {
			t.Errorf("the page lacks %q", wanted)
		}
	}
	if n := strings.Count(text, "<figure>"); n != 8 {
		t.Errorf("%d charts", n)
	}
}

func TestCompare(t *testing.T) {
	old, now := good(), good()
	now.Latency.P99, now.JoinToMedia.P95, now.Total.Received = 20, 40, 900
	now.Latency.P50 = 0.1 // too little to matter
	old.Judge()
	now.Judge()
	changes := Compare(&old, &now)
	verdicts := map[string]string{}
	for _, c := range changes {
		if c.Verdict != "" {
			verdicts[c.Name] = c.Verdict
		}
	}
	want := map[string]string{"latency p99": worse, "join to media p95": better, "loss after repair": worse}
	if !maps.Equal(verdicts, want) {
		t.Errorf("got %v, want %v", verdicts, want)
	}
	if names := Worse(changes); len(names) != 2 || !strings.Contains(names[0], "latency p99 20 ms, before 2") {
		t.Errorf("worse: %q", names)
	}
	var text strings.Builder
	if err := WriteChanges(&text, changes); err != nil || !strings.Contains(text.String(), "worse") {
		t.Errorf("%v\n%s", err, &text)
	}
	for _, c := range Compare(&old, &old) {
		if c.Verdict != "" {
			t.Errorf("a run differs from itself: %+v", c)
		}
	}
}

// Round numbers are at least the value and less than two and a half times it.
func TestChartsHaveRoundNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Float64Range(1e-6, 1e12).Draw(t, "value")
		if top := roundUp(v); top < v*(1-1e-6) || top > 2.5*v*(1+1e-6) {
			t.Fatalf("%g for %g", top, v)
		}
	})
	for _, v := range []float64{0, -1, math.Inf(1)} {
		if roundUp(v) != 1 {
			t.Errorf("%g for %g", roundUp(v), v)
		}
	}
	c := chart{Lines: []curve{{Values: []float64{1, math.NaN(), 2}}}}
	if got := c.Path(c.Lines[0], []float64{1, 2, 3}); strings.Count(got, "M") != 2 || strings.Contains(got, "L") {
		t.Errorf("a gap is drawn over: %s", got)
	}
	if c.Path(c.Lines[0], nil) != "" || c.Times(nil) != nil {
		t.Error("something is drawn of no time")
	}
}
