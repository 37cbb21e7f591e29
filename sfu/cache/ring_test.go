package cache

import (
	"bytes"
	"sync"
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is the moment some milliseconds after the test began.
func at(millis int) time.Time { return epoch.Add(time.Duration(millis) * time.Millisecond) }

// packet is content that belongs to one extended number alone.
func packet(n int64, length int) []byte {
	b := make([]byte, length)
	for i := range b {
		b[i] = byte(n>>(8*(i%8))) + byte(i)
	}
	return b
}

// isNew reports whether a packet with the verdict is to be forwarded.
func isNew(v Verdict) bool { return v == Stored || v == Late || v == Restarted }

func TestPut(t *testing.T) {
	type put struct {
		seq     uint16
		n       int64 // relative to one cycle up
		verdict Verdict
	}
	for _, c := range []struct {
		name string
		puts []put
	}{
		{"in order", []put{{7, 7, Stored}, {8, 8, Stored}}},
		{"late", []put{{7, 7, Stored}, {9, 9, Stored}, {8, 8, Late}}},
		{"late at the very start", []put{{7, 7, Stored}, {6, 6, Late}, {65_535, -1, Late}}},
		{"a copy", []put{{7, 7, Stored}, {9, 9, Stored}, {7, 7, Duplicate}, {9, 9, Duplicate}}},
		{"over the wrap", []put{{65_535, 65_535, Stored}, {1, 65_537, Stored}, {0, 65_536, Late}, {65_535, 65_535, Duplicate}}},
		{"the furthest back", []put{{100, 100, Stored}, {69, 69, Late}, {68, 0, OutOfRange}}},
		{"the furthest ahead", []put{{100, 100, Stored}, {3100, 3100, Stored}, {6101, 0, OutOfRange}, {3101, 3101, Stored}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := New(Video())
			for i, p := range c.puts {
				n, verdict := r.Put(p.seq, at(i), packet(int64(p.seq), 20))
				if verdict != p.verdict || isNew(verdict) && n != 1<<16+p.n {
					t.Fatalf("put %d, %d: got %d, %v; want %d, %v", i, p.seq, n-1<<16, verdict, p.n, p.verdict)
				}
			}
		})
	}
}

func TestBadLength(t *testing.T) {
	r := New(Audio())
	for length, want := range map[int]Verdict{0: BadLength, 1: Stored, MaxPacket: Stored, MaxPacket + 1: BadLength} {
		if _, verdict := r.Put(uint16(length), at(0), make([]byte, length)); (verdict == BadLength) != (want == BadLength) {
			t.Errorf("%d bytes: %v", length, verdict)
		}
	}
}

func TestExtendedNumbersOverManyCycles(t *testing.T) {
	r := New(Audio())
	for i := range int64(5 << 16) {
		n, verdict := r.Put(uint16(i+60_000), at(int(i)), packet(i, 20))
		if verdict != Stored || n != i+60_000+1<<16 {
			t.Fatalf("packet %d: %d, %v", i, n, verdict)
		}
	}
}

func TestRestart(t *testing.T) {
	r := New(Video())
	r.Put(1000, at(0), packet(1, 20))
	high, _ := r.Put(1002, at(1), packet(2, 20))
	for i := range restartAfter - 1 {
		if _, verdict := r.Put(uint16(40_000+i), at(2), packet(3, 20)); verdict != OutOfRange {
			t.Fatalf("jumped packet %d: %v", i, verdict)
		}
	}
	if _, verdict := r.Put(1003, at(3), packet(4, 20)); verdict != Stored {
		t.Fatalf("the old numbers go on: %v", verdict)
	}
	for i := range restartAfter {
		n, verdict := r.Put(uint16(40_000-i), at(4), packet(5, 20)) // in whatever order
		if last := i == restartAfter-1; !last && verdict != OutOfRange || last && verdict != Restarted {
			t.Fatalf("jumped packet %d: %v", i, verdict)
		} else if last && (n <= high || uint16(n) != uint16(40_000-i)) {
			t.Fatalf("begun anew with %d after %d", n, high)
		}
	}
	if _, ok := r.Get(nil, high, at(4)); ok {
		t.Error("a packet of before the restart is served")
	}
	s := r.Stats()
	if uint16(s.First) != 40_000-restartAfter+1 || s.Highest != s.First || s.Received != 1 || s.OutOfRange != 2*(restartAfter-1) {
		t.Errorf("after the restart: %+v", s)
	}
	if missing := r.Missing(nil, at(100), 0); len(missing) != 0 || s.Lost != 1 {
		t.Errorf("asks for %v of before the restart, %d lost", missing, s.Lost)
	}
}

func TestPacketsInRangeBetweenEndTheDoubt(t *testing.T) {
	r := New(Video())
	r.Put(1000, at(0), packet(1, 20))
	for i := range 10 * restartAfter {
		if _, verdict := r.Put(uint16(40_000+i), at(i), packet(2, 20)); verdict != OutOfRange {
			t.Fatalf("%d: %v", i, verdict)
		}
		if _, verdict := r.Put(1000, at(i), packet(1, 20)); verdict != Duplicate {
			t.Fatalf("%d: %v", i, verdict)
		}
	}
}

// A long ring could still hold, after a restart just ahead, what was put before.
func TestNothingIsLeftAfterARestart(t *testing.T) {
	o := Video()
	o.Packets = 1 << 13
	r := New(o)
	var last int64
	for i := range 5000 {
		last, _ = r.Put(uint16(i), at(0), packet(int64(i), 20))
	}
	for i := range restartAfter {
		r.Put(uint16(4999+maxJump+1+i), at(0), packet(9, 20))
	}
	if s := r.Stats(); s.Received != 1 {
		t.Fatalf("no restart: %+v", s)
	}
	if _, ok := r.Get(nil, last, at(0)); ok {
		t.Error("a packet of before is served")
	}
}

// Growing moves what is stored, and the holes of a lossy start do not overwrite it.
func TestGrowingKeepsWhatIsStored(t *testing.T) {
	r := New(Video())
	r.Put(0, at(0), packet(0, 20))
	r.Put(2, at(0), packet(2, 20))
	r.Put(minSlots+1, at(0), packet(minSlots+1, 20))
	for _, seq := range []uint16{0, 2, minSlots + 1} {
		if _, verdict := r.Put(seq, at(0), packet(int64(seq), 20)); verdict != Duplicate {
			t.Errorf("%d again: %v", seq, verdict)
		}
	}
	if first := r.Stats().First; first != 1<<16 {
		t.Errorf("the first is %d", first)
	}
	r.Put(65_535, at(0), packet(1, 20))
	if first := r.Stats().First; first != 1<<16-1 {
		t.Errorf("after a late one the first is %d", first)
	}
}

// A burst longer than the ring within one millisecond: the latest packets stay.
func TestABurstMakesRoomInTurn(t *testing.T) {
	r := New(Options{Packets: 512, Bytes: 16 << 10, Age: time.Second}) // eight chunks of one packet each
	for i := range 100 {
		n, _ := r.Put(uint16(i), at(0), packet(int64(i), 1400))
		for back := range int64(min(i+1, 8)) {
			if _, ok := r.Get(nil, n-back, at(0)); !ok {
				t.Fatalf("after %d packets the one %d before is gone", i, back)
			}
		}
	}
}

func TestGet(t *testing.T) {
	r := New(Video())
	if _, ok := r.Get(nil, 1, at(0)); ok {
		t.Error("an empty ring serves")
	}
	first, _ := r.Put(10, at(0), packet(10, 300))
	r.Put(12, at(100), packet(12, 400))
	last, _ := r.Put(13, at(200), packet(13, 500))
	prefix := []byte{1, 2}
	got, ok := r.Get(bytes.Clone(prefix), last, at(200))
	if !ok || !bytes.Equal(got, append(prefix, packet(13, 500)...)) {
		t.Error("not what was put")
	}
	got[5] = ^got[5]
	if again, _ := r.Get(nil, last, at(200)); !bytes.Equal(again, packet(13, 500)) {
		t.Error("the caller's copy is the ring's")
	}
	for name, n := range map[string]int64{
		"missing": first + 1, "future": last + 1, "before the first": first - 1,
		"a cycle before": last - 1<<16, "2^32 before": last - 1<<32, "far before": first - 512,
	} {
		if dst, ok := r.Get(prefix, n, at(200)); ok || !bytes.Equal(dst, prefix) {
			t.Errorf("%s: served", name)
		}
	}
}

// No packet is served when its time is over, whoever asks, and nothing of it stays when trimmed.
func TestNothingIsServedAfterItsTime(t *testing.T) {
	o := Video()
	o.Age = MaxAge
	r := New(o)
	n, _ := r.Put(1, at(0), packet(1, 1000))
	if _, ok := r.Get(nil, n, at(2000)); !ok {
		t.Error("not served in time")
	}
	if _, ok := r.Get(nil, n, at(2001)); ok {
		t.Error("served after its time")
	}
	r.Trim(at(2000))
	if r.Stats().Bytes == 0 {
		t.Error("trimmed in time")
	}
	r.Trim(at(2001))
	if held := r.Stats().Bytes; held != 0 {
		t.Errorf("holds %d bytes after its time", held)
	}
	if _, ok := r.Get(nil, n, at(2000)); ok { // asked by somebody whose clock was read a little earlier
		t.Error("served after it was trimmed")
	}
	if _, verdict := r.Put(1, at(2002), packet(1, 1000)); verdict != Duplicate {
		t.Errorf("a trimmed packet again: %v", verdict)
	}
	if n, verdict := r.Put(2, at(2003), packet(2, 1000)); verdict != Stored {
		t.Errorf("after trimming: %v", verdict)
	} else if got, ok := r.Get(nil, n, at(2003)); !ok || !bytes.Equal(got, packet(2, 1000)) {
		t.Error("after trimming: not served")
	}
}

// stream puts packets of a size at an even pace for some seconds and returns the ring and the last moment.
func stream(o Options, size, perSecond, seconds int) (*Ring, time.Time) {
	r := New(o)
	var now time.Time
	for i := range perSecond * seconds {
		now = at(i * 1000 / perSecond)
		r.Put(uint16(i), now, packet(int64(i), size))
	}
	return r, now
}

func TestMemoryFollowsTheRate(t *testing.T) {
	for _, c := range []struct {
		name            string
		o               Options
		size, perSecond int
		most            int // KiB
	}{
		{"nothing", Video(), 0, 0, 0},
		{"microphone, 32 kbit/s", Audio(), 100, 50, 8},
		{"camera, lowest layer, 150 kbit/s", Video(), 900, 21, 48},
		{"camera, 1.2 Mbit/s", Video(), 1100, 136, 176},
		{"screen, 8 Mbit/s", Video(), 1200, 833, 256},
		{"a hostile microphone, 10 Mbit/s", Audio(), 1500, 833, 32},
	} {
		t.Run(c.name, func(t *testing.T) {
			r, now := stream(c.o, c.size, c.perSecond, 20)
			held := r.Stats().Bytes
			if held > c.most<<10 {
				t.Errorf("holds %d KiB, more than %d", held>>10, c.most)
			}
			if c.perSecond == 0 {
				return
			}
			// All that should be there is: what came within the age, but for what had to make room.
			reach := min(c.perSecond, c.o.Packets, (c.o.Bytes-c.o.Bytes/chunksPerRing)/(c.size+c.size/8))
			highest := r.Stats().Highest
			for n := highest; n > highest-int64(reach*9/10); n-- {
				if _, ok := r.Get(nil, n, now); !ok {
					t.Fatalf("the packet %d before the last is gone; %d fit", highest-n, reach)
				}
			}
			r.Trim(now.Add(c.o.Age + time.Millisecond))
			if held := r.Stats().Bytes; held != 0 {
				t.Errorf("holds %d bytes when all is too old", held)
			}
		})
	}
}

func TestConcurrentUse(t *testing.T) {
	r := New(Video())
	first, _ := r.Put(0, at(0), packet(1<<16, 600))
	var readers sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		readers.Go(func() {
			buf := make([]byte, 0, MaxPacket)
			for n := first; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				now := at(int(n - first))
				if got, ok := r.Get(buf, n, now); ok && !bytes.Equal(got, packet(n, 600)) {
					t.Errorf("%d is not what was put", n)
					return
				}
				if highest := r.Stats().Highest; n > highest {
					n = highest - 300
				}
				r.Missing(nil, now, 0)
				r.Trim(now)
			}
		})
	}
	for i := int64(1); i < 20_000; i++ {
		r.Put(uint16(i), at(int(i)), packet(first+i, 600))
	}
	close(stop)
	readers.Wait()
}

