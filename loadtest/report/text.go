package report

import (
	"fmt"
	"io"
	"maps"
	"slices"
)

// Text writes the result for people.
func (r *Result) Text(w io.Writer) error {
	s, t, f := r.Scenario, r.Total, r.Figures
	var err error
	line := func(name, format string, args ...any) {
		if err == nil {
			_, err = fmt.Fprintf(w, "  %-15s %s\n", name, fmt.Sprintf(format, args...))
		}
	}
	if _, err = fmt.Fprintf(w, "%s: %s, %.0f s\n", s.Name, r.Size(), r.Seconds); err != nil {
		return err
	}
	rate := func(n uint64) float64 { return float64(n) / max(t.Took, 0.001) }
	line("joins", "%d of %d", r.Joined, r.Joins)
	if r.JoinToMedia.Count > 0 { // how long others let people wait is nobody's figure
		line("join to media", "p50 %.0f ms   p95 %.0f ms   max %.0f ms", r.JoinToMedia.P50, r.JoinToMedia.P95, r.JoinToMedia.Max)
		line("admit to media", "p50 %.0f ms   p95 %.0f ms   max %.0f ms", r.AdmitToMedia.P50, r.AdmitToMedia.P95, r.AdmitToMedia.Max)
	}
	line("packets in", "%d   (%.0f/s)", t.Sent, rate(t.Sent))
	line("packets out", "%d   (%.0f/s, %.1f Mbit/s)", t.Received, rate(t.Received), f.Bitrate/1e6)
	line("loss", "%.3f %%   (%d missing, %d repeated)", f.Loss*100, max(t.Expected, t.Received)-t.Received, t.Repeated)
	line("latency", "p50 %.2f ms   p95 %.2f ms   p99 %.2f ms   max %.1f ms", r.Latency.P50, r.Latency.P95, r.Latency.P99, r.Latency.Max)
	if s.Sealed {
		line("sealed", "%d frames opened, %d dropped", t.Opened, t.Dropped)
	}
	if t.Frames > 0 {
		line("pictures", "%d at a time, %.0f lines in the mean, %.2f freezes a minute, the longest %.0f ms", t.Watching, f.Lines, f.FreezesPerMinute, r.LongestFreeze)
	}
	if t.Played > 0 {
		line("sound", "%.3f %% made up", f.Concealed*100)
	}
	if t.Server != nil {
		line("server", "%.1f %% of a core, %.1f MiB, %.2f µs a packet", t.Server.CPU*100, t.Server.Memory/(1<<20), f.PerPacket/1000)
	}
	if r.Floor != nil {
		line("floor", "%.2f µs a packet of %d bytes on this machine (sealing %.2f)", r.Floor.PerPacket/1000, r.Floor.PacketBytes, r.Floor.Seal/1000)
		if f.TimesFloor > 0 {
			line("", "the server took %.1f × the floor", f.TimesFloor)
		}
	}
	line("load itself", "%.1f %% of a core", t.OwnCPU*100)
	for _, text := range slices.Sorted(maps.Keys(r.Errors)) {
		line(fmt.Sprintf("error (%d×)", r.Errors[text]), "%s", text)
	}
	if r.Passed() {
		line("passed", "")
	}
	for _, limit := range r.Broken {
		line("FAILED", "%s", limit)
	}
	return err
}

// Size says how many people were in how many rooms.
func (r *Result) Size() string {
	return counted(r.Scenario.Rooms, "room") + " × " + counted(r.Scenario.Persons, "person")
}

// counted is a number of things.
func counted(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}
