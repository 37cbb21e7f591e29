package bwe

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

// Against a model that forgets nothing: what the ring gives is what was put under this number, and the last ones are there.
func TestHistoryAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h history
		model := map[int64]int64{}
		start := rapid.SampledFrom([]int64{0, 100, 65_400}).Draw(t, "start")
		next, now := start+1, int64(second)
		h.put(uint16(start), record{at: now, fate: sent})
		model[start+1<<16] = now
		for range rapid.IntRange(1, 60).Draw(t, "runs") {
			next += rapid.SampledFrom([]int64{0, 0, 1, 5, 300, 20_000}).Draw(t, "left out")
			pace := rapid.SampledFrom([]int64{0, millisecond, 20 * millisecond}).Draw(t, "pace")
			for range rapid.IntRange(1, 200).Draw(t, "run") {
				n, ok := h.put(uint16(next), record{at: now, bytes: 1, fate: sent})
				if !ok || n != next+1<<16 {
					t.Fatalf("%d put as %d, %v", next, n, ok)
				}
				model[n] = now
				next++
				now += pace
			}
			last := h.next - 1
			if _, again := h.put(uint16(last), record{at: now, fate: sent}); again {
				t.Fatal("a number was taken twice")
			}
			if h.past(uint16(last-5)) != last-5 || h.past(uint16(last+1)) != last+1-1<<16 {
				t.Fatal("numbers of the past are read wrongly")
			}
			for n := last; n > last-minRecords; n-- {
				at, was := model[n]
				r := h.get(n)
				if was != (r != nil) || was && r.at != at {
					t.Fatalf("%d: got %+v, put %v at %d", n, r, was, at)
				}
			}
			if len(h.ring) > maxRecords {
				t.Fatalf("%d records", len(h.ring))
			}
		}
	})
}

func TestHistoryReachesBack(t *testing.T) {
	var h history
	for i := range int64(5000) { // 1000 packets per second
		h.put(uint16(i), record{at: i * millisecond, fate: sent})
	}
	if oldest := h.slot(h.oldest()).at; 4999*millisecond-oldest < rememberFor {
		t.Errorf("reaches back %d ms", 4999-oldest/millisecond)
	}
}

// What the meter tells of an even stream is its rate, however it is cut into packets.
func TestMeter(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var m meter
		gap := rapid.Int64Range(200, 20*millisecond).Draw(t, "gap")
		bytes := rapid.IntRange(50, 1500).Draw(t, "bytes")
		start := rapid.Int64Range(-second, 1<<50).Draw(t, "start")
		now := start
		for now-start < second {
			m.add(now, bytes)
			now += gap
		}
		want := float64(bytes*8) * second / float64(gap)
		slack := want*0.03 + float64(bytes*8)*second/float64(steady) // a packet more or less
		if got, ok := m.rate(steady); !ok || math.Abs(got-want) > slack {
			t.Fatalf("%.0f (%v), want %.0f", got, ok, want)
		}
	})
	var m meter
	if _, ok := m.rate(steady); ok {
		t.Error("tells a rate of nothing")
	}
	m.add(second, 1000)
	m.add(second+50*millisecond, 1000)
	if _, ok := m.rate(steady); ok {
		t.Error("tells a rate of 50 ms")
	}
	m.add(10*second, 0)
	if got, _ := m.rate(steady); got != 0 {
		t.Errorf("%.0f after nine seconds of nothing", got)
	}
}

func TestPacer(t *testing.T) {
	var p pacer
	now := int64(second)
	for range 50 { // 1 Mbit/s evenly: a packet explains itself and nothing else
		if burst := p.send(now, 1250, 1e6); burst > 12*millisecond {
			t.Fatalf("explains %d ms", burst/millisecond)
		}
		now += 10 * millisecond
	}
	var burst int32
	for range 20 { // 200 ms of the line at once
		burst = p.send(now, 1250, 1e6)
	}
	if burst < 120*millisecond || burst > 200*millisecond {
		t.Errorf("a burst of 200 ms explains %d ms", burst/millisecond)
	}
	for range 1000 {
		burst = p.send(now, 1250, 1e6)
	}
	if burst > mostBurst {
		t.Errorf("a burst without end explains %d ms", burst/millisecond)
	}
	// More than the target for a long time explains no queue.
	p = pacer{}
	for range 1000 {
		burst = p.send(now, 1250, 0.5e6)
		now += 10 * millisecond
	}
	if burst > 30*millisecond {
		t.Errorf("twice the target explains %d ms", burst/millisecond)
	}
}

