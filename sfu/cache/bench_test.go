package cache

import (
	"testing"
	"time"
)

// settled is a ring in the middle of a stream of 1.2 Mbit/s, and a way to go on with it.
func settled() (*Ring, func() int64, func() time.Time) {
	r := New(Video())
	p := packet(1, 1100)
	i := 0
	now := func() time.Time { return epoch.Add(time.Duration(i) * 7353 * time.Microsecond) }
	next := func() int64 {
		i++
		n, _ := r.Put(uint16(i), now(), p)
		return n
	}
	for range 2000 {
		next()
	}
	return r, next, now
}

func TestNothingAllocates(t *testing.T) {
	r, next, now := settled()
	buf := make([]byte, 0, MaxPacket)
	list := make([]uint16, 0, MaxMissing)
	for name, f := range map[string]func(){
		"Put":       func() { next() },
		"Put, Get":  func() { r.Get(buf, next()-50, now()) },
		"Missing":   func() { list = r.Missing(list[:0], now(), 0) },
		"a copy":    func() { r.Put(uint16(r.Stats().Highest), now(), buf[:20]) },
		"Put, Trim": func() { next(); r.Trim(now()) },
	} {
		if n := testing.AllocsPerRun(2000, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkPut(b *testing.B) {
	_, next, _ := settled()
	b.SetBytes(1100)
	b.ReportAllocs()
	for b.Loop() {
		next()
	}
}

func BenchmarkPutDuplicate(b *testing.B) {
	r, _, now := settled()
	seq, at, p := uint16(r.Stats().Highest), now(), packet(1, 1100)
	b.ReportAllocs()
	for b.Loop() {
		r.Put(seq, at, p)
	}
}

func BenchmarkGet(b *testing.B) {
	r, next, now := settled()
	n, at := next()-50, now()
	buf := make([]byte, 0, MaxPacket)
	b.SetBytes(1100)
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := r.Get(buf, n, at); !ok {
			b.Fatal("gone")
		}
	}
}

func BenchmarkMissing(b *testing.B) {
	r, next, now := settled()
	seq := uint16(next())
	for range 20 {
		seq += 2
		r.Put(seq, now(), []byte{1})
	}
	list := make([]uint16, 0, MaxMissing)
	at := now()
	b.ReportAllocs()
	for b.Loop() {
		list = r.Missing(list[:0], at, 0)
	}
}
