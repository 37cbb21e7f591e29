package sealer

import (
	"bytes"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
)

func secretOf(n int) [32]byte { return [32]byte{byte(n), byte(n >> 8), 1} }

// Whatever happens in whatever order: under one secret no key id has a counter twice, and every frame opens with the key that it names.
func TestNoNonceTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		own := NewOwn(func() {})
		var streams []*Stream
		var now circle.Key
		begun, sealing := 0, false
		type nonce struct {
			secret [32]byte
			frame.Header
		}
		used := map[nonce]bool{}
		t.Repeat(map[string]func(*rapid.T){
			"begin": func(*rapid.T) {
				begun++
				now, sealing = circle.Key{Epoch: begun % 256, Tag: 0xabcd, Secret: secretOf(begun)}, true
				own.Begin(now)
			},
			"begin one of before": func(t *rapid.T) {
				if begun > 0 {
					n := rapid.IntRange(max(1, begun-3), begun).Draw(t, "which")
					now, sealing = circle.Key{Epoch: n % 256, Tag: 0xabcd, Secret: secretOf(n)}, true
					own.Begin(now)
				}
			},
			"end": func(*rapid.T) {
				own.End()
				sealing = false
			},
			"stream": func(t *rapid.T) {
				for range rapid.SampledFrom([]int{1, 1, 1, 100}).Draw(t, "streams") {
					streams = append(streams, own.Stream(frame.Camera))
				}
			},
			"seal": func(t *rapid.T) {
				if len(streams) == 0 {
					t.Skip()
				}
				s := rapid.SampledFrom(streams).Draw(t, "stream")
				sealed, ok := s.Seal(nil, []byte("a frame"), 1)
				if ok && !sealing {
					t.Fatal("sealed without a key")
				}
				if !ok {
					return
				}
				header, err := frame.HeaderOf(frame.Camera, sealed)
				if err != nil {
					t.Fatal(err)
				}
				n := nonce{now.Secret, header}
				if used[n] {
					t.Fatalf("twice: %+v", n)
				}
				used[n] = true
				if header.KeyID>>8 != uint64(now.Tag)<<8|uint64(now.Epoch) || header.KeyID&0xff == 0 {
					t.Fatalf("the key id is %x", header.KeyID)
				}
				key, err := frame.DeriveKey(now.Secret[:], header.KeyID)
				if err != nil {
					t.Fatal(err)
				}
				if plain, err := key.OpenFrame(nil, frame.Camera, sealed); err != nil || string(plain) != "a frame" {
					t.Fatalf("%q, %v", plain, err)
				}
			},
		})
	})
}

// Many at once have a nonce each.
func TestManySealAtOnce(t *testing.T) {
	own := NewOwn(func() {})
	own.Begin(circle.Key{Secret: secretOf(1)})
	s := own.Stream(frame.Microphone)
	var mu sync.Mutex
	used := map[frame.Header]bool{}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				sealed, _ := s.Seal(nil, []byte("sound"), 0)
				header, _ := frame.HeaderOf(frame.Microphone, sealed)
				mu.Lock()
				used[header] = true
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(used) != 800 || s.Counts().Passed != 800 {
		t.Errorf("%d headers, %+v", len(used), s.Counts())
	}
}

// When the numbers of an epoch are spent nothing is sealed until there is another, which is asked for once.
func TestSpent(t *testing.T) {
	asked := 0
	own := NewOwn(func() { asked++ })
	seals := func(s *Stream) bool {
		_, ok := s.Seal(nil, []byte("x"), 0)
		return ok
	}
	first := own.Stream(frame.Microphone)
	if seals(first) || asked != 0 || first.Counts().Dropped[Unready] != 1 {
		t.Fatalf("before the first epoch: asked %d times, %+v", asked, first.Counts())
	}
	own.Begin(circle.Key{Secret: secretOf(1)})
	if !seals(first) {
		t.Fatal("the first stream seals nothing")
	}
	for range streamsMost - 1 {
		if !seals(own.Stream(frame.Microphone)) {
			t.Fatal("a stream seals nothing")
		}
	}
	last := own.Stream(frame.Microphone)
	if seals(last) || seals(own.Stream(frame.Microphone)) || !seals(first) || asked != 1 {
		t.Fatalf("when no stream is left: asked %d times, %+v", asked, last.Counts())
	}
	own.Begin(circle.Key{Secret: secretOf(2), Epoch: 1})
	if !seals(last) || !seals(first) {
		t.Fatal("the next epoch seals nothing")
	}
	first.counter = framesMost - 1
	if !seals(first) || seals(first) || asked != 2 {
		t.Fatalf("at the last counter: asked %d times", asked)
	}
	// The same once more gives no number back.
	own.Begin(circle.Key{Secret: secretOf(2), Epoch: 1})
	if seals(first) || !seals(last) {
		t.Fatal("a secret that was begun again begins again")
	}
	own.End()
	if seals(last) {
		t.Fatal("sealed after the end")
	}
}

func BenchmarkSeal(b *testing.B) {
	own := NewOwn(func() {})
	own.Begin(circle.Key{Secret: secretOf(1)})
	s := own.Stream(frame.Camera)
	dst := make([]byte, 0, 2000)
	plain := bytes.Repeat([]byte{7}, 1000)
	b.ReportAllocs()
	for b.Loop() {
		s.Seal(dst, plain, 1)
	}
}
