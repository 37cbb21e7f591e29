package seqmap

import (
	"testing"

	"pgregory.net/rapid"
)

// camera makes the packets of one simulcast layer: pictures of some packets each in temporal layers 0, 2, 1, 2.
type camera struct {
	source   Source
	seq      int64
	stamp    uint32
	picture  uint16 // of the next picture, at 15 bits
	tl0      uint8
	phase    int
	shortIDs func(picture uint16) bool // whether the id is written with 7 bits
}

// frame is the packets of the next picture and its temporal layer. A key frame begins the pattern anew.
func (c *camera) frame(packets int, key bool) ([]Packet, int) {
	if key {
		c.phase = 0
	}
	temporal := []int{0, 2, 1, 2}[c.phase%4]
	c.phase++
	if temporal == 0 {
		c.tl0++
	}
	frame := make([]Packet, packets)
	for i := range frame {
		frame[i] = Packet{
			Source: c.source, Seq: c.seq, Timestamp: c.stamp,
			PictureID: c.picture, PictureIDBits: 15, TL0PicIdx: c.tl0, HasTL0PicIdx: true,
		}
		if c.shortIDs != nil && c.shortIDs(c.picture) {
			frame[i].PictureID, frame[i].PictureIDBits = c.picture&0x7f, 7
		}
		c.seq++
	}
	c.picture = (c.picture + 1) & pictureMask
	c.stamp += 3000
	return frame, temporal
}

// Over switches, pauses and left-out temporal layers the receiver sees pictures numbered one by one, base layer
// pictures numbered one by one, and packets numbered one by one: also where the sources wrap or write short ids.
func TestPicturesAreNumberedOneByOne(t *testing.T) {
	grown := func(picture uint16) bool { return picture < 128 } // as Pion's packetizer does
	always := func(uint16) bool { return true }
	rapid.Check(t, func(t *rapid.T) {
		cameras := make([]*camera, 3)
		for i := range cameras {
			cameras[i] = &camera{
				source: Source(i), seq: rapid.Int64Range(0, 70_000).Draw(t, "seq"), stamp: rapid.Uint32().Draw(t, "stamp"),
				picture: rapid.SampledFrom([]uint16{0, 100, 120, 127, 128, 5000, 32_700, 32_767}).Draw(t, "picture"),
				tl0:     rapid.Uint8().Draw(t, "tl0"),
			}
			switch rapid.IntRange(0, 2).Draw(t, "id size") {
			case 0:
				cameras[i].shortIDs = grown
			case 1:
				cameras[i].shortIDs = always
			}
		}
		next := Numbers{
			Seq:       rapid.SampledFrom([]uint16{0, 17, 65_500}).Draw(t, "start"),
			PictureID: rapid.SampledFrom([]uint16{0, 120, 32_760}).Draw(t, "start picture"),
			TL0PicIdx: rapid.SampledFrom([]uint8{0, 250}).Draw(t, "start tl0"),
		}
		m := New(next, video)
		current, keepUpTo := 0, 2
		switching := true
		for i := range rapid.IntRange(1, 300).Draw(t, "frames") {
			switch rapid.IntRange(0, 20).Draw(t, "event") {
			case 0: // another layer
				current, switching = rapid.IntRange(0, 2).Draw(t, "layer"), true
			case 1: // a pause: what was sent meanwhile is not told to the map
				for range rapid.IntRange(1, 40).Draw(t, "pause") {
					cameras[current].frame(1, false)
				}
				switching = true
			case 2:
				keepUpTo = rapid.IntRange(0, 2).Draw(t, "temporal layers")
			}
			frame, temporal := cameras[current].frame(rapid.IntRange(1, 4).Draw(t, "packets"), switching)
			if temporal > keepUpTo {
				for _, p := range frame {
					m.Drop(p)
				}
				continue
			}
			for _, p := range frame {
				var got Numbers
				if switching {
					got, switching = m.Switch(p, at(33*i), Report{}, Report{}), false
				} else {
					var verdict Verdict
					if got, verdict = m.Forward(p, at(33*i)); verdict != OK {
						t.Fatalf("frame %d, %+v: %v", i, p, verdict)
					}
				}
				if got.Seq != next.Seq || got.PictureID != next.PictureID || temporal == 0 && got.TL0PicIdx != next.TL0PicIdx {
					t.Fatalf("frame %d, %+v: got %+v, want %+v", i, p, got, next)
				}
				next.Seq++
				if o, verdict := m.Origin(got.Seq); verdict != OK || o.Source != p.Source || o.Seq != p.Seq || o.Numbers(p) != got {
					t.Fatalf("frame %d, %+v: origin %+v, %v", i, p, o, verdict)
				}
			}
			next.PictureID = (next.PictureID + 1) & pictureMask
			if temporal == 0 {
				next.TL0PicIdx++
			}
		}
	})
}

