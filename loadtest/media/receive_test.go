package media

import (
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"
	"pgregory.net/rapid"
)

// talk is a sound of which packets are lost and late, and what a listener makes of it.
type talk struct {
	listener listener
	past     Redundant
	red      bool
	number   uint64
	at       time.Duration
}

// packet makes the next packet, 20 ms after the one before.
func (k *talk) packet() (uint64, *rtp.Packet) {
	k.number++
	k.at += 20 * time.Millisecond
	timestamp := uint32(k.number) * 960
	payload := Sound()
	if k.red {
		payload = k.past.Wrap(payload, timestamp)
	}
	return k.number, &rtp.Packet{Header: rtp.Header{SequenceNumber: uint16(k.number), Timestamp: timestamp}, Payload: payload}
}

func (k *talk) send(packets int, late time.Duration) {
	for range packets {
		number, packet := k.packet()
		k.listener.push(number, packet, k.red, k.at+late)
	}
}

func TestSoundThatIsLostIsMadeUp(t *testing.T) {
	for _, red := range []bool{false, true} {
		k := talk{red: red}
		k.send(100, 0)
		k.packet() // is lost
		k.send(100, 0)
		k.packet()
		k.packet() // two in a row: one of them is not carried by the next
		k.send(100, 0)
		want := Sounds{Packets: uint64(k.number) - settled, Concealed: 3}
		if red {
			want.Concealed = 1
		}
		if got := k.listener.take(); got != want {
			t.Errorf("RED %v: %+v, want %+v", red, got, want)
		}
	}
}

// What comes late is made up until the listener has got used to it; a silence (no packets, the numbers go on) is no loss.
func TestSoundThatIsLate(t *testing.T) {
	var k talk
	k.send(100, 0)
	k.send(100, 90*time.Millisecond)
	k.send(200, 300*time.Millisecond)
	got := k.listener.take()
	if got.Concealed < 1 || got.Concealed > 20 {
		t.Errorf("a line that became slower by 200 ms: %+v", got)
	}
	k.at += time.Second
	k.listener.playout.origin -= 48000 // the sender's clock went on
	k.send(200, 300*time.Millisecond)
	if got := k.listener.take(); got.Concealed > 20 {
		t.Errorf("after a silence: %+v", got)
	}
}

// film is a picture of which packets are lost and late, and what a viewer makes of it.
type film struct {
	viewer viewer
	maker  Picture
	number uint64
	at     time.Duration
	time   uint32
}

func newFilm() *film {
	return &film{
		viewer: viewer{playout: playout{rate: pictureClock}}, maker: Picture{Width: 640, Height: 360, FrameBytes: 3000, PacketBytes: 1000},
	}
}

type numbered struct {
	number uint64
	packet *rtp.Packet
}

// frame makes the packets of the next frame, 40 ms after the one before.
func (f *film) frame(key bool) (packets []numbered) {
	f.at += 40 * time.Millisecond
	f.time += 3600
	payloads := f.maker.Frame(key)
	for i, payload := range payloads {
		f.number++
		packets = append(packets, numbered{f.number, &rtp.Packet{Header: rtp.Header{Timestamp: f.time, Marker: i == len(payloads)-1}, Payload: slices.Clone(payload)}})
	}
	return packets
}

func (f *film) push(packets []numbered, late time.Duration) {
	for _, p := range packets {
		f.viewer.push(p.number, p.packet, f.at+late)
	}
}

func (f *film) play(frames int) {
	for range frames {
		f.push(f.frame(false), 0)
	}
}

func TestPictureWithoutFault(t *testing.T) {
	f := newFilm()
	f.play(5) // nothing can be seen before a key frame
	f.push(f.frame(true), 0)
	f.play(99)
	if got, want := f.viewer.take(f.at), (Pictures{Frames: 100, Lines: 36_000}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestPictureFreezes(t *testing.T) {
	for name, c := range map[string]struct {
		spoil       func(*film)
		freezes     uint64
		least, most time.Duration
		frames      uint64
	}{
		"repaired in time": {func(f *film) {
			p := f.frame(false)
			f.push(p[:2], 0)
			f.push(p[2:], 100*time.Millisecond)
		}, 0, 0, 0, 1},
		"repaired late": {func(f *film) {
			p := f.frame(false)
			f.push(p[:1], 0)
			f.play(10)
			f.push(p[1:], 0)
		}, 1, 400 * time.Millisecond, 500 * time.Millisecond, 11},
		"never repaired, then a key frame": {func(f *film) {
			f.push(f.frame(false)[1:], 0)
			f.play(24)
			f.push(f.frame(true), 0)
		}, 1, time.Second, 1100 * time.Millisecond, 1},
		"a pause that was told": {func(f *film) {
			f.viewer.begin()
			f.at += 3 * time.Second
			f.push(f.frame(true), 0)
		}, 0, 0, 0, 1},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFilm()
			f.push(f.frame(true), 0)
			f.play(100)
			f.viewer.take(f.at)
			c.spoil(f)
			f.play(50)
			got := f.viewer.take(f.at)
			if got.Freezes != c.freezes || got.Longest < c.least || got.Longest > c.most || got.Frames != c.frames+50 {
				t.Errorf("%+v", got)
			}
		})
	}
	f := newFilm()
	f.push(f.frame(true), 0)
	f.play(100)
	// A picture that may never come again is one freeze, however often it is looked at.
	stands := Pictures{}
	for second := range 5 {
		stands.Add(f.viewer.take(f.at + time.Duration(second+1)*time.Second))
	}
	if stands.Longest < 5*time.Second || stands.Freezes != 1 || stands.Frozen != stands.Longest {
		t.Errorf("a picture that stands still now: %+v", stands)
	}
}

