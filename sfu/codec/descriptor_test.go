package codec

import (
	"errors"
	"testing"
)

// bitWriter writes bits from the highest on.
type bitWriter struct {
	b []byte
	n int
}

func (w *bitWriter) bits(v uint32, n int) *bitWriter {
	for i := n - 1; i >= 0; i-- {
		if w.n%8 == 0 {
			w.b = append(w.b, 0)
		}
		w.b[w.n/8] |= byte(v>>i&1) << (7 - w.n%8)
		w.n++
	}
	return w
}

func TestDescriptorWithoutItsStructure(t *testing.T) {
	var s Structure
	if _, err := ParseDescriptor([]byte{0x80, 0, 1}, &s); !errors.Is(err, ErrNoStructure) {
		t.Errorf("without a structure: %v", err)
	}
	for n := range 3 {
		if _, err := ParseDescriptor(make([]byte, n), &s); !errors.Is(err, ErrTruncated) {
			t.Errorf("%d bytes: %v", n, err)
		}
	}
}

// structure writes a whole structure without chains, with a size for each spatial layer.
func structure(spatial, temporal int) []byte {
	w := &bitWriter{}
	w.bits(1, 1).bits(1, 1).bits(5, 6).bits(7, 16)
	w.bits(1, 1).bits(0, 4)
	w.bits(5, 6).bits(0, 5) // offset 5, one target
	for s := range spatial {
		for t := range temporal {
			next := uint32(1)
			switch {
			case t < temporal-1:
			case s < spatial-1:
				next = 2
			default:
				next = 3
			}
			w.bits(next, 2)
		}
	}
	count := spatial * temporal
	w.bits(0, 2*count)
	for i := range count {
		if i == 0 {
			w.bits(0, 1) // refers to nothing
		} else {
			w.bits(1, 1).bits(0, 4).bits(0, 1)
		}
	}
	w.bits(0, 1) // no chains: ns(2) is one bit
	w.bits(1, 1)
	for s := range spatial {
		w.bits(uint32(320<<s-1), 16).bits(uint32(180<<s-1), 16)
	}
	return w.b
}

func TestDescriptorReadsLayersAndKeyFrames(t *testing.T) {
	for spatial := 1; spatial <= 3; spatial++ {
		for temporal := 1; temporal <= 3; temporal++ {
			var s Structure
			d, err := ParseDescriptor(structure(spatial, temporal), &s)
			if err != nil {
				t.Fatalf("L%dT%d: %v", spatial, temporal, err)
			}
			if !d.Keyframe || !d.Attached || !d.StartOfFrame || !d.EndOfFrame || d.FrameNumber != 7 || d.Size != (Resolution{320, 180}) {
				t.Errorf("L%dT%d: %+v", spatial, temporal, d)
			}
			// The last template is of the highest layers; it begins no sequence.
			last := byte(5 + spatial*temporal - 1)
			d, err = ParseDescriptor([]byte{0x80 | last, 0, 8}, &s)
			if err != nil || d.Keyframe || int(d.Spatial) != spatial-1 || int(d.Temporal) != temporal-1 || d.Size.Width != 320<<(spatial-1) {
				t.Errorf("L%dT%d, last template: %v %+v", spatial, temporal, err, d)
			}
			before := s
			if _, err := ParseDescriptor([]byte{0x80 | (last+1)&63, 0, 9}, &s); !errors.Is(err, ErrNoStructure) || s != before {
				t.Errorf("L%dT%d, one template too far: %v", spatial, temporal, err)
			}
			whole := structure(spatial, temporal)
			for n := 4; n < len(whole)-1; n++ {
				if _, err := ParseDescriptor(whole[:n], &s); err == nil || s != before {
					t.Errorf("L%dT%d: %d bytes of %d: %v", spatial, temporal, n, len(whole), err)
				}
			}
		}
	}
}

// A structure that goes on for ever, or claims what no stream has, ends.
func TestDescriptorBounds(t *testing.T) {
	var s Structure
	endless := &bitWriter{}
	endless.bits(1, 1).bits(1, 1).bits(0, 6).bits(1, 16).bits(1, 1).bits(0, 4).bits(0, 6).bits(31, 5)
	for range 100 {
		endless.bits(0, 2)
	}
	if _, err := ParseDescriptor(endless.b, &s); !errors.Is(err, ErrBounds) {
		t.Errorf("a hundred templates: %v", err)
	}
	high := &bitWriter{}
	high.bits(1, 1).bits(1, 1).bits(0, 6).bits(1, 16).bits(1, 1).bits(0, 4).bits(0, 6).bits(0, 5)
	for range 10 {
		high.bits(2, 2)
	}
	if _, err := ParseDescriptor(high.b, &s); !errors.Is(err, ErrBounds) {
		t.Errorf("ten spatial layers: %v", err)
	}
}

func FuzzDescriptor(f *testing.F) {
	f.Add(structure(3, 3), []byte{0x80 | 9, 0, 8})
	f.Add(structure(1, 2), []byte{0x80 | 6, 0, 8, 0x38, 1, 2, 3, 4})
	for _, name := range []string{"chromium-vp8.txt", "chromium-vp9.txt"} {
		all := captures(f, name)
		for _, c := range all[1:40] {
			f.Add(all[0].descriptor, c.descriptor)
		}
	}
	f.Fuzz(func(t *testing.T, first, second []byte) {
		var s Structure
		for _, element := range [][]byte{first, second, first} {
			before := s
			d, err := ParseDescriptor(element, &s)
			if err != nil && s != before {
				t.Fatal("a refused descriptor has changed the structure")
			}
			if err == nil && (d.Spatial > 3 || d.Temporal > 7 || d.Keyframe && !d.Attached) {
				t.Fatalf("%+v", d)
			}
		}
	})
}
