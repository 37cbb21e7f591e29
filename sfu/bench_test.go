package sfu_test

import (
	"fmt"
	"net/netip"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// forwarding is a room without a network in which one person's picture goes to n others: send makes it go there once.
func forwarding(tb testing.TB, n int) (send func(), out func() uint64) {
	tb.Helper()
	fakes := &sfutest.Fakes{Silent: true}
	_, room := fakeRoom(tb, fakes, func(c *sfu.Config) {
		c.Limits = sfu.Limits{SessionsPerRoom: n + 1, VideoPackets: 1 << 30, VideoBits: 1 << 50}
	})
	bob := sfutest.JoinFake(tb, fakes, room, "bob", 1, false)
	var viewers []*sfutest.FakePerson
	for i := range n {
		viewers = append(viewers, sfutest.JoinFake(tb, fakes, room, fmt.Sprint(i), 1, false))
	}
	vp8 := sfutest.NewVP8(7, 1, 640, 360)
	vp8.Size = 1100
	for _, v := range viewers {
		v.Carries(tb, 0, transport.Video, func() { bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0]) })
	}
	raw, err := vp8.Frame(false, 1)[0].Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	seq := vp8.Header.SequenceNumber - 1
	at := time.Now()
	return func() {
			sfutest.SetSeq(raw, seq)
			seq++
			at = at.Add(20 * time.Millisecond) // no more than a small picture needs
			bob.InjectRaw(sfutest.FakeCamera, 0, raw, false, at)
		}, func() uint64 {
			var sum uint64
			for _, v := range viewers {
				sum += v.Sent(0, transport.Video).Count.Load()
			}
			return sum
		}
}

// BenchmarkForward is the engine's own cost, without transport and network, for packets of 1,100 bytes.
func BenchmarkForward(b *testing.B) {
	for _, n := range []int{1, 3, 12, 50} {
		b.Run(fmt.Sprintf("to%d", n), func(b *testing.B) {
			send, out := forwarding(b, n)
			for range 2000 {
				send() // until the ring has its size
			}
			before := out()
			b.ReportAllocs()
			b.ResetTimer()
			for range b.N {
				send()
			}
			b.StopTimer()
			if sent := out() - before; sent != uint64(b.N*n) {
				b.Fatalf("%d of %d packets came out", sent, b.N*n)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*n), "ns/forwarded")
		})
	}
}

func TestForwardingAllocatesNothing(t *testing.T) {
	send, out := forwarding(t, 8)
	for range 2000 {
		send()
	}
	before := out()
	const runs = 5000
	allocs := testing.AllocsPerRun(runs, send)
	if sent := out() - before; sent < 8*runs {
		t.Fatalf("only %d packets came out", sent)
	}
	// The room's clock runs beside and allocates now and then.
	if perPacket := allocs / 8; perPacket > 0.02 {
		t.Errorf("%.3f allocations for each forwarded packet", perPacket)
	}
}

// BenchmarkForwardUDP is the whole way through Pion and loopback sockets: open, forward to n, seal, send.
func BenchmarkForwardUDP(b *testing.B) {
	for _, n := range []int{1, 10} {
		b.Run(fmt.Sprintf("to%d", n), func(b *testing.B) {
			server, err := sfu.New(sfu.Config{
				UDP:    netip.MustParseAddrPort("127.0.0.1:0"),
				Limits: sfu.Limits{VideoPackets: 1 << 30, VideoBits: 1 << 50, Flood: 1 << 50},
			})
			if err != nil {
				b.Fatal(err)
			}
			defer func() { _ = server.Close(b.Context()) }()
			room := server.Room("r", nil)
			bob := sfutest.Join(b, room, "bob", sfutest.Options{Camera: []string{}, Pairs: 1, Plain: true})
			var viewers []*sfutest.Person
			for i := range n {
				viewers = append(viewers, sfutest.Join(b, room, fmt.Sprint(i), sfutest.Options{Pairs: 1, Plain: true}))
			}
			vp8 := sfutest.NewVP8(7, 1, 640, 360)
			vp8.Size = 1100
			for _, v := range viewers {
				slot := v.Slot(v.Sees(b, "bob"), transport.Video)
				for len(slot.Drain()) == 0 {
					bob.Send(transport.Camera, "", vp8.Frame(true, 1)[0])
					time.Sleep(5 * time.Millisecond)
				}
			}
			before := server.Stats().PacketsOut
			var lost uint64
			var since time.Time
			b.ReportAllocs()
			b.ResetTimer()
			for i := range b.N {
				bob.Send(transport.Camera, "", vp8.Frame(false, 1)[0])
				if i%64 == 63 { // not faster than the server, which has lost what does not come any more
					for last := uint64(0); server.Stats().PacketsOut+lost < before+uint64((i-128)*n) && i > 128; {
						time.Sleep(50 * time.Microsecond)
						if now := server.Stats().PacketsOut; now != last {
							last, since = now, time.Now()
						} else if time.Since(since) > 10*time.Millisecond {
							lost = before + uint64((i-128)*n) - now
						}
					}
				}
			}
			b.StopTimer()
			stats, latency := server.Stats(), server.Latency()
			b.ReportMetric(float64(stats.PacketsOut-before)/float64(b.N*n), "out/in")
			var samples, sum uint64
			for i, c := range latency.Counts {
				samples += c
				if i < len(latency.Bounds) && latency.Bounds[i] <= 200*time.Microsecond {
					sum += c
				}
			}
			if samples > 0 {
				b.ReportMetric(float64(sum)/float64(samples), "share<200us")
			}
		})
	}
}
