// Package scenario says what a load test does: how many rooms, how many persons in each, what they send, how they behave, on which lines, for
// how long, and which figures would make it fail. A scenario is data; who runs it is elsewhere.
package scenario

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/impair"
)

// Duration is a time.Duration that is written as "90s" in files.
type Duration time.Duration

func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// Scenario is one load test. What a file leaves out is zero: nobody sends it, nobody behaves so, no limit.
type Scenario struct {
	Name  string `json:"name"`
	About string `json:"about,omitempty"` // one sentence
	// Rooms run at the same time, with Persons in each: one counsellor, the others clients that he admits.
	Rooms   int `json:"rooms"`
	Persons int `json:"persons"`
	// Duration is how long everybody sends once everybody is in; Ramp spreads the rooms' beginnings.
	Duration Duration `json:"duration"`
	Ramp     Duration `json:"ramp,omitzero"`
	Camera   Camera   `json:"camera,omitzero"`
	Sound    Sound    `json:"sound,omitzero"`
	Screen   Screen   `json:"screen,omitzero"`
	// Sealed has everything sealed end to end, as browsers do. RED and pictures of the test's own making cannot be.
	Sealed bool   `json:"sealed,omitempty"`
	View   View   `json:"view,omitempty"`
	Churn  Churn  `json:"churn,omitzero"`
	Line   Line   `json:"line,omitzero"`
	Fail   Limits `json:"fail,omitzero"`
}

// Camera is what cameras send.
type Camera struct {
	// Share of the persons of a room that have one, from 0 to 1, the counsellor first.
	Share     float64 `json:"share"`
	FrameRate int     `json:"frame_rate"` // frames per second
	Packet    int     `json:"packet"`     // bytes of payload in a full packet
	// Layers from small to large: one, or the three of simulcast.
	Layers []Layer `json:"layers"`
}

// Layer is one size of a picture.
type Layer struct {
	Lines   int `json:"lines"`   // of the picture's short side
	Bitrate int `json:"bitrate"` // bits per second, of payload
}

// Sound is what microphones send.
type Sound struct {
	Share float64 `json:"share"` // of the persons of a room that have one
	Talk  Talk    `json:"talk"`
	RED   bool    `json:"red,omitempty"` // every packet carries the one before it (RFC 2198)
}

// Talk is how people talk.
type Talk string

const (
	TalkAll   Talk = "all"   // everybody at the same time, with pauses
	TalkTurns Talk = "turns" // one after another; who listens sends next to nothing (DTX)
)

// Screen is a screen that is shared by the counsellor.
type Screen struct {
	Share     float64 `json:"share"` // of the rooms
	FrameRate int     `json:"frame_rate"`
	Layer
}

// View is what everybody wants to see.
type View string

const (
	ViewAll     View = ""        // everything in full size: the worst case
	ViewGrid    View = "grid"    // everybody alike, the smaller the more there are
	ViewSpeaker View = "speaker" // who speaks in full size, the others small
)

// Churn is coming and going: Every so often the next client of a room leaves and comes again after Away.
type Churn struct {
	Every Duration `json:"every"`
	Away  Duration `json:"away"`
}

// Line is the line on which a share of each room's clients is.
type Line struct {
	Share    float64         `json:"share"`
	Settings impair.Settings `json:"settings"`
}

// Limits are the figures over which a test has failed; a zero limit is none.
type Limits struct {
	JoinToMediaP95 Duration `json:"join_to_media_p95,omitzero"`
	LatencyP99     Duration `json:"latency_p99,omitzero"`
	// Loss is the share of packets that were sent to somebody and did not arrive, after repair, between 0 and 1.
	Loss float64 `json:"loss,omitempty"`
	// FreezesPerMinute of one picture; LongestFreeze of any.
	FreezesPerMinute float64  `json:"freezes_per_minute,omitempty"`
	LongestFreeze    Duration `json:"longest_freeze,omitzero"`
	// Concealed is the share of sound that had to be made up, between 0 and 1.
	Concealed float64 `json:"concealed,omitempty"`
	// ServerCPU is in cores; it is judged where the server's metrics are read.
	ServerCPU float64 `json:"server_cpu,omitempty"`
}

// Bounds of a scenario: it runs on one machine.
const (
	maxRooms    = 1000
	maxPersons  = 50
	maxDuration = 24 * time.Hour
	maxBitrate  = 50_000_000
)

// Parse reads a scenario from JSON. Unknown fields are refused.
func Parse(data []byte) (Scenario, error) {
	var s Scenario
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s); err != nil {
		return s, explained(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return s, errors.New("reading the scenario: there is more after it")
	}
	return s, s.Check()
}

// explained says in the words of a scenario what the reader of JSON says in those of Go.
func explained(err error) error {
	if errors.Is(err, io.EOF) {
		return errors.New("reading the scenario: it is empty")
	}
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		want := "a " + wrong.Type.String()
		if wrong.Type == reflect.TypeFor[Duration]() {
			want = `a time with its unit, such as "30s"`
		}
		return fmt.Errorf("reading the scenario: %s: %s, not a %s", wrong.Field, want, wrong.Value)
	}
	return fmt.Errorf("reading the scenario: %w", err)
}

