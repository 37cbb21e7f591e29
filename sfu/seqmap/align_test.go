package seqmap

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

// ntp is a moment on a sender's clock in the form of a sender report.
func ntp(d time.Duration) uint64 {
	const epoch = 3_900_000_000 // seconds since 1900
	return (epoch+uint64(d/time.Second))<<32 + uint64(d%time.Second)<<32/uint64(time.Second)
}

func TestTimestampAtASwitch(t *testing.T) {
	const last = 50_000 + 900 // the timestamp sent last, at 10 ms
	for _, c := range []struct {
		name     string
		source   Source
		stamp    uint32
		millis   int
		from, to Report
		want     uint32
	}{
		{
			name: "without reports: as much as passed", source: 2, stamp: 777, millis: 43,
			want: last + 33*90,
		},
		{
			name: "nothing passed: one tick", source: 2, stamp: 777, millis: 10,
			want: last + 1,
		},
		{
			name: "the clock went back: one tick", source: 2, stamp: 777, millis: -500,
			want: last + 1,
		},
		{
			name: "the clock went back, the reports did not", source: 2, stamp: 1_000_000, millis: -500,
			from: Report{ntp(0), 9_900}, to: Report{ntp(500 * time.Millisecond), 1_000_000},
			want: last + 500*90,
		},
		{
			// Both layers were taken by the same camera: 9,900 at 5 s is 1,000,000 at 6 s, and the key frame 36 ms
			// after that is 1,036 ms after what was sent last, though it came after 1,100.
			name: "by reports", source: 2, stamp: 1_000_000 + 36*90, millis: 1110,
			from: Report{ntp(5 * time.Second), 9_900}, to: Report{ntp(6 * time.Second), 1_000_000},
			want: last + 1036*90,
		},
		{
			name: "by reports of different age", source: 2, stamp: 1_000_000 + 36*90, millis: 1110,
			from: Report{ntp(6 * time.Second), 9_900 + 90_000}, to: Report{ntp(3500 * time.Millisecond), 1_000_000 - 225_000},
			want: last + 1036*90,
		},
		{
			name: "the same picture in another layer: one tick", source: 2, stamp: 1_000_000, millis: 30,
			from: Report{ntp(0), 9_900}, to: Report{ntp(0), 1_000_000},
			want: last + 1,
		},
		{
			name: "an older picture: one tick", source: 2, stamp: 1_000_000 - 9000, millis: 30,
			from: Report{ntp(0), 9_900}, to: Report{ntp(0), 1_000_000},
			want: last + 1,
		},
		{
			name: "one report is none", source: 2, stamp: 777, millis: 43,
			to:   Report{ntp(0), 4_000_000},
			want: last + 33*90,
		},
		{
			name: "reports too far from what passed: not used", source: 2, stamp: 1_000_000, millis: 43,
			from: Report{ntp(0), 9_900}, to: Report{ntp(1034 * time.Millisecond), 1_000_000},
			want: last + 33*90,
		},
		{
			name: "reports just near enough", source: 2, stamp: 1_000_000, millis: 43,
			from: Report{ntp(0), 9_900}, to: Report{ntp(1033 * time.Millisecond), 1_000_000},
			want: last + 1033*90 - 1, // NTP fractions are cut
		},
		{
			name: "reports of clocks years apart", source: 2, stamp: 1_000_000, millis: 43,
			from: Report{1, 9_900}, to: Report{1 << 63, 1_000_000},
			want: last + 33*90,
		},
		{
			name: "the same source after a pause: its own clock", source: 1, stamp: 9_900 + 90_000, millis: 1300,
			want: last + 90_000,
		},
		{
			name: "the same source, its clock begun anew", source: 1, stamp: 5, millis: 1010,
			want: last + 90_000,
		},
		{
			name: "a pause of four hours", source: 2, stamp: 5, millis: 4 * 3600 * 1000,
			want: last + 1<<30,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := started(t)
			m.Forward(Packet{Source: 1, Seq: 101, Timestamp: 9_900}, at(10))
			m.Forward(Packet{Source: 1, Seq: 102, Timestamp: 9_900}, at(20)) // same picture: does not move the moment
			n := m.Switch(Packet{Source: c.source, Seq: 9000, Timestamp: c.stamp}, at(c.millis), c.from, c.to)
			if n.Timestamp != c.want {
				t.Errorf("got %d after the last, want %d", int32(n.Timestamp-last), int32(c.want-last))
			}
			if got := c.stamp + m.TimestampShift(); got != n.Timestamp {
				t.Errorf("the shift says %d, the packet %d", got, n.Timestamp)
			}
			next, _ := m.Forward(Packet{Source: c.source, Seq: 9001, Timestamp: c.stamp + 3000}, at(c.millis))
			if next.Timestamp != n.Timestamp+3000 {
				t.Errorf("the next picture is %d later", next.Timestamp-n.Timestamp)
			}
		})
	}
}

