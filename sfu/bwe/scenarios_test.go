package bwe

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

// What the estimator does on lines as people have them. Each scenario runs with several seeds, on a near line and on one
// with a round trip of 150 ms; every bound holds in every run. `go test -v` prints the worst of each figure.

const (
	near  = 20 * millisecond
	far   = 75 * millisecond
	seeds = 10
)

// worst keeps the worst of each figure.
type worst struct {
	names  []string
	values map[string]float64
}

func (w *worst) take(name string, value float64, worse func(a, b float64) float64) {
	if w.values == nil {
		w.values = map[string]float64{}
	}
	old, known := w.values[name]
	if !known {
		w.names = append(w.names, name)
		old = value
	}
	w.values[name] = worse(old, value)
}

// scenario runs a call with all seeds and both distances.
func scenario(t *testing.T, c func() call, length int64, judge func(t *testing.T, l log, w *worst)) {
	t.Helper()
	for _, delay := range []int64{near, far} {
		t.Run(fmt.Sprint("round trip ", 2*delay/millisecond), func(t *testing.T) {
			var w worst
			for seed := range uint64(seeds) {
				c := c() // a rival has a state
				c.delay = delay
				judge(t, c.run(t, seed, length), &w)
			}
			for i, name := range w.names {
				w.names[i] = fmt.Sprintf("%s %.3g", name, w.values[name])
			}
			t.Log(strings.Join(w.names, "; "))
		})
	}
}

// atLeast and atMost hold a figure to its bound.
func (w *worst) atLeast(t *testing.T, name string, value, bound float64) {
	t.Helper()
	w.take(name, value, math.Min)
	if value < bound {
		t.Errorf("%s: %.3g, less than %.3g", name, value, bound)
	}
}

func (w *worst) atMost(t *testing.T, name string, value, bound float64) {
	t.Helper()
	w.take(name, value, math.Max)
	if value > bound {
		t.Errorf("%s: %.3g, more than %.3g", name, value, bound)
	}
}

func seconds(micros int64) float64 { return (time.Duration(micros) * time.Microsecond).Seconds() }

func TestSteady(t *testing.T) {
	for rate, within := range map[float64]float64{300e3: 0.28, 1e6: 0.15, 3e6: 0.15} {
		t.Run(fmt.Sprint(rate/1e3, " kbit/s"), func(t *testing.T) {
			scenario(t, func() call { return call{wire: wire{rate: steadily(rate)}} }, 45*second, func(t *testing.T, l log, w *worst) {
				l = l.between(15*second, 45*second)
				mean := l.mean()
				w.atLeast(t, "mean of capacity", mean/rate, 0.85)
				w.atMost(t, "mean of capacity, most", mean/rate, 0.97)
				near := func(s sample) bool { return math.Abs(s.target/mean-1) <= 0.15 }
				w.atLeast(t, "share of time within 15 % of the mean", l.share(near), 0.9)
				w.atLeast(t, "least of mean", l.least()/mean, 1-within)
				w.atMost(t, "most of mean", l.most()/mean, 1+within)
			})
		})
	}
}

func TestStepDown(t *testing.T) {
	const step = 20 * second
	scenario(t, func() call { return call{wire: wire{rate: stepping(2e6, step, 500e3)}} }, 40*second, func(t *testing.T, l log, w *worst) {
		after := l.between(step, 40*second)
		under := after.first(func(s sample) bool { return s.target <= 500e3 })
		w.atMost(t, "seconds until the target is within the line", seconds(under-step), 0.65)
		empty := l.between(under, 40*second).first(func(s sample) bool { return s.queue < 50*millisecond })
		w.atMost(t, "seconds until the queue is gone", seconds(empty-step), 1.25)
		w.atMost(t, "target of capacity from a second on", l.between(step+second, 40*second).most()/500e3, 1.15)
		w.atLeast(t, "mean of capacity after 10 s", l.between(step+10*second, 40*second).mean()/500e3, 0.85)
	})
}

func TestStepUp(t *testing.T) {
	const step = 20 * second
	scenario(t, func() call { return call{wire: wire{rate: stepping(300e3, step, 2e6)}} }, 40*second, func(t *testing.T, l log, w *worst) {
		there := l.between(step, 40*second).first(func(s sample) bool { return s.target >= 0.9*2e6 })
		w.atMost(t, "seconds to 90 % of the line", seconds(there-step), 5.4)
		w.atMost(t, "target of capacity", l.between(step, 40*second).most()/2e6, 1.25)
	})
}

