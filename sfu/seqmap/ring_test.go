package seqmap_test

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
)

// Two layers through their rings and one Map, over several wrap-arounds of every 16-bit number, with packets lost on both
// legs, late and repeated, and every eighth left out: the receiver asks back for what it misses and ends with every
// packet that reached the server and was to be sent, once and in order.
func TestThroughTheRing(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	layers := []*cache.Ring{cache.New(cache.Video()), cache.New(cache.Video())}
	next := []uint16{65_000, 3}
	m := seqmap.New(seqmap.Numbers{Seq: 60_000}, 90_000)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

	const length = 8 // layer, number of the packet within it
	content := func(layer int, n int64) []byte {
		return binary.BigEndian.AppendUint64(nil, uint64(layer)<<56|uint64(n))
	}
	received := map[int64][]byte{} // by extended output number
	first, high := int64(60_000), int64(59_999)
	extend := func(seq uint16) int64 { return high + int64(int16(seq-uint16(high))) }
	receive := func(seq uint16, payload []byte) {
		n := extend(seq)
		if was, twice := received[n]; twice && !bytes.Equal(was, payload) {
			t.Fatalf("number %d carries %x and %x", n, was, payload)
		}
		received[n] = payload
		high = max(high, n)
	}

	current := -1
	sent, left := 0, 0
	arrive := func(layer int, seq uint16, payload []byte) {
		n, verdict := layers[layer].Put(seq, now, payload)
		if verdict != cache.Stored && verdict != cache.Late && verdict != cache.Restarted {
			return
		}
		p := seqmap.Packet{Source: seqmap.Source(layer), Seq: n, Timestamp: uint32(n) * 300}
		if binary.BigEndian.Uint64(payload)%8 == 5 {
			m.Drop(p)
			left++
			return
		}
		var numbers seqmap.Numbers
		begins := current != layer && verdict == cache.Stored
		if begins {
			numbers = m.Switch(p, now, seqmap.Report{}, seqmap.Report{})
			current = layer
		} else {
			var answer seqmap.Verdict
			if numbers, answer = m.Forward(p, now); answer != seqmap.OK {
				return
			}
		}
		sent++
		if begins || random.IntN(20) > 0 {
			receive(numbers.Seq, payload)
		}
	}
	type late struct {
		layer   int
		seq     uint16
		payload []byte
	}
	var pending []late
	count := []int64{0, 0}
	for i := range 300_000 {
		now = now.Add(2 * time.Millisecond)
		layer := i / 5000 % 2 // only the layer that is watched is sent
		p := late{layer, next[layer], content(layer, count[layer])}
		next[layer]++
		count[layer]++
		switch random.IntN(50) {
		case 0: // late
			pending = append(pending, p)
		case 1: // twice
			arrive(p.layer, p.seq, p.payload)
			arrive(p.layer, p.seq, p.payload)
		default:
			arrive(p.layer, p.seq, p.payload)
		}
		if len(pending) > 0 && random.IntN(20) == 0 {
			arrive(pending[0].layer, pending[0].seq, pending[0].payload)
			pending = pending[1:]
		}
		for n := high - 200; n < high-100; n += 20 { // the receiver asks for what it misses
			if _, ok := received[n]; ok || n < first {
				continue
			}
			o, verdict := m.Origin(uint16(n))
			if verdict != seqmap.OK {
				t.Fatalf("packet %d: number %d is not known: %v", i, n, verdict)
			}
			if payload, ok := layers[o.Source].Get(nil, o.Seq, now); ok {
				numbers := o.Numbers(seqmap.Packet{Source: o.Source, Seq: o.Seq})
				receive(numbers.Seq, payload)
			}
		}
	}
	missing := 0
	previous := []int64{-1, -1}
	for n := first; n <= high-300; n++ {
		payload, ok := received[n]
		if !ok {
			missing++
			continue
		}
		layer, order := int(payload[0]), int64(binary.BigEndian.Uint64(payload)&(1<<56-1))
		if len(payload) != length || order <= previous[layer] {
			t.Fatalf("number %d carries packet %d of layer %d after %d", n, order, layer, previous[layer])
		}
		previous[layer] = order
	}
	if sent < 200_000 || left < 20_000 || missing > sent/1000 {
		t.Errorf("%d sent, %d left out; %d of %d are missing in the end", sent, left, missing, high-first+1)
	}
}
