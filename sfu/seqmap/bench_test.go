package seqmap

import "testing"

func frames(m *Map) func() {
	p := Packet{Source: 1, Seq: 101, PictureIDBits: 15, HasTL0PicIdx: true}
	now := at(0)
	return func() {
		p.Seq++
		if p.Seq%4 == 0 {
			p.PictureID = (p.PictureID + 1) & pictureMask
			p.Timestamp += 3000
		}
		m.Forward(p, now)
	}
}

func TestNothingAllocates(t *testing.T) {
	m := started(t)
	forward := frames(m)
	seq := int64(1 << 20)
	for name, f := range map[string]func(){
		"Forward": forward,
		"Origin":  func() { m.Origin(uint16(m.sent.high) - 3) },
		"Drop, Forward": func() {
			m.Drop(Packet{Source: 1, Seq: seq})
			m.Forward(Packet{Source: 1, Seq: seq + 1}, at(0))
			seq += 2
		},
	} {
		for range 2 * maxSpans { // up to its size
			f()
		}
		if n := testing.AllocsPerRun(1000, f); n != 0 {
			t.Errorf("%s allocates %v times", name, n)
		}
	}
}

func BenchmarkForward(b *testing.B) {
	m := New(Numbers{}, video)
	m.Switch(Packet{Source: 1, Seq: 100}, at(0), Report{}, Report{})
	forward := frames(m)
	b.ReportAllocs()
	for b.Loop() {
		forward()
	}
}

// Half of the packets are left out: the list of spans is as long as it gets.
func BenchmarkForwardAndDrop(b *testing.B) {
	m := New(Numbers{}, video)
	m.Switch(Packet{Source: 1, Seq: 100}, at(0), Report{}, Report{})
	p := Packet{Source: 1, Seq: 101}
	now := at(0)
	b.ReportAllocs()
	for b.Loop() {
		m.Drop(p)
		p.Seq++
		m.Forward(p, now)
		p.Seq++
	}
}

func BenchmarkOrigin(b *testing.B) {
	m := New(Numbers{}, video)
	m.Switch(Packet{Source: 1, Seq: 100}, at(0), Report{}, Report{})
	for seq := int64(101); seq < 1000; seq += 2 {
		m.Drop(Packet{Source: 1, Seq: seq})
		m.Forward(Packet{Source: 1, Seq: seq + 1}, at(0))
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, verdict := m.Origin(uint16(m.sent.high) - 100); verdict != OK {
			b.Fatal(verdict)
		}
	}
}