func TestStartOnThinLine(t *testing.T) {
	scenario(t, func() call { return call{wire: wire{rate: steadily(300e3)}} }, 20*second, func(t *testing.T, l log, w *worst) {
		under := l.first(func(s sample) bool { return s.target <= 300e3 })
		w.atMost(t, "seconds until the target is within the line", seconds(under), 1)
		w.atLeast(t, "mean of capacity after 2 s", l.between(2*second, 20*second).mean()/300e3, 0.8)
	})
}

func TestStartOnFastLine(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(10e6)}, need: func(int64) int { return 2_500_000 }}
	}, 20*second, func(t *testing.T, l log, w *worst) {
		there := l.first(func(s sample) bool { return s.target >= 2.5e6 })
		w.atMost(t, "seconds to what is needed", seconds(there), 2)
		w.atLeast(t, "least from then on, of what is needed", l.between(there, 20*second).least()/2.5e6, 1)
	})
}

func TestRandomLoss(t *testing.T) {
	for _, c := range []struct{ loss, least, mean float64 }{{0.05, 0.72, 0.86}, {0.10, 0.67, 0.86}, {0.20, 0.62, 0.84}} {
		t.Run(fmt.Sprint(c.loss), func(t *testing.T) {
			scenario(t, func() call {
				return call{wire: wire{rate: steadily(2e6), loss: randomly(c.loss)}}
			}, 60*second, func(t *testing.T, l log, w *worst) {
				l = l.between(15*second, 60*second)
				w.atLeast(t, "least of capacity", l.least()/2e6, c.least)
				w.atLeast(t, "mean of capacity", l.mean()/2e6, c.mean)
				w.atMost(t, "most of capacity", l.most()/2e6, 1.15)
			})
		})
	}
}

func TestBurstLoss(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6), loss: gilbert(0.05, 6)}}
	}, 60*second, func(t *testing.T, l log, w *worst) {
		l = l.between(15*second, 60*second)
		w.atLeast(t, "least of capacity", l.least()/2e6, 0.33)
		w.atLeast(t, "mean of capacity", l.mean()/2e6, 0.7)
	})
}

// A queue too short to show in the delay, as a policer has: all that is too much is lost.
func TestShortQueue(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(1e6), queue: 60 * millisecond}, fps: 30}
	}, 60*second, func(t *testing.T, l log, w *worst) {
		l = l.between(15*second, 60*second)
		w.atMost(t, "mean of capacity", l.mean()/1e6, 1.15)
		w.atLeast(t, "least of capacity", l.least()/1e6, 0.5)
		w.atMost(t, "share of time with over 15 % lost", l.share(func(s sample) bool { return s.loss > 0.15 }), 0.2)
	})
}

func TestWiFi(t *testing.T) {
	for _, c := range []struct{ usual, seldom int64 }{{8, 60}, {20, 100}} {
		t.Run(fmt.Sprint(c.usual, " ms, at times ", c.seldom), func(t *testing.T) {
			scenario(t, func() call {
				return call{wire: wire{rate: steadily(2e6), jitter: wifi(c.usual*millisecond, c.seldom*millisecond)}}
			}, 60*second, func(t *testing.T, l log, w *worst) {
				l = l.between(15*second, 60*second)
				w.atLeast(t, "least of capacity", l.least()/2e6, 0.6)
				w.atMost(t, "share of time below 70 %", l.share(func(s sample) bool { return s.target < 0.7*2e6 }), 0.05)
				w.atLeast(t, "mean of capacity", l.mean()/2e6, 0.85)
				w.atMost(t, "most of capacity", l.most()/2e6, 1.2)
			})
		})
	}
}

// The rival is as TCP is: it takes what it gets until the queue overflows.
func TestRivalTransfer(t *testing.T) {
	for _, rate := range []float64{1e6, 4e6} {
		t.Run(fmt.Sprint(rate/1e6, " Mbit/s"), func(t *testing.T) {
			scenario(t, func() call {
				return call{wire: wire{rate: steadily(rate), rival: &reno{from: 10 * second, to: 70 * second, roundTrip: 2 * near}}}
			}, 80*second, func(t *testing.T, l log, w *worst) {
				share := l.between(20*second, 70*second).sent() / rate
				w.atLeast(t, "least share", share, 0.25)
				w.atMost(t, "most share", share, 0.8)
				w.atLeast(t, "mean of capacity afterwards", l.between(75*second, 80*second).mean()/rate, 0.6)
			})
		})
	}
}