func TestPictures(t *testing.T) {
	picture := func(seq int64, id uint16) Packet {
		return Packet{Source: 1, Seq: seq, PictureID: id, PictureIDBits: 15}
	}
	begin := func(t *testing.T) *Map {
		m := New(Numbers{PictureID: 500}, video)
		m.Switch(picture(10, 40), at(0), Report{}, Report{})
		return m
	}
	forward := func(t *testing.T, m *Map, p Packet, want uint16) {
		t.Helper()
		if n, verdict := m.Forward(p, at(0)); verdict != OK || n.PictureID != want {
			t.Fatalf("%+v: got picture %d, %v; want %d", p, n.PictureID, verdict, want)
		}
	}
	t.Run("a lost picture keeps its number free", func(t *testing.T) {
		m := begin(t)
		m.Drop(picture(12, 42)) // picture 41 was lost
		forward(t, m, picture(13, 43), 502)
		forward(t, m, picture(11, 41), 501)
	})
	t.Run("a picture left out in part keeps its number", func(t *testing.T) {
		m := begin(t)
		forward(t, m, picture(11, 41), 501)
		m.Drop(picture(12, 41))
		forward(t, m, picture(13, 42), 502)
	})
	t.Run("a picture whose start alone is left out keeps its number", func(t *testing.T) {
		m := begin(t)
		m.Drop(picture(11, 41))
		forward(t, m, picture(12, 41), 501)
		forward(t, m, picture(13, 42), 502)
	})
	t.Run("a late packet of an older picture", func(t *testing.T) {
		m := begin(t)
		forward(t, m, picture(12, 41), 501)
		m.Drop(picture(13, 42))
		forward(t, m, picture(14, 43), 502)
		forward(t, m, picture(11, 40), 500)
	})
	t.Run("a switch goes on after the highest, not the latest", func(t *testing.T) {
		m := New(Numbers{PictureID: 500, TL0PicIdx: 9}, video)
		layered := func(seq int64, id uint16, tl0 uint8) Packet {
			return Packet{Source: 1, Seq: seq, PictureID: id, PictureIDBits: 15, TL0PicIdx: tl0, HasTL0PicIdx: true}
		}
		m.Switch(layered(10, 40, 0), at(0), Report{}, Report{})
		forward(t, m, layered(12, 42, 2), 502)
		forward(t, m, layered(11, 41, 1), 501)
		n := m.Switch(Packet{Source: 2, Seq: 1}, at(0), Report{}, Report{})
		if n.PictureID != 503 || n.TL0PicIdx != 12 {
			t.Fatalf("after the switch: %+v", n)
		}
	})
	t.Run("short ids over many wraps", func(t *testing.T) {
		m := New(Numbers{PictureID: 500}, video)
		m.Switch(Packet{Source: 1, PictureIDBits: 7}, at(0), Report{}, Report{})
		for i := range uint16(400) {
			p := Packet{Source: 1, Seq: int64(i) + 1, PictureID: (i + 1) & 0x7f, PictureIDBits: 7}
			forward(t, m, p, 501+i)
			p.PictureID = (i - 20 + 1) & 0x7f
			if o, _ := m.Origin(uint16(i) + 1); o.Numbers(p).PictureID != 501+i-20 {
				t.Fatalf("twenty pictures before %d: %d", 501+i, o.Numbers(p).PictureID)
			}
		}
	})
	t.Run("short ids around the wrap", func(t *testing.T) {
		short := func(seq int64, id uint16) Packet {
			return Packet{Source: 1, Seq: seq, PictureID: id, PictureIDBits: 7}
		}
		m := New(Numbers{PictureID: 500}, video)
		m.Switch(short(10, 126), at(0), Report{}, Report{})
		forward(t, m, short(12, 0), 502)
		forward(t, m, short(11, 127), 501)
		forward(t, m, short(13, 1), 503)
	})
}
