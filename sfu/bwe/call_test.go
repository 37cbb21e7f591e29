package bwe

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// at is a moment of a call.
func at(micros int64) time.Time { return epoch.Add(time.Duration(micros) * time.Microsecond) }

// call is one receiver behind a line, and the estimator that learns of it.
type call struct {
	wire
	config   Config
	need     func(at int64) int            // 0: a lot
	fps      int                           // 0: 25
	keyEvery int64                         // 0: 4 s
	first    uint16                        // transport-wide number
	every    int64                         // feedback; 0: 50 to 100 ms
	chunky   bool                          // probes are sent each 20 ms, not packet by packet
	trace    func(p parcel, arrived int64) // arrived 0: never
	lenient  bool                          // a feedback may be refused
	probed   func(now int64, p Probe)
	refused  func(now int64, err error)
	watch    func(now int64, e *Estimator) // called each millisecond
}

type timed struct {
	at   int64
	seq  uint16
	back *rtcp.TransportLayerCC
}

// run plays the call.
func (c call) run(t testing.TB, seed uint64, length int64) log {
	t.Helper()
	random := rand.New(rand.NewPCG(seed, 1))
	e := New(c.config)
	fps := cmp.Or(c.fps, 25)
	s := source{fps: fps, keyEvery: cmp.Or(c.keyEvery, 4*second), keySize: 5, random: random}
	line := bottleneck{wire: c.wire}
	line.queue = cmp.Or(line.queue, 300*millisecond)
	hold := func(at int64) int64 { return at }
	if c.jitter != nil {
		hold = c.jitter(random)
	}
	loses := func() bool { return false }
	if c.loss != nil {
		loses = c.loss(random)
	}
	recorder := twcc.NewRecorder(1)
	var (
		seq         = c.first
		arrivals    []timed
		answers     []timed
		padding     Probe
		paddingFrom int64
		padded      int
		nextAnswer  = int64(70 * millisecond)
		sizes       [500]int
		course      log
		sentBytes   int
		lastCame    int64
	)
	e.RoundTrip(time.Duration(2*c.delay) * time.Microsecond)
	send := func(now int64, bytes int, probe uint8) {
		e.Sent(Packet{Seq: seq, Bytes: bytes, Probe: probe}, at(now))
		p := parcel{seq: seq, bytes: bytes, sentAt: now}
		if !line.send(p, now) && c.trace != nil {
			c.trace(p, 0)
		}
		seq++
		sentBytes += bytes
	}
	for now := int64(0); now < length; now += step {
		// What the line lets out.
		line.serve(now, func(p parcel, out int64) {
			if p.rival {
				c.rival.came(out + c.delay)
				return
			}
			if loses() {
				if c.trace != nil {
					c.trace(p, 0)
				}
				return
			}
			came := max(hold(out+c.delay), lastCame)
			lastCame = came
			if c.reorder > 0 && random.Float64() < c.reorder {
				came += 15 * millisecond
			}
			if c.trace != nil {
				c.trace(p, came)
			}
			arrivals = append(arrivals, timed{at: came, seq: p.seq})
		})
		if c.reorder > 0 {
			slices.SortStableFunc(arrivals, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
		}
		// What the peer sees and says.
		for len(arrivals) > 0 && arrivals[0].at <= now {
			clock := arrivals[0].at + 100_000*second
			if c.clock != nil {
				clock += c.clock(arrivals[0].at)
			}
			recorder.Record(2, arrivals[0].seq, clock)
			arrivals = arrivals[1:]
		}
		if now >= nextAnswer {
			nextAnswer += cmp.Or(c.every, 50*millisecond+random.Int64N(50*millisecond))
			for _, packet := range recorder.BuildFeedbackPacket() {
				if random.Float64() < c.fbLoss || c.silent != nil && c.silent(now) || c.dead != nil && c.dead(now) {
					continue
				}
				answers = append(answers, timed{at: now + c.delay, back: overTheWire(t, packet)})
			}
		}
		for len(answers) > 0 && answers[0].at <= now {
			if err := e.Feedback(answers[0].back, at(now)); err != nil && c.refused != nil {
				c.refused(now, err)
			} else if err != nil && !c.lenient {
				t.Fatalf("at %v: %v", time.Duration(now)*time.Microsecond, err)
			}
			answers = answers[1:]
		}
		// What is sent.
		need := 20_000_000
		if c.need != nil {
			need = c.need(now)
		}
		e.Need(need)
		if now%(20*millisecond) == 0 {
			if p, ok := e.Tick(at(now)); ok {
				padding, paddingFrom, padded = p, now, 0
				if c.probed != nil {
					c.probed(now, p)
				}
			}
		}
		if padding.Bytes > 0 && (!c.chunky || now%(20*millisecond) == 0) {
			ahead := int64(0)
			if c.chunky {
				ahead = 20 * millisecond
			}
			for padded < padding.Bytes && float64(padded*8) <= float64(padding.Rate)*float64(now+ahead-paddingFrom)/second {
				send(now, 300, padding.Cluster)
				padded += 300
			}
			if padded >= padding.Bytes {
				padding = Probe{}
			}
		}
		for _, bytes := range s.take(now, float64(min(need, e.Target()))) {
			send(now, bytes, 0)
		}
		if c.rival != nil {
			for range c.rival.packets(now) {
				if !line.send(parcel{bytes: 1200, rival: true}, now) {
					c.rival.gone(now)
				}
			}
		}
		// What is written down.
		if c.watch != nil {
			c.watch(now, e)
		}
		i := now / millisecond % int64(len(sizes))
		sizes[i] = sentBytes
		if now%(20*millisecond) == 0 {
			before := sizes[(i+1)%int64(len(sizes))]
			course = append(course, sample{
				at: now, target: float64(e.Target()), capacity: c.rate(now), queue: line.delayed(now),
				told: e.Queueing().Microseconds(), loss: e.Loss(), sent: float64(sentBytes-before) * 16,
			})
		}
	}
	return course
}

// overTheWire is the packet as it is read.
func overTheWire(t testing.TB, p rtcp.Packet) *rtcp.TransportLayerCC {
	t.Helper()
	raw, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	read := new(rtcp.TransportLayerCC)
	if err := read.Unmarshal(raw); err != nil {
		t.Fatal(err)
	}
	return read
}
