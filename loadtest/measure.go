package loadtest

import (
	"context"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/loadtest/report"
)

// look is how often it is looked at what came.
const look = time.Second

// allSamples is how many latencies of a whole test are kept.
const allSamples = 200_000

// settle waits until everybody is in.
func (r *run) settle(everybody *sync.WaitGroup) {
	in := make(chan struct{})
	go func() { everybody.Wait(); close(in) }() // it ends with the run's context
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	for {
		select {
		case <-in:
			return
		case <-ticker.C:
			r.tell(nil, 0)
		}
	}
}

func (r *run) tell(second *report.Second, done time.Duration) {
	if r.target.Progress != nil {
		r.target.Progress(Progress{
			Joined: r.figures.progress(), Joins: r.joins,
			Done: done, Whole: time.Duration(r.scenario.Duration), Second: second,
		})
	}
}

// measure lets everybody send for the scenario's time and looks every second what comes of it.
func (r *run) measure(ctx context.Context) *report.Result {
	result := &report.Result{Scenario: r.scenario, Began: time.Now().UTC().Truncate(time.Second)}
	r.figures.collect() // what came while people were joining is not the load's
	latencies := media.Sample{Most: allSamples}
	usage := r.usage(ctx)
	began, last := time.Now(), time.Now()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	duration := time.Duration(r.scenario.Duration)
	whole := time.NewTimer(duration)
	defer whole.Stop()
	for over := false; !over; {
		select {
		case <-ticker.C:
		case <-whole.C:
			over = true
		case <-ctx.Done():
			over = true
		}
		now := time.Now()
		over = over || now.Sub(began) >= duration // the last second and the end come at once
		c := r.figures.collect()
		latencies.Add(c.came.Latencies...)
		used := r.usage(ctx)
		second := secondOf(c, now.Sub(last))
		second.At = now.Sub(began).Seconds()
		used.between(usage, now.Sub(last), &second)
		result.Add(second)
		if c.came.Pictures.Longest > 0 {
			result.LongestFreeze = max(result.LongestFreeze, report.Milliseconds(c.came.Pictures.Longest))
		}
		if !over || now.Sub(last) > look/2 { // the rest of a second is no point of a curve
			result.Series = append(result.Series, second)
		}
		if n := len(result.Series); n > 0 {
			r.tell(&result.Series[n-1], now.Sub(began))
		}
		last, usage = now, used
	}
	result.Seconds = time.Since(began).Seconds()
	result.Latency = report.Of(latencies.Take())
	return result
}

// secondOf turns what came in a time into figures.
func secondOf(c collected, took time.Duration) report.Second {
	came := c.came
	s := report.Second{
		Took: took.Seconds(), Latency: report.Of(came.Latencies), Sent: c.sent, Received: came.Received, Expected: came.Expected,
		Repeated: came.Repeated, Strange: came.Strange, Bytes: came.Bytes, Opened: c.opened, Dropped: c.dropped,
		Watching: came.Watching, PictureSeconds: float64(came.Watching) * took.Seconds(), Frames: came.Pictures.Frames, LineSum: came.Pictures.Lines, Freezes: came.Pictures.Freezes,
		Frozen: came.Pictures.Frozen.Seconds(), Played: came.Sounds.Packets, Concealed: came.Sounds.Concealed,
	}
	return s
}