// ramp feeds a trend with groups each 10 ms whose delay grows by a share of the time.
func ramp(t *trend, from, groups int, slope, noise float64) {
	for i := from; i < from+groups; i++ {
		now := int64(i) * 10 * millisecond
		waited := int64(float64(now-int64(from)*10*millisecond)*slope) + int64(noise*float64(i%3)*millisecond)
		t.add(int64(i), now, now+waited, waited)
	}
}

func TestTrend(t *testing.T) {
	tr := newTrend()
	ramp(&tr, 0, 200, 0, 3)
	if tr.usage != normal {
		t.Errorf("a flat line is usage %d", tr.usage)
	}
	ramp(&tr, 200, 40, 0.3, 3)
	if tr.usage != overuse {
		t.Errorf("a growing queue is usage %d", tr.usage)
	}
	tr = newTrend()
	ramp(&tr, 0, 200, 0, 0)
	for i := 200; i < 260; i++ { // a queue that drains
		now := int64(i) * 10 * millisecond
		tr.add(int64(i), now, now, max(0, 300-5*int64(i-200))*millisecond)
	}
	if tr.usage != underuse {
		t.Errorf("a queue that drains is usage %d", tr.usage)
	}
	seen := tr.seen
	tr.add(10, 100*millisecond, 100*millisecond, 0)
	if tr.seen != seen || tr.group.last < 250 {
		t.Error("a packet out of order counts")
	}
}

func TestFloor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFloor()
		type point struct{ at, value int64 }
		var all []point
		now := rapid.Int64Range(-1000, 1000).Draw(t, "start")
		for range rapid.IntRange(1, 100).Draw(t, "points") {
			now += rapid.Int64Range(0, 150).Draw(t, "passes")
			p := point{now, rapid.Int64Range(-100, 100).Draw(t, "value")}
			all = append(all, p)
			f.add(p.value, p.at, 100)
			turn, turns := int64(math.MaxInt64), int64(math.MaxInt64)
			for _, q := range all {
				if now-q.at < 100 {
					turn = min(turn, q.value)
				}
				if now-q.at <= 300 {
					turns = min(turns, q.value)
				}
			}
			// At least the last turn is looked at, and nothing older than two and the time between two points.
			if got := f.get(); got > turn || got < turns && len(all) > 1 {
				t.Fatalf("%d; least of one turn %d, of three %d", got, turn, turns)
			}
		}
	})
}

// lossy feeds windows of 200 ms with 40 packets until a trial of 200 packets is over.
func lossy(l *losses, now *int64, windows int, share float64) {
	n := int64(0)
	for range windows {
		for i := range 40 {
			n++
			l.note(n, float64(i)/40 >= share)
		}
		*now += windowTime
		l.close(*now, 0)
	}
}

func TestTrial(t *testing.T) {
	for name, c := range map[string]struct {
		after float64
		ours  bool
	}{"stays": {0.2, false}, "goes": {0, true}, "grows": {0.4, false}} {
		t.Run(name, func(t *testing.T) {
			l, now := losses{}, int64(second)
			lossy(&l, &now, lossWindows, 0.2)
			if !l.much(l.quietly()) {
				t.Fatalf("lost %v, and it is not much", l.quietly().share())
			}
			l.try(now, 0, 1e6)
			if l.trial.cap != 0.8e6 {
				t.Errorf("sends %v", l.trial.cap)
			}
			if done, _, _ := l.verdict(now); done {
				t.Error("a verdict on nothing")
			}
			lossy(&l, &now, 6, c.after)
			done, ours, carried := l.verdict(now)
			if !done || ours != c.ours || math.Abs(carried-0.8e6) > 1 {
				t.Errorf("done %v, ours %v, carries %.0f", done, ours, carried)
			}
			lossy(&l, &now, lossWindows, 0.2)
			if l.much(l.quietly()) != c.ours {
				t.Errorf("20 %% are much: %v", !c.ours)
			}
		})
	}
}

