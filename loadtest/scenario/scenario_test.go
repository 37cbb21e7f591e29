package scenario

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
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
		if s.Name != name || s.About == "" || s.Fail == (Limits{}) {
			t.Errorf("%s is called %q, says %q and has the limits %+v", name, s.Name, s.About, s.Fail)
		}
	}
	files, err := shipped.ReadDir("shipped")
	if err != nil || len(files) != len(Names()) {
		t.Errorf("%d files for %d names: %v", len(files), len(Names()), err)
	}
	if _, ok := Named("nonesuch"); ok {
		t.Error("a scenario of no name")
	}
}

func TestFileRoundTrip(t *testing.T) {
	want, _ := Named("weak-lines")
	data, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "own.json")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Load(file)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestRefusals(t *testing.T) {
	good, _ := Named("pair")
	for name, c := range map[string]struct {
		change func(*Scenario)
		names  string
	}{
		"no rooms":      {func(s *Scenario) { s.Rooms = 0 }, "rooms"},
		"one person":    {func(s *Scenario) { s.Persons = 1 }, "persons"},
		"no time":       {func(s *Scenario) { s.Duration = 0 }, "duration"},
		"negative":      {func(s *Scenario) { s.Ramp = Duration(-time.Second) }, "ramp"},
		"no frames":     {func(s *Scenario) { s.Camera.FrameRate = 0 }, "camera.frame_rate"},
		"large packet":  {func(s *Scenario) { s.Camera.Packet = 5000 }, "packet"},
		"two layers":    {func(s *Scenario) { s.Camera.Layers = make([]Layer, 2) }, "layers"},
		"no bits":       {func(s *Scenario) { s.Camera.Layers = []Layer{{Lines: 720}} }, "camera.layers[0].bitrate"},
		"no lines":      {func(s *Scenario) { s.Camera.Layers = []Layer{{Bitrate: 100_000}} }, "camera.layers[0].lines"},
		"silence":       {func(s *Scenario) { s.Camera.Share, s.Sound.Share = 0, 0 }, "nobody"},
		"babble":        {func(s *Scenario) { s.Sound.Talk = "babble" }, "sound.talk"},
		"blind":         {func(s *Scenario) { s.View = "none" }, "view"},
		"screen":        {func(s *Scenario) { s.Screen.Share = 1 }, "screen.frame_rate"},
		"share":         {func(s *Scenario) { s.Line.Share = math.NaN() }, "line.share"},
		"churn":         {func(s *Scenario) { s.Churn.Every = -1 }, "churn.every"},
		"loss":          {func(s *Scenario) { s.Fail.Loss = 2 }, "loss"},
		"no latency":    {func(s *Scenario) { s.Fail.LatencyP99 = -1 }, "fail.latency_p99"},
		"no freezes":    {func(s *Scenario) { s.Fail.FreezesPerMinute = -2 }, "fail.freezes_per_minute"},
		"sealed red":    {func(s *Scenario) { s.Sealed, s.Sound.RED = true, true }, "sound.red"},
		"sealed screen": {func(s *Scenario) { s.Sealed, s.Screen.Share = true, 1 }, "screen.share"},
		"no processor":  {func(s *Scenario) { s.Fail.ServerCPU = math.NaN() }, "fail.server_cpu"},
	} {
		s := good
		c.change(&s)
		if err := s.Check(); err == nil || !strings.Contains(err.Error(), c.names) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, text := range []string{`{`, `{"rooms":1,"typo":2}`, `{} {}`, `{"duration":5}`, `{"line":{"share":1,"settings":{"loss":"most"}}}`} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Errorf("accepted %s", text)
		}
	}
	for text, says := range map[string]string{`{"duration":5}`: "\"30s\"", `{"rooms":"two"}`: "rooms", ``: "empty"} {
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "Go ") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if _, err := Load("/nonesuch"); err == nil || !strings.Contains(err.Error(), "pairs") {
		t.Errorf("an unknown name does not list the known ones: %v", err)
	}
}

func TestWhoBelongsToAShare(t *testing.T) {
	s := Scenario{Persons: 4, Line: Line{Share: 0.5}}
	var cameras, lines []int
	for seat := range s.Persons {
		if s.Has(0.5, seat) {
			cameras = append(cameras, seat)
		}
		if s.OnLine(seat) {
			lines = append(lines, seat)
		}
	}
	if !slices.Equal(cameras, []int{0, 1}) || !slices.Equal(lines, []int{3}) {
		t.Errorf("cameras at %v, bad lines at %v", cameras, lines)
	}
}
