package seqmap

import (
	"encoding/binary"
	"testing"

	"pgregory.net/rapid"
)

// TestNumbersUnderLoss plays a network: packets of three sources are lost, late, repeated and left out, layers
// switched. A model keeps what the receiver must see.
func TestNumbersUnderLoss(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		start := rapid.SampledFrom([]uint16{0, 1000, 65_400}).Draw(t, "start")
		m := New(Numbers{Seq: start}, video)

		next := []int64{50, 65_500, 1 << 40} // of each source
		high := int64(start) - 1             // highest output number, extended
		trailing := int64(0)                 // numbers kept for packets missing before one left out
		owner := map[int64]Packet{}          // who has an output number
		reserved := map[Packet]int64{}       // source packets that may still come, and their number
		forwarded := map[Packet]bool{}       // source packets that were sent
		left := map[Packet]bool{}            // source packets left out in time
		kept := []Packet{}                   // sent or reserved, to be repeated or to come late
		current, begun := rapid.IntRange(0, 2).Draw(t, "first"), false

		give := func(p Packet, out int64, n Numbers) {
			if uint16(out) != n.Seq {
				t.Fatalf("%+v: got %d, want %d", p, n.Seq, uint16(out))
			}
			if was, taken := owner[out]; taken {
				t.Fatalf("number %d given to %+v and to %+v", out, was, p)
			}
			owner[out], forwarded[p] = p, true
			delete(reserved, p)
			kept = append(kept, p)
			if o, verdict := m.Origin(n.Seq); verdict != OK || o.Source != p.Source || o.Seq != p.Seq || o.Numbers(p) != n {
				t.Fatalf("%+v was sent as %d, which is traced to %+v, %v", p, n.Seq, o, verdict)
			}
		}
		lose := func(first, gap int64) {
			for i := range gap {
				p := Packet{Source: Source(current), Seq: first + i}
				reserved[p] = high + trailing + 1 + i
				kept = append(kept, p)
			}
		}
		for range rapid.IntRange(1, 400).Draw(t, "events") {
			p := Packet{Source: Source(current), Seq: next[current]}
			event := rapid.IntRange(0, 9).Draw(t, "event")
			switch {
			case !begun || event == 0: // a switch, perhaps after packets nobody forwarded
				current = rapid.IntRange(0, 2).Draw(t, "layer")
				next[current] += rapid.Int64Range(0, 40).Draw(t, "unseen")
				p = Packet{Source: Source(current), Seq: next[current]}
				n := m.Switch(p, at(0), Report{}, Report{})
				high += trailing + 1
				trailing = 0
				give(p, high, n)
				next[current]++
				begun = true
			case event == 1: // a packet that is left out, perhaps after a loss
				gap := rapid.Int64Range(0, 3).Draw(t, "lost")
				p.Seq += gap
				m.Drop(p)
				lose(p.Seq-gap, gap)
				trailing += gap
				left[p] = true
				kept = append(kept, p)
				next[current] = p.Seq + 1
			case event == 2 && len(kept) > 0: // a packet of before: late, repeated or left out
				p = rapid.SampledFrom(kept).Draw(t, "again")
				n, verdict := m.Forward(p, at(0))
				out, wanted := reserved[p]
				switch {
				case wanted && out <= high-windowSize, left[p], forwarded[p]:
					if verdict == OK {
						t.Fatalf("%+v, which must not be sent, got %d", p, n.Seq)
					}
				case wanted:
					// Numbers kept for the last packets of a source may lie above the highest sent.
					if verdict != OK {
						t.Fatalf("%+v came late for number %d: %v", p, out, verdict)
					}
					if out > high {
						trailing -= out - high
						high = out
					}
					give(p, out, n)
				}
			default: // the next packet, perhaps after a loss
				gap := int64(0)
				if event == 3 {
					gap = rapid.Int64Range(1, 30).Draw(t, "lost")
				}
				p.Seq += gap
				n, verdict := m.Forward(p, at(0))
				if verdict != OK {
					t.Fatalf("%+v: %v", p, verdict)
				}
				lose(p.Seq-gap, gap)
				high += trailing + gap + 1
				trailing = 0
				give(p, high, n)
				next[current] = p.Seq + 1
			}
		}
		// Every number up to the highest was sent or is kept for a packet that was lost: nothing else looks like loss.
		missing := map[int64]bool{}
		for _, out := range reserved {
			missing[out] = true
		}
		for out := int64(start); out <= high; out++ {
			if _, sent := owner[out]; !sent && !missing[out] {
				t.Fatalf("number %d looks lost and is not", out)
			}
		}
	})
}

// FuzzMap does anything with any numbers: nothing panics, no number is given out twice, and what is given out can be
// traced back.
func FuzzMap(f *testing.F) {
	f.Add([]byte{0, 1, 0, 0, 0, 5, 3, 1, 0, 0, 0, 6, 6, 1, 0, 0, 0, 8, 3, 1, 0, 0, 0, 7})
	f.Add([]byte{0, 1, 0, 0, 255, 255, 3, 1, 0, 1, 0, 9, 0, 2, 127, 255, 255, 255, 3, 2, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, script []byte) {
		m := New(Numbers{Seq: 65_000}, video)
		high := int64(64_999)
		given := map[int64]bool{}
		for i := 0; len(script) >= 6; i++ {
			do, seq := script[0], int64(int32(binary.BigEndian.Uint32(script[2:])))
			p := Packet{
				Source: Source(script[1] % 4), Seq: seq, Timestamp: uint32(seq) * 3, PictureID: uint16(seq) & 0x7fff,
				PictureIDBits: []uint8{0, 7, 15}[do%3], TL0PicIdx: uint8(seq), HasTL0PicIdx: do&8 != 0,
			}
			if p.PictureIDBits == 7 {
				p.PictureID &= 0x7f
			}
			script = script[6:]
			var n Numbers
			verdict := OK
			switch do / 64 {
			case 0:
				n = m.Switch(p, at(i), Report{uint64(seq), p.Timestamp}, Report{uint64(do), uint32(seq)})
			case 1:
				m.Drop(p)
				continue
			default:
				n, verdict = m.Forward(p, at(i))
			}
			if verdict != OK {
				continue
			}
			out := high + int64(int16(n.Seq-uint16(high)))
			if given[out] {
				t.Fatalf("number %d given out twice", out)
			}
			given[out] = true
			high = max(high, out)
			if n.PictureID > pictureMask {
				t.Fatalf("picture id %d", n.PictureID)
			}
			o, verdict := m.Origin(n.Seq)
			if verdict != OK || o.Source != p.Source || o.Seq != p.Seq || o.Numbers(p) != n {
				t.Fatalf("%+v went out as %+v, which is traced to %+v, %v", p, n, o, verdict)
			}
		}
	})
}