func TestOptions(t *testing.T) {
	for name, o := range map[string]Options{
		"no packets":        {Packets: 0, Bytes: 1 << 16, Age: time.Second},
		"no power of two":   {Packets: 100, Bytes: 1 << 16, Age: time.Second},
		"too many packets":  {Packets: 1 << 16, Bytes: 1 << 16, Age: time.Second},
		"too few bytes":     {Packets: 64, Bytes: 4095, Age: time.Second},
		"too many bytes":    {Packets: 64, Bytes: 1<<20 + 1, Age: time.Second},
		"no time":           {Packets: 64, Bytes: 1 << 16},
		"over the promise":  {Packets: 64, Bytes: 1 << 16, Age: MaxAge + 1},
		"nothing filled in": {},
	} {
		t.Run(name, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Error("accepted")
				}
			}()
			New(o)
		})
	}
	New(Options{Packets: 1 << 15, Bytes: 1 << 20, Age: MaxAge})
	New(Options{Packets: 32, Bytes: 4096, Age: time.Millisecond})
}

func TestVerdictNames(t *testing.T) {
	seen := map[string]bool{}
	for v := Stored; v <= BadLength; v++ {
		seen[v.String()] = true
	}
	if len(seen) != int(BadLength)+1 {
		t.Errorf("names are not distinct: %v", seen)
	}
}
