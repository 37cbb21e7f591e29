package sfutest

import (
	"context"
	"encoding/binary"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Fakes makes transports without a network: a test injects what a peer would send and reads what it would get. They
// answer any offer, and are connected from the first on.
type Fakes struct {
	// Silent ones count what is sent and keep nothing, for benchmarks.
	Silent bool
	// FeedsBack: their peers report what arrived; a test injects the reports.
	FeedsBack bool
	// Speaks are the codecs that were negotiated; nil for Opus and VP8.
	Speaks []transport.Codec
	// Closing is called at the beginning of each Close of a transport, and may block; nil for nothing.
	Closing func()

	mu   sync.Mutex
	made []*Fake
}

// New implements transport.Factory.
func (f *Fakes) New(h transport.Handler) (transport.Transport, error) {
	t := &Fake{handler: h, silent: f.Silent, closing: f.Closing, feeds: f.FeedsBack, speaks: f.Speaks, streams: map[fakeKey]*FakeStream{}}
	if t.speaks == nil {
		t.speaks = []transport.Codec{transport.Opus, transport.VP8}
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made = append(f.made, t)
	return t, nil
}

// Stats implements transport.Factory.
func (f *Fakes) Stats() transport.Stats { return transport.Stats{} }

// Close implements transport.Factory.
func (f *Fakes) Close() error { return nil }

// Last is the transport made last.
func (f *Fakes) Last() *Fake {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.made[len(f.made)-1]
}

// Forget lets go of the transports made so far.
func (f *Fakes) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.made = nil
}

type fakeKey struct {
	slot int
	kind transport.Kind
}

// Fake is one such transport.
type Fake struct {
	handler  transport.Handler
	silent   bool
	closing  func()
	feeds    bool
	speaks   []transport.Codec
	closed   atomic.Bool
	fault    atomic.Bool
	received transport.Received

	mu      sync.Mutex
	lines   []transport.Line
	streams map[fakeKey]*FakeStream
	rtcp    []rtcp.Packet
}

// Sent is one packet as it was handed to a FakeStream.
type Sent struct {
	transport.Packet
	RTX bool
	At  time.Time
}

// FakeStream is the sending side of one slot line.
type FakeStream struct {
	fake  *Fake
	ssrc  uint32
	rtx   uint32
	Count atomic.Uint64

	mu   sync.Mutex
	sent []Sent
}

// Answer implements transport.Transport.
func (f *Fake) Answer(_ context.Context, o transport.Offer) (string, error) {
	if f.closed.Load() {
		return "", transport.ErrClosed
	}
	f.mu.Lock()
	first := f.lines == nil
	f.lines = slices.Clone(o.Lines)
	for _, l := range o.Lines {
		key := fakeKey{l.Slot, l.Use.Kind()}
		if !l.Use.Sends() && f.streams[key] == nil {
			ssrc := uint32(0x10000 + 16*l.Slot + 4*int(l.Use.Kind()))
			s := &FakeStream{fake: f, ssrc: ssrc}
			if key.kind == transport.Video {
				s.rtx = ssrc + 1
			}
			f.streams[key] = s
		}
	}
	f.mu.Unlock()
	if first {
		f.handler.State(transport.Connected)
	}
	return "fake", nil
}

// Stream implements transport.Transport.
func (f *Fake) Stream(slot int, kind transport.Kind) (transport.Stream, bool) {
	s := f.Sent(slot, kind)
	return s, s != nil
}

// Sent is the stream of a slot line, or nil.
func (f *Fake) Sent(slot int, kind transport.Kind) *FakeStream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[fakeKey{slot, kind}]
}

// Speaks implements transport.Transport.
func (f *Fake) Speaks(c transport.Codec) bool { return slices.Contains(f.speaks, c) }

// FeedsBack implements transport.Transport.
func (f *Fake) FeedsBack() bool { return f.feeds }

// SendRTCP implements transport.Transport.
func (f *Fake) SendRTCP(p []rtcp.Packet) error {
	if f.closed.Load() {
		return transport.ErrNotReady
	}
	if !f.silent {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.rtcp = append(f.rtcp, p...)
	}
	return nil
}

