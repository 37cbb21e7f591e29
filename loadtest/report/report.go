// Package report turns the figures of a load test into a verdict: text for people, one HTML page with curves, JSON for programs, which limit
// was broken, and what differs from another run.
package report

import (
	"fmt"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/scenario"
)

// Result is what a load test measured. Names in JSON say the unit; what has none is a count or a share from 0 to 1.
type Result struct {
	Scenario scenario.Scenario `json:"scenario"`
	Began    time.Time         `json:"began"`
	// Seconds is how long everybody was sending.
	Seconds float64 `json:"seconds"`
	// Joins that were begun and that came to pass: welcomed, admitted and with media of others.
	Joins  int `json:"joins"`
	Joined int `json:"joined"`
	// JoinToMedia is from the beginning of a client's join, the counsellor being there and letting him in at once, to the first packet of
	// somebody else; AdmitToMedia is the part of it after the counsellor's click.
	JoinToMedia  Percentiles `json:"join_to_media_ms"`
	AdmitToMedia Percentiles `json:"admit_to_media_ms"`
	// Latency is from a sender's program to a receiver's, once everybody is in.
	Latency Percentiles `json:"latency_ms"`
	// Total of everything while everybody was in; Series is the same by the second.
	Total         Second   `json:"total"`
	Series        []Second `json:"series"`
	LongestFreeze float64  `json:"longest_freeze_ms"`
	// Figures are what is judged, all of them derived from the total.
	Figures Figures `json:"figures"`
	// Floor is what the machine itself takes for a packet, where it was measured.
	Floor *Floor `json:"floor,omitempty"`
	// Errors that people ran into, each once with its count.
	Errors map[string]int `json:"errors,omitempty"`
	// Broken names the limits that were broken; empty is a pass.
	Broken []string `json:"broken,omitempty"`
}

// Figures are a run in a few numbers.
type Figures struct {
	Loss             float64 `json:"loss"`
	FreezesPerMinute float64 `json:"freezes_per_minute"` // of one picture
	Concealed        float64 `json:"concealed"`
	Lines            float64 `json:"lines"`                  // of the mean frame
	Bitrate          float64 `json:"bitrate"`                // bits per second that all together received
	ServerCPU        float64 `json:"server_cpu,omitempty"`   // cores
	PerPacket        float64 `json:"per_packet_ns,omitzero"` // the server's processor time for one packet that went out
	TimesFloor       float64 `json:"times_floor,omitzero"`
}

// Floor is what sealing a packet and sending it in batches costs on the machine: what no server can do without.
type Floor struct {
	PacketBytes int     `json:"packet_bytes"`
	PerPacket   float64 `json:"per_packet_ns"` // processor time
	Seal        float64 `json:"seal_ns"`       // of it for sealing
}

// Second is what happened in a stretch of time, mostly of a second.
type Second struct {
	At      float64     `json:"at"`      // its end, in seconds from the beginning
	Took    float64     `json:"seconds"` // how long it was
	Latency Percentiles `json:"latency_ms"`
	// Packets: Sent by everybody, Received by everybody of those Expected, by their numbers; Repeated and Strange ones.
	Sent     uint64 `json:"packets_sent"`
	Received uint64 `json:"packets_received"`
	Expected uint64 `json:"packets_expected"`
	Repeated uint64 `json:"packets_repeated"`
	Strange  uint64 `json:"packets_strange"`
	Bytes    uint64 `json:"bytes_received"`
	// Sealed frames of sound and picture that were Opened, and that were Dropped because they could not be; none where nothing is sealed.
	Opened  uint64 `json:"frames_opened"`
	Dropped uint64 `json:"frames_dropped"`
	// Pictures: how many were Watched, for how long together; their Frames, the sum of those frames' lines; Freezes as W3C's freezeCount has it.
	Watching       int     `json:"pictures"`
	PictureSeconds float64 `json:"picture_seconds"`
	Frames         uint64  `json:"frames"`
	LineSum        uint64  `json:"line_sum"`
	Freezes        uint64  `json:"freezes"`
	Frozen         float64 `json:"frozen_seconds"`
	// Sound: packets that were Played, and of them those that had to be made up.
	Played    uint64 `json:"sounds"`
	Concealed uint64 `json:"sounds_concealed"`
	// Server is nil where its metrics were not read. OwnCPU is what the load itself took, in cores: where the two share a machine, much of it
	// spoils the latency.
	Server *Usage  `json:"server,omitempty"`
	OwnCPU float64 `json:"own_cpu"`
}

// Usage is what a server used of its machine.
type Usage struct {
	CPU    float64 `json:"cpu"`    // cores
	Memory float64 `json:"memory"` // bytes of the resident set
}

