package client

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"pgregory.net/rapid"
)

// picture makes the packets of VP8 frames.
type picture struct {
	packetizer rtp.Packetizer
	frames     [][]byte
	packets    [][]*rtp.Packet // by frame
}

func newPicture(first uint16) *picture {
	return &picture{packetizer: rtp.NewPacketizer(100, 96, 1, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewFixedSequencer(first), 90000)}
}

func (p *picture) frame(size int, key bool) []*rtp.Packet {
	b := bytes.Repeat([]byte{byte(len(p.frames))}, size)
	binary.BigEndian.PutUint32(b, uint32(len(p.frames))<<8|1<<24)
	if key {
		b[0] &^= 1
	}
	p.frames = append(p.frames, b)
	p.packets = append(p.packets, p.packetizer.Packetize(b, 3000))
	return p.packets[len(p.packets)-1]
}

// put is what comes out of a depacketizer.
type put struct {
	t      interface{ Fatalf(string, ...any) }
	p      *picture
	d      depacketizer
	now    time.Time
	given  []int // frames
	gaps   int
	before int
}

func (o *put) push(packets ...*rtp.Packet) {
	for _, p := range packets {
		o.d.push(p, o.now, func(data []byte, _ uint32, gap bool) {
			n := int(binary.BigEndian.Uint32(data) >> 8 & 0xffff)
			if n >= len(o.p.frames) || !bytes.Equal(data, o.p.frames[n]) {
				o.t.Fatalf("%x is no frame", data)
			}
			if key := data[0]&1 == 0; gap && !key {
				o.t.Fatalf("frame %d comes after a gap and is no key frame", n)
			}
			if gap {
				o.gaps++
			} else if n != o.before+1 {
				o.t.Fatalf("frame %d comes after %d, without a word", n, o.before)
			}
			o.before = n
			o.given = append(o.given, n)
		})
	}
}

// Packets in any order within the window, some twice, give every frame once and in order.
func TestFramesComeInOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPicture(rapid.Uint16().Draw(t, "first"))
		o := &put{t: t, p: p, now: time.Unix(0, 0)}
		var packets []*rtp.Packet
		for n := range rapid.IntRange(1, 40).Draw(t, "frames") {
			packets = append(packets, p.frame(rapid.IntRange(4, 900).Draw(t, "size"), n == 0)...) // a later key frame would be jumped to
		}
		first := len(p.packets[0])
		o.push(packets[:first]...) // what came first is the beginning
		rest := packets[first:]
		for begin := 0; begin < len(rest); begin += 60 {
			some := rapid.Permutation(rest[begin:min(begin+60, len(rest))]).Draw(t, "order")
			o.push(some...)
			if rapid.Bool().Draw(t, "twice") {
				o.push(some...)
			}
		}
		if len(o.given) != len(p.frames) || o.gaps != 1 || o.d.stuck(o.now.Add(time.Hour)) {
			t.Fatalf("%d of %d frames, %d gaps, stuck: %v", len(o.given), len(p.frames), o.gaps, o.d.stuck(o.now.Add(time.Hour)))
		}
	})
}

// What is lost costs the frames up to the next key frame and nothing else, whatever is lost.
func TestALostPacketCostsUpToTheNextKeyFrame(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := newPicture(rapid.Uint16().Draw(t, "first"))
		o := &put{t: t, p: p, now: time.Unix(0, 0)}
		want, whole := 0, false
		for n := range rapid.IntRange(1, 100).Draw(t, "frames") {
			key := n%10 == 0
			packets := p.frame(rapid.IntRange(4, 900).Draw(t, "size"), key)
			lost := rapid.IntRange(0, 8).Draw(t, "loses") == 0
			if lost {
				at := rapid.IntRange(0, len(packets)-1).Draw(t, "which")
				packets = append(packets[:at:at], packets[at+1:]...)
			}
			whole = !lost && (key || whole)
			if whole {
				want++
			}
			o.push(packets...)
		}
		if len(o.given) != want {
			t.Fatalf("%d of %d frames, want %d", len(o.given), len(p.frames), want)
		}
	})
}

// Padding belongs to no frame; a gap longer than the window, and time, make a key frame be wanted.
func TestPaddingAndLongGaps(t *testing.T) {
	p := newPicture(65530)
	o := &put{t: t, p: p, now: time.Unix(0, 0)}
	padding := func() *rtp.Packet {
		return &rtp.Packet{Header: rtp.Header{SequenceNumber: p.packetizer.Packetize([]byte{1}, 0)[0].SequenceNumber}}
	}
	o.push(p.frame(300, true)...)
	o.push(padding(), padding())
	o.push(p.frame(300, false)...)
	middle := p.frame(300, false)
	o.push(middle[:2]...)
	if o.d.stuck(o.now.Add(stuckAfter - 1)) {
		t.Error("a frame on its way is given up")
	}
	o.push(middle[2:]...)
	if got := fmt.Sprint(o.given); got != "[0 1 2]" {
		t.Fatalf("frames %s", got)
	}
	p.frame(300, false) // lost, all of it
	o.push(p.frame(300, false)...)
	if o.d.stuck(o.now) || !o.d.stuck(o.now.Add(stuckAfter)) {
		t.Error("what is missing is given up at the wrong time")
	}
	for range piecesMost {
		o.push(p.frame(10, false)...)
	}
	if len(o.given) != 3 || !o.d.stuck(o.now.Add(stuckAfter)) {
		t.Errorf("frames %v", o.given)
	}
	o.push(p.frame(300, true)...)
	o.push(p.frame(300, false)...)
	if len(o.given) != 5 || o.gaps != 2 || o.d.stuck(o.now.Add(time.Hour)) {
		t.Errorf("frames %v, %d gaps", o.given, o.gaps)
	}
	if n := len(o.d.spare); n > 2*piecesMost {
		t.Errorf("%d buffers are kept", n)
	}
}

func FuzzDepacketizer(f *testing.F) {
	p := newPicture(1)
	for _, packet := range append(p.frame(300, true), p.frame(300, false)...) {
		b, _ := packet.Marshal()
		f.Add(b, b)
	}
	f.Fuzz(func(t *testing.T, one, two []byte) {
		var d depacketizer
		for _, b := range [][]byte{one, two, one} {
			var packet rtp.Packet
			if packet.Unmarshal(b) == nil {
				d.push(&packet, time.Unix(0, 0), func([]byte, uint32, bool) {})
			}
		}
	})
}
