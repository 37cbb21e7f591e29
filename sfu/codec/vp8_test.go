package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pion/rtp/codecs"
	"pgregory.net/rapid"
)

// vp8Delta is the first packet of a delta frame with all optional fields, as Chromium writes it: picture id of 15 bits.
func vp8Delta(pictureID uint16, tl0 uint8) []byte {
	return []byte{0x90, 0xf0, 0x80 | byte(pictureID>>8), byte(pictureID), tl0, 0x63, 0x01, 0xff}
}

// keyframeBytes begin a key frame of 640 × 360 with scaling bits set, which are no part of the size.
var keyframeBytes = []byte{0x10, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x42, 0x68, 0x81}

func TestParseVP8(t *testing.T) {
	join := func(descriptor []byte, frame ...byte) []byte { return append(bytes.Clone(descriptor), frame...) }
	for _, c := range []struct {
		name    string
		payload []byte
		want    VP8
		err     error
	}{
		{name: "nothing", err: ErrTruncated},
		{name: "descriptor alone", payload: []byte{0x10}, err: ErrTruncated},
		{
			name: "shortest", payload: []byte{0x10, 0x01},
			want: VP8{FrameStart: true, Size: 1},
		},
		{
			name: "key frame", payload: join([]byte{0x10}, keyframeBytes...),
			want: VP8{FrameStart: true, Keyframe: true, Width: 640, Height: 360, Size: 1},
		},
		{
			name: "key frame cut before its size", payload: join([]byte{0x10}, keyframeBytes[:9]...),
			want: VP8{FrameStart: true, Keyframe: true, Size: 1},
		},
		{
			name: "key frame, only its first byte clear", payload: []byte{0x10, 0x10, 1, 2, 3, 4, 5, 6, 7, 8, 9},
			want: VP8{FrameStart: true, Keyframe: true, Size: 1},
		},
		{
			name: "later packet of a key frame", payload: join([]byte{0x00}, keyframeBytes...),
			want: VP8{Size: 1},
		},
		{
			name: "start of the second partition", payload: join([]byte{0x11}, keyframeBytes...),
			want: VP8{Size: 1},
		},
		{
			name: "not a reference", payload: []byte{0x30, 0x01},
			want: VP8{FrameStart: true, NonReference: true, Size: 1},
		},
		{name: "extension byte missing", payload: []byte{0x90}, err: ErrTruncated},
		{name: "picture id missing", payload: []byte{0x90, 0x80}, err: ErrTruncated},
		{name: "long picture id cut", payload: []byte{0x90, 0x80, 0x92}, err: ErrTruncated},
		{name: "TL0PICIDX missing", payload: []byte{0x90, 0xc0, 0x12}, err: ErrTruncated},
		{name: "TID missing", payload: []byte{0x90, 0xe0, 0x12, 0x34}, err: ErrTruncated},
		{name: "frame missing", payload: vp8Delta(1, 1)[:6], err: ErrTruncated},
		{
			name: "short picture id", payload: []byte{0x90, 0x80, 0x7f, 0x01},
			want: VP8{FrameStart: true, PictureID: 127, PictureIDBits: 7, Size: 3, pictureIDAt: 2},
		},
		{
			name: "everything", payload: vp8Delta(0x1234, 0x56),
			want: VP8{
				FrameStart: true, PictureID: 0x1234, PictureIDBits: 15, HasTL0PicIdx: true, TL0PicIdx: 0x56,
				HasTID: true, TID: 1, LayerSync: true, HasKeyIdx: true, KeyIdx: 3, Size: 6,
				pictureIDAt: 2, tl0PicIdxAt: 4,
			},
		},
		{
			name: "key index without layer", payload: []byte{0x90, 0x10, 0xff, 0x01},
			want: VP8{FrameStart: true, HasKeyIdx: true, KeyIdx: 31, Size: 3},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseVP8(c.payload)
			if !errors.Is(err, c.err) || got != c.want {
				t.Errorf("got %+v, %v\nwant %+v, %v", got, err, c.want, c.err)
			}
		})
	}
}

// drawVP8 makes any well-formed payload. Flags are drawn one by one: a drawn byte is small more often than not, and
// would seldom have the high bits that matter here.
func drawVP8(t *rapid.T) []byte {
	flag := func(bit byte, name string) byte {
		if rapid.Bool().Draw(t, name) {
			return bit
		}
		return 0
	}
	extended := flag(0x80, "X")
	payload := []byte{extended | flag(0x20, "N") | flag(0x10, "S") | flag(0x40, "reserved") | rapid.Byte().Draw(t, "PID")&0x0f}
	if extended != 0 {
		id, tl0, tid, key := flag(0x80, "I"), flag(0x40, "L"), flag(0x20, "T"), flag(0x10, "K")
		payload = append(payload, id|tl0|tid|key|rapid.Byte().Draw(t, "reserved bits")&0x0f)
		if id != 0 {
			pictureID := rapid.Uint16().Draw(t, "picture id")
			if flag(1, "M") != 0 {
				payload = append(payload, 0x80|byte(pictureID>>8), byte(pictureID))
			} else {
				payload = append(payload, byte(pictureID)&0x7f)
			}
		}
		if tl0 != 0 {
			payload = append(payload, rapid.Byte().Draw(t, "TL0PICIDX"))
		}
		if tid|key != 0 {
			payload = append(payload, rapid.Byte().Draw(t, "TID, Y, KEYIDX"))
		}
	}
	return append(payload, rapid.SliceOfN(rapid.Byte(), 1, 20).Draw(t, "frame")...)
}

