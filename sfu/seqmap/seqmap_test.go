package seqmap

import (
	"testing"
	"time"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const video = 90_000

// at is the moment some milliseconds after the test began.
func at(millis int) time.Time { return epoch.Add(time.Duration(millis) * time.Millisecond) }

// started is a Map whose source 1 began at 100 and carries 1000 on the wire.
func started(t *testing.T) *Map {
	t.Helper()
	m := New(Numbers{Seq: 1000, Timestamp: 50_000, PictureID: 7, TL0PicIdx: 3}, video)
	n := m.Switch(Packet{Source: 1, Seq: 100, Timestamp: 9_000}, at(0), Report{}, Report{})
	if want := (Numbers{Seq: 1000, Timestamp: 50_000, PictureID: 7, TL0PicIdx: 3}); n != want {
		t.Fatalf("the first packet carries %+v, want %+v", n, want)
	}
	return m
}

// step is one call of a table and what it must give.
type step struct {
	do      string // forward, drop, switch
	source  Source
	seq     int64
	out     uint16
	verdict Verdict
}

func run(t *testing.T, m *Map, steps []step) {
	t.Helper()
	for i, s := range steps {
		p := Packet{Source: s.source, Seq: s.seq}
		switch s.do {
		case "forward":
			n, verdict := m.Forward(p, at(0))
			if verdict != s.verdict || verdict == OK && n.Seq != s.out {
				t.Fatalf("step %d, %+v: got %d, %v", i, s, n.Seq, verdict)
			}
		case "drop":
			m.Drop(p)
		case "switch":
			if n := m.Switch(p, at(0), Report{}, Report{}); n.Seq != s.out {
				t.Fatalf("step %d, %+v: got %d", i, s, n.Seq)
			}
		}
	}
}

func TestSequenceNumbers(t *testing.T) {
	for _, c := range []struct {
		name  string
		steps []step
	}{
		{"in order", []step{
			{"forward", 1, 101, 1001, OK},
			{"forward", 1, 102, 1002, OK},
		}},
		{"loss keeps its number free and may come late", []step{
			{"forward", 1, 103, 1003, OK},
			{"forward", 1, 102, 1002, OK},
			{"forward", 1, 101, 1001, OK},
		}},
		{"a packet counts once", []step{
			{"forward", 1, 101, 1001, OK},
			{"forward", 1, 101, 0, Duplicate},
			{"forward", 1, 100, 0, Duplicate},
		}},
		{"what is left out is closed up", []step{
			{do: "drop", source: 1, seq: 101},
			{do: "drop", source: 1, seq: 102},
			{"forward", 1, 103, 1001, OK},
			{do: "drop", source: 1, seq: 104},
			{"forward", 1, 105, 1002, OK},
			{"forward", 1, 104, 0, Dropped},
		}},
		{"a loss before what is left out stays visible", []step{
			{do: "drop", source: 1, seq: 102},
			{"forward", 1, 103, 1002, OK},
			{"forward", 1, 101, 1001, OK},
		}},
		{"leaving out too late changes nothing", []step{
			{"forward", 1, 102, 1002, OK},
			{do: "drop", source: 1, seq: 101},
			{"forward", 1, 103, 1003, OK},
		}},
		{"a switch goes on where the old source stopped", []step{
			{"forward", 1, 101, 1001, OK},
			{"switch", 2, 9000, 1002, OK},
			{"forward", 2, 9001, 1003, OK},
			{"forward", 1, 102, 0, Superseded},
		}},
		{"late packets of the old source keep their place", []step{
			{"forward", 1, 103, 1003, OK},
			{"switch", 2, 9000, 1004, OK},
			{"forward", 1, 102, 1002, OK},
			{"forward", 2, 9001, 1005, OK},
			{"forward", 1, 101, 1001, OK},
		}},
		{"nothing from before the key frame", []step{
			{"switch", 2, 9000, 1001, OK},
			{"forward", 2, 8999, 0, Superseded},
		}},
		{"there and back", []step{
			{"forward", 1, 102, 1002, OK},
			{"switch", 2, 9000, 1003, OK},
			{"switch", 1, 200, 1004, OK},
			{"forward", 1, 101, 1001, OK},
			{"forward", 1, 150, 0, Superseded},
			{"forward", 1, 201, 1005, OK},
			{"forward", 2, 9001, 0, Superseded},
		}},
		{"a pause", []step{
			{"switch", 1, 500, 1001, OK},
			{"forward", 1, 501, 1002, OK},
			{"forward", 1, 300, 0, Dropped},
		}},
		{"a switch right after something left out", []step{
			{do: "drop", source: 1, seq: 101},
			{"switch", 2, 9000, 1001, OK},
			{"forward", 2, 9001, 1002, OK},
		}},
		{"a gap that can be asked for is shown", []step{
			{"forward", 1, 1101, 2001, OK},
		}},
		{"a gap beyond asking is one packet", []step{
			{"forward", 1, 1102, 1002, OK},
			{"forward", 1, 1101, 0, Dropped},
			{"forward", 1, 70_000, 1004, OK},
			{do: "drop", source: 1, seq: 90_000},
			{"forward", 1, 90_001, 1006, OK},
		}},
		{"gaps that together are longer than what is remembered", []step{
			{"forward", 1, 101, 1001, OK},
			{do: "drop", source: 1, seq: 1000},
			{do: "drop", source: 1, seq: 2000},
			{"forward", 1, 2001, 2899, OK},
			{"forward", 1, 1999, 2898, OK},
			{"forward", 1, 102, 0, TooOld},
			{"switch", 2, 9000, 2900, OK},
			{"forward", 2, 9200, 3100, OK},
			{"switch", 1, 5000, 3101, OK},
			{"forward", 1, 102, 0, TooOld},
			{"forward", 2, 9199, 3099, OK},
		}},
		{"older than remembered", []step{
			{"forward", 1, 1000, 1900, OK},
			{"forward", 1, 1124, 2024, OK},
			{"forward", 1, 101, 1001, OK},
			{"forward", 1, 1125, 2025, OK},
			{"forward", 1, 1126, 2026, OK},
			{"forward", 1, 102, 0, TooOld},
			{"forward", 1, 103, 1003, OK},
		}},
		{"a late packet whose place in the window another had", []step{
			{"forward", 1, 101, 1001, OK},
			{"forward", 1, 1000, 1900, OK},
			{"forward", 1, 1126, 2026, OK},
			{"forward", 1, 1125, 2025, OK},
		}},
	} {
		t.Run(c.name, func(t *testing.T) { run(t, started(t), c.steps) })
	}
}

func TestBeforeTheFirstSwitch(t *testing.T) {
	m := New(Numbers{Seq: 5}, video)
	if _, v := m.Forward(Packet{}, at(0)); v != Unknown {
		t.Errorf("Forward: %v", v)
	}
	if _, v := m.Origin(5); v != Unknown {
		t.Errorf("Origin: %v", v)
	}
	if _, ok := m.Source(); ok || m.TimestampShift() != 0 {
		t.Error("a source before the first switch")
	}
	m.Drop(Packet{Seq: 1})
	if n := m.Switch(Packet{Seq: 2}, at(0), Report{}, Report{}); n.Seq != 5 {
		t.Errorf("first packet: %+v", n)
	}
}

func TestOrigin(t *testing.T) {
	m := started(t)
	run(t, m, []step{
		{"forward", 1, 103, 1003, OK}, // 101, 102 missing
		{do: "drop", source: 1, seq: 104},
		{"forward", 1, 105, 1004, OK},
		{"switch", 2, 9000, 1005, OK},
		{"forward", 2, 9002, 1007, OK},
		{"forward", 2, 12_000, 1009, OK}, // 1008 stands for the gap
	})
	for _, c := range []struct {
		out     uint16
		source  Source
		seq     int64
		verdict Verdict
	}{
		{999, 0, 0, Unknown},
		{1000, 1, 100, OK},
		{1001, 1, 101, OK}, // never forwarded: may have come by another way
		{1003, 1, 103, OK},
		{1004, 1, 105, OK},
		{1005, 2, 9000, OK},
		{1006, 2, 9001, OK},
		{1008, 0, 0, Unknown},
		{1009, 2, 12_000, OK},
		{1010, 0, 0, Unknown},
		{40_000, 0, 0, TooOld}, // half the number space away counts as behind
	} {
		o, verdict := m.Origin(c.out)
		if verdict != c.verdict || o.Source != c.source || o.Seq != c.seq {
			t.Errorf("%d: got source %d, %d, %v; want %+v", c.out, o.Source, o.Seq, verdict, c)
		}
	}
}

func TestSource(t *testing.T) {
	m := started(t)
	if s, ok := m.Source(); !ok || s != 1 {
		t.Errorf("source %d, %v", s, ok)
	}
	m.Switch(Packet{Source: 2, Seq: 1}, at(0), Report{}, Report{})
	if s, ok := m.Source(); !ok || s != 2 {
		t.Errorf("after the switch: source %d, %v", s, ok)
	}
}

func TestOriginStaysTrue(t *testing.T) {
	m := started(t)
	p := Packet{Source: 1, Seq: 101, Timestamp: 12_000, PictureID: 9, PictureIDBits: 15, TL0PicIdx: 4, HasTL0PicIdx: true}
	sent, _ := m.Forward(p, at(0))
	o, verdict := m.Origin(sent.Seq)
	if verdict != OK {
		t.Fatal(verdict)
	}
	m.Switch(Packet{Source: 2, Seq: 1, Timestamp: 1}, at(33), Report{}, Report{})
	for seq := range int64(5000) {
		m.Forward(Packet{Source: 2, Seq: 2 + seq}, at(40))
	}
	if again := o.Numbers(p); again != sent {
		t.Errorf("sent again with %+v, was %+v", again, sent)
	}
	if _, verdict := m.Origin(sent.Seq); verdict != TooOld {
		t.Errorf("five thousand packets later: %v", verdict)
	}
}

// Packets of two temporal layers are left out one by one for hours: memory and reach stay what they are.
func TestManyDrops(t *testing.T) {
	m := started(t)
	for seq := int64(101); seq < 200_000; seq += 2 {
		m.Drop(Packet{Source: 1, Seq: seq})
		n, verdict := m.Forward(Packet{Source: 1, Seq: seq + 1}, at(0))
		if want := uint16(1000 + (seq-99)/2); verdict != OK || n.Seq != want {
			t.Fatalf("%d: got %d, %v; want %d", seq+1, n.Seq, verdict, want)
		}
	}
	if len(m.spans) > maxSpans || cap(m.spans) > 2*maxSpans {
		t.Errorf("%d spans in room for %d", len(m.spans), cap(m.spans))
	}
	last := uint16(m.sent.high)
	if o, verdict := m.Origin(last - 100); verdict != OK || o.Seq != 200_000-200 {
		t.Errorf("a hundred packets back: %+v, %v", o, verdict)
	}
	if _, verdict := m.Origin(last - maxSpans - 1); verdict != TooOld {
		t.Errorf("further than any span: %v", verdict)
	}
	if _, verdict := m.Forward(Packet{Source: 1, Seq: 100}, at(0)); verdict != TooOld {
		t.Errorf("the very first packet again: %v", verdict)
	}
	if _, verdict := m.Forward(Packet{Source: 9, Seq: 100}, at(0)); verdict != TooOld {
		t.Errorf("a source nobody remembers: %v", verdict)
	}
}

func TestVerdictNames(t *testing.T) {
	seen := map[string]bool{}
	for v := OK; v <= Unknown; v++ {
		seen[v.String()] = true
	}
	if len(seen) != int(Unknown)+1 {
		t.Errorf("names are not distinct: %v", seen)
	}
}
