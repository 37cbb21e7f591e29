package codec

import (
	"bytes"
	"errors"
	"testing"

	"github.com/pion/rtp"
	"pgregory.net/rapid"
)

// plain is a packet with marker, payload type 96, sequence number 0x1234, timestamp 0x01020304, SSRC 0x05060708.
var plain = []byte{0x80, 0xe0, 0x12, 0x34, 1, 2, 3, 4, 5, 6, 7, 8}

func with(first byte, tail ...byte) []byte {
	raw := append(bytes.Clone(plain), tail...)
	raw[0] = first
	return raw
}

func TestParseRTP(t *testing.T) {
	for _, c := range []struct {
		name    string
		raw     []byte
		payload []byte
		padding uint8
		err     error
	}{
		{name: "nothing", raw: nil, err: ErrTruncated},
		{name: "eleven bytes", raw: plain[:11], err: ErrTruncated},
		{name: "version 1", raw: with(0x40), err: ErrVersion},
		{name: "no payload", raw: plain, payload: []byte{}},
		{name: "payload", raw: with(0x80, 9, 9), payload: []byte{9, 9}},
		{name: "one source", raw: with(0x81, 0, 0, 0, 1, 9), payload: []byte{9}},
		{name: "sources cut off", raw: with(0x82, 0, 0, 0, 1, 0, 0, 0), err: ErrTruncated},
		{name: "extension header cut off", raw: with(0x90, 0xbe, 0xde, 0), err: ErrTruncated},
		{name: "extension cut off", raw: with(0x90, 0xbe, 0xde, 0, 2, 0, 0, 0, 0), err: ErrTruncated},
		{name: "empty extension block", raw: with(0x90, 0xbe, 0xde, 0, 0, 9), payload: []byte{9}},
		{name: "longest extension block", raw: with(0x90, 0xbe, 0xde, 0xff, 0xff, 9), err: ErrTruncated},
		{name: "unknown profile", raw: with(0x90, 0x12, 0x34, 0, 1, 1, 2, 3, 4, 9), payload: []byte{9}},
		{name: "padding", raw: with(0xa0, 9, 0, 0, 3), payload: []byte{9}, padding: 3},
		{name: "padding only", raw: with(0xa0, 0, 2), payload: []byte{}, padding: 2},
		{name: "padding of zero", raw: with(0xa0, 9, 0), err: ErrPadding},
		{name: "padding into the header", raw: with(0xa0, 9, 3), err: ErrPadding},
		{name: "padding announced, none there", raw: with(0xa0), err: ErrPadding},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParseRTP(c.raw)
			if !errors.Is(err, c.err) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				return
			}
			if !bytes.Equal(p.Payload, c.payload) || p.Padding != c.padding {
				t.Errorf("payload %x, padding %d; want %x, %d", p.Payload, p.Padding, c.payload, c.padding)
			}
			if !p.Marker || p.PayloadType != 96 || p.SequenceNumber != 0x1234 || p.Timestamp != 0x01020304 || p.SSRC != 0x05060708 {
				t.Errorf("fixed header read as %+v", p)
			}
		})
	}
}