// RTCP returns what the engine sent so far, and forgets it.
func (f *Fake) RTCP() []rtcp.Packet {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.rtcp
	f.rtcp = nil
	return all
}

// Flush implements transport.Transport.
func (f *Fake) Flush() {}

// LastCheck implements transport.Transport.
func (f *Fake) LastCheck() time.Time { return time.Time{} }

// Close implements transport.Transport.
func (f *Fake) Close() error {
	if f.closing != nil {
		f.closing()
	}
	f.closed.Store(true)
	return nil
}

// SetState tells the engine of a state.
func (f *Fake) SetState(s transport.State) { f.handler.State(s) }

// Control injects a control packet of the peer.
func (f *Fake) Control(p rtcp.Packet) { f.ControlAt(p, time.Now()) }

// ControlAt is Control for other times than now.
func (f *Fake) ControlAt(p rtcp.Packet, at time.Time) { f.handler.RTCP(p, at) }

// Fault makes the next packet that is injected fault inside the engine: no real packet is like it.
func (f *Fake) Fault() { f.fault.Store(true) }

// Inject hands a packet to the engine as if the peer had sent it on a line, in a layer. Calls must not overlap.
func (f *Fake) Inject(line, layer int, p *rtp.Packet) { f.InjectAt(line, layer, p, false, time.Now()) }

// InjectAt is Inject for retransmissions, and for other times than now.
func (f *Fake) InjectAt(line, layer int, p *rtp.Packet, rtx bool, at time.Time) {
	raw, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	f.InjectRaw(line, layer, raw, rtx, at)
}

// InjectRaw injects the bytes of a packet. It does not allocate.
func (f *Fake) InjectRaw(line, layer int, raw []byte, rtx bool, at time.Time) {
	packet, err := codec.ParseRTP(raw)
	if err != nil {
		panic(err)
	}
	f.received = transport.Received{
		Packet: packet, Raw: raw, Arrival: at, Line: line, Layer: layer, RTX: rtx, Codec: transport.VP8, Size: len(raw),
	}
	switch packet.PayloadType {
	case 111:
		f.received.Codec = transport.Opus
	case 63:
		f.received.Codec = transport.RED
	case 98:
		f.received.Codec = transport.VP9
	}
	if f.fault.Swap(false) {
		f.received.Layer = -1
	}
	f.handler.RTP(&f.received)
}

// InjectLevel injects a packet of sound that states a level.
func (f *Fake) InjectLevel(line int, p *rtp.Packet, level uint8, at time.Time) {
	raw, err := p.Marshal()
	if err != nil {
		panic(err)
	}
	packet, err := codec.ParseRTP(raw)
	if err != nil {
		panic(err)
	}
	f.received = transport.Received{
		Packet: packet, Raw: raw, Arrival: at, Line: line, Codec: transport.Opus, Size: len(raw),
		HasLevel: true, Level: codec.AudioLevel{Level: level},
	}
	f.handler.RTP(&f.received)
}

// Receive injects a packet as the transport would have described it.
func (f *Fake) Receive(r *transport.Received) { f.handler.RTP(r) }

// SetSeq changes the sequence number of the bytes of a packet.
func SetSeq(raw []byte, seq uint16) { binary.BigEndian.PutUint16(raw[2:], seq) }

// SSRC implements transport.Stream.
func (s *FakeStream) SSRC() uint32 { return s.ssrc }

// RTX implements transport.Stream.
func (s *FakeStream) RTX() uint32 { return s.rtx }

// SendRTP implements transport.Stream.
func (s *FakeStream) SendRTP(p *transport.Packet) error {
	if !s.fake.Speaks(p.Codec) {
		return transport.ErrNotReady
	}
	return s.send(p, false)
}

// SendRTX implements transport.Stream.
func (s *FakeStream) SendRTX(p *transport.Packet) error {
	if s.rtx == 0 || !s.fake.Speaks(p.Codec) {
		return transport.ErrNotReady
	}
	return s.send(p, true)
}

