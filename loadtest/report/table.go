package report

import (
	"fmt"
	"io"
)

// Table writes runs side by side in Markdown, for documents.
func Table(w io.Writer, results []*Result) error {
	_, err := fmt.Fprint(w, `| scenario | people | join to media p50 / p95 | latency p50 / p99 | lost | freezes a minute (longest) | sound made up | received | server | a packet | memory |
|---|---|---|---|---|---|---|---|---|---|---|
`)
	for _, r := range results {
		if err != nil {
			return err
		}
		f, cpu, packet, memory := r.Figures, "", "", ""
		if s := r.Total.Server; s != nil {
			cpu, packet = fmt.Sprintf("%.1f %% of a core", 100*s.CPU), fmt.Sprintf("%.0f µs", f.PerPacket/1000)
			memory = fmt.Sprintf("%.0f MiB", s.Memory/(1<<20))
		}
		if f.TimesFloor > 0 {
			packet += fmt.Sprintf(" (%.1f × floor)", f.TimesFloor)
		}
		_, err = fmt.Fprintf(w, "| %s | %d × %d | %.0f / %.0f ms | %.2f / %.1f ms | %.3f %% | %.1f (%.0f ms) | %.2f %% | %.1f Mbit/s | %s | %s | %s |\n",
			r.Scenario.Name, r.Scenario.Rooms, r.Scenario.Persons, r.JoinToMedia.P50, r.JoinToMedia.P95, r.Latency.P50, r.Latency.P99,
			100*f.Loss, f.FreezesPerMinute, r.LongestFreeze, 100*f.Concealed, f.Bitrate/1e6, cpu, packet, memory)
	}
	return err
}
