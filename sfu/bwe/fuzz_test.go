package bwe

import (
	"encoding/binary"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// FuzzFeedback sends packets and takes feedback as the script says: any bytes that read as feedback, and feedback that fits
// what was sent but for what the script makes of it. Nothing panics, the target stays within its bounds, and what is
// refused changes nothing.
func FuzzFeedback(f *testing.F) {
	valid, err := report(100, 1000, 1010, -1, 1030).Marshal()
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte{1, 20, 5, 0, 1, 30, 5, 9}, valid)
	f.Add([]byte{0, 200, 0, 200, 2, 100, 255, 3, 3, 50, 1, 1, 0, 200, 2, 7, 7, 7}, valid[:20])
	f.Add([]byte{0, 255, 4, 255, 4, 255, 0, 3, 2, 255, 255, 255}, []byte{})
	f.Fuzz(func(t *testing.T, script, raw []byte) {
		c := Config{Start: 300_000, Min: 50_000, Max: 4_000_000}
		e := New(c)
		e.Need(3_000_000)
		seq := uint16(65_500)
		now := int64(0)
		arbitrary := new(rtcp.TransportLayerCC)
		if arbitrary.Unmarshal(raw) != nil {
			arbitrary = nil
		}
		take := func(f *rtcp.TransportLayerCC) {
			before := e.rate
			if err := e.Feedback(f, at(now)); err != nil && e.rate != before {
				t.Fatalf("%v, and the rate goes from %+v to %+v", err, before, e.rate)
			}
		}
		probe := uint8(0)
		script = script[:min(len(script), 400)]
		for len(script) >= 2 {
			op, n := script[0]%7, int(script[1])
			script = script[2:]
			switch op {
			case 0, 1: // a burst
				for range n {
					e.Sent(Packet{Seq: seq, Bytes: 40 + 5*n, Probe: probe * (op % 2)}, at(now))
					seq++
				}
			case 2: // feedback about the last, with gaps and jumps
				millis := make([]int, n%64)
				for i := range millis {
					millis[i] = int(now/millisecond) + i
					if len(script) > 0 {
						millis[i] += int(script[i%len(script)])
						if script[i%len(script)]%5 == 0 {
							millis[i] = -1
						}
					}
				}
				take(report(seq-uint16(len(millis)), millis...))
			case 3:
				if arbitrary != nil {
					again := *arbitrary
					again.BaseSequenceNumber = seq - uint16(n)
					take(&again)
					take(arbitrary)
				}
			case 4:
				now += int64(n) * 20 * millisecond
				if p, ok := e.Tick(at(now)); ok {
					probe = p.Cluster
					if p.Bytes <= 0 || p.Bytes > 100_000 || p.Rate <= 0 || p.Cluster == 0 {
						t.Fatalf("%+v", p)
					}
				}
			case 5:
				now += int64(n) * millisecond
				e.RoundTrip(time.Duration(n-20) * 10 * time.Millisecond)
			case 6:
				e.Limit(uint64(n)<<(n%60), at(now))
				e.Need(n * 20_000)
				seq += uint16(n) // numbers left out
			}
			if target := e.Target(); target < c.Min || target > c.Max {
				t.Fatalf("target %d", target)
			}
			if loss := e.Loss(); loss < 0 || loss > 1 || e.Queueing() < 0 {
				t.Fatalf("loss %v, queueing %v", loss, e.Queueing())
			}
		}
	})
}

// A feedback of 65535 statuses in a handful of chunks is refused before it is work; one that names all that is remembered is
// read once.
func TestWorkIsBounded(t *testing.T) {
	raw := make([]byte, 20, 64)
	raw[0], raw[1] = 0x8f, 205
	binary.BigEndian.PutUint16(raw[12:], 100)
	binary.BigEndian.PutUint16(raw[14:], 65_535)
	for range 9 {
		raw = binary.BigEndian.AppendUint16(raw, 0x1fff) // a run of 8191 that did not come
	}
	raw = append(raw, 0, 0, 0, 0)
	binary.BigEndian.PutUint16(raw[2:], uint16(len(raw)/4-1))
	f := new(rtcp.TransportLayerCC)
	if err := f.Unmarshal(raw); err != nil {
		t.Fatal(err)
	}
	e := sending()
	if err := e.Feedback(f, later); err != ErrUnsent {
		t.Error(err)
	}
	if n := testing.AllocsPerRun(10, func() { e.Feedback(f, later) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
