package main

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/anteroom-video/anteroom/loadtest/report"
)

func TestLoadtest(t *testing.T) {
	p := newPlace(t)
	p.serve()
	file := filepath.Join(t.TempDir(), "result.json")
	// Sound alone and without limits: what is tested is the command, not the machine.
	light := scenarioFile(t, `{"name":"light","rooms":1,"persons":2,"duration":"500ms","audio":true}`)
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
	if err := json.Unmarshal(text, &result); err != nil || result.Joined != 2 || result.Received == 0 || !result.Passed() {
		t.Errorf("%s %v", text, err)
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
	impossible := scenarioFile(t, `{"name":"impossible","rooms":1,"persons":2,"duration":"200ms","audio":true,"fail":{"join_to_media_p95":"1us"}}`)
	if r := p.run("", "loadtest", p.url, "--scenario", impossible); r.code != exitBroken || !strings.Contains(r.err, "limits were broken: join to media p95") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	for _, wrong := range [][]string{{"--scenario", "none"}, {"--persons", "1"}, {"--counsellor", "ada"}} {
		if r := p.run("", append([]string{"loadtest", p.url}, wrong...)...); r.code != exitUsage {
			t.Errorf("%v: exit code %d: %s", wrong, r.code, r.err)
		}
	}
	if r := p.run("", "loadtest", "http://127.0.0.1:1"); r.code != exitFailed {
		t.Errorf("where no server is: exit code %d: %s", r.code, r.err)
	}
	http.DefaultClient.CloseIdleConnections()
}

func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "scenario.json")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
