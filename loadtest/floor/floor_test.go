package floor

import (
	"context"
	"testing"
	"time"

	"github.com/pion/srtp/v3"
)

func TestMeasure(t *testing.T) {
	f, err := Measure(t.Context(), 200*time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	if f.Seal <= 0 || f.PerPacket <= f.Seal || f.PerPacket > 1e6 {
		t.Errorf("%+v", f)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Measure(ended, time.Hour); err == nil {
		t.Error("no error after the end")
	}
}

// What is measured is real: another end can open it.
func TestSealedPacketsCanBeOpened(t *testing.T) {
	s, err := newSealer()
	if err != nil {
		t.Fatal(err)
	}
	opener, err := srtp.CreateContext(make([]byte, 16), make([]byte, 12), srtp.ProtectionProfileAeadAes128Gcm)
	if err != nil {
		t.Fatal(err)
	}
	var sealed []byte
	for range 3 {
		if err := s.next(&sealed); err != nil {
			t.Fatal(err)
		}
		opened, err := opener.DecryptRTP(nil, sealed, nil)
		if err != nil || len(opened) != PacketBytes+12 {
			t.Fatalf("%d bytes: %v", len(opened), err)
		}
	}
}

func BenchmarkSeal(b *testing.B) {
	s, err := newSealer()
	if err != nil {
		b.Fatal(err)
	}
	var sealed []byte
	b.ReportAllocs()
	for b.Loop() {
		if err := s.next(&sealed); err != nil {
			b.Fatal(err)
		}
	}
}
