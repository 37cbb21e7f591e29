// Package impair makes a good line a bad one, so that a conversation can be tested on the lines that people have.
//
//   - **One direction, one [Line]**: it says when each packet arrives, or that it does not. It keeps no packet and reads no clock.
//   - **The same again**: a seed and the same packets at the same times give the same line.
//   - **A [Relay] is bounded**: in clients, in packets that wait, and by its context.
package impair

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// Settings of one direction of a line. The zero value impairs nothing.
type Settings struct {
	// Loss is the share of packets that is lost by chance, from 0 to 1.
	Loss float64
	// Delay is added to every packet, Jitter at the most besides; nobody overtakes.
	Delay, Jitter time.Duration
	// Rate is what the line carries in bits per second, 0 for everything; Queue how long a packet may wait for it before it
	// is dropped, 0 for half a second.
	Rate  int
	Queue time.Duration
}

// defaultQueue is what home routers have, and worse.
const defaultQueue = 500 * time.Millisecond

// UnmarshalJSON reads an object of settings by name, each a text that [Settings.Set] takes. Unknown names are refused.
func (s *Settings) UnmarshalJSON(data []byte) error {
	var texts map[string]string
	if err := json.Unmarshal(data, &texts); err != nil {
		return fmt.Errorf("the settings of a line are texts by name: %w", err)
	}
	*s = Settings{}
	for name, value := range texts {
		if err := s.Set(name, value); err != nil {
			return err
		}
	}
	return nil
}

// MarshalJSON writes what is not zero, as [Settings.Set] takes it.
func (s Settings) MarshalJSON() ([]byte, error) {
	texts := map[string]string{}
	if s.Loss != 0 {
		texts["loss"] = strconv.FormatFloat(s.Loss, 'g', -1, 64)
	}
	if s.Rate != 0 {
		texts["rate"] = strconv.Itoa(s.Rate)
	}
	for name, d := range map[string]time.Duration{"delay": s.Delay, "jitter": s.Jitter, "queue": s.Queue} {
		if d != 0 {
			texts[name] = d.String()
		}
	}
	return json.Marshal(texts)
}

// Set changes one setting by its name: loss ("5%" or "0.05"), delay, jitter, queue ("50ms"), rate ("300k", "2M").
func (s *Settings) Set(name, value string) (err error) {
	switch name {
	case "loss":
		s.Loss, err = share(value)
	case "delay":
		s.Delay, err = duration(value)
	case "jitter":
		s.Jitter, err = duration(value)
	case "queue":
		s.Queue, err = duration(value)
	case "rate":
		s.Rate, err = rate(value)
	default:
		return fmt.Errorf("%q is no setting of a line: loss, delay, jitter, rate or queue", name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func share(s string) (float64, error) {
	text, percent := strings.CutSuffix(s, "%")
	v, err := strconv.ParseFloat(text, 64)
	if percent {
		v /= 100
	}
	if err != nil || !(v >= 0 && v <= 1) {
		return 0, fmt.Errorf("%q is no share from 0%% to 100%%", s)
	}
	return v, nil
}

func duration(s string) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if err != nil || d < 0 || d > time.Minute {
		return 0, fmt.Errorf("%q is no time from 0s to 1m", s)
	}
	return d, nil
}

func rate(s string) (int, error) {
	unit := 1
	text := s
	for suffix, n := range map[string]int{"k": 1000, "M": 1_000_000} {
		if cut, ok := strings.CutSuffix(s, suffix); ok {
			text, unit = cut, n
		}
	}
	v, err := strconv.Atoi(text)
	if err != nil || v < 0 || v > 10_000_000_000/unit {
		return 0, fmt.Errorf("%q is no rate in bits per second, such as 300k or 2M", s)
	}
	return v * unit, nil
}

// Line is one direction. Make one with [NewLine]; it is not safe for concurrent use.
type Line struct {
	settings Settings
	random   *rand.Rand
	free     time.Time // when the line has sent what waits for it
	last     time.Time // when the last packet arrives
}

// NewLine makes a line.
func NewLine(s Settings, seed uint64) *Line {
	return &Line{settings: s, random: rand.New(rand.NewPCG(seed, 0x6c696e65))}
}

// Change changes the settings for the packets that come from now on.
func (l *Line) Change(s Settings) { l.settings = s }

// Send gives when a packet of so many bytes, sent now, arrives; false if it is lost.
func (l *Line) Send(bytes int, now time.Time) (at time.Time, ok bool) {
	s := l.settings
	at = now
	if s.Rate > 0 {
		queue := s.Queue
		if queue == 0 {
			queue = defaultQueue
		}
		start := now
		if l.free.After(start) {
			start = l.free
		}
		if start.Sub(now) > queue {
			return time.Time{}, false
		}
		l.free = start.Add(time.Duration(float64(8*bytes) / float64(s.Rate) * float64(time.Second)))
		at = l.free
	}
	if l.random.Float64() < s.Loss {
		return time.Time{}, false
	}
	at = at.Add(s.Delay)
	if s.Jitter > 0 {
		at = at.Add(time.Duration(l.random.Int64N(int64(s.Jitter) + 1)))
	}
	if at.Before(l.last) {
		at = l.last
	}
	l.last = at
	return at, true
}
