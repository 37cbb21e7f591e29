package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/loadtest"
	"github.com/anteroom-video/anteroom/loadtest/report"
)

func TestLoadtest(t *testing.T) {
	p := newPlace(t)
	p.serve()
	file := filepath.Join(t.TempDir(), "result.json")
	// Sound alone and without limits: what is tested is the command, not the machine.
	light := scenarioFile(t, `{"name":"light","rooms":1,"persons":2,"duration":"500ms","sound":{"share":1,"talk":"all"}}`)
	for range 2 { // the second time its account is there already, disabled
		out := p.ok("", "loadtest", p.url, "--scenario", light, "--json", file)
		if !strings.Contains(out, "2 of 2") {
			t.Error(out)
		}
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var result report.Result
	if err := json.Unmarshal(text, &result); err != nil || result.Joined != 2 || result.Total.Received == 0 || !result.Passed() {
		t.Errorf("%s %v", text, err)
	}
	page := filepath.Join(t.TempDir(), "report.html")
	out := p.ok("", "loadtest", p.url, "--scenario", light, "--against", file, "--html", page, "--floor")
	if !strings.Contains(out, "join to media p50") || !strings.Contains(out, "µs a packet") {
		t.Errorf("neither a comparison nor a floor: %s", out)
	}
	if html, err := os.ReadFile(page); err != nil || !strings.Contains(string(html), "Compared with the run of") {
		t.Errorf("%v: %s", err, html)
	}
	if out := p.ok("", "counsellor", "list"); !strings.Contains(out, "disabled") {
		t.Errorf("the load test's account is left open: %s", out)
	}
	if out := p.ok("", "room", "list"); strings.Contains(out, "loadtest") {
		t.Errorf("rooms are left: %s", out)
	}

	p.counsellor("ada")
	if out := p.ok(password, "loadtest", p.url, "--scenario", light, "--duration", "200ms", "--counsellor", "ada", "--password-stdin", "--json", "-"); !strings.HasPrefix(out, "{") {
		t.Error(out)
	}
	// A limit that nobody can keep.
	impossible := scenarioFile(t, `{"name":"impossible","rooms":1,"persons":2,"duration":"200ms","sound":{"share":1,"talk":"all"},"fail":{"join_to_media_p95":"1us"}}`)
	if r := p.run("", "loadtest", p.url, "--scenario", impossible); r.code != exitBroken || !strings.Contains(r.err, "limits were broken: join to media p95") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	for _, wrong := range [][]string{{"--scenario", "none"}, {"--persons", "1"}, {"--counsellor", "ada"}, {"--scenario", light, "--against", light}, {"--scenario", light, "--metrics", p.url + "/nowhere"}} {
		if r := p.run("", append([]string{"loadtest", p.url}, wrong...)...); r.code != exitUsage && r.code != exitFailed {
			t.Errorf("%v: exit code %d: %s", wrong, r.code, r.err)
		}
	}
	if r := p.run("", "loadtest", "http://127.0.0.1:1"); r.code != exitFailed {
		t.Errorf("where no server is: exit code %d: %s", r.code, r.err)
	}
	http.DefaultClient.CloseIdleConnections()
}

// Whoever tests a server elsewhere reads which account is missing, and both ways to one.
func TestLoadtestWithoutAnAccount(t *testing.T) {
	p := newPlace(t)
	r := p.run("", "loadtest", "https://talk.example.org", "--scenario", "pairs")
	if r.code != exitFailed || !strings.Contains(r.err, "--state-dir") || !strings.Contains(r.err, "--counsellor NAME") || !strings.Contains(r.err, "--password-stdin") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scenario.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// People behave as a scenario says: three layers of which the unwatched ones stop, sound with its past, a shared screen, coming and going, a
// line with loss.
func TestLoadtestBehaviours(t *testing.T) {
	p := newPlace(t)
	p.serve()
	file := filepath.Join(t.TempDir(), "result.json")
	lively := scenarioFile(t, `{"name":"lively","rooms":1,"persons":3,"duration":"8s",
		"camera":{"share":1,"frame_rate":15,"packet":1000,"layers":[{"lines":180,"bitrate":60000},{"lines":360,"bitrate":120000},{"lines":720,"bitrate":240000}]},
		"sound":{"share":1,"talk":"turns","red":true},"view":"grid",
		"screen":{"share":1,"frame_rate":5,"lines":1080,"bitrate":300000},
		"churn":{"every":"2s","away":"100ms"},
		"line":{"share":0.5,"settings":{"loss":"3%","delay":"10ms"}}}`)
	p.ok("", "loadtest", p.url, "--scenario", lively, "--json", file)
	var result report.Result
	text, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(text, &result) != nil {
		t.Fatal(err, string(text))
	}
	total := result.Total
	switch {
	case result.Joins < 5 || result.Joined != result.Joins:
		t.Errorf("%d joins, of which %d came to media: nobody came again", result.Joins, result.Joined)
	case total.Frames == 0 || result.Figures.Lines < 361 || result.Figures.Lines > 719:
		t.Errorf("%.0f lines in the mean of %d frames: neither tiles of 360 nor a screen of 1080", result.Figures.Lines, total.Frames)
	case total.Played == 0 || total.Strange != 0:
		t.Errorf("%d sounds, %d packets without a mark", total.Played, total.Strange)
	case len(result.Series) < 7 || result.Series[6].Received == 0:
		t.Errorf("%d seconds", len(result.Series))
	}
	http.DefaultClient.CloseIdleConnections()
}

func TestLoadtestCompare(t *testing.T) {
	write := func(name, text string) string {
		file := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	before := write("before.json", `{"joins":2,"joined":2,"latency_ms":{"p50":1,"p99":2}}`)
	slower := write("slower.json", `{"joins":2,"joined":2,"latency_ms":{"p50":1,"p99":50}}`)
	p := newPlace(t)
	if out := p.ok("", "loadtest", "compare", before, before); !strings.Contains(out, "latency p99") || strings.Contains(out, "worse") {
		t.Error(out)
	}
	if r := p.run("", "loadtest", "compare", before, slower); r.code != exitBroken || !strings.Contains(r.err, "latency p99 50 ms, before 2") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	for _, wrong := range []string{write("other.json", `{"a":1}`), write("text", "hello"), "/nonesuch"} {
		if r := p.run("", "loadtest", "compare", before, wrong); r.code != exitFailed {
			t.Errorf("%s: exit code %d: %s", wrong, r.code, r.err)
		}
	}
}

func TestLoadtestFloor(t *testing.T) {
	p := newPlace(t)
	if out := p.ok("", "loadtest", "floor", "--duration", "50ms"); !strings.Contains(out, "packets a second on one core") {
		t.Error(out)
	}
	if out := p.ok("", "loadtest", "floor", "--duration", "50ms", "--json"); !strings.HasPrefix(out, `{"packet_bytes":1100`) {
		t.Error(out)
	}
	if r := p.run("", "loadtest", "floor", "--duration", "0s"); r.code != exitUsage {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// Where there is no terminal a line comes when somebody has joined, every ten seconds and at the end; a terminal has one line that changes.
func TestProgress(t *testing.T) {
	var plain, screen strings.Builder
	lines := &progress{w: &plain, name: "pairs", said: -plainEvery, joined: -1}
	bar := &progress{w: &screen, name: "pairs", terminal: true}
	tell := func(now loadtest.Progress) {
		now.Joins, now.Whole = 4, 25*time.Second
		lines.tell(now)
		bar.tell(now)
	}
	tell(loadtest.Progress{Joined: 1})
	tell(loadtest.Progress{Joined: 1})
	for second := range 24 {
		tell(loadtest.Progress{Joined: 4, Done: time.Duration(second+1) * time.Second, Second: &report.Second{Took: 1, Server: &report.Usage{CPU: 0.2}}})
	}
	// The last second comes a moment before the end.
	for _, done := range []time.Duration{25*time.Second - time.Millisecond, 25 * time.Second} {
		tell(loadtest.Progress{Joined: 4, Done: done, Second: &report.Second{Took: 1, Server: &report.Usage{CPU: 0.2}}})
	}
	if got := strings.Count(plain.String(), "\n"); got != 5 || !strings.Contains(plain.String(), "pairs: 25 of 25 s") {
		t.Errorf("%d lines: %s", got, &plain)
	}
	if got := screen.String(); strings.Count(got, "\n") != 1 || !strings.Contains(got, "[########################]") || !strings.Contains(got, "server 20 %") {
		t.Errorf("%q", got)
	}
}
