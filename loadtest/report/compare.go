package report

import (
	"fmt"
	"io"
	"math"
	"text/tabwriter"
)

// Change is how one figure differs between two runs.
type Change struct {
	Name, Unit string
	Old, New   float64
	// Verdict is better or worse where the difference is large enough to say so, otherwise "".
	Verdict string
}

const (
	better = "better"
	worse  = "worse"
)

// tolerance is by how much of the old value a figure may differ, beyond what is too little to matter, before it is called a change: runs of the
// same program on the same machine differ as much.
const tolerance = 0.2

// Compare tells how a run differs from an earlier one, figure by figure.
func Compare(old, new *Result) []Change {
	var changes []Change
	// little is what does not matter, in the figure's unit; sign is 1 where more is worse.
	add := func(name, unit string, sign, little, o, n float64) {
		c := Change{Name: name, Unit: unit, Old: o, New: n}
		if d := (n - o) * sign; math.Abs(d) > little && math.Abs(d) > tolerance*math.Abs(o) {
			c.Verdict = better
			if d > 0 {
				c.Verdict = worse
			}
		}
		changes = append(changes, c)
	}
	joins := func(r *Result) float64 { return 100 * ratio(float64(r.Joined), float64(r.Joins)) }
	add("joins that came to media", "%", -1, 0.5, joins(old), joins(new))
	add("join to media p50", "ms", 1, 10, old.JoinToMedia.P50, new.JoinToMedia.P50)
	add("join to media p95", "ms", 1, 20, old.JoinToMedia.P95, new.JoinToMedia.P95)
	add("latency p50", "ms", 1, 0.2, old.Latency.P50, new.Latency.P50)
	add("latency p99", "ms", 1, 2, old.Latency.P99, new.Latency.P99)
	add("loss after repair", "%", 1, 0.1, 100*old.Figures.Loss, 100*new.Figures.Loss)
	add("freezes", "per minute", 1, 0.1, old.Figures.FreezesPerMinute, new.Figures.FreezesPerMinute)
	add("longest freeze", "ms", 1, 100, old.LongestFreeze, new.LongestFreeze)
	add("sound made up", "%", 1, 0.1, 100*old.Figures.Concealed, 100*new.Figures.Concealed)
	add("mean picture", "lines", -1, 20, old.Figures.Lines, new.Figures.Lines)
	if old.Total.Server != nil && new.Total.Server != nil {
		add("server's processor", "% of a core", 1, 1, 100*old.Figures.ServerCPU, 100*new.Figures.ServerCPU)
		add("server's time for a packet", "µs", 1, 0.5, old.Figures.PerPacket/1000, new.Figures.PerPacket/1000)
		add("server's memory", "MiB", 1, 5, old.Total.Server.Memory/(1<<20), new.Total.Server.Memory/(1<<20))
	}
	if old.Figures.TimesFloor > 0 && new.Figures.TimesFloor > 0 {
		add("server's time for a packet", "× floor", 1, 0.3, old.Figures.TimesFloor, new.Figures.TimesFloor)
	}
	return changes
}

// Worse names what got worse.
func Worse(changes []Change) []string {
	var names []string
	for _, c := range changes {
		if c.Verdict == worse {
			names = append(names, fmt.Sprintf("%s %s %s, before %s", c.Name, number(c.New), c.Unit, number(c.Old)))
		}
	}
	return names
}

// WriteChanges writes a comparison for people.
func WriteChanges(w io.Writer, changes []Change) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "\tbefore\tnow\t\t")
	for _, c := range changes {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", c.Name, number(c.Old), number(c.New), c.Unit, c.Verdict)
	}
	return table.Flush()
}
