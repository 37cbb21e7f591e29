package ogg

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// page makes a page with the segments that packets of these lengths are laced into. With open the last packet goes on in the next page.
func page(open bool, packets ...[]byte) []byte {
	header := make([]byte, headerSize)
	copy(header, "OggS")
	binary.LittleEndian.PutUint64(header[6:], 960)
	var sizes, body []byte
	for i, p := range packets {
		body = append(body, p...)
		n := len(p)
		for ; n >= 255; n -= 255 {
			sizes = append(sizes, 255)
		}
		if !open || i < len(packets)-1 {
			sizes = append(sizes, byte(n))
		}
	}
	header[26] = byte(len(sizes))
	return slices.Concat(header, sizes, body)
}

// headers are the two with which every file begins.
func headers() []byte {
	head := append([]byte("OpusHead\x01\x02"), make([]byte, 9)...)
	return slices.Concat(page(false, head), page(false, append([]byte("OpusTags"), make([]byte, 8)...)))
}

// sound makes a packet of 20 ms of a length.
func sound(n int, fill byte) []byte {
	p := bytes.Repeat([]byte{fill}, n)
	p[0] = 0x78
	return p
}

func all(t *testing.T, file []byte) (packets [][]byte) {
	t.Helper()
	r, err := NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	for {
		p, samples, err := r.Next()
		if err == io.EOF {
			return packets
		}
		if err != nil || samples != 960 {
			t.Fatalf("after %d packets: %d samples, %v", len(packets), samples, err)
		}
		packets = append(packets, slices.Clone(p))
	}
}

func TestPacketsOfAllShapes(t *testing.T) {
	long := sound(510, 3) // two full segments and an empty one
	over := sound(600, 4)
	file := slices.Concat(headers(),
		page(false, sound(80, 1), sound(254, 2)), // two packets on a page
		page(false, long),
		page(true, sound(10, 5), over[:510]), page(false, over[510:], sound(255, 6)), // a packet over two pages
		page(false), // an empty page
	)
	want := [][]byte{sound(80, 1), sound(254, 2), long, sound(10, 5), over, sound(255, 6)}
	if got := all(t, file); !slices.EqualFunc(got, want, bytes.Equal) {
		t.Errorf("%d packets, want %d", len(got), len(want))
	}
}

// Whatever the lengths and however they are put on pages, the packets come out as they went in.
func TestLacing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		lengths := rapid.SliceOfN(rapid.IntRange(1, 1300), 1, 40).Draw(rt, "lengths")
		var want [][]byte
		file := headers()
		for len(lengths) > 0 {
			n := min(rapid.IntRange(1, 8).Draw(rt, "on one page"), len(lengths))
			var packets [][]byte
			for _, length := range lengths[:n] {
				packets = append(packets, sound(length, byte(length)))
			}
			want, lengths = append(want, packets...), lengths[n:]
			file = append(file, page(false, packets...)...)
		}
		if got := all(t, file); !slices.EqualFunc(got, want, bytes.Equal) {
			rt.Errorf("%d packets, want %d", len(got), len(want))
		}
	})
}

func TestWhatIsNoFile(t *testing.T) {
	tags := append([]byte("OpusTags"), make([]byte, 100_000)...)
	withPicture := slices.Concat(headers()[:len(headers())-44], page(true, tags[:255*200]), page(false, tags[255*200:255*210]), page(false, sound(80, 1)))
	if got := all(t, withPicture); len(got) != 1 {
		t.Errorf("after long tags: %d packets", len(got))
	}
	for name, c := range map[string]struct {
		file []byte
		want error
	}{
		"empty":          {nil, io.EOF},
		"no page":        {bytes.Repeat([]byte("RIFF"), 20), ErrFormat},
		"another codec":  {page(false, []byte("\x01vorbis, and more of it")), ErrFormat},
		"no tags":        {slices.Concat(page(false, []byte("OpusHead")), page(false, sound(80, 1))), ErrFormat},
		"cut page":       {append(headers(), page(false, sound(80, 1))[:60]...), io.ErrUnexpectedEOF},
		"cut packet":     {append(headers(), page(true, sound(510, 1))...), io.ErrUnexpectedEOF},
		"cut table":      {append(headers(), page(false, sound(600, 1))[:28]...), io.ErrUnexpectedEOF},
		"no Opus packet": {append(headers(), page(false, []byte{0xff})...), ErrFormat},
		"too long":       {append(headers(), page(false, sound(MaxPacket+1, 1))...), ErrTooLong},
	} {
		r, err := NewReader(bytes.NewReader(c.file))
		if err == nil {
			_, _, err = r.Next()
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

func TestSamples(t *testing.T) {
	for _, c := range []struct {
		packet []byte
		want   int
	}{
		{[]byte{0x00}, 480}, {[]byte{0x18}, 2880}, {[]byte{0x60}, 480}, {[]byte{0x68}, 960}, {[]byte{0x80}, 120}, {[]byte{0xf8}, 960},
		{[]byte{0xf9}, 1920}, {[]byte{0xfa, 1}, 1920}, {[]byte{0xfb, 6}, 5760}, {[]byte{0xfb, 7}, 0}, {[]byte{0xfb}, 0}, {[]byte{0xfb, 0}, 0}, {nil, 0},
	} {
		if got := Samples(c.packet); got != c.want {
			t.Errorf("%x lasts %d, want %d", c.packet, got, c.want)
		}
	}
}

func FuzzReader(f *testing.F) {
	f.Add(append(headers(), page(false, sound(80, 1), sound(600, 2))...))
	f.Add(append(headers(), page(true, sound(510, 1))...))
	f.Fuzz(func(t *testing.T, file []byte) {
		r, err := NewReader(bytes.NewReader(file))
		for n := 0; err == nil; n++ {
			var packet []byte
			var samples int
			packet, samples, err = r.Next()
			if err == nil && (len(packet) == 0 || len(packet) > MaxPacket || samples <= 0 || samples > maxSamples || n > len(file)) {
				t.Fatalf("%d bytes of %d samples", len(packet), samples)
			}
		}
	})
}
