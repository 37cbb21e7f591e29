package bwe

import (
	"errors"
	"testing"
	"time"

	"github.com/pion/rtcp"
)

// report is a feedback about packets that came at given times of the peer's clock, in milliseconds; a negative time is a
// packet that did not come.
func report(base uint16, millis ...int) *rtcp.TransportLayerCC {
	f := &rtcp.TransportLayerCC{
		Header:             rtcp.Header{Count: rtcp.FormatTCC, Type: rtcp.TypeTransportSpecificFeedback},
		BaseSequenceNumber: base,
		PacketStatusCount:  uint16(len(millis)),
	}
	last := 0
	for i, ms := range millis {
		if i == 0 || ms >= 0 && len(f.RecvDeltas) == 0 {
			f.ReferenceTime = uint32(max(ms, 0) / 64)
			last = int(f.ReferenceTime) * 64
		}
		symbol := rtcp.TypeTCCPacketNotReceived
		if ms >= 0 {
			symbol = rtcp.TypeTCCPacketReceivedLargeDelta
			f.RecvDeltas = append(f.RecvDeltas, &rtcp.RecvDelta{Type: symbol, Delta: int64(ms-last) * 1000})
			last = ms
		}
		f.PacketChunks = append(f.PacketChunks, &rtcp.RunLengthChunk{PacketStatusSymbol: symbol, RunLength: 1})
	}
	return f
}

// sending is an estimator that has sent packets 100 to 119, one each 10 ms from the beginning on.
func sending() *Estimator {
	e := New(Config{})
	for i := range 20 {
		e.Sent(Packet{Seq: uint16(100 + i), Bytes: 1200}, at(int64(i)*10*millisecond))
	}
	return e
}

// later is when feedback about them comes.
var later = at(300 * millisecond)

func TestImpossibleFeedback(t *testing.T) {
	good := func() *rtcp.TransportLayerCC { return report(100, 1000, 1010, -1, 1030) }
	for name, c := range map[string]struct {
		feedback *rtcp.TransportLayerCC
		err      error
	}{
		"none":                    {nil, ErrMalformed},
		"of nothing":              {&rtcp.TransportLayerCC{BaseSequenceNumber: 100}, ErrMalformed},
		"not yet sent":            {report(118, 1000, 1010, 1020), ErrUnsent},
		"never sent":              {report(40_000, 1000, 1010), ErrUnsent},
		"before the first":        {report(90, 1000, 1010), ErrUnsent},
		"of the whole ring":       {&rtcp.TransportLayerCC{BaseSequenceNumber: 120, PacketStatusCount: 65_535}, ErrUnsent},
		"chunks missing":          {with(good(), func(f *rtcp.TransportLayerCC) { f.PacketStatusCount = 9 }), ErrMalformed},
		"chunks too many":         {with(good(), func(f *rtcp.TransportLayerCC) { f.PacketStatusCount = 2 }), ErrMalformed},
		"deltas missing":          {with(good(), func(f *rtcp.TransportLayerCC) { f.RecvDeltas = f.RecvDeltas[:2] }), ErrMalformed},
		"deltas too many":         {with(good(), func(f *rtcp.TransportLayerCC) { f.RecvDeltas = append(f.RecvDeltas, &rtcp.RecvDelta{}) }), ErrMalformed},
		"a delta that is none":    {with(good(), func(f *rtcp.TransportLayerCC) { f.RecvDeltas[1] = nil }), ErrMalformed},
		"a delta beyond its bits": {with(good(), func(f *rtcp.TransportLayerCC) { f.RecvDeltas[1].Delta = 1 << 40 }), ErrMalformed},
		"a chunk that is none":    {with(good(), func(f *rtcp.TransportLayerCC) { f.PacketChunks[1] = nil }), ErrMalformed},
		"a chunk of nothing":      {with(good(), func(f *rtcp.TransportLayerCC) { f.PacketChunks[1] = &rtcp.RunLengthChunk{} }), ErrMalformed},
		"the reserved symbol": {with(good(), func(f *rtcp.TransportLayerCC) {
			f.PacketChunks[1] = &rtcp.RunLengthChunk{PacketStatusSymbol: 3, RunLength: 1}
		}), ErrMalformed},
		"longer than since sent":   {report(100, 1000, 9000), ErrTimes},
		"backwards by as much":     {report(100, 9000, 1000), ErrTimes},
		"of a number that was not": {report(100, 1000), nil},
	} {
		t.Run(name, func(t *testing.T) {
			e := sending()
			if name == "of a number that was not" {
				e.Sent(Packet{Seq: 130, Bytes: 1200}, at(250*millisecond))
				c.feedback, c.err = report(118, 1000, 1010, 1020), ErrUnsent
			}
			before := snapshot(e)
			if err := e.Feedback(c.feedback, later); !errors.Is(err, c.err) {
				t.Errorf("%v, want %v", err, c.err)
			}
			if after := snapshot(e); after != before {
				t.Errorf("changed: %+v, before %+v", after, before)
			}
		})
	}
}

