package quality_test

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu/quality"
)

// vectors is the file that Go and JavaScript share: the person is told of the same line by either.
type vectors struct {
	Lasting int `json:"lasting_ms"`
	Limits  []struct {
		State     string  `json:"state"`
		Beneath   string  `json:"beneath"`
		Loss      float64 `json:"loss"`
		RoundTrip int     `json:"round_trip_ms"`
	} `json:"limits"`
	Lines []struct {
		Name      string    `json:"name"`
		At        []int     `json:"at_ms"`
		LossUp    []float64 `json:"loss_up"`
		LossDown  []float64 `json:"loss_down"`
		RoundTrip []int     `json:"round_trip_ms"`
		Told      []string  `json:"told"`
	} `json:"lines"`
}

var words = map[quality.State]string{quality.Good: "good", quality.Mid: "mid", quality.Bad: "bad"}

func milliseconds(ms int) time.Duration {
	return time.Duration(ms) * time.Millisecond
}

// at is the figure of a column, or zero where the column is missing.
func at[T any](column []T, i int) (figure T) {
	if column != nil {
		figure = column[i]
	}
	return figure
}

func TestVectors(t *testing.T) {
	raw, err := os.ReadFile("../../web/test/vectors/quality.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatal(err)
	}
	if quality.Lasting != milliseconds(v.Lasting) {
		t.Errorf("a state lasts %v, and %d ms in the file", quality.Lasting, v.Lasting)
	}
	for _, l := range v.Limits {
		for name, c := range map[string]struct {
			at, beneath quality.Sample
		}{
			"loss up":    {quality.Sample{LossUp: l.Loss}, quality.Sample{LossUp: l.Loss - 0.001}},
			"loss down":  {quality.Sample{LossDown: l.Loss}, quality.Sample{LossDown: l.Loss - 0.001}},
			"round trip": {quality.Sample{RoundTrip: milliseconds(l.RoundTrip)}, quality.Sample{RoundTrip: milliseconds(l.RoundTrip - 1)}},
		} {
			if found := held(c.at); found != l.State {
				t.Errorf("%s at the limit of %s: %s", name, l.State, found)
			}
			if found := held(c.beneath); found != l.Beneath {
				t.Errorf("%s beneath the limit of %s: %s", name, l.State, found)
			}
		}
	}
	for _, l := range v.Lines {
		t.Run(l.Name, func(t *testing.T) {
			var j quality.Judge
			for i, ms := range l.At {
				sample := quality.Sample{LossUp: at(l.LossUp, i), LossDown: at(l.LossDown, i), RoundTrip: milliseconds(at(l.RoundTrip, i))}
				if told, _ := j.Sample(sample, begin.Add(milliseconds(ms))); words[told] != l.Told[i] {
					t.Errorf("at %d ms it is %s, not %s", ms, words[told], l.Told[i])
				}
			}
		})
	}
}

// held is what is told of a line that stays as it is.
func held(s quality.Sample) string {
	var j quality.Judge
	j.Sample(s, begin)
	told, _ := j.Sample(s, begin.Add(quality.Lasting))
	return words[told]
}