func TestExtension(t *testing.T) {
	one := func(block ...byte) []byte {
		return append(with(0x90, 0xbe, 0xde, 0, byte(len(block)/4)), block...)
	}
	two := func(block ...byte) []byte {
		return append(with(0x90, 0x10, 0x05, 0, byte(len(block)/4)), block...)
	}
	for _, c := range []struct {
		name  string
		raw   []byte
		id    uint8
		want  []byte
		found bool
	}{
		{"one byte form", one(0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0), 1, []byte{0xaa}, true},
		{"second element", one(0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0), 2, []byte{0xbb, 0xcc}, true},
		{"behind padding", one(0, 0, 0x20, 0xbb), 2, []byte{0xbb}, true},
		{"absent", one(0x10, 0xaa, 0, 0), 2, nil, false},
		{"first of two counts", one(0x10, 0xaa, 0x10, 0xbb), 1, []byte{0xaa}, true},
		{"over the end", one(0x10, 0xaa, 0x2f, 0xbb), 2, nil, false},
		{"before what is over the end", one(0x10, 0xaa, 0x2f, 0xbb), 1, []byte{0xaa}, true},
		{"fifteen stops", one(0xf0, 0xaa, 0x20, 0xbb), 2, nil, false},
		{"fifteen is no id", one(0xf0, 0xaa, 0x20, 0xbb), 15, nil, false},
		{"zero is no id", one(0, 0xaa, 0, 0), 0, nil, false},
		{"id above the form", one(0x10, 0xaa, 0, 0), 17, nil, false},
		{"two byte form", two(200, 1, 0xaa, 0), 200, []byte{0xaa}, true},
		{"two byte form, empty", two(7, 0, 8, 0), 8, []byte{}, true},
		{"two byte form, behind padding", two(0, 0, 0, 7, 2, 1, 2, 0), 7, []byte{1, 2}, true},
		{"two byte form, over the end", two(7, 3, 1, 2), 7, nil, false},
		{"two byte form, length missing", two(1, 1, 9, 7), 7, nil, false},
		{"two byte form, zero is no id", two(0, 0, 0, 0), 0, nil, false},
		{"unknown profile", with(0x90, 0x12, 0x34, 0, 1, 0x10, 1, 2, 3), 1, nil, false},
		{"no block", plain, 1, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, err := ParseRTP(c.raw)
			if err != nil {
				t.Fatal(err)
			}
			got, found := p.Extension(c.id)
			if found != c.found || !bytes.Equal(got, c.want) {
				t.Errorf("got %x, %v; want %x, %v", got, found, c.want, c.found)
			}
		})
	}
}

func TestParseAudioLevel(t *testing.T) {
	if _, err := ParseAudioLevel(nil); !errors.Is(err, ErrTruncated) {
		t.Errorf("empty element: %v", err)
	}
	for element, want := range map[byte]AudioLevel{
		0x00: {Level: 0},
		0x7f: {Level: Silence},
		0xa3: {Level: 35, Voice: true},
	} {
		if got, err := ParseAudioLevel([]byte{element, 0}); err != nil || got != want {
			t.Errorf("%#x: %+v, %v; want %+v", element, got, err, want)
		}
	}
}

// What Pion's writer writes, we read.
func TestParseRTPAgainstPion(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		packet := rtp.Packet{
			Header: rtp.Header{
				Version:        2,
				Marker:         rapid.Bool().Draw(t, "marker"),
				PayloadType:    rapid.Uint8Max(127).Draw(t, "type"),
				SequenceNumber: rapid.Uint16().Draw(t, "seq"),
				Timestamp:      rapid.Uint32().Draw(t, "timestamp"),
				SSRC:           rapid.Uint32().Draw(t, "ssrc"),
				CSRC:           rapid.SliceOfN(rapid.Uint32(), 0, 15).Draw(t, "csrc"),
			},
			Payload: rapid.SliceOfN(rapid.Byte(), 1, 40).Draw(t, "payload"),
		}
		if padding := rapid.Uint8Max(20).Draw(t, "padding"); padding > 0 {
			packet.Padding, packet.PaddingSize = true, padding
		}
		maxID, maxLen := uint8(14), 16
		if rapid.Bool().Draw(t, "two byte form") {
			maxID, maxLen = 255, 30
			packet.Extension, packet.ExtensionProfile = true, rtp.ExtensionProfileTwoByte
		}
		elements := rapid.MapOfN(rapid.Uint8Range(1, maxID), rapid.SliceOfN(rapid.Byte(), 1, maxLen), 0, 6).Draw(t, "elements")
		for id, bytes := range elements {
			if err := packet.SetExtension(id, bytes); err != nil {
				t.Fatal(err)
			}
		}
		raw, err := packet.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		got, err := ParseRTP(raw)
		if err != nil {
			t.Fatalf("%v: %x", err, raw)
		}
		if got.Marker != packet.Marker || got.PayloadType != packet.PayloadType ||
			got.SequenceNumber != packet.SequenceNumber || got.Timestamp != packet.Timestamp ||
			got.SSRC != packet.SSRC || int(got.CSRCCount) != len(packet.CSRC) ||
			got.Padding != packet.PaddingSize || !bytes.Equal(got.Payload, packet.Payload) {
			t.Fatalf("got %+v, want %+v", got, packet)
		}
		for id := range int(maxID) + 1 {
			element, found := got.Extension(uint8(id))
			want, wanted := elements[uint8(id)]
			if found != wanted || !bytes.Equal(element, want) {
				t.Fatalf("element %d: got %x, %v; want %x, %v", id, element, found, want, wanted)
			}
		}
	})
}