func with(f *rtcp.TransportLayerCC, change func(*rtcp.TransportLayerCC)) *rtcp.TransportLayerCC {
	change(f)
	return f
}

// state is what a feedback may change.
type state struct {
	line      line
	excess    floor
	trend     trend
	meter     meter
	rate      rate
	losses    losses
	prober    prober
	reference int64
	seen      int64
	told      int64
	heard     int64
	first     [32]record
}

func snapshot(e *Estimator) state {
	s := state{
		line: e.line, excess: e.excess, trend: e.trend, meter: e.meter, rate: e.rate, losses: e.losses, prober: e.prober,
		reference: e.reference, seen: e.seen, told: e.told, heard: e.heard,
	}
	for i := range s.first {
		s.first[i] = *e.sent.slot(e.sent.first + int64(i))
	}
	return s
}

func TestRepeatedFeedback(t *testing.T) {
	e := sending()
	for _, f := range []*rtcp.TransportLayerCC{report(100, 1000, 1010, -1, 1030), report(104, 1040, 1050)} {
		if err := e.Feedback(f, later); err != nil {
			t.Fatal(err)
		}
	}
	before := snapshot(e)
	for range 3 {
		if err := e.Feedback(report(100, 1000, 1010, -1, 1030), later); !errors.Is(err, ErrRepeated) {
			t.Error(err)
		}
		if err := e.Feedback(report(101, 1010, -1), later); !errors.Is(err, ErrRepeated) {
			t.Error(err)
		}
	}
	if after := snapshot(e); after != before {
		t.Errorf("changed: %+v, before %+v", after, before)
	}
}

func TestLateFeedbackAndLatePackets(t *testing.T) {
	e := sending()
	for _, f := range []*rtcp.TransportLayerCC{
		report(110, 1100, -1, 1120),
		report(100, 1000, 1010, 1020), // overtaken by the first
		report(111, 1125),             // the packet came after all
	} {
		if err := e.Feedback(f, later); err != nil {
			t.Fatal(err)
		}
	}
	if e.losses.current.lost != 0 || e.losses.current.all != 6 {
		t.Errorf("counted %+v", e.losses.current)
	}
}

func TestFeedbackOfWhatIsForgotten(t *testing.T) {
	e := New(Config{})
	for i := range 3 * minRecords {
		e.Sent(Packet{Seq: uint16(i), Bytes: 100}, at(int64(i)*100*millisecond)) // too slow for the ring to grow
	}
	now := at(3 * minRecords * 100 * millisecond)
	if err := e.Feedback(report(0, 1000, 1100), now); !errors.Is(err, ErrUnsent) {
		t.Error(err)
	}
	// Few bytes can name all numbers; who begins long before what is remembered is not walked after.
	wide := &rtcp.TransportLayerCC{BaseSequenceNumber: uint16(2*minRecords - 1 - minRecords), PacketStatusCount: 2*minRecords + 1,
		PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{RunLength: 2*minRecords + 1}}}
	if err := e.Feedback(wide, now); !errors.Is(err, ErrUnsent) {
		t.Errorf("of what is long forgotten: %v", err)
	}
	half := make([]int, minRecords)
	for i := range half {
		half[i] = 1000 + 100*i
	}
	if err := e.Feedback(report(uint16(2*minRecords-minRecords/2), half...), now); err != nil {
		t.Errorf("half of it is remembered: %v", err)
	}
	if e.seen != e.sent.oldest()+minRecords/2-1 {
		t.Errorf("took %d, oldest is %d", e.seen, e.sent.oldest())
	}
}

