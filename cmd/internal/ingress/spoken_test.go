package ingress

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"testing"
	"testing/iotest"
)

// Whatever comes, nothing panics, the answer does not depend on how the bytes come, none of them is lost, and the cookie decides.
func FuzzSpoken(f *testing.F) {
	for _, seed := range [][]byte{saysHTTP, saysTURN, saysICE, saysTURN[:9], saysICE[:9], saysICE[:10], []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), []byte("G"), {22, 3, 1}, {}} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		r := bufio.NewReader(bytes.NewReader(b))
		is := spoken(r)
		if slowly := spoken(bufio.NewReader(iotest.OneByteReader(bytes.NewReader(b)))); slowly != is {
			t.Errorf("%x is %d at once and %d byte by byte", b, is, slowly)
		}
		if rest, err := io.ReadAll(r); err != nil || !bytes.Equal(rest, b) {
			t.Errorf("%x is left of %x (%v)", rest, b, err)
		}
		cookie := func(at int) bool {
			return len(b) >= 10 && bytes.HasPrefix(b[at:], binary.BigEndian.AppendUint32(nil, stunCookie))
		}
		want := unknown
		switch {
		case len(b) > 0 && bytes.ContainsRune([]byte("ABCDEFGHIJKLMNOPQRSTUVWXYZ"), rune(b[0])):
			want = isHTTP
		case cookie(4):
			want = isTURN
		case cookie(6):
			want = isICE
		}
		if is != want {
			t.Errorf("%x is %d, want %d", b, is, want)
		}
	})
}
