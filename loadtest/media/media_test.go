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

func TestFramesHaveTheirSize(t *testing.T) {
	for _, c := range []struct{ frame, packet, packets, size int }{{3000, 1000, 3, 3000}, {750, 1100, 1, 750}, {1101, 1100, 2, 1102}, {1, 1100, 1, 34}} {
		p := Picture{Width: 320, Height: 180, FrameBytes: c.frame, PacketBytes: c.packet}
		size := 0
		payloads := p.Frame(true)
		for _, payload := range payloads {
			size += len(payload)
		}
		if len(payloads) != c.packets || size != c.size {
			t.Errorf("%d bytes in packets of %d: %d packets with %d bytes", c.frame, c.packet, len(payloads), size)
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