func TestRivalCall(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6), rival: &constant{bits: 1e6, from: 10 * second, to: 40 * second}}}
	}, 50*second, func(t *testing.T, l log, w *worst) {
		beside := l.between(15*second, 40*second)
		w.atLeast(t, "mean of what is left", beside.mean()/1e6, 0.7)
		w.atMost(t, "mean of what is left, most", beside.mean()/1e6, 1.2)
		w.atLeast(t, "mean of capacity afterwards", l.between(45*second, 50*second).mean()/2e6, 0.7)
	})
}

func TestLittleNeeded(t *testing.T) {
	need := func(at int64) int {
		if at >= 15*second && at < 45*second {
			return 100_000
		}
		return 1_500_000
	}
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6)}, need: need}
	}, 60*second, func(t *testing.T, l log, w *worst) {
		before := l.between(14*second, 15*second).mean()
		idle := l.between(16*second, 45*second)
		w.atLeast(t, "least while little is needed, of before", idle.least()/before, 0.9)
		w.atMost(t, "most while little is needed, of before", idle.most()/before, 1.06)
		again := l.between(45*second, 60*second)
		w.atLeast(t, "least afterwards, of what is needed", again.least()/1.5e6, 0.85)
		w.atMost(t, "most afterwards, of capacity", again.most()/2e6, 1.25)
		w.atMost(t, "longest queue afterwards, ms", float64(again.queue()/millisecond), 250)
	})
}

// The line becomes thin while little is sent: that shows when more is, and not before.
func TestThinWhileLittleNeeded(t *testing.T) {
	need := func(at int64) int {
		if at >= 15*second && at < 30*second {
			return 100_000
		}
		return 1_500_000
	}
	scenario(t, func() call {
		return call{wire: wire{rate: stepping(2e6, 20*second, 500e3)}, need: need}
	}, 45*second, func(t *testing.T, l log, w *worst) {
		again := l.between(30*second, 45*second)
		under := again.first(func(s sample) bool { return s.target <= 500e3 })
		w.atMost(t, "seconds until the target is within the line", seconds(under-30*second), 0.8)
		w.atLeast(t, "mean of capacity from then on", l.between(under+2*second, 45*second).mean()/500e3, 0.7)
	})
}

func TestSilence(t *testing.T) {
	for name, cut := range map[string]func(*wire){
		"no feedback": func(w *wire) { w.silent = during(15*second, 25*second) },
		"dead path":   func(w *wire) { w.dead = during(15*second, 25*second) },
	} {
		t.Run(name, func(t *testing.T) {
			scenario(t, func() call {
				c := call{wire: wire{rate: steadily(2e6)}}
				cut(&c.wire)
				return c
			}, 40*second, func(t *testing.T, l log, w *worst) {
				before := l.between(14*second, 15*second).mean()
				w.atLeast(t, "after a second, of before", l.between(15*second, 16*second).least()/before, 0.7)
				w.atMost(t, "after five seconds, of before", l.between(20*second, 25*second).most()/before, 0.2)
				back := l.between(25*second, 40*second).first(func(s sample) bool { return s.target > 0.8*2e6 })
				w.atMost(t, "seconds to 80 % of the line once it answers", seconds(back-25*second), 5)
			})
		})
	}
}

// A way that is dead for two seconds, until ICE has found another, is no full line: what was lost meanwhile says nothing of it, in a call
// that has run for long and in one that has only begun.
func TestOutage(t *testing.T) {
	for _, at := range []int64{4 * second, 20 * second} {
		t.Run(time.Duration(at*1000).String(), func(t *testing.T) {
			scenario(t, func() call {
				return call{wire: wire{rate: steadily(2e6), dead: during(at, at+2*second)}, need: func(int64) int { return 400_000 }}
			}, at+10*second, func(t *testing.T, l log, w *worst) {
				before := l.between(at-second, at).mean()
				w.atLeast(t, "least after it, of before", l.between(at+2*second, at+10*second).least()/before, 0.4)
			})
		})
	}
}