func TestLossWhileAQueueStands(t *testing.T) {
	var l losses
	now := int64(second)
	for range lossWindows {
		for i := range 40 {
			l.note(int64(i), i%4 != 0)
		}
		now += windowTime
		l.close(now, fullQueue)
	}
	if l.quietly().all != 0 || l.lately(lossWindows).share() != 0.25 || l.background != 0 {
		t.Errorf("%+v of %+v, background %v", l.quietly(), l.lately(lossWindows), l.background)
	}
}

func TestDrain(t *testing.T) {
	for name, c := range map[string]struct {
		collapsed     bool
		queue, excess int64 // at the cut, ms
		share         float64
		falls         float64 // per second
		rival         bool
		within        int64 // ms
	}{
		"short":        {false, 40, 40, 0.85, 0.15, false, 400},
		"long":         {false, 200, 200, 0.75, 0.25, false, 900},
		"a burst's":    {false, 200, 20, 0.85, 0.3, false, 700},
		"collapsed":    {true, 300, 20, 0.25, 0.75, false, 500},
		"somebody's":   {false, 200, 200, 0.75, 0, true, 900},
		"nearly stays": {false, 200, 200, 0.75, 0.02, true, 900},
	} {
		t.Run(name, func(t *testing.T) {
			var d drain
			d.begin(0, c.collapsed, 50*millisecond)
			for now := int64(0); ; now += 50 * millisecond {
				queue := max(0, c.queue*millisecond-int64(c.falls*float64(now)))
				excess := max(0, c.excess*millisecond-int64(c.falls*float64(now)))
				if ended, rival := d.ended(now, queue, excess); ended {
					if rival != c.rival || now > c.within*millisecond {
						t.Errorf("rival %v after %d ms", rival, now/millisecond)
					}
					return
				}
				d.fit(now, 0, queue, excess, 50*millisecond, false)
				if math.Abs(d.share-c.share) > 1e-9 {
					t.Fatalf("share %v at %d ms", d.share, now/millisecond)
				}
			}
		})
	}
}

// The rate grows, is cut and jumps in any order: it stays finite and positive, a cut never raises it, growth never carries
// it past what arrived by more than is allowed.
func TestRateProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := rate{bits: 500_000}
		now := int64(second)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			now += rapid.Int64Range(0, second).Draw(t, "passes")
			arrived := rapid.Float64Range(0, 20e6).Draw(t, "arrived")
			trip := rapid.Int64Range(0, 2*second).Draw(t, "round trip")
			before := r.bits
			switch rapid.IntRange(0, 2).Draw(t, "step") {
			case 0:
				r.grow(now, arrived, trip)
				if r.bits < before || r.bits > max(before, ahead*arrived+aheadBits) || r.bits > before*1.03+packetBits {
					t.Fatalf("grows from %.0f to %.0f with %.0f arriving", before, r.bits, arrived)
				}
			case 1:
				r.cut(now, 0, arrived, before, rapid.Int64Range(0, second).Draw(t, "queue"), trip)
				if r.bits > before || r.target() > decrease*arrived*1.001 && r.bits < before && r.bits <= settled*arrived {
					t.Fatalf("cut from %.0f to %.0f (%.0f) with %.0f arriving", before, r.bits, r.target(), arrived)
				}
			case 2:
				r.jump(now, arrived)
				if r.bits != max(before, arrived) {
					t.Fatalf("jumps from %.0f to %.0f", before, r.bits)
				}
			}
			if math.IsNaN(r.bits) || math.IsInf(r.bits, 0) || r.target() > r.bits {
				t.Fatalf("%+v", r)
			}
			r.bits = max(r.bits, 30_000)
		}
	})
}