func TestReferenceTimeWraps(t *testing.T) {
	e := sending()
	f := report(100, 1000, 1010)
	f.ReferenceTime = 1<<24 - 1
	if err := e.Feedback(f, later); err != nil {
		t.Fatal(err)
	}
	old := e.reference
	f = report(102, 1020, 1030)
	f.ReferenceTime = 0
	if err := e.Feedback(f, later); err != nil {
		t.Fatal(err)
	}
	if e.reference != old+1 {
		t.Errorf("%d after %d", e.reference, old)
	}
}

func TestLimit(t *testing.T) {
	for _, c := range []struct {
		bits uint64
		want int
	}{{0, 30_000}, {1, 30_000}, {200_000, 200_000}, {1 << 60, 500_000}, {1<<64 - 1, 500_000}} {
		e := New(Config{})
		e.Limit(c.bits, at(0))
		if got := e.Target(); got != c.want {
			t.Errorf("limit %d: target %d, want %d", c.bits, got, c.want)
		}
		e.Tick(at(4 * second))
		if got := e.Target(); got != c.want {
			t.Errorf("limit %d after 4 s: target %d, want %d", c.bits, got, c.want)
		}
		e.Tick(at(6 * second))
		if got := e.Target(); got != 500_000 {
			t.Errorf("limit %d after 6 s: target %d", c.bits, got)
		}
	}
}

func TestConfig(t *testing.T) {
	for _, c := range []struct{ given, want Config }{
		{Config{}, Config{500_000, 30_000, 20_000_000}},
		{Config{Start: 10, Min: -1, Max: -1}, Config{30_000, 30_000, 20_000_000}},
		{Config{Start: 1_000_000, Min: 50_000, Max: 400_000}, Config{400_000, 50_000, 400_000}},
		{Config{Min: 300_000, Max: 100_000}, Config{300_000, 300_000, 300_000}},
	} {
		if got := c.given.complete(); got != c.want {
			t.Errorf("%+v becomes %+v, want %+v", c.given, got, c.want)
		}
	}
}

func TestNothingKnown(t *testing.T) {
	e := New(Config{})
	e.Need(5_000_000)
	if _, ok := e.Tick(at(0)); ok {
		t.Error("probes before anybody would say what came of it")
	}
	if e.Target() != 500_000 || e.Loss() != 0 || e.Queueing() != 0 {
		t.Error(e.Target(), e.Loss(), e.Queueing())
	}
	if err := e.Feedback(report(0, 1000), at(0)); !errors.Is(err, ErrUnsent) {
		t.Error(err)
	}
	e.Tick(at(time.Hour.Microseconds()))
	if e.Target() != 500_000 {
		t.Errorf("%d after an hour in which nothing was sent", e.Target())
	}
}

func TestNoProbeWithoutNeed(t *testing.T) {
	for name, need := range map[string]func(int64) int{
		"none":         func(int64) int { return 1 },
		"what it gets": func(int64) int { return 450_000 },
	} {
		t.Run(name, func(t *testing.T) {
			c := call{wire: wire{rate: steadily(5e6), delay: near}, need: need}
			c.probed = func(now int64, p Probe) { t.Errorf("at %d: %+v", now, p) }
			c.run(t, 1, 20*second)
		})
	}
}

// While probes do not hold, they become rare; a probe names what it is to cost, and never more than is of use.
func TestProbesAreRare(t *testing.T) {
	const need = 3_000_000
	var all []int64
	c := call{wire: wire{rate: steadily(1e6), delay: near}, need: func(int64) int { return need }}
	c.probed = func(now int64, p Probe) {
		if p.Cluster == 0 || p.Rate > 2*need || p.Bytes > p.Rate/8/10 && p.Bytes > probeLeast {
			t.Errorf("%+v", p)
		}
		if now > 20*second {
			all = append(all, now)
		}
	}
	c.run(t, 1, 120*second)
	if len(all) > 20 || len(all) < 4 {
		t.Errorf("%d probes in 100 s", len(all))
	}
}