func TestFeedbackLoss(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6), fbLoss: 0.3}}
	}, 60*second, func(t *testing.T, l log, w *worst) {
		l = l.between(15*second, 60*second)
		w.atLeast(t, "least of capacity", l.least()/2e6, 0.6)
		w.atLeast(t, "mean of capacity", l.mean()/2e6, 0.78)
		w.atMost(t, "most of capacity", l.most()/2e6, 1.2)
	})
}

func TestPeersClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{time.Hour, -time.Hour, 2 * time.Second, -2 * time.Second, 400 * time.Millisecond} {
		t.Run(by.String(), func(t *testing.T) {
			scenario(t, func() call {
				c := call{wire: wire{rate: steadily(2e6)}, need: func(int64) int { return 1_200_000 }}
				c.clock = func(at int64) int64 {
					if at < 15*second {
						return 0
					}
					return by.Microseconds()
				}
				c.lenient = true // the feedback that has both clocks in it is refused
				return c
			}, 30*second, func(t *testing.T, l log, w *worst) {
				before := l.between(14*second, 15*second).mean()
				w.atLeast(t, "least of before", l.between(15*second, 30*second).least()/before, 0.8)
				told := 0.0
				for _, s := range l.between(16*second, 30*second) {
					told = max(told, float64(s.told)/millisecond)
				}
				w.atMost(t, "queue told, ms", told, 150)
			})
		})
	}
}

// A clock that runs wrong by more than any does.
func TestPeersClockDrifts(t *testing.T) {
	for _, ppm := range []int64{300, -300} {
		t.Run(fmt.Sprint(ppm, " ppm"), func(t *testing.T) {
			scenario(t, func() call {
				c := call{wire: wire{rate: steadily(2e6)}}
				c.clock = func(at int64) int64 { return at * ppm / 1_000_000 }
				return c
			}, 60*second, func(t *testing.T, l log, w *worst) {
				l = l.between(15*second, 60*second)
				w.atLeast(t, "mean of capacity", l.mean()/2e6, 0.8)
				w.atMost(t, "most of capacity", l.most()/2e6, 1.2)
			})
		})
	}
}

func TestNumbersWrap(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(3e6)}, first: 65_000}
	}, 20*second, func(t *testing.T, l log, w *worst) {
		w.atLeast(t, "least of capacity", l.between(10*second, 20*second).least()/3e6, 0.7)
	})
}

func TestReordering(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6), reorder: 0.02}}
	}, 45*second, func(t *testing.T, l log, w *worst) {
		l = l.between(15*second, 45*second)
		w.atLeast(t, "least of capacity", l.least()/2e6, 0.7)
		w.atMost(t, "most of capacity", l.most()/2e6, 1.2)
		w.atMost(t, "loss told", l[len(l)-1].loss, 0.01)
	})
}

// A queue of more than a second, as mobile networks have.
func TestDeepQueue(t *testing.T) {
	const step = 20 * second
	scenario(t, func() call {
		return call{wire: wire{rate: stepping(2e6, step, 500e3), queue: 1500 * millisecond}}
	}, 40*second, func(t *testing.T, l log, w *worst) {
		w.atMost(t, "longest queue before, ms", float64(l.between(5*second, step).queue()/millisecond), 350)
		under := l.between(step, 40*second).first(func(s sample) bool { return s.target <= 500e3 })
		w.atMost(t, "seconds until the target is within the line", seconds(under-step), 0.8)
		empty := l.between(under, 40*second).first(func(s sample) bool { return s.queue < 50*millisecond })
		w.atMost(t, "seconds until the queue is gone", seconds(empty-step), 3.5)
	})
}

// Probes that come in lumps, because whoever sends them has no finer clock, measure as well.
func TestProbesInLumps(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(2e6)}, chunky: true}
	}, 30*second, func(t *testing.T, l log, w *worst) {
		w.atMost(t, "most of capacity", l.between(2*second, 30*second).most()/2e6, 1.3)
		there := l.first(func(s sample) bool { return s.target >= 0.8*2e6 })
		w.atMost(t, "seconds to 80 % of the line", seconds(there), 3)
	})
}

func TestSlowPictures(t *testing.T) {
	scenario(t, func() call {
		return call{wire: wire{rate: steadily(1e6)}, fps: 15, keyEvery: 3 * second}
	}, 45*second, func(t *testing.T, l log, w *worst) {
		l = l.between(15*second, 45*second)
		w.atLeast(t, "mean of capacity", l.mean()/1e6, 0.75)
		w.atLeast(t, "least of capacity", l.least()/1e6, 0.6)
	})
}