// Whatever the order in which packets come, as long as all come soon: every frame is shown, none twice.
func TestPicturesInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := newFilm()
		packets := f.frame(true)
		frames := rapid.IntRange(1, 30).Draw(t, "frames")
		for range frames {
			packets = append(packets, f.frame(false)...)
		}
		for _, i := range rapid.Permutation(slices.Collect(func(yield func(int) bool) {
			for i := range packets {
				if !yield(i) {
					return
				}
			}
		})).Draw(t, "order") {
			f.viewer.push(packets[i].number, packets[i].packet, f.at)
		}
		if got := f.viewer.take(f.at); got.Frames != uint64(frames)+1 {
			t.Fatalf("%d frames of %d", got.Frames, frames+1)
		}
	})
}

// However packets are lost, repeated and shuffled within the window, over the wrap of the numbers, what came is counted once.
func TestNumbersCountEachOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var n numbers
		start := rapid.Uint16().Draw(t, "start")
		came := map[uint32]bool{}
		first, last, news := uint32(0), uint32(0), 0
		for base := uint32(0); base < 100_000; base += 3000 {
			for _, offset := range rapid.SliceOfN(rapid.Uint32Range(0, 900), 1, 10).Draw(t, "offsets") {
				at := base + offset
				if _, isNews := n.take(start + uint16(at)); isNews {
					news++
				}
				if len(came) == 0 {
					first, last = at, at
				}
				came[at] = true
				first, last = min(first, at), max(last, at)
			}
		}
		if news != len(came) || n.received != uint64(news) || n.expected() != uint64(last-first+1) {
			t.Fatalf("%d news of %d, received %d, expected %d, want %d", news, len(came), n.received, n.expected(), last-first+1)
		}
	})
	var n numbers
	if n.expected() != 0 {
		t.Error("something is expected of nothing")
	}
	n.take(10_000)
	if _, news := n.take(10_000 - window); news {
		t.Error("what is too late to tell is news")
	}
}

// What is wrapped can be unwrapped, and what comes from elsewhere does no harm.
func TestRedundant(t *testing.T) {
	var r Redundant
	first := r.Wrap([]byte{1, 2, 3}, 1000)
	if got := Offsets(first); len(got) != 0 || !slices.Equal(first, []byte{111, 1, 2, 3}) {
		t.Errorf("the first: %v, %v", first, got)
	}
	second := r.Wrap([]byte{4}, 1960)
	if got := Offsets(second); !slices.Equal(got, []uint32{960}) || !slices.Equal(second[len(second)-5:], []byte{111, 1, 2, 3, 4}) {
		t.Errorf("the second: %v, %v", second, got)
	}
	if got := Offsets(r.Wrap([]byte{5}, 1960+maxOffset+1)); len(got) != 0 {
		t.Errorf("too old to be named: %v", got)
	}
}

func FuzzOffsets(f *testing.F) {
	var r Redundant
	f.Add(r.Wrap(Sound(), 960))
	f.Add(r.Wrap(Sound(), 1920))
	f.Add([]byte{0x80})
	f.Fuzz(func(t *testing.T, payload []byte) {
		for _, offset := range Offsets(payload) {
			if offset > maxOffset {
				t.Errorf("offset %d", offset)
			}
		}
	})
}

func TestProbe(t *testing.T) {
	p := NewProbe()
	if _, ok := p.FirstAt(); ok {
		t.Error("something came first where nothing came")
	}
	stream := Stream{Slot: 1}
	send := func(number uint16, sent, latency time.Duration) {
		payload := Sound()
		Mark{Sender: 7, Number: uint32(number), Sent: sent}.Put(payload)
		p.Packet(Arrival{Stream: stream, Person: "ada", Packet: &rtp.Packet{Header: rtp.Header{SequenceNumber: number}, Payload: payload}, At: sent + latency})
	}
	send(10, time.Second, time.Millisecond)
	send(12, time.Second, 3*time.Millisecond)
	send(12, time.Second, 9*time.Millisecond)
	send(14, time.Second, 2*time.Millisecond)
	p.Packet(Arrival{Stream: stream, Person: "ada", Packet: &rtp.Packet{Header: rtp.Header{SequenceNumber: 15}, Payload: []byte("no mark")}})
	ada := func(Stream) (string, bool) { return "ada", true }
	got := p.Take(2*time.Second, ada)
	if got.Received != 4 || got.Expected != 6 || got.Repeated != 1 || got.Strange != 1 || len(got.Latencies) != 3 || slices.Max(got.Latencies) != 3*time.Millisecond {
		t.Errorf("%+v", got)
	}
	if sounds, pictures := p.Senders(); sounds != 1 || pictures != 0 {
		t.Errorf("%d sounds, %d pictures", sounds, pictures)
	}
	send(13, 3*time.Second, time.Millisecond) // was missing
	if got := p.Take(4*time.Second, ada); got.Received != 1 || got.Expected != 0 {
		t.Errorf("since then %+v", got)
	}
	if at, ok := p.FirstAt(); !ok || at != 1001*time.Millisecond {
		t.Errorf("first at %v %v", at, ok)
	}
}

func TestSampleIsBounded(t *testing.T) {
	s := Sample{Most: 10}
	for i := range 1000 {
		s.Add(time.Duration(i))
	}
	if got := s.Take(); len(got) != 10 || slices.Max(got) < 10 {
		t.Errorf("%v", got)
	}
	if got := s.Take(); len(got) != 0 {
		t.Errorf("kept after it was taken: %v", got)
	}
}
