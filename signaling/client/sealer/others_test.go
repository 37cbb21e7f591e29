package sealer

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
)

var start = time.Unix(1_800_000_000, 0)

// talker is somebody who seals.
type talker struct {
	own *Own
	mic *Stream
	key circle.Key
}

func newTalker(n int) *talker {
	p := &talker{own: NewOwn(func() {}), key: circle.Key{Epoch: n % 256, Tag: uint16(n), Secret: secretOf(n)}}
	p.mic = p.own.Stream(frame.Microphone)
	p.own.Begin(p.key)
	return p
}

func (p *talker) says(t testing.TB, what string) []byte {
	t.Helper()
	sealed, ok := p.mic.Seal(nil, []byte(what), 0)
	if !ok {
		t.Fatal("not sealed")
	}
	return sealed
}

func dropped(t testing.TB, what string, o *Others, participant string, sealed []byte, now time.Time, want Reason) {
	t.Helper()
	if opened, got := o.Open(nil, participant, frame.Microphone, sealed, now); got != want || (opened != nil) != (want == "") {
		t.Errorf("%s: %q, dropped as %q, want %q", what, opened, got, want)
	}
}

func TestEveryReason(t *testing.T) {
	o, ben, eva := NewOthers(), newTalker(1), newTalker(2)
	dropped(t, "of nobody", o, "", ben.says(t, "a"), start, Unbound)
	dropped(t, "nothing", o, "ben", nil, start, Clear)
	dropped(t, "plain sound", o, "ben", bytes.Repeat([]byte{0x78}, 80), start, Unknown) // a header, by chance, of an epoch that nobody has
	dropped(t, "too short", o, "ben", ben.says(t, "a")[:19], start, Clear)
	dropped(t, "before the secret", o, "ben", ben.says(t, "a"), start, Unknown)
	o.Learn("ben", ben.key, start)
	o.Learn("eva", eva.key, start)
	once := ben.says(t, "a")
	dropped(t, "at another's place", o, "eva", once, start, Foreign)
	dropped(t, "genuine", o, "ben", once, start, "")
	dropped(t, "again", o, "ben", once, start, Replayed)
	changed := ben.says(t, "a")
	changed[len(changed)-1] ^= 1
	dropped(t, "changed", o, "ben", changed, start, Forged)
	if _, got := o.Open(nil, "ben", frame.Sound, ben.says(t, "a"), start); got != Forged {
		t.Errorf("as another kind: %q", got)
	}
	o.Forget("ben")
	dropped(t, "after he was forgotten", o, "ben", ben.says(t, "a"), start, Unknown)
	o.Learn("ben", ben.key, start)
	dropped(t, "what was opened stays opened", o, "ben", once, start, Replayed)
	dropped(t, "learnt again", o, "ben", ben.says(t, "a"), start, "")
}

// Frames of the epoch before are opened for five seconds more, whatever is said meanwhile; another session's are not.
func TestEpochsFade(t *testing.T) {
	o, ben := NewOthers(), newTalker(1)
	o.Learn("ben", ben.key, start)
	old := [...][]byte{ben.says(t, "a"), ben.says(t, "a"), ben.says(t, "a")}
	before := ben.key
	ben.key.Epoch, ben.key.Secret = 2, secretOf(20)
	ben.own.Begin(ben.key)
	o.Learn("ben", ben.key, start)
	dropped(t, "of the present one", o, "ben", ben.says(t, "a"), start, "")
	dropped(t, "on its way for long", o, "ben", old[0], start.Add(keptFor-1), "")
	o.Learn("ben", before, start.Add(keptFor-1))
	dropped(t, "too late", o, "ben", old[1], start.Add(keptFor), Unknown)
	ben.key.Epoch, ben.key.Secret = 3, secretOf(30)
	o.Learn("ben", ben.key, start.Add(10*time.Second))
	if n := len(o.senders["ben"].secrets); n != 2 {
		t.Errorf("%d secrets are kept", n)
	}
	ben.own.Begin(ben.key)
	last := ben.says(t, "a")
	o.Learn("ben", circle.Key{Epoch: 0, Tag: 99, Secret: secretOf(9)}, start.Add(10*time.Second))
	dropped(t, "of the session before", o, "ben", last, start.Add(10*time.Second), Foreign)
}

