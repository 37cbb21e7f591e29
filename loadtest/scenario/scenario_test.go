package scenario

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestNamedScenariosCanBeRun(t *testing.T) {
	for _, name := range Names() {
		s, err := Load(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, ok := Named("nonesuch"); ok {
		t.Error("a scenario of no name")
	}
}

func TestFileRoundTrip(t *testing.T) {
	want, _ := Named("fours")
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "fours.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file)
	if err != nil || got != want {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestRefusals(t *testing.T) {
	good, _ := Named("pair")
	for name, c := range map[string]struct {
		change func(*Scenario)
		names  string
	}{
		"no rooms":     {func(s *Scenario) { s.Rooms = 0 }, "rooms"},
		"one person":   {func(s *Scenario) { s.Persons = 1 }, "persons"},
		"no time":      {func(s *Scenario) { s.Duration = 0 }, "duration"},
		"negative":     {func(s *Scenario) { s.Ramp = Duration(-time.Second) }, "ramp"},
		"no frames":    {func(s *Scenario) { s.Video.FrameRate = 0 }, "frame_rate"},
		"large packet": {func(s *Scenario) { s.Video.Packet = 5000 }, "packet"},
		"silence":      {func(s *Scenario) { s.Video.Bitrate, s.Audio = 0, false }, "nobody"},
		"loss":         {func(s *Scenario) { s.Fail.Loss = 2 }, "loss"},
	} {
		s := good
		c.change(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{`{`, `{"rooms":1,"typo":2}`, `{} {}`, `{"duration":5}`} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("accepted %s", text)
		}
	}
	if _, err := Load("/nonesuch"); err == nil || !strings.Contains(err.Error(), "pairs") {
		t.Errorf("an unknown name does not list the known ones: %v", err)
	}
}