// inside fails unless part is a piece of raw that cannot be appended to in place.
func inside(t *testing.T, raw, part []byte) {
	t.Helper()
	if cap(part) != len(part) {
		t.Fatalf("a view has room for %d bytes that are not its own", cap(part)-len(part))
	}
	if len(part) == 0 {
		return
	}
	for i := range raw {
		if &raw[i] == &part[0] {
			if i+len(part) > len(raw) {
				t.Fatal("a view reaches over the end")
			}
			return
		}
	}
	t.Fatal("a view of something else")
}

func FuzzParseRTP(f *testing.F) {
	f.Add(plain)
	f.Add(with(0x90, 0xbe, 0xde, 0, 2, 0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0, 9, 9))
	f.Add(with(0x90, 0x10, 0x00, 0, 1, 200, 1, 0xaa, 0, 9))
	f.Add(with(0xb1, 0, 0, 0, 1, 0xbe, 0xde, 0, 1, 0x2f, 1, 2, 3, 9, 0, 2))
	f.Fuzz(func(t *testing.T, raw []byte) {
		before := bytes.Clone(raw)
		p, err := ParseRTP(raw)
		if err != nil {
			if !errors.Is(err, ErrTruncated) && !errors.Is(err, ErrVersion) && !errors.Is(err, ErrPadding) {
				t.Fatalf("error without a name: %v", err)
			}
			return
		}
		inside(t, raw, p.Payload)
		if fixedHeader+4*int(p.CSRCCount)+len(p.Payload)+int(p.Padding) > len(raw) {
			t.Fatalf("parts longer than the packet: %+v", p)
		}
		for id := range 256 {
			element, _ := p.Extension(uint8(id))
			inside(t, raw, element)
		}
		if !bytes.Equal(raw, before) {
			t.Fatal("parsing wrote into the packet")
		}
	})
}

func FuzzExtension(f *testing.F) {
	f.Add([]byte{0x10, 0xaa, 0x21, 0xbb, 0xcc, 0, 0, 0}, uint8(2), false)
	f.Add([]byte{200, 1, 0xaa, 0}, uint8(200), true)
	f.Add([]byte{0xf0, 0x10, 0x2f, 1}, uint8(15), false)
	f.Fuzz(func(t *testing.T, block []byte, id uint8, twoByte bool) {
		find := oneByteElement
		if twoByte {
			find = twoByteElement
		}
		element, found := find(block, id)
		inside(t, block, element)
		if found && id == 0 {
			t.Fatal("found padding as an element")
		}
		if found && !twoByte && (id > 14 || len(element) < 1 || len(element) > 16) {
			t.Fatalf("element %d of %d bytes in the one-byte form", id, len(element))
		}
		if level, err := ParseAudioLevel(element); err == nil && level.Level > Silence {
			t.Fatalf("level %d", level.Level)
		}
	})
}

// media is a packet as browsers send it: mid, audio level and transport-cc extensions, and 1,100 bytes.
func media(t testing.TB) []byte {
	packet := rtp.Packet{
		Header:  rtp.Header{Version: 2, PayloadType: 96, SequenceNumber: 7, SSRC: 9},
		Payload: append(vp8Delta(0x1234, 0x56), make([]byte, 1100)...),
	}
	for id, element := range map[uint8][]byte{1: {0x85}, 3: {0, 1}, 4: []byte("1")} {
		if err := packet.SetExtension(id, element); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := packet.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func TestNothingAllocates(t *testing.T) {
	raw, dst := media(t), make([]byte, 0, 1500)
	for name, f := range map[string]func(){
		"ParseRTP, Extension, ParseAudioLevel": func() {
			p, _ := ParseRTP(raw)
			element, _ := p.Extension(1)
			_, _ = ParseAudioLevel(element)
		},
		"ParseRTP of garbage": func() { _, _ = ParseRTP(raw[:13]) },
		"ParseVP8, Append": func() {
			p, _ := ParseRTP(raw)
			d, _ := ParseVP8(p.Payload)
			_ = d.Append(dst[:0], p.Payload, 77, 7)
		},
	} {
		if n := testing.AllocsPerRun(100, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkParseRTP(b *testing.B) {
	raw := media(b)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ParseRTP(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkExtension(b *testing.B) {
	p, err := ParseRTP(media(b))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := p.Extension(3); !ok {
			b.Fatal("gone")
		}
	}
}
