package cache

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func put(r *Ring, millis int, seqs ...uint16) {
	for _, seq := range seqs {
		r.Put(seq, at(millis), []byte{1})
	}
}

// asked runs a second of ticks each 5 ms and returns when each number was asked for.
func asked(r *Ring, rtt time.Duration, from, to int) map[uint16][]int {
	times := map[uint16][]int{}
	for millis := from; millis <= to; millis += 5 {
		for _, seq := range r.Missing(nil, at(millis), rtt) {
			times[seq] = append(times[seq], millis)
		}
	}
	return times
}

func TestMissingIsAskedForWithMeasure(t *testing.T) {
	for _, c := range []struct {
		name string
		rtt  time.Duration
		want []int
	}{
		{"short round trip", 5 * time.Millisecond, []int{10, 40, 80, 125, 180, 240}},
		{"100 ms", 100 * time.Millisecond, []int{10, 120, 260, 425, 620, 840}},
		{"unknown: as 100 ms", 0, []int{10, 120, 260, 425, 620, 840}},
		{"300 ms: until it is too old", 300 * time.Millisecond, []int{10, 320, 710}},
		{"a minute: bounded", time.Minute, []int{10, 410, 910}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New(Video())
			put(r, 0, 1, 3)
			times := asked(r, c.rtt, 0, 2000)
			if !slices.Equal(times[2], c.want) || len(times) != 1 {
				t.Errorf("asked at %v, want %v", times, c.want)
			}
			if s := r.Stats(); s.Asked != uint64(len(c.want)) || s.Lost != 1 || s.Recovered != 0 {
				t.Errorf("counted %+v", s)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	t.Run("nothing is missing", func(t *testing.T) {
		r := New(Video())
		if got := r.Missing(nil, at(0), 0); got != nil {
			t.Errorf("an empty ring asks for %v", got)
		}
		put(r, 0, 1, 2, 3)
		if got := asked(r, 0, 0, 500); len(got) != 0 {
			t.Errorf("asked for %v", got)
		}
	})
	t.Run("late by itself is not asked for", func(t *testing.T) {
		r := New(Video())
		put(r, 0, 1, 3)
		early := r.Missing(nil, at(9), 0)
		put(r, 9, 2)
		if got := asked(r, 0, 10, 500); len(early)+len(got) != 0 {
			t.Errorf("asked for %v, %v", early, got)
		}
		if s := r.Stats(); s.Recovered != 0 || s.Lost != 0 {
			t.Errorf("counted %+v", s)
		}
	})
	t.Run("what came is not asked for again", func(t *testing.T) {
		r := New(Video())
		put(r, 0, 65_534, 2)
		if got := r.Missing([]uint16{9}, at(10), 0); !slices.Equal(got, []uint16{9, 65_535, 0, 1}) {
			t.Fatalf("asked for %v", got)
		}
		put(r, 50, 0)
		if got := asked(r, 50*time.Millisecond, 50, 100); len(got) != 2 || got[0] != nil {
			t.Errorf("asked for %v", got)
		}
		if s := r.Stats(); s.Recovered != 1 {
			t.Errorf("counted %+v", s)
		}
	})
	t.Run("a gap beyond mending is given up at once", func(t *testing.T) {
		r := New(Video())
		put(r, 0, 1, 3, 4+MaxMissing)
		if got := asked(r, 0, 0, 500); len(got) != MaxMissing || got[2] != nil {
			t.Errorf("asks for %d packets", len(got))
		}
		r = New(Video())
		put(r, 0, 1, 3, 5+MaxMissing)
		if got := asked(r, 0, 0, 500); len(got) != 0 {
			t.Errorf("asks for %v", got)
		}
		if s := r.Stats(); s.Lost != 2+MaxMissing {
			t.Errorf("counted %+v", s)
		}
	})
	t.Run("the list is bounded, the oldest go", func(t *testing.T) {
		r := New(Video())
		for seq := uint16(0); seq < 400; seq += 2 {
			put(r, 0, seq)
		}
		got := r.Missing(nil, at(10), 0)
		if len(got) != MaxMissing || got[0] != 399-2*MaxMissing || got[MaxMissing-1] != 397 {
			t.Errorf("asks for %d packets, %v", len(got), got)
		}
		if s := r.Stats(); s.Lost != 199-MaxMissing {
			t.Errorf("counted %+v", s)
		}
	})
	t.Run("what the ring would refuse is not asked for", func(t *testing.T) {
		r := New(Options{Packets: 32, Bytes: 1 << 16, Age: time.Second})
		put(r, 0, 1)
		for seq := uint16(3); seq < 35; seq++ {
			put(r, 1, seq)
		}
		if got := r.Missing(nil, at(20), 0); len(got) != 0 || r.Stats().Lost != 1 {
			t.Errorf("asks for %v, %+v", got, r.Stats())
		}
	})
}

// Whatever is lost and comes back when: each missing packet is asked for at most maxTries times, never after it came,
// and in the end every expected packet was received or was given up.
func TestEveryPacketIsReceivedOrGivenUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := New(Video())
		came := map[uint16]bool{}
		tries := map[uint16]int{}
		back := map[int][]uint16{} // tick to packets sent again
		rtt := time.Duration(rapid.IntRange(0, 400).Draw(t, "rtt")) * time.Millisecond
		tick, seq := 0, uint16(0)
		arrive := func(seq uint16) {
			r.Put(seq, at(tick*20), []byte{1})
			came[seq] = true
		}
		arrive(seq)
		for ; tick < 300; tick++ {
			if tick < 200 {
				seq++
				if rapid.IntRange(0, 3).Draw(t, "lost") != 0 || tick == 199 {
					arrive(seq)
				}
			}
			for _, again := range back[tick] {
				arrive(again)
			}
			for _, missing := range r.Missing(nil, at(tick*20), rtt) {
				if tries[missing]++; came[missing] || tries[missing] > maxTries {
					t.Fatalf("%d asked for %d times; came: %v", missing, tries[missing], came[missing])
				}
				if rapid.Bool().Draw(t, "answered") {
					when := tick + 1 + int(rtt/(20*time.Millisecond))
					back[when] = append(back[when], missing)
				}
			}
		}
		// One given up may still come: then it counts twice.
		s := r.Stats()
		if expected := uint64(s.Highest - s.First + 1); expected != 201 || s.Received != uint64(len(came)) || s.Received+s.Lost < expected {
			t.Fatalf("expected %d, %d came: %+v", expected, len(came), s)
		}
	})
}