// SendPadding implements transport.Stream.
func (s *FakeStream) SendPadding(bytes int, transportSeq uint16) error {
	if s.rtx == 0 {
		return transport.ErrNotReady
	}
	return s.send(&transport.Packet{Payload: make([]byte, bytes), TransportSeq: transportSeq}, true)
}

func (s *FakeStream) send(p *transport.Packet, rtx bool) error {
	if s.fake.closed.Load() {
		return transport.ErrNotReady
	}
	s.Count.Add(1)
	if s.fake.silent {
		return nil
	}
	c := *p
	c.Payload, c.CaptureTime = slices.Clone(p.Payload), slices.Clone(p.CaptureTime)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent = append(s.sent, Sent{c, rtx, time.Now()})
	return nil
}

// All returns what was sent so far.
func (s *FakeStream) All() []Sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

// FakePerson is a fake transport in a room, with its session and what its Handler was told.
type FakePerson struct {
	*Fake
	*Events
	Session *sfu.Session
	Name    string
}

// The m-lines of every FakePerson: sound, picture, then pairs of slots.
const (
	FakeMicrophone = iota
	FakeCamera
)

// JoinFake puts a fake peer that sends sound and picture and has a number of pairs into a room, in the group "room"
// with everything allowed. Mappings are acknowledged unless hold is set.
func JoinFake(tb testing.TB, f *Fakes, r *sfu.Room, name string, pairs int, hold bool) *FakePerson {
	tb.Helper()
	e := NewEvents()
	s, err := r.Join(name, 1, e)
	if err != nil {
		tb.Fatal(err)
	}
	p := &FakePerson{Fake: f.Last(), Events: e, Session: s, Name: name}
	if !hold {
		e.Acknowledge(s)
	}
	s.SetFlow(sfu.Flow{Group: "room", Audio: true, Video: true})
	if _, err := s.Answer(context.Background(), FakeOffer(pairs)); err != nil {
		tb.Fatal(err)
	}
	return p
}

// FakeOffer is what a FakePerson offers.
func FakeOffer(pairs int) sfu.Offer {
	o := sfu.Offer{Lines: []sfu.Line{{Mid: "0", Use: "microphone"}, {Mid: "1", Use: "camera"}}}
	for slot := range pairs {
		o.Lines = append(o.Lines,
			sfu.Line{Mid: strconv.Itoa(len(o.Lines)), Use: "audio", Slot: slot},
			sfu.Line{Mid: strconv.Itoa(len(o.Lines) + 1), Use: "video", Slot: slot})
	}
	return o
}

// Share adds the lines of a shared screen to those that the person has, and returns their numbers.
func (p *FakePerson) Share(tb testing.TB) (screen, sound int) {
	tb.Helper()
	o := sfu.Offer{}
	for _, l := range p.Fake.offered() {
		o.Lines = append(o.Lines, sfu.Line{Mid: l.Mid, Use: l.Use.String(), Slot: l.Slot})
	}
	screen, sound = len(o.Lines), len(o.Lines)+1
	o.Lines = append(o.Lines, sfu.Line{Mid: "s0", Use: "screen"}, sfu.Line{Mid: "s1", Use: "screen_audio"})
	if _, err := p.Session.Answer(context.Background(), o); err != nil {
		tb.Fatal(err)
	}
	return screen, sound
}

func (f *Fake) offered() []transport.Line {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.lines)
}

// Carries waits until the person's slot carries a participant: until a packet that he sends comes through it. send is
// called until then.
func (p *FakePerson) Carries(tb testing.TB, slot int, kind transport.Kind, send func()) {
	tb.Helper()
	stream := p.Sent(slot, kind)
	before := stream.Count.Load()
	deadline := time.After(Deadline)
	for stream.Count.Load() == before {
		send()
		select {
		case <-deadline:
			tb.Fatalf("%s: nothing comes through slot %d", p.Name, slot)
		case <-p.changed:
		case <-time.After(5 * time.Millisecond): // the pace of the packets
		}
	}
}
