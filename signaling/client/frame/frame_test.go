package frame_test

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/signaling/client/frame"
)

type vectors struct {
	Headers []struct {
		KeyID   string `json:"key_id"`
		Counter string `json:"counter"`
		Encoded string `json:"encoded"`
	} `json:"headers"`
	SFrame struct {
		KeyID     uint64 `json:"key_id"`
		Counter   uint64 `json:"counter"`
		Base      string `json:"base_key"`
		Metadata  string `json:"metadata"`
		Plaintext string `json:"plaintext"`
		Sealed    string `json:"sealed"`
	} `json:"sframe"`
}

// read gives RFC 9605's vectors, to which the browser is held as well.
func read(t *testing.T) (v vectors) {
	t.Helper()
	b, err := os.ReadFile("../../../web/test/vectors/sframe.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestHeadersAreRFC9605s(t *testing.T) {
	for _, c := range read(t).Headers {
		id, _ := strconv.ParseUint(c.KeyID, 10, 64)
		counter, _ := strconv.ParseUint(c.Counter, 10, 64)
		want := frame.Header{KeyID: id, Counter: counter}
		if got := hex.EncodeToString(want.Append(nil)); got != c.Encoded {
			t.Errorf("%+v: %s, want %s", want, got, c.Encoded)
		}
		if got, size, err := frame.ParseHeader(unhex(t, c.Encoded)); err != nil || got != want || size != len(c.Encoded)/2 {
			t.Errorf("%s: %+v, %d, %v", c.Encoded, got, size, err)
		}
	}
}

func TestAHeaderHasOneEncoding(t *testing.T) {
	for _, other := range []string{"", "80", "8000", "8007", "0800", "0807", "900001", "090001", "a0000001", "99012345", "09ff", "ff"} {
		if h, _, err := frame.ParseHeader(unhex(t, other)); !errors.Is(err, frame.ErrNotSealed) {
			t.Errorf("%q: %+v, %v", other, h, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		b := rapid.SliceOfN(rapid.Byte(), 0, 20).Draw(t, "bytes")
		h, size, err := frame.ParseHeader(b)
		if err == nil && !bytes.Equal(h.Append(nil), b[:size]) {
			t.Fatalf("%x is read as %+v, which is written %x", b[:size], h, h.Append(nil))
		}
	})
}

func TestASealedPieceIsRFC9605s(t *testing.T) {
	v := read(t).SFrame
	key, err := frame.DeriveKey(unhex(t, v.Base), v.KeyID)
	if err != nil {
		t.Fatal(err)
	}
	sealed := key.Seal(nil, v.Counter, unhex(t, v.Metadata), unhex(t, v.Plaintext))
	if got := hex.EncodeToString(sealed); got != v.Sealed {
		t.Fatalf("%s, want %s", got, v.Sealed)
	}
	plain, err := key.Open(nil, unhex(t, v.Metadata), sealed)
	if err != nil || hex.EncodeToString(plain) != v.Plaintext {
		t.Fatalf("%x, %v", plain, err)
	}
}

func derive(t interface{ Fatal(...any) }, secret []byte, id uint64) frame.Key {
	key, err := frame.DeriveKey(secret, id)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func TestFramesComeBack(t *testing.T) {
	secret := bytes.Repeat([]byte{7}, 32)
	rapid.Check(t, func(t *rapid.T) {
		kind := frame.Kind(rapid.IntRange(0, 4).Draw(t, "kind"))
		content := rapid.SliceOfN(rapid.Byte(), 0, 200).Draw(t, "frame")
		clear := rapid.IntRange(0, 20).Draw(t, "clear")
		counter := rapid.Uint64().Draw(t, "counter")
		key := derive(t, secret, rapid.Uint64().Draw(t, "id"))
		sealed := key.SealFrame([]byte("before"), counter, kind, content, clear)[len("before"):]
		header, err := frame.HeaderOf(kind, sealed)
		if err != nil || header.KeyID != key.ID || header.Counter != counter {
			t.Fatalf("%+v, %v", header, err)
		}
		got, err := key.OpenFrame(nil, kind, sealed)
		if err != nil || !bytes.Equal(got, content) {
			t.Fatalf("%x, %v", got, err)
		}
		if (kind == frame.Camera || kind == frame.Screen) && !bytes.HasPrefix(sealed, content[:min(clear, len(content))]) {
			t.Fatal("what the server has to read is not at the front")
		}
	})
}

func TestWhatWasChangedDoesNotOpen(t *testing.T) {
	key := derive(t, []byte("secret"), 0x01020304)
	sealed := key.SealFrame(nil, 5, frame.Camera, []byte("a frame of a picture, some bytes long"), 10)
	for bit := range 8 * len(sealed) {
		changed := bytes.Clone(sealed)
		changed[bit/8] ^= 1 << (bit % 8)
		if got, err := key.OpenFrame(nil, frame.Camera, changed); err == nil {
			t.Errorf("bit %d: %q", bit, got)
		}
	}
	for name, open := range map[string]func() error{
		"another kind": func() error { _, err := key.OpenFrame(nil, frame.Screen, sealed); return err },
		"another id": func() error {
			other := derive(t, []byte("secret"), 0x01020305)
			_, err := other.OpenFrame(nil, frame.Camera, sealed)
			return err
		},
		"another secret": func() error {
			other := derive(t, []byte("secreT"), 0x01020304)
			_, err := other.OpenFrame(nil, frame.Camera, sealed)
			return err
		},
	} {
		if err := open(); !errors.Is(err, frame.ErrForged) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzOpen(f *testing.F) {
	key := derive(f, []byte("secret"), 3)
	f.Add(byte(0), key.SealFrame(nil, 1, frame.Microphone, []byte("sound"), 0))
	f.Add(byte(1), key.SealFrame(nil, 300, frame.Camera, []byte("a picture's frame"), 10))
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		plain, err := key.OpenFrame(nil, frame.Kind(kind), b)
		if err != nil {
			return
		}
		// What opens was sealed: written again, it is the same.
		header, err := frame.HeaderOf(frame.Kind(kind), b)
		if err != nil {
			t.Fatal(err)
		}
		clear := 0
		if k := frame.Kind(kind); k == frame.Camera || k == frame.Screen {
			clear = int(b[len(b)-1])
		}
		if again := key.SealFrame(nil, header.Counter, frame.Kind(kind), plain, clear); !bytes.Equal(again, b) {
			t.Fatalf("%x opens to %x, which is sealed as %x", b, plain, again)
		}
	})
}