// Garbage with ever new key ids costs a bounded number of derivations, and what is genuine goes on.
func TestGarbageIsCheap(t *testing.T) {
	o, ben := NewOthers(), newTalker(1)
	o.Learn("ben", ben.key, start)
	dropped(t, "genuine", o, "ben", ben.says(t, "a"), start, "")
	garbage := func(stream int) []byte {
		other := newTalker(1)
		other.own.Begin(circle.Key{Epoch: 1, Tag: 1, Secret: secretOf(77)})
		for range stream - 1 {
			other.own.Stream(frame.Microphone).Seal(nil, nil, 0)
		}
		return other.says(t, "garbage")
	}
	for stream := 2; stream < 200; stream++ {
		dropped(t, "garbage", o, "ben", garbage(stream), start, Forged)
	}
	s := o.senders["ben"].secrets[1]
	if len(s.streams) != 1+unprovenMost || s.tries.count != triesMost {
		t.Errorf("%d streams are remembered, %d were tried", len(s.streams), s.tries.count)
	}
	dropped(t, "genuine beside it", o, "ben", ben.says(t, "a"), start, "")
	// A new stream of his is not tried in this second any more, and is in the next.
	screen := ben.own.Stream(frame.Microphone)
	sealed := func() []byte { b, _ := screen.Seal(nil, []byte("b"), 0); return b }
	dropped(t, "a new one in the same second", o, "ben", sealed(), start.Add(time.Second-1), Forged)
	dropped(t, "a new one in the next", o, "ben", sealed(), start.Add(time.Second), "")

	// Within the genuine stream: twenty that do not open close it for the rest of the second.
	changed := func() []byte { b := ben.says(t, "a"); b[len(b)-1] ^= 1; return b }
	later := start.Add(time.Minute)
	for range forgedMost {
		dropped(t, "changed", o, "ben", changed(), later, Forged)
	}
	dropped(t, "behind too much that was changed", o, "ben", ben.says(t, "a"), later.Add(time.Second-1), Forged)
	dropped(t, "a second later", o, "ben", ben.says(t, "a"), later.Add(time.Second), "")
}

func TestSendersAreBounded(t *testing.T) {
	o := NewOthers()
	for n := range 3 * sendersMost {
		o.Learn(fmt.Sprint(n), newTalker(n).key, start)
	}
	last := newTalker(3*sendersMost - 1)
	dropped(t, "of the last", o, fmt.Sprint(3*sendersMost-1), last.says(t, "a"), start, "")
	dropped(t, "of the first", o, "0", newTalker(0).says(t, "a"), start, Unknown)
	if len(o.senders) != sendersMost {
		t.Errorf("%d are remembered", len(o.senders))
	}
}