// Add adds a second to the total. Memory is the most that was used.
func (r *Result) Add(s Second) {
	t := &r.Total
	whole := t.Took + s.Took
	t.At, t.Took = s.At, whole
	t.Sent += s.Sent
	t.Received += s.Received
	t.Expected += s.Expected
	t.Repeated += s.Repeated
	t.Strange += s.Strange
	t.Bytes += s.Bytes
	t.Opened += s.Opened
	t.Dropped += s.Dropped
	t.Watching = max(t.Watching, s.Watching)
	t.PictureSeconds += s.PictureSeconds
	t.Frames += s.Frames
	t.LineSum += s.LineSum
	t.Freezes += s.Freezes
	t.Frozen += s.Frozen
	t.Played += s.Played
	t.Concealed += s.Concealed
	if whole == 0 {
		return
	}
	mean := func(old, new float64) float64 { return old + (new-old)*s.Took/whole }
	t.OwnCPU = mean(t.OwnCPU, s.OwnCPU)
	if s.Server != nil {
		if t.Server == nil {
			t.Server = &Usage{CPU: s.Server.CPU}
		}
		t.Server = &Usage{CPU: mean(t.Server.CPU, s.Server.CPU), Memory: max(t.Server.Memory, s.Server.Memory)}
	}
}

// Loss is the share of packets that never came. What comes late counts where it comes, so that single seconds can have none to spare.
func (s Second) Loss() float64 {
	if s.Received >= s.Expected {
		return 0
	}
	return float64(s.Expected-s.Received) / float64(s.Expected)
}

// ConcealedShare is the share of sound that had to be made up.
func (s Second) ConcealedShare() float64 { return ratio(float64(s.Concealed), float64(s.Played)) }

// Lines is how many the mean frame had.
func (s Second) Lines() float64 { return ratio(float64(s.LineSum), float64(s.Frames)) }

// Bitrate is what all together received, in bits per second.
func (s Second) Bitrate() float64 { return ratio(8*float64(s.Bytes), s.Took) }

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return a / b
}

// silence is the longest time without any packet, in seconds.
func (r *Result) silence() (longest int) {
	n := 0
	for _, s := range r.Series {
		if n++; s.Received > 0 {
			n = 0
		}
		longest = max(longest, n)
	}
	return longest
}

// Judge fills in the figures and which limits are broken.
func (r *Result) Judge() {
	t := r.Total
	f := Figures{
		Loss: t.Loss(), FreezesPerMinute: ratio(float64(t.Freezes), t.PictureSeconds/60), Concealed: t.ConcealedShare(), Lines: t.Lines(), Bitrate: t.Bitrate(),
	}
	if t.Server != nil {
		f.ServerCPU = t.Server.CPU
		f.PerPacket = ratio(t.Server.CPU*1e9, float64(t.Received)/t.Took)
		if r.Floor != nil {
			f.TimesFloor = ratio(f.PerPacket, r.Floor.PerPacket)
		}
	}
	r.Figures = f
	r.Broken = nil
	broken := func(format string, args ...any) { r.Broken = append(r.Broken, fmt.Sprintf(format, args...)) }
	if r.Joined < r.Joins || r.Joins == 0 {
		broken("%d of %d joins came to nothing", r.Joins-r.Joined, r.Joins)
	}
	if t.Received == 0 {
		broken("no packet was received")
	} else if n := r.silence(); n >= 2 {
		broken("for %d seconds no packet was received", n)
	}
	limits := r.Scenario.Fail
	for _, l := range []struct {
		name         string
		value, limit float64
		unit         string
		scale        float64
	}{
		{"join to media p95", r.JoinToMedia.P95, Milliseconds(time.Duration(limits.JoinToMediaP95)), "ms", 1},
		{"latency p99", r.Latency.P99, Milliseconds(time.Duration(limits.LatencyP99)), "ms", 1},
		{"loss", f.Loss, limits.Loss, "%", 100},
		{"freezes of a picture", f.FreezesPerMinute, limits.FreezesPerMinute, "per minute", 1},
		{"longest freeze", r.LongestFreeze, Milliseconds(time.Duration(limits.LongestFreeze)), "ms", 1},
		{"concealed sound", f.Concealed, limits.Concealed, "%", 100},
		{"server's processor", f.ServerCPU, limits.ServerCPU, "cores", 1},
	} {
		if l.limit > 0 && l.value > l.limit {
			broken("%s %.2f %s, over %.4g %s", l.name, l.value*l.scale, l.unit, l.limit*l.scale, l.unit)
		}
	}
}

// Passed reports whether no limit was broken.
func (r *Result) Passed() bool { return len(r.Broken) == 0 }
