package cache

import (
	"bytes"
	"encoding/binary"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Against a model that keeps everything: what is served is what was put, in time, and once.
func TestRingAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Options{Packets: 64, Bytes: 8 << 10, Age: 500 * time.Millisecond}
		r := New(o)
		type stored struct {
			at     int
			length int
		}
		model := map[int64]stored{}
		start := rapid.SampledFrom([]int64{0, 70, 65_500}).Draw(t, "start") + 1<<16
		high, now := start-1, 0
		for range rapid.IntRange(1, 300).Draw(t, "events") {
			now += rapid.IntRange(0, 40).Draw(t, "passes")
			switch rapid.IntRange(0, 9).Draw(t, "event") {
			case 0:
				r.Trim(at(now))
			case 1:
				r.Missing(nil, at(now), 0)
			case 2, 3:
				if high < start {
					continue
				}
				n := high - rapid.Int64Range(-2, 80).Draw(t, "back")
				got, ok := r.Get(nil, n, at(now))
				want, was := model[n]
				if ok && (!was || now-want.at > 500 || !bytes.Equal(got, packet(n, want.length))) {
					t.Fatalf("%d at %d served as %d bytes; put %v, %+v", n, now, len(got), was, want)
				}
			default:
				n := high + 1 + rapid.SampledFrom([]int64{0, 0, 0, 1, 5, -1, -2, -20, -70}).Draw(t, "step")
				if high < start {
					n = start // the first packet says where the numbers begin
				}
				length := rapid.IntRange(1, MaxPacket).Draw(t, "length")
				got, verdict := r.Put(uint16(n), at(now), packet(n, length))
				if !isNew(verdict) {
					if _, was := model[n]; verdict == Duplicate && !was {
						t.Fatalf("%d refused as a copy, and was never put", n)
					}
					continue
				}
				if _, was := model[n]; was || got != n {
					t.Fatalf("%d put as %d, %v; put before: %v", n, got, verdict, was)
				}
				model[n] = stored{now, length}
				high = max(high, n)
				if again, ok := r.Get(nil, n, at(now)); !ok || !bytes.Equal(again, packet(n, length)) {
					t.Fatalf("%d is not served as it was put", n)
				}
				if held := r.Stats().Bytes; held > o.Bytes {
					t.Fatalf("holds %d bytes", held)
				}
			}
		}
		if s := r.Stats(); s.Received != uint64(len(model)) || high >= start && s.Highest != high {
			t.Fatalf("counted %+v; %d were put, up to %d", s, len(model), high)
		}
	})
}

// FuzzRing puts any numbers at any times: nothing panics, extended numbers end in the number put, nothing is stored
// twice, and what is served is what was put.
func FuzzRing(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 2, 0, 10, 0, 1, 0, 9, 0xff, 0xff, 0, 0})
	f.Add([]byte{0xff, 0xfe, 0, 1, 0, 3, 0xff, 1, 0x80, 0, 0xff, 9})
	f.Fuzz(func(t *testing.T, script []byte) {
		r := New(Options{Packets: 32, Bytes: 4 << 10, Age: 200 * time.Millisecond})
		now := 0
		put := map[int64]int{}
		for len(script) >= 4 {
			seq, wait, size := binary.BigEndian.Uint16(script), int(script[2]), 1+5*int(script[3])
			script = script[4:]
			now += wait
			n, verdict := r.Put(seq, at(now), packet(int64(seq), size))
			if isNew(verdict) {
				if _, twice := put[n]; twice || uint16(n) != seq {
					t.Fatalf("%d stored as %d; before: %v", seq, n, twice)
				}
				put[n] = size
				if got, ok := r.Get(nil, n, at(now)); !ok || !bytes.Equal(got, packet(int64(seq), size)) {
					t.Fatalf("%d is not served as it was put", n)
				}
			}
			if got, ok := r.Get(nil, n-int64(wait), at(now)); ok {
				if size, was := put[n-int64(wait)]; !was || len(got) != size {
					t.Fatalf("%d is served as %d bytes", n-int64(wait), len(got))
				}
			}
			if wait > 100 {
				r.Trim(at(now))
			}
			if missing := r.Missing(nil, at(now), time.Duration(wait)*time.Millisecond); len(missing) > MaxMissing {
				t.Fatalf("asks for %d packets", len(missing))
			}
		}
	})
}
