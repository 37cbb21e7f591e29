package report

import (
	"embed"
	"encoding/json"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"time"
)

//go:embed page.html
var page embed.FS

// HTML writes the result as one page that needs nothing else. Against, if not nil, is an earlier run to compare with.
func (r *Result) HTML(w io.Writer, against *Result) error {
	t, err := template.New("page.html").Funcs(template.FuncMap{"number": number}).ParseFS(page, "page.html")
	if err != nil {
		return err
	}
	settings, err := json.MarshalIndent(r.Scenario, "", "  ")
	if err != nil {
		return err
	}
	data := struct {
		*Result
		Settings string
		Rows     []row
		Charts   []chart
		Seconds  []float64
		Causes   []string
		Changes  []Change
		Against  *Result
	}{
		Result: r, Settings: string(settings), Rows: r.rows(), Charts: r.charts(), Seconds: values(r.Series, func(s Second) float64 { return s.At }),
		Causes: slices.Sorted(maps.Keys(r.Errors)), Against: against,
	}
	if against != nil {
		data.Changes = Compare(against, r)
	}
	return t.Execute(w, data)
}

// row is a figure with its limit, both as text.
type row struct{ Name, Value, Limit string }

func (r *Result) rows() []row {
	f, limits := r.Figures, r.Scenario.Fail
	ms := func(d time.Duration) float64 { return Milliseconds(d) }
	var rows []row
	add := func(name string, value, limit float64, unit string) {
		text := ""
		if limit > 0 {
			text = "at most " + number(limit) + " " + unit
		}
		rows = append(rows, row{name, number(value) + " " + unit, text})
	}
	add("Join to media, p95", r.JoinToMedia.P95, ms(time.Duration(limits.JoinToMediaP95)), "ms")
	add("Join to media, p50", r.JoinToMedia.P50, 0, "ms")
	add("Latency through the server, p50", r.Latency.P50, 0, "ms")
	add("Latency through the server, p99", r.Latency.P99, ms(time.Duration(limits.LatencyP99)), "ms")
	add("Packets lost after repair", f.Loss*100, limits.Loss*100, "%")
	if r.Total.Frames > 0 {
		add("Freezes of a picture", f.FreezesPerMinute, limits.FreezesPerMinute, "per minute")
		add("Longest freeze", r.LongestFreeze, ms(time.Duration(limits.LongestFreeze)), "ms")
		add("Picture in the mean", f.Lines, 0, "lines")
	}
	if r.Total.Played > 0 {
		add("Sound that was made up", f.Concealed*100, limits.Concealed*100, "%")
	}
	add("Received by all together", f.Bitrate/1e6, 0, "Mbit/s")
	if r.Total.Server != nil {
		add("Server's processor", f.ServerCPU*100, limits.ServerCPU*100, "% of a core")
		add("Server's memory, at most", r.Total.Server.Memory/(1<<20), 0, "MiB")
		add("Server's processor time for a packet", f.PerPacket/1000, 0, "µs")
	}
	if f.TimesFloor > 0 {
		add("… as a multiple of this machine's floor", f.TimesFloor, 0, "×")
	}
	add("Processor of the load itself", r.Total.OwnCPU*100, 0, "% of a core")
	return rows
}

func values(series []Second, value func(Second) float64) []float64 {
	v := make([]float64, len(series))
	for i, s := range series {
		v[i] = value(s)
	}
	return v
}

// charts are the diagrams of a page: those of which there is something to see.
func (r *Result) charts() []chart {
	s, limits := r.Series, r.Scenario.Fail
	server := func(value func(Usage) float64) []float64 {
		return values(s, func(s Second) float64 {
			if s.Server == nil {
				return math.NaN()
			}
			return value(*s.Server)
		})
	}
	charts := []chart{
		{Title: "Latency through the server", Unit: "ms", Lines: []curve{
			{"p50", values(s, func(s Second) float64 { return s.Latency.P50 })},
			{"p95", values(s, func(s Second) float64 { return s.Latency.P95 })},
			{"p99", values(s, func(s Second) float64 { return s.Latency.P99 })},
		}},
		{Title: "Received by all together", Unit: "Mbit/s", Lines: []curve{{"", values(s, func(s Second) float64 { return s.Bitrate() / 1e6 })}}},
		{Title: "Packets lost after repair", Unit: "%", Limit: limits.Loss * 100, Lines: []curve{{"", values(s, func(s Second) float64 { return s.Loss() * 100 })}}},
	}
	if r.Total.Frames > 0 {
		charts = append(charts,
			chart{Title: "Size of the mean picture", Unit: "lines", Lines: []curve{{"", values(s, Second.Lines)}}},
			chart{Title: "Freezes that ended", Unit: "all pictures together", Lines: []curve{{"", values(s, func(s Second) float64 { return float64(s.Freezes) })}}})
	}
	if r.Total.Played > 0 {
		charts = append(charts, chart{Title: "Sound that was made up", Unit: "%", Limit: limits.Concealed * 100,
			Lines: []curve{{"", values(s, func(s Second) float64 { return s.ConcealedShare() * 100 })}}})
	}
	cpu := chart{Title: "Processor", Unit: "% of a core", Limit: limits.ServerCPU * 100,
		Lines: []curve{{"load itself", values(s, func(s Second) float64 { return s.OwnCPU * 100 })}}}
	if r.Total.Server != nil {
		cpu.Lines = append([]curve{{"server", server(func(u Usage) float64 { return u.CPU * 100 })}}, cpu.Lines...)
		charts = append(charts, cpu, chart{Title: "Server's memory", Unit: "MiB", Lines: []curve{{"", server(func(u Usage) float64 { return u.Memory / (1 << 20) })}}})
	} else {
		charts = append(charts, cpu)
	}
	return charts
}