func TestParseVP8AgainstPion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := drawVP8(t)
		got, err := ParseVP8(payload)
		if err != nil {
			t.Fatalf("%v: %x", err, payload)
		}
		var want codecs.VP8Packet
		frame, err := want.Unmarshal(payload)
		if err != nil {
			t.Fatalf("refused by the other side: %v", err)
		}
		if !bytes.Equal(frame, payload[got.Size:]) ||
			got.FrameStart != (want.S == 1 && want.PID == 0) || got.NonReference != (want.N == 1) ||
			(got.PictureIDBits != 0) != (want.I == 1) || got.PictureID != want.PictureID ||
			got.HasTL0PicIdx != (want.L == 1) || got.TL0PicIdx != want.TL0PICIDX ||
			got.HasTID != (want.T == 1) || got.HasTID && (got.TID != want.TID || got.LayerSync != (want.Y == 1)) ||
			got.HasKeyIdx != (want.K == 1) || got.HasKeyIdx && got.KeyIdx != want.KEYIDX {
			t.Fatalf("got %+v, want %+v of %x", got, want, payload)
		}
	})
}

// rewritten checks that out is payload with other numbers and nothing else.
func rewritten(t interface {
	Helper()
	Fatalf(string, ...any)
}, payload, out []byte, before VP8, pictureID uint16, tl0 uint8) {
	t.Helper()
	after, err := ParseVP8(out)
	if err != nil {
		t.Fatalf("%v: %x", err, out)
	}
	if !bytes.Equal(out[after.Size:], payload[before.Size:]) {
		t.Fatalf("the frame changed: %x to %x", payload, out)
	}
	if before.PictureIDBits != 0 {
		if after.PictureID != pictureID {
			t.Fatalf("picture id %d, want %d", after.PictureID, pictureID)
		}
		before.PictureID = pictureID
	}
	if before.PictureIDBits == 7 && pictureID > 0x7f {
		before.PictureIDBits = 15
		before.Size++
		if before.tl0PicIdxAt != 0 {
			before.tl0PicIdxAt++
		}
	}
	if before.HasTL0PicIdx {
		before.TL0PicIdx = tl0
	}
	if after != before {
		t.Fatalf("got %+v, want %+v", after, before)
	}
}

func TestVP8RewriteRoundTrips(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload := drawVP8(t)
		kept := bytes.Clone(payload)
		d, err := ParseVP8(payload)
		if err != nil {
			t.Fatal(err)
		}
		pictureID := rapid.Uint16Max(0x7fff).Draw(t, "new picture id")
		tl0 := rapid.Byte().Draw(t, "new tl0")
		prefix := rapid.SliceOfN(rapid.Byte(), 0, 3).Draw(t, "prefix")

		out := d.Append(bytes.Clone(prefix), payload, pictureID, tl0)
		if !bytes.HasPrefix(out, prefix) || !bytes.Equal(payload, kept) {
			t.Fatal("Append wrote where it should not")
		}
		rewritten(t, kept, out[len(prefix):], d, pictureID, tl0)
	})
}

func FuzzVP8(f *testing.F) {
	f.Add(vp8Delta(0x1234, 0x56), uint16(1), uint8(2))
	f.Add(append([]byte{0x10}, keyframeBytes...), uint16(0x7fff), uint8(0))
	f.Add([]byte{0x90, 0xc0, 0x12, 0x34, 0x01}, uint16(300), uint8(9))
	for i, c := range captures(f, "chromium-vp8.txt")[:40] {
		f.Add(c.payload, uint16(i), uint8(i))
	}
	f.Fuzz(func(t *testing.T, payload []byte, pictureID uint16, tl0 uint8) {
		d, err := ParseVP8(payload)
		if err != nil {
			if !errors.Is(err, ErrTruncated) {
				t.Fatalf("error without a name: %v", err)
			}
			return
		}
		if int(d.Size) >= len(payload) {
			t.Fatalf("a descriptor of %d in %d bytes", d.Size, len(payload))
		}
		pictureID &= 0x7fff
		rewritten(t, payload, d.Append(nil, payload, pictureID, tl0), d, pictureID, tl0)
	})
}

func BenchmarkParseVP8(b *testing.B) {
	payload := append(vp8Delta(0x1234, 0x56), make([]byte, 1100)...)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseVP8(payload); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVP8Append(b *testing.B) {
	payload := append(vp8Delta(0x1234, 0x56), make([]byte, 1100)...)
	d, err := ParseVP8(payload)
	if err != nil {
		b.Fatal(err)
	}
	dst := make([]byte, 0, 1500)
	b.ReportAllocs()
	for b.Loop() {
		dst = d.Append(dst[:0], payload, 77, 7)
	}
}
