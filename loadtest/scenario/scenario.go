// Package scenario says what a load test does: how many rooms, how many persons in each, what they send and for how long, and which figures
// would make it fail. A scenario is data; who runs it is elsewhere.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
)

// Duration is a time.Duration that is written as "90s" in files.
type Duration time.Duration

func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Scenario is one load test.
type Scenario struct {
	Name string `json:"name"`
	// Rooms run at the same time, with Persons in each: one counsellor, the others clients that he admits.
	Rooms   int `json:"rooms"`
	Persons int `json:"persons"`
	// Duration is how long everybody sends once everybody is in; Ramp spreads the rooms' beginnings.
	Duration Duration `json:"duration"`
	Ramp     Duration `json:"ramp"`
	Video    Video    `json:"video"`
	Audio    bool     `json:"audio"`
	Fail     Limits   `json:"fail"`
}

// Video is what each camera sends; a Bitrate of 0 is none.
type Video struct {
	Bitrate   int `json:"bitrate"`    // bits per second, of payload
	FrameRate int `json:"frame_rate"` // frames per second
	Packet    int `json:"packet"`     // bytes of payload in a full packet
}

// Limits are the figures over which a test has failed; a zero limit is none.
type Limits struct {
	JoinToMediaP95 Duration `json:"join_to_media_p95"`
	LatencyP99     Duration `json:"latency_p99"`
	// Loss is the share of packets that were sent and did not arrive, after repair, between 0 and 1.
	Loss float64 `json:"loss"`
}

// Bounds of a scenario: it runs on one machine.
const (
	maxRooms    = 1000
	maxPersons  = 50
	maxDuration = 24 * time.Hour
)

var lowQuality = Video{Bitrate: 1_200_000, FrameRate: 25, Packet: 1100}

// Names of the scenarios that come with the program, in the order of their weight.
func Names() []string { return []string{"pair", "pairs", "fours", "twelve"} }

// Named gives a scenario that comes with the program.
func Named(name string) (Scenario, bool) {
	s := Scenario{
		Name: name, Duration: Duration(20 * time.Second), Ramp: Duration(2 * time.Second), Video: lowQuality, Audio: true,
		Fail: Limits{JoinToMediaP95: Duration(time.Second), LatencyP99: Duration(100 * time.Millisecond), Loss: 0.01},
	}
	switch name {
	case "pair":
		s.Rooms, s.Persons, s.Ramp = 1, 2, 0
	case "pairs":
		s.Rooms, s.Persons = 20, 2
	case "fours":
		s.Rooms, s.Persons = 10, 4
	case "twelve":
		s.Rooms, s.Persons = 1, 12
	default:
		return Scenario{}, false
	}
	return s, true
}

// Load gives the scenario of that name, or reads it from a JSON file.
func Load(nameOrFile string) (Scenario, error) {
	if s, ok := Named(nameOrFile); ok {
		return s, nil
	}
	data, err := os.ReadFile(nameOrFile)
	if err != nil {
		return Scenario{}, fmt.Errorf("%q is neither a scenario (%s) nor a file that can be read: %w", nameOrFile, strings.Join(Names(), ", "), err)
	}
	return Parse(data)
}

// Parse reads a scenario from JSON. Unknown fields are refused.
func Parse(data []byte) (Scenario, error) {
	var s Scenario
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, fmt.Errorf("reading the scenario: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("reading the scenario: there is more after it")
	}
	return s, s.Check()
}

// Check says what of a scenario cannot be run.
func (s Scenario) Check() error {
	switch {
	case s.Rooms < 1 || s.Rooms > maxRooms:
		return fmt.Errorf("scenario: rooms: 1 to %d, not %d", maxRooms, s.Rooms)
	case s.Persons < 2 || s.Persons > maxPersons:
		return fmt.Errorf("scenario: persons: 2 to %d, not %d", maxPersons, s.Persons)
	case s.Duration <= 0 || time.Duration(s.Duration) > maxDuration:
		return fmt.Errorf("scenario: duration: up to %s, not %s", maxDuration, time.Duration(s.Duration))
	case s.Ramp < 0 || time.Duration(s.Ramp) > maxDuration:
		return fmt.Errorf("scenario: ramp: up to %s, not %s", maxDuration, time.Duration(s.Ramp))
	case s.Video.Bitrate < 0 || s.Video.Bitrate > 50_000_000:
		return fmt.Errorf("scenario: video.bitrate: up to 50,000,000 bits per second, not %d", s.Video.Bitrate)
	case s.Video.Bitrate > 0 && (s.Video.FrameRate < 1 || s.Video.FrameRate > 120):
		return fmt.Errorf("scenario: video.frame_rate: 1 to 120, not %d", s.Video.FrameRate)
	case s.Video.Bitrate > 0 && (s.Video.Packet < 100 || s.Video.Packet > 1200):
		return fmt.Errorf("scenario: video.packet: 100 to 1200 bytes, not %d", s.Video.Packet)
	case s.Video.Bitrate == 0 && !s.Audio:
		return errors.New("scenario: nobody sends anything")
	case s.Fail.Loss < 0 || s.Fail.Loss > 1:
		return fmt.Errorf("scenario: fail.loss: between 0 and 1, not %g", s.Fail.Loss)
	}
	return nil
}