// Whatever a server does with the frames that it has: nothing opens twice, nothing for another, nothing as another kind, and what opens is what was sealed.
func TestNothingOpensTwiceOrElsewhere(t *testing.T) {
	kinds := []frame.Kind{frame.Microphone, frame.Camera, frame.Screen, frame.Sound}
	rapid.Check(t, func(t *rapid.T) {
		o, now := NewOthers(), start
		people := []string{"ada", "ben", "eva"}
		own := map[string]*Own{}
		keys := map[string]circle.Key{}
		streams := map[string]map[frame.Kind]*Stream{}
		for i, p := range people {
			own[p] = NewOwn(func() {})
			keys[p] = circle.Key{Epoch: i, Tag: uint16(i), Secret: secretOf(1000 * i)}
			own[p].Begin(keys[p])
			o.Learn(p, keys[p], now)
			streams[p] = map[frame.Kind]*Stream{}
			for _, kind := range kinds {
				streams[p][kind] = own[p].Stream(kind)
			}
		}
		type sealedFrame struct {
			of     string
			kind   frame.Kind
			bytes  []byte
			plain  string
			opened bool
		}
		var all []*sealedFrame
		t.Repeat(map[string]func(*rapid.T){
			"seal": func(t *rapid.T) {
				f := &sealedFrame{of: rapid.SampledFrom(people).Draw(t, "who"), kind: rapid.SampledFrom(kinds).Draw(t, "kind"), plain: fmt.Sprintf("frame %d, of some bytes", len(all))}
				f.bytes, _ = streams[f.of][f.kind].Seal(nil, []byte(f.plain), rapid.IntRange(0, 10).Draw(t, "clear"))
				all = append(all, f)
			},
			"renew": func(t *rapid.T) {
				p := rapid.SampledFrom(people).Draw(t, "who")
				k := keys[p]
				k.Epoch, k.Secret = (k.Epoch+1)%256, secretOf(1000*int(k.Tag)+k.Epoch+1)
				keys[p] = k
				own[p].Begin(k)
				o.Learn(p, k, now)
			},
			"said again": func(t *rapid.T) {
				p := rapid.SampledFrom(people).Draw(t, "who")
				if rapid.Bool().Draw(t, "forgotten") {
					o.Forget(p)
				}
				o.Learn(p, keys[p], now)
			},
			"time": func(t *rapid.T) {
				now = now.Add(time.Duration(rapid.IntRange(0, 3000).Draw(t, "ms")) * time.Millisecond)
			},
			"open": func(t *rapid.T) {
				if len(all) == 0 {
					t.Skip()
				}
				f := rapid.SampledFrom(all).Draw(t, "frame")
				at, kind, b := f.of, f.kind, f.bytes
				switch rapid.IntRange(0, 3).Draw(t, "how") {
				case 1:
					at = rapid.SampledFrom(people).Draw(t, "place")
				case 2:
					kind = rapid.SampledFrom(kinds).Draw(t, "as")
				case 3:
					b = bytes.Clone(b)
					b[rapid.IntRange(0, len(b)-1).Draw(t, "byte")] ^= 1 << rapid.IntRange(0, 7).Draw(t, "bit")
				}
				plain, reason := o.Open(nil, at, kind, b, now)
				if reason != "" {
					return
				}
				if at != f.of || kind != f.kind || !bytes.Equal(b, f.bytes) || string(plain) != f.plain || f.opened {
					t.Fatalf("a frame of %s, kind %d, opens at %s as kind %d: %q, changed: %v, before: %v", f.of, f.kind, at, kind, plain, !bytes.Equal(b, f.bytes), f.opened)
				}
				f.opened = true
			},
		})
	})
}

func FuzzOpen(f *testing.F) {
	ben := newTalker(0x0102)
	f.Add(byte(0), ben.says(f, "sound"))
	f.Add(byte(1), []byte{1, 2, 3})
	f.Fuzz(func(t *testing.T, kind byte, b []byte) {
		o := NewOthers()
		o.Learn("ben", ben.key, start)
		genuine := ben.says(t, "sound")
		plain, reason := o.Open(nil, "ben", frame.Kind(kind%5), b, start)
		if reason == "" && string(plain) != "sound" {
			t.Errorf("%x opens to %q", b, plain)
		}
		dropped(t, "genuine", o, "ben", genuine, start, "")
	})
}

func BenchmarkOpen(b *testing.B) {
	ben := newTalker(1)
	sealed := make([][]byte, 1000)
	plain := bytes.Repeat([]byte{7}, 1000)
	for i := range sealed {
		sealed[i], _ = ben.mic.Seal(nil, plain, 0)
	}
	dst := make([]byte, 0, 2000)
	b.ReportAllocs()
	o, n := NewOthers(), 0
	for b.Loop() {
		if n%len(sealed) == 0 {
			o = NewOthers()
			o.Learn("ben", ben.key, start)
		}
		if _, reason := o.Open(dst, "ben", frame.Microphone, sealed[n%len(sealed)], start); reason != "" {
			b.Fatal(reason)
		}
		n++
	}
}

// Another order than that of the sealing opens all the same, as long as the window reaches.
func TestOutOfOrder(t *testing.T) {
	o, ben := NewOthers(), newTalker(1)
	o.Learn("ben", ben.key, start)
	all := make([][]byte, width)
	for i := range all {
		all[i] = ben.says(t, "a")
	}
	rand.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	for _, sealed := range all {
		dropped(t, "out of order", o, "ben", sealed, start, "")
	}
}