// Whatever reports and clocks say, a switch moves time forward, and not further than what passed and MaxSkew.
func TestTimeMovesForwardWithinBounds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rate := rapid.SampledFrom([]uint32{video, 48_000}).Draw(t, "rate")
		m := New(Numbers{Timestamp: rapid.Uint32().Draw(t, "start")}, rate)
		draw := func(name string) Report {
			return Report{rapid.Uint64().Draw(t, name+" NTP"), rapid.Uint32().Draw(t, name+" RTP")}
		}
		now := epoch
		last := m.Switch(Packet{Timestamp: rapid.Uint32().Draw(t, "first")}, now, Report{}, Report{}).Timestamp
		for range 20 {
			pause := time.Duration(rapid.Int64Range(0, int64(2*time.Hour)).Draw(t, "pause"))
			now = now.Add(pause)
			p := Packet{
				Source:    Source(rapid.IntRange(0, 2).Draw(t, "source")),
				Timestamp: rapid.Uint32().Draw(t, "timestamp"),
			}
			got := m.Switch(p, now, draw("from"), draw("to")).Timestamp
			most := ticks(pause, rate) + ticks(MaxSkew, rate)
			if advance := int64(int32(got - last)); advance < 1 || advance > most {
				t.Fatalf("after %v time moved by %d ticks, at most %d may be", pause, advance, most)
			}
			last = got
		}
	})
}

// Two layers of one camera, with clocks of their own and reports of them: whatever is switched when, each picture is
// presented when it was taken, to within the tick that each switch may cost.
func TestSwitchesKeepTheSendersClock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		offset := []uint32{rapid.Uint32().Draw(t, "offset 0"), rapid.Uint32().Draw(t, "offset 1")}
		stamp := func(layer int, taken time.Duration) uint32 {
			return offset[layer] + uint32(ticks(taken, video))
		}
		report := func(layer int) Report {
			taken := time.Duration(rapid.IntRange(0, 5_000).Draw(t, "report at")) * time.Millisecond
			return Report{ntp(taken), stamp(layer, taken)}
		}
		m := New(Numbers{Timestamp: 1}, video)
		m.Switch(Packet{Source: 0, Timestamp: stamp(0, 0)}, epoch, Report{}, Report{})
		layer, switches := 0, int64(0)
		seq := []int64{0, 0}
		for i := 1; i < 200; i++ {
			taken := time.Duration(i) * 33 * time.Millisecond
			arrives := epoch.Add(taken + time.Duration(rapid.IntRange(0, 200).Draw(t, "delay"))*time.Millisecond)
			var got uint32
			if rapid.IntRange(0, 9).Draw(t, "switch") == 0 {
				from := report(layer)
				layer = 1 - layer
				seq[layer] = int64(i) * 10
				got = m.Switch(Packet{Source: Source(layer), Seq: seq[layer], Timestamp: stamp(layer, taken)}, arrives, from, report(layer)).Timestamp
				switches++
			} else {
				seq[layer]++
				n, _ := m.Forward(Packet{Source: Source(layer), Seq: seq[layer], Timestamp: stamp(layer, taken)}, arrives)
				got = n.Timestamp
			}
			if off := int64(got-1) - ticks(taken, video); off < -switches || off > switches {
				t.Fatalf("picture %d is presented %d ticks from when it was taken, after %d switches", i, off, switches)
			}
		}
	})
}
