package codec

import (
	"bytes"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// What Chromium sends for the first packet of a key picture of three spatial layers: picture id of 15 bits, layer indices,
// no flexible mode, and the scalability structure with sizes.
var vp9Key = []byte{
	0x80 | 0x20 | 0x08 | 0x02, 0x80 | 0x12, 0x34, 0, 7,
	2<<5 | 0x10 | 0x08, 320 >> 8, 320 & 0xff, 0, 180, 640 >> 8, 640 & 0xff, 360 >> 8, 360 & 0xff, 1280 >> 8, 1280 & 0xff, 720 >> 8, 720 & 0xff,
	1, 0<<5 | 1<<2, 1,
	0xaa, 0xbb,
}

func TestVP9(t *testing.T) {
	d, err := ParseVP9(vp9Key)
	if err != nil {
		t.Fatal(err)
	}
	if !d.Keyframe || !d.Begin || d.End || d.Predicted || d.PictureID != 0x1234 || d.PictureIDBits != 15 || !d.HasTL0PicIdx || d.TL0PicIdx != 7 {
		t.Errorf("%+v", d)
	}
	if d.Spatial != 3 || d.Sizes != [MaxSpatial]Resolution{{320, 180}, {640, 360}, {1280, 720}} || int(d.Size) != len(vp9Key)-2 {
		t.Errorf("%+v", d)
	}
	// The end of the second layer of a later picture, with seven bits of id.
	d, err = ParseVP9([]byte{0x80 | 0x40 | 0x20 | 0x04, 0x55, 2<<5 | 0x10 | 1<<1 | 1, 9, 0xcc})
	if err != nil || d.Keyframe || !d.Predicted || !d.End || d.TID != 2 || d.SID != 1 || !d.SwitchUp || !d.InterLayer || d.PictureIDBits != 7 {
		t.Errorf("%v %+v", err, d)
	}
	// Flexible mode has references instead of TL0PICIDX, at most three.
	if d, err = ParseVP9([]byte{0x80 | 0x40 | 0x20 | 0x10, 0x01, 0, 3<<1 | 1, 5 << 1, 0xdd}); err != nil || d.HasTL0PicIdx || d.Size != 5 {
		t.Errorf("%v %+v", err, d)
	}
	if _, err = ParseVP9([]byte{0x80 | 0x40 | 0x10, 0x01, 3, 3, 3, 3, 0xdd}); !errors.Is(err, ErrTruncated) {
		t.Errorf("four references: %v", err)
	}
	for n := range len(vp9Key) - 1 {
		if _, err := ParseVP9(vp9Key[:n]); err == nil {
			t.Errorf("the first %d bytes are taken", n)
		}
	}
}

func TestVP9RewritingRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := bytes.Clone(vp9Key)
		if rapid.Bool().Draw(t, "short") {
			payload = []byte{0x80 | 0x40 | 0x20 | 0x04, 0x55, 1<<1 | 1, 9, 0xcc}
		}
		was, err := ParseVP9(payload)
		if err != nil {
			t.Fatal(err)
		}
		id, tl0 := rapid.Uint16Range(0, 0x7fff).Draw(t, "id"), rapid.Byte().Draw(t, "tl0")
		out := was.Append([]byte{1, 2, 3}, payload, id, tl0)[3:]
		is, err := ParseVP9(out)
		if err != nil || is.PictureID != id || is.TL0PicIdx != tl0 {
			t.Fatalf("%v: %d %d, want %d %d", err, is.PictureID, is.TL0PicIdx, id, tl0)
		}
		if !bytes.Equal(out[is.Size:], payload[was.Size:]) {
			t.Fatal("the frame has changed")
		}
		is.PictureID, is.TL0PicIdx, is.PictureIDBits, is.Size, is.tl0PicIdxAt = was.PictureID, was.TL0PicIdx, was.PictureIDBits, was.Size, was.tl0PicIdxAt
		if is != was {
			t.Fatalf("%+v became %+v", was, is)
		}
	})
}

func FuzzVP9(f *testing.F) {
	f.Add(vp9Key, uint16(5), uint8(1))
	for i, c := range captures(f, "chromium-vp9.txt")[:40] {
		f.Add(c.payload, uint16(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, payload []byte, id uint16, tl0 uint8) {
		d, err := ParseVP9(payload)
		if err != nil {
			return
		}
		out := d.Append(nil, payload, id&0x7fff, tl0)
		again, err := ParseVP9(out)
		if err != nil || d.PictureIDBits != 0 && again.PictureID != id&0x7fff {
			t.Fatalf("%v %+v", err, again)
		}
	})
}
