package report

import (
	"slices"
	"time"
)

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
		return Milliseconds(d[min(max(i, 0), len(d)-1)])
	}
	return Percentiles{Count: len(d), P50: rank(0.5), P95: rank(0.95), P99: rank(0.99), Max: rank(1)}
}

// Milliseconds gives a duration as the reports have it.
func Milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
