package loadtest

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
)

// The end is told once, also where it falls on a full second, and a rest of a second is no second of its own.
func TestTheEndIsToldOnce(t *testing.T) {
	for duration, seconds := range map[time.Duration]int{
		time.Second: 1, 2 * time.Second: 2, 10 * time.Second: 10, 10*time.Second + time.Millisecond: 10, 9900 * time.Millisecond: 10, 2400 * time.Millisecond: 2,
	} {
		for range 10 { // which of two that are due is seen first is chance
			synctest.Test(t, func(t *testing.T) {
				told, ends := 0, 0
				r := newRun(Target{Progress: func(now Progress) {
					told++
					if now.Done >= now.Whole {
						ends++
					}
				}}, scenario.Scenario{Rooms: 1, Persons: 2, Duration: scenario.Duration(duration)}, nil)
				result := r.measure(t.Context())
				if ends != 1 || len(result.Series) != seconds || result.Seconds != duration.Seconds() {
					t.Errorf("%v: the end was told %d times, in %d of %d seconds, %v s", duration, ends, told, len(result.Series), result.Seconds)
				}
			})
		}
	}
}

// What was measured is judged once, with the machine's floor, after everything has ended.
func TestFinish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		floor := &report.Floor{PerPacket: 1000}
		r := newRun(Target{Floor: floor}, scenario.Scenario{Rooms: 1, Persons: 2, Duration: scenario.Duration(time.Second)}, nil)
		ended := false
		result, err := r.finish(t.Context(), &sync.WaitGroup{}, func() {
			r.figures.joining() // somebody who came while it ended counts
			ended = true
		})
		if err != nil || !ended || result.Floor != floor || result.Joins != 1 || result.Passed() {
			t.Errorf("%+v %v", result, err)
		}
	})
}
