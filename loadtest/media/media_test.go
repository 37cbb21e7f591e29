package media

import (
	"testing"
	"time"

	"github.com/pion/rtp/codecs"
	"pgregory.net/rapid"
)

func TestMarkRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := Mark{Sender: rapid.Uint32().Draw(t, "sender"), Number: rapid.Uint32().Draw(t, "number"), Sent: time.Duration(rapid.Int64Min(0).Draw(t, "sent"))}
		payload := make([]byte, rapid.IntRange(MarkSize, 1200).Draw(t, "size"))
		want.Put(payload)
		if got, ok := ReadMark(payload); !ok || got != want {
			t.Fatalf("got %v %v, want %v", got, ok, want)
		}
	})
	for _, payload := range [][]byte{nil, make([]byte, MarkSize-1), make([]byte, 100)} {
		if _, ok := ReadMark(payload); ok {
			t.Errorf("a mark in %d zero bytes", len(payload))
		}
	}
}

func TestFramesAreWhatPionTakesForVP8(t *testing.T) {
	p := Picture{Width: 640, Height: 360, FrameBytes: 3000, PacketBytes: 1000}
	for n := range 3 {
		payloads := p.Frame(n == 0)
		if len(payloads) != 3 {
			t.Fatalf("%d payloads for 3000 bytes in 1000s", len(payloads))
		}
		for i, payload := range payloads {
			var descriptor codecs.VP8Packet
			body, err := descriptor.Unmarshal(payload)
			if err != nil {
				t.Fatal(err)
			}
			if got, want := descriptor.S == 1, i == 0; got != want {
				t.Errorf("frame %d packet %d: start %v", n, i, got)
			}
			if int(descriptor.PictureID) != n {
				t.Errorf("frame %d has picture id %d", n, descriptor.PictureID)
			}
			if i == 0 && body[0]&1 == 1 != (n != 0) {
				t.Errorf("frame %d: key %v", n, body[0]&1 == 0)
			}
		}
	}
}

// However packets are lost, repeated and shuffled within the window, what came is counted once.
func TestProbeCountsEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := NewProbe()
		came := map[uint32]bool{}
		first, last, packets := uint32(1<<31), uint32(0), 0
		for base := uint32(0); base < 3*window; base += 1000 {
			for _, offset := range rapid.SliceOfN(rapid.Uint32Range(0, 3000), 1, 20).Draw(t, "offsets") {
				n := base + offset
				payload := Sound()
				Mark{Sender: 1, Number: n}.Put(payload)
				p.Packet(payload, true, 0)
				came[n] = true
				first, last = min(first, n), max(last, n)
				packets++
			}
		}
		want := Count{Received: uint64(len(came)), Repeated: uint64(packets - len(came)), Missing: uint64(last-first+1) - uint64(len(came))}
		if got := p.Count(); got != want {
			t.Fatalf("got %+v, want %+v", got, want)
		}
	})
}

func TestProbeCountsLossRepetitionAndLatency(t *testing.T) {
	p := NewProbe()
	send := func(number uint32, latency time.Duration) {
		payload := Sound()
		Mark{Sender: 7, Number: number, Sent: time.Duration(number) * time.Millisecond}.Put(payload)
		p.Packet(payload, false, time.Duration(number)*time.Millisecond+latency)
	}
	send(10, time.Millisecond)
	send(12, 3*time.Millisecond)
	send(12, 9*time.Millisecond)
	send(14, 2*time.Millisecond)
	p.Packet([]byte("no mark"), false, 0)
	if got, want := p.Count(), (Count{Received: 3, Repeated: 1, Missing: 2, Strange: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	earlier := p.Count()
	send(13, time.Millisecond) // was missing
	send(14+3*window, time.Millisecond)
	send(15, time.Millisecond) // too late to tell
	if got, want := p.Count().Minus(earlier), (Count{Received: 2, Repeated: 1, Missing: 3*window - 2}); got != want {
		t.Errorf("since then got %+v, want %+v", got, want)
	}
	if got := p.Latencies(); len(got) != 5 || got[1] != 3*time.Millisecond {
		t.Errorf("latencies %v", got)
	}
	if at, ok := p.FirstAt(); !ok || at != 11*time.Millisecond {
		t.Errorf("first at %v %v", at, ok)
	}
	if _, ok := NewProbe().FirstAt(); ok {
		t.Error("something came first where nothing came")
	}
}