// Check says what of a scenario cannot be run.
func (s Scenario) Check() error {
	for _, d := range []struct {
		name  string
		value Duration
		least time.Duration
	}{
		{"duration", s.Duration, 1}, {"ramp", s.Ramp, 0}, {"churn.every", s.Churn.Every, 0}, {"churn.away", s.Churn.Away, 0},
	} {
		if v := time.Duration(d.value); v < d.least || v > maxDuration {
			return fmt.Errorf("scenario: %s: up to %s, not %s", d.name, maxDuration, v)
		}
	}
	for _, limit := range []struct {
		name  string
		value float64
	}{
		{"join_to_media_p95", float64(s.Fail.JoinToMediaP95)}, {"latency_p99", float64(s.Fail.LatencyP99)}, {"longest_freeze", float64(s.Fail.LongestFreeze)},
		{"freezes_per_minute", s.Fail.FreezesPerMinute}, {"server_cpu", s.Fail.ServerCPU},
	} {
		if !(limit.value >= 0) {
			return fmt.Errorf("scenario: fail.%s: not less than nothing", limit.name)
		}
	}
	for _, share := range []struct {
		name  string
		value float64
	}{
		{"camera.share", s.Camera.Share}, {"sound.share", s.Sound.Share}, {"screen.share", s.Screen.Share}, {"line.share", s.Line.Share},
		{"fail.loss", s.Fail.Loss}, {"fail.concealed", s.Fail.Concealed},
	} {
		if !(share.value >= 0 && share.value <= 1) {
			return fmt.Errorf("scenario: %s: from 0 to 1, not %g", share.name, share.value)
		}
	}
	switch {
	case s.Rooms < 1 || s.Rooms > maxRooms:
		return fmt.Errorf("scenario: rooms: 1 to %d, not %d", maxRooms, s.Rooms)
	case s.Persons < 2 || s.Persons > maxPersons:
		return fmt.Errorf("scenario: persons: 2 to %d, not %d", maxPersons, s.Persons)
	case s.Camera.Share == 0 && s.Sound.Share == 0:
		return errors.New("scenario: nobody sends anything")
	case s.Sound.Share > 0 && s.Sound.Talk != TalkAll && s.Sound.Talk != TalkTurns:
		return fmt.Errorf("scenario: sound.talk: all or turns, not %q", s.Sound.Talk)
	case s.View != ViewAll && s.View != ViewGrid && s.View != ViewSpeaker:
		return fmt.Errorf("scenario: view: grid or speaker, or left out, not %q", s.View)
	case s.Sealed && s.Sound.RED:
		return errors.New("scenario: sound.red: not together with sealed, the server could not take it apart")
	case s.Sealed && s.Screen.Share > 0:
		return errors.New("scenario: screen.share: not together with sealed, there are no frames in the test's own pictures that could be sealed")
	}
	if s.Camera.Share > 0 {
		if err := s.Camera.check(); err != nil {
			return err
		}
	}
	if s.Screen.Share > 0 {
		return errors.Join(checkFrameRate("screen", s.Screen.FrameRate), s.Screen.check("screen"))
	}
	return nil
}

func (c Camera) check() error {
	switch {
	case len(c.Layers) != 1 && len(c.Layers) != 3:
		return fmt.Errorf("scenario: camera.layers: 1, or the 3 of simulcast, not %d", len(c.Layers))
	case c.Packet < 100 || c.Packet > 1150:
		return fmt.Errorf("scenario: camera.packet: 100 to 1150 bytes, not %d", c.Packet)
	}
	for i, layer := range c.Layers {
		if err := layer.check(fmt.Sprintf("camera.layers[%d]", i)); err != nil {
			return err
		}
	}
	return checkFrameRate("camera", c.FrameRate)
}

func (l Layer) check(name string) error {
	switch {
	case l.Lines < 16 || l.Lines > 4320:
		return fmt.Errorf("scenario: %s.lines: 16 to 4320, not %d", name, l.Lines)
	case l.Bitrate < 1000 || l.Bitrate > maxBitrate:
		return fmt.Errorf("scenario: %s.bitrate: 1,000 to %d bits per second, not %d", name, maxBitrate, l.Bitrate)
	}
	return nil
}

func checkFrameRate(name string, rate int) error {
	if rate < 1 || rate > 120 {
		return fmt.Errorf("scenario: %s.frame_rate: 1 to 120, not %d", name, rate)
	}
	return nil
}

// Has reports whether the person of a seat, 0 being the counsellor's, belongs to a share of the room, counted from the first.
func (s Scenario) Has(share float64, seat int) bool {
	return float64(seat) < share*float64(s.Persons)
}

// OnLine reports whether the person of a seat is on the scenario's bad line: clients, counted from the last.
func (s Scenario) OnLine(seat int) bool {
	return seat > 0 && float64(s.Persons-seat) <= s.Line.Share*float64(s.Persons-1)
}
