package bwe

import (
	"testing"

	"github.com/pion/rtcp"
)

// talk sends 20 packets in 100 ms and takes the feedback about them.
func talk() func() {
	e := New(Config{})
	e.Need(1_000_000)
	f := report(0, make([]int, 20)...)
	f.PacketChunks = []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedLargeDelta, RunLength: 20}}
	now, seq := int64(0), uint16(0)
	return func() {
		f.BaseSequenceNumber = seq
		f.ReferenceTime = uint32((now + second) / reference)
		last := int64(f.ReferenceTime) * reference
		for _, d := range f.RecvDeltas {
			e.Sent(Packet{Seq: seq, Bytes: 1000}, at(now))
			d.Delta = now + second + 20*millisecond - last
			last += d.Delta
			now += 5 * millisecond
			seq++
		}
		e.Tick(at(now))
		if err := e.Feedback(f, at(now+40*millisecond)); err != nil {
			panic(err)
		}
	}
}

func TestNothingAllocates(t *testing.T) {
	f := talk()
	for range 100 { // up to its size
		f()
	}
	if n := testing.AllocsPerRun(1000, f); n != 0 {
		t.Errorf("%v allocations in sending 20 packets, a tick and their feedback", n)
	}
}

func BenchmarkSent(b *testing.B) {
	e := New(Config{})
	now, seq := int64(0), uint16(0)
	b.ReportAllocs()
	for b.Loop() {
		e.Sent(Packet{Seq: seq, Bytes: 1000}, at(now))
		now += 4 * millisecond
		seq++
	}
}

// Twenty packets, a tick and their feedback.
func BenchmarkRound(b *testing.B) {
	f := talk()
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
}
