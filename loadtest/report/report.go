// Package report turns the figures of a load test into a verdict: percentiles, text for people, JSON for programs, and which limit was broken.
package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/scenario"
)

// Result is what a load test measured. Durations are milliseconds in JSON.
type Result struct {
	Scenario scenario.Scenario `json:"scenario"`
	// Joins that were asked for and that came to pass: welcomed, admitted and with media from everybody else.
	Joins  int `json:"joins"`
	Joined int `json:"joined"`
	// JoinToMedia is from the beginning of a client's join, the counsellor being there and letting him in at once, to the first packet of
	// somebody else; AdmitToMedia is the part of it after the counsellor's click.
	JoinToMedia  Percentiles `json:"join_to_media_ms"`
	AdmitToMedia Percentiles `json:"admit_to_media_ms"`
	// Latency is from a sender's program to a receiver's, once everybody is in.
	Latency Percentiles `json:"latency_ms"`
	// Packets while everybody was in: Sent by everybody, Received of them by everybody else, Missing what never came.
	Sent     uint64  `json:"packets_sent"`
	Received uint64  `json:"packets_received"`
	Missing  uint64  `json:"packets_missing"`
	Repeated uint64  `json:"packets_repeated"`
	Strange  uint64  `json:"packets_strange"`
	Loss     float64 `json:"loss"`
	// Seconds is how long everybody was sending.
	Seconds float64 `json:"seconds"`
	// Errors that people ran into, each once with its count.
	Errors map[string]int `json:"errors,omitempty"`
	// Broken names the limits that were broken; empty is a pass.
	Broken []string `json:"broken,omitempty"`
}

// Percentiles of a set of durations, in milliseconds.
type Percentiles struct {
	Count int     `json:"count"`
	P50   float64 `json:"p50"`
	P95   float64 `json:"p95"`
	P99   float64 `json:"p99"`
	Max   float64 `json:"max"`
}

// Of gives the percentiles of durations by the nearest rank. It sorts them.
func Of(d []time.Duration) Percentiles {
	if len(d) == 0 {
		return Percentiles{}
	}
	slices.Sort(d)
	rank := func(share float64) float64 {
		i := int(share*float64(len(d))+0.999999) - 1
		return float64(d[min(max(i, 0), len(d)-1)]) / float64(time.Millisecond)
	}
	return Percentiles{Count: len(d), P50: rank(0.5), P95: rank(0.95), P99: rank(0.99), Max: rank(1)}
}

// Judge fills in the loss and which limits are broken.
func (r *Result) Judge() {
	if total := r.Received + r.Missing; total > 0 {
		r.Loss = float64(r.Missing) / float64(total)
	}
	r.Broken = nil
	broken := func(format string, args ...any) { r.Broken = append(r.Broken, fmt.Sprintf(format, args...)) }
	if r.Joined < r.Joins {
		broken("%d of %d joins came to nothing", r.Joins-r.Joined, r.Joins)
	}
	if r.Received == 0 {
		broken("no packet was received")
	}
	limits := r.Scenario.Fail
	ms := func(d scenario.Duration) float64 { return float64(d) / float64(time.Millisecond) }
	if limit := ms(limits.JoinToMediaP95); limit > 0 && r.JoinToMedia.P95 > limit {
		broken("join to media p95 %.0f ms, over %.0f ms", r.JoinToMedia.P95, limit)
	}
	if limit := ms(limits.LatencyP99); limit > 0 && r.Latency.P99 > limit {
		broken("latency p99 %.1f ms, over %.0f ms", r.Latency.P99, limit)
	}
	if limits.Loss > 0 && r.Loss > limits.Loss {
		broken("loss %.2f %%, over %.2f %%", r.Loss*100, limits.Loss*100)
	}
}

// Passed reports whether no limit was broken.
func (r *Result) Passed() bool { return len(r.Broken) == 0 }

// Text writes the result for people.
func (r *Result) Text(w io.Writer) error {
	s := r.Scenario
	var err error
	line := func(format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, format+"\n", args...)
		}
	}
	rate := func(n uint64) float64 { return float64(n) / max(r.Seconds, 0.001) }
	line("%s: %d rooms × %d persons, %.0f s", s.Name, s.Rooms, s.Persons, r.Seconds)
	line("  joins           %d of %d", r.Joined, r.Joins)
	line("  join to media   p50 %.0f ms   p95 %.0f ms   max %.0f ms", r.JoinToMedia.P50, r.JoinToMedia.P95, r.JoinToMedia.Max)
	line("  admit to media  p50 %.0f ms   p95 %.0f ms   max %.0f ms", r.AdmitToMedia.P50, r.AdmitToMedia.P95, r.AdmitToMedia.Max)
	line("  packets in      %d   (%.0f/s)", r.Sent, rate(r.Sent))
	line("  packets out     %d   (%.0f/s)", r.Received, rate(r.Received))
	line("  loss            %.3f %%   (%d missing, %d repeated)", r.Loss*100, r.Missing, r.Repeated)
	line("  latency         p50 %.2f ms   p99 %.2f ms   max %.1f ms", r.Latency.P50, r.Latency.P99, r.Latency.Max)
	for _, text := range slices.Sorted(maps.Keys(r.Errors)) {
		line("  error (%d×)      %s", r.Errors[text], text)
	}
	if r.Passed() {
		line("passed")
	}
	for _, limit := range r.Broken {
		line("FAILED: %s", limit)
	}
	return err
}
