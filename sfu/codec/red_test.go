package codec

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// red writes a payload as RFC 2198 section 3 says: a header for each block, and the blocks.
func red(payloadType uint8, blocks [][]byte) []byte {
	var head, body []byte
	for i, b := range blocks {
		if i == len(blocks)-1 {
			head = append(head, payloadType)
		} else {
			const ago = 960
			head = append(head, 0x80|payloadType, ago>>6, ago<<2&0xfc|byte(len(b)>>8), byte(len(b)))
		}
		body = append(body, b...)
	}
	return append(head, body...)
}

func TestREDGivesTheNewestBlock(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		blocks := rapid.SliceOfN(rapid.SliceOfN(rapid.Byte(), 1, 1023), 1, maxREDBlocks).Draw(t, "blocks")
		got, err := ParseRED(red(111, blocks))
		if want := blocks[len(blocks)-1]; err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v, got % x, want % x", err, got, want)
		}
	})
	for _, bad := range [][]byte{nil, {0x80}, {0x80 | 111, 0, 0, 5, 111, 1, 2}, {111}, {0x80 | 111, 0, 0, 1, 111, 9}, bytes.Repeat([]byte{0x80 | 111, 0, 0, 0}, 20)} {
		if got, err := ParseRED(bad); err == nil {
			t.Errorf("% x gives % x", bad, got)
		}
	}
}

func FuzzRED(f *testing.F) {
	f.Add(red(111, [][]byte{{1, 2, 3}, {4, 5}}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		if got, err := ParseRED(payload); err == nil && (len(got) == 0 || !bytes.HasSuffix(payload, got)) {
			t.Fatalf("% x of % x", got, payload)
		}
	})
}
