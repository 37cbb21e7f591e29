// Package transporttest is the suite that every implementation of
// transport.Transport passes. It drives the implementation with a client of
// package sfutest over the loopback interface.
package transporttest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Run runs the suite. open makes a factory that serves on loopback addresses; the suite closes it.
func Run(t *testing.T, open func(testing.TB) transport.Factory) {
	for name, test := range map[string]func(*testing.T, *rig){
		"connects":                     connects,
		"sound and picture come in":    mediaComesIn,
		"layers are told apart":        layers,
		"a lone line without mid":      withoutMid,
		"retransmissions unwrapped":    retransmissions,
		"probes are not media":         probes,
		"control packets come once":    controlOnce,
		"slots carry packets":          slotsCarry,
		"padding probes the line":      padding,
		"nothing sent before":          notReady,
		"the pool grows":               grows,
		"bad offers change nothing":    badOffers,
		"who asked may leave":          asker,
		"a flood of streams ends it":   flood,
		"and of control about streams": controlFlood,
		"headers have a length":        longHeaders,
		"nothing after close":          nothingAfterClose,
		"ice restart keeps the stream": iceRestart,
	} {
		t.Run(name, func(t *testing.T) {
			sfutest.NoLeaks(t)
			f := open(t)
			t.Cleanup(func() {
				if err := f.Close(); err != nil {
					t.Errorf("closing the factory: %v", err)
				}
			})
			r := &rig{factory: f, changed: make(chan struct{}, 1)}
			tr, err := f.New(r)
			if err != nil {
				t.Fatal(err)
			}
			r.transport = tr
			t.Cleanup(func() {
				if err := tr.Close(); err != nil {
					t.Errorf("close: %v", err)
				}
			})
			test(t, r)
		})
	}
}

// codecOf is what is sent of each kind.
func codecOf(k transport.Kind) transport.Codec {
	if k == transport.Video {
		return transport.VP8
	}
	return transport.Opus
}

// received is a copy of what the handler was told of a packet.
type received struct {
	transport.Received
	raw []byte
}

// rig is a transport and everything that it told.
type rig struct {
	factory   transport.Factory
	transport transport.Transport
	changed   chan struct{}

	// mu guards the following fields.
	mu     sync.Mutex
	rtp    []received
	rtcp   []rtcp.Packet
	states []transport.State
	inside int
	after  bool // set when Close has returned: nothing may come
	faults []string
}

func (r *rig) enter() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.after {
		r.faults = append(r.faults, "called after Close")
	}
}

func (r *rig) wake() {
	select {
	case r.changed <- struct{}{}:
	default:
	}
}

func (r *rig) RTP(p *transport.Received) {
	r.enter()
	r.mu.Lock()
	r.inside++
	if r.inside > 1 {
		r.faults = append(r.faults, "RTP calls overlap")
	}
	c := received{*p, bytes.Clone(p.Raw)}
	c.Payload = bytes.Clone(p.Payload)
	r.rtp = append(r.rtp, c)
	r.mu.Unlock()
	r.wake()
	r.mu.Lock()
	r.inside--
	r.mu.Unlock()
}

func (r *rig) RTCP(p rtcp.Packet, _ time.Time) {
	r.enter()
	r.mu.Lock()
	r.rtcp = append(r.rtcp, p)
	r.mu.Unlock()
	r.wake()
}

func (r *rig) State(s transport.State) {
	r.enter()
	r.mu.Lock()
	r.states = append(r.states, s)
	r.mu.Unlock()
	r.wake()
}

// await waits until ok, which is called under the rig's lock.
func (r *rig) await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.After(sfutest.Deadline)
	for {
		r.mu.Lock()
		done := ok()
		faults := slices.Clone(r.faults)
		r.mu.Unlock()
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		if done {
			return
		}
		select {
		case <-r.changed:
		case <-deadline:
			t.Fatalf("never: %s", what)
		}
	}
}

// last is the same, for who holds the lock.
func (r *rig) last() transport.State {
	if len(r.states) == 0 {
		return transport.New
	}
	return r.states[len(r.states)-1]
}

// state is the last one told.
func (r *rig) state() transport.State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.last()
}

func (r *rig) connected(t *testing.T) {
	t.Helper()
	r.await(t, "connected", func() bool { return r.last() == transport.Connected })
}

func (r *rig) connect(t *testing.T, o sfutest.Options) *sfutest.Client {
	t.Helper()
	c := sfutest.NewClient(t, o)
	c.Connect(r.transport.Answer)
	r.connected(t)
	return c
}

func connects(t *testing.T, r *rig) {
	c := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1})
	offer, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, err := r.transport.Answer(t.Context(), offer)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"a=setup:passive", "a=candidate:", "a=end-of-candidates", "useinbandfec=1;usedtx=1", "a=msid:slot-0 audio-0", "a=msid:slot-0 video-0",
	} {
		if !strings.Contains(answer, want) {
			t.Errorf("the answer lacks %s", want)
		}
	}
	if err := c.Accept(answer); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	if since := time.Since(r.transport.LastCheck()); since < 0 || since > sfutest.Deadline {
		t.Errorf("the last check came %v ago", since)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if !slices.Equal(r.states, []transport.State{transport.Connecting, transport.Connected}) &&
		!slices.Equal(r.states, []transport.State{transport.Connected}) {
		t.Errorf("states %v", r.states)
	}
}

func mediaComesIn(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Camera: []string{}, Pairs: 1})
	opus, vp8 := sfutest.NewOpus(0xa0, 65530), sfutest.NewVP8(0xb0, 100, 640, 360)
	before := time.Now()
	for range 10 {
		c.SendLevel(opus.Packet(), 0x80|33)
		for _, p := range vp8.Frame(false, 2) {
			c.Send(transport.Camera, "", p)
		}
	}
	r.await(t, "30 packets", func() bool { return len(r.rtp) == 30 })
	seqs := map[int][]uint16{}
	for _, p := range r.rtp {
		mark, ok := sfutest.ReadMark(p.Payload)
		if !ok || mark.SSRC != p.SSRC || mark.Seq != p.SequenceNumber || p.RTX || p.Layer != 0 {
			t.Fatalf("another packet than was sent: %+v", p)
		}
		if p.Arrival.Before(before) || p.Arrival.After(time.Now()) {
			t.Fatalf("arrival %v", p.Arrival)
		}
		if again, err := codec.ParseRTP(p.raw); err != nil || again.SequenceNumber != p.SequenceNumber {
			t.Fatalf("raw is not the packet: %v", err)
		}
		seqs[p.Line] = append(seqs[p.Line], p.SequenceNumber)
		switch p.Line {
		case 0:
			if p.Codec != transport.Opus || !p.HasLevel || p.Level != (codec.AudioLevel{Level: 33, Voice: true}) {
				t.Fatalf("sound: %+v", p)
			}
		case 1:
			if p.Codec != transport.VP8 || p.HasLevel {
				t.Fatalf("picture: %+v", p)
			}
		default:
			t.Fatalf("line %d", p.Line)
		}
	}
	if len(seqs[0]) != 10 || seqs[0][9]-seqs[0][0] != 9 || len(seqs[1]) != 20 || seqs[1][19] != 119 {
		t.Errorf("order: %v", seqs)
	}
}

func layers(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Camera: []string{"q", "h", "f"}, Pairs: 1})
	for i, rid := range []string{"q", "h", "f"} {
		for _, p := range sfutest.NewVP8(uint32(0xc0+i), 1, 320, 180).Frame(true, 3) {
			c.Send(transport.Camera, rid, p)
		}
	}
	// A layer that was not offered is nobody's.
	for _, p := range sfutest.NewVP8(0xcf, 1, 320, 180).Frame(true, 1) {
		c.Send(transport.Camera, "x", p)
	}
	r.await(t, "10 packets", func() bool { return len(r.rtp) == 10 })
	for _, p := range r.rtp {
		want := int(p.SSRC - 0xc0)
		switch {
		case p.SSRC == 0xcf && p.Line != -1:
			t.Errorf("an unknown layer was given to line %d", p.Line)
		case p.SSRC != 0xcf && (p.Line != 1 || p.Layer != want):
			t.Errorf("SSRC %x on line %d, layer %d", p.SSRC, p.Line, p.Layer)
		}
	}
}

func withoutMid(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1})
	// Sent past the client's helper: no extension at all.
	p := sfutest.NewOpus(0xd0, 1).Packet()
	c.SendBare(transport.Microphone, p)
	r.await(t, "a packet", func() bool { return len(r.rtp) == 1 })
	if r.rtp[0].Line != 0 {
		t.Errorf("line %d", r.rtp[0].Line)
	}
}

// rtxOf wraps a packet (RFC 4588 section 4).
func rtxOf(p *rtp.Packet, ssrc uint32, seq uint16) *rtp.Packet {
	h := p.Header
	h.SSRC, h.SequenceNumber, h.PayloadType = ssrc, seq, 97
	payload := append([]byte{byte(p.SequenceNumber >> 8), byte(p.SequenceNumber)}, p.Payload...)
	return &rtp.Packet{Header: h, Payload: payload}
}

func retransmissions(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Camera: []string{"q", "h"}, Pairs: 1})
	vp8 := sfutest.NewVP8(0xe0, 500, 640, 360)
	sent := vp8.Frame(true, 2)
	c.Send(transport.Camera, "h", sent[0])
	c.Send(transport.Camera, "h", rtxOf(sent[1], 0xe1, 9))
	r.await(t, "both", func() bool { return len(r.rtp) == 2 })
	p := r.rtp[1]
	if !p.RTX || p.Line != 0 || p.Layer != 1 || p.SequenceNumber != sent[1].SequenceNumber ||
		p.Timestamp != sent[1].Timestamp || !p.Marker || p.SSRC != 0xe1 || !bytes.Equal(p.Payload, sent[1].Payload) {
		t.Errorf("unwrapped wrongly: %+v", p)
	}
	again, err := codec.ParseRTP(p.raw)
	if err != nil || again.SequenceNumber != sent[1].SequenceNumber || !bytes.Equal(again.Payload, sent[1].Payload) ||
		again.PayloadType != 96 {
		t.Errorf("raw is not the original: %+v, %v", again, err)
	}
}

func probes(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Camera: []string{"q", "h"}, Pairs: 1})
	for i := range 3 {
		p := &rtp.Packet{Header: rtp.Header{
			Version: 2, PayloadType: 97, SSRC: 0xf1, SequenceNumber: uint16(i), Padding: true, PaddingSize: 200,
		}}
		c.Send(transport.Camera, "q", p)
	}
	r.await(t, "3 packets", func() bool { return len(r.rtp) == 3 })
	for _, p := range r.rtp {
		if p.Line != -1 {
			t.Errorf("padding was taken for media of line %d", p.Line)
		}
	}
}

func controlOnce(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 2, Plain: true})
	var ssrcs []uint32
	for slot := range 2 {
		s, ok := r.transport.Stream(slot, transport.Video)
		if !ok || s.SSRC() == 0 || s.RTX() == 0 {
			t.Fatal("no stream, or without SSRCs")
		}
		ssrcs = append(ssrcs, s.SSRC())
	}
	sent := []rtcp.Packet{
		&rtcp.ReceiverReport{SSRC: 7, Reports: []rtcp.ReceptionReport{{SSRC: ssrcs[0]}, {SSRC: ssrcs[1]}, {SSRC: 99}}},
		&rtcp.PictureLossIndication{SenderSSRC: 7, MediaSSRC: ssrcs[0]},
		&rtcp.TransportLayerNack{SenderSSRC: 7, MediaSSRC: ssrcs[1], Nacks: []rtcp.NackPair{{PacketID: 5}}},
		&rtcp.ReceiverReport{SSRC: 7},
	}
	for range 3 {
		if err := c.PC.WriteRTCP(sent); err != nil {
			t.Fatal(err)
		}
	}
	r.await(t, "all control packets", func() bool { return len(r.rtcp) >= 12 })
	r.mu.Lock()
	defer r.mu.Unlock()
	counts := map[string]int{}
	for _, p := range r.rtcp {
		switch p := p.(type) {
		case *rtcp.PictureLossIndication:
			counts["pli"]++
		case *rtcp.TransportLayerNack:
			counts["nack"]++
		case *rtcp.ReceiverReport:
			if len(p.Reports) == 3 {
				counts["rr"]++
			}
		}
	}
	if counts["pli"] != 3 || counts["nack"] != 3 || counts["rr"] != 3 {
		t.Errorf("each three times, but %v", counts)
	}
}

func slotsCarry(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 2})
	audio, ok1 := r.transport.Stream(1, transport.Audio)
	video, ok2 := r.transport.Stream(1, transport.Video)
	if !ok1 || !ok2 {
		t.Fatal("no streams for slot 1")
	}
	if _, ok := r.transport.Stream(2, transport.Video); ok {
		t.Error("a stream for a slot that was not offered")
	}
	vp8 := sfutest.NewVP8(1, 1, 640, 360).Frame(true, 1)[0]
	captured := []byte{1, 2, 3, 4, 5, 6, 7, 8}
	send := func(seq uint16) {
		p := transport.Packet{Codec: transport.Opus, Payload: []byte{0x78, 1, 2}, TransportSeq: 2 * seq, Timestamp: 960, Seq: seq, HasLevel: true, Level: codec.AudioLevel{Level: 20, Voice: true}}
		if err := audio.SendRTP(&p); err != nil {
			t.Fatal(err)
		}
		v := transport.Packet{Codec: transport.VP8, Payload: vp8.Payload, TransportSeq: 2*seq + 1, Timestamp: 3000, Seq: seq, Marker: true, CaptureTime: captured}
		if err := video.SendRTP(&v); err != nil {
			t.Fatal(err)
		}
		r.transport.Flush()
	}
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	for seq := uint16(10); seq < 15; seq++ {
		send(seq)
		a, err := c.Slot(1, transport.Audio).Next(ctx)
		if err != nil || a.SequenceNumber != seq || a.SSRC != audio.SSRC() || a.Timestamp != 960 {
			t.Fatalf("sound: %v, %v", a, err)
		}
		if got := extensions(a.Packet); !slices.ContainsFunc(got, func(e []byte) bool { return bytes.Equal(e, []byte{0x80 | 20}) }) ||
			!slices.ContainsFunc(got, func(e []byte) bool { return bytes.Equal(e, []byte{0, byte(2 * seq)}) }) {
			t.Errorf("level and transport-wide number: %v", got)
		}
		v, err := c.Slot(1, transport.Video).Next(ctx)
		if err != nil || v.SequenceNumber != seq || !v.Marker || !bytes.Equal(v.Payload, vp8.Payload) {
			t.Fatalf("picture: %v, %v", v, err)
		}
		if got := extensions(v.Packet); !slices.ContainsFunc(got, func(e []byte) bool { return bytes.Equal(e, captured) }) ||
			!slices.ContainsFunc(got, func(e []byte) bool { return bytes.Equal(e, []byte{0, byte(2*seq + 1)}) }) {
			t.Errorf("time of capture and transport-wide number: %v", got)
		}
	}
	// A retransmission comes marked, under its old number; the client's stack looks for it when media comes.
	v := transport.Packet{Codec: transport.VP8, Payload: vp8.Payload, Timestamp: 3000, Seq: 9, Marker: true}
	if err := video.SendRTX(&v); err != nil {
		t.Fatal(err)
	}
	for seq := uint16(15); ; seq++ {
		send(seq)
		got, err := c.Slot(1, transport.Video).Next(ctx)
		if err != nil {
			t.Fatal("the retransmission never came")
		}
		if got.RTX {
			if got.SequenceNumber != 9 || !bytes.Equal(got.Payload, vp8.Payload) {
				t.Errorf("retransmission: %v", got)
			}
			break
		}
	}
	if err := audio.SendRTX(&v); !errors.Is(err, transport.ErrNotReady) {
		t.Errorf("sound has no retransmission, but: %v", err)
	}
}

// extensions are the elements of a packet's header extension.
func extensions(p *rtp.Packet) [][]byte {
	var all [][]byte
	for _, id := range p.GetExtensionIDs() {
		all = append(all, p.GetExtension(id))
	}
	return all
}

func padding(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1})
	if !r.transport.FeedsBack() || !r.transport.Speaks(transport.VP8) || !r.transport.Speaks(transport.VP9) || r.transport.Speaks(transport.RED) {
		t.Error("not what the client offered")
	}
	video, _ := r.transport.Stream(0, transport.Video)
	audio, _ := r.transport.Stream(0, transport.Audio)
	for _, bytes := range []int{0, transport.MaxPadding + 1} {
		if err := video.SendPadding(bytes, 0); err == nil {
			t.Errorf("%d bytes of padding", bytes)
		}
	}
	if err := audio.SendPadding(10, 0); !errors.Is(err, transport.ErrNotReady) {
		t.Errorf("padding without retransmissions: %v", err)
	}
	vp8 := sfutest.NewVP8(1, 1, 640, 360).Frame(true, 1)[0]
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	for seq := uint16(1); ; seq++ {
		if err := video.SendPadding(transport.MaxPadding, 100+seq); err != nil {
			t.Fatal(err)
		}
		if err := video.SendRTP(&transport.Packet{Codec: transport.VP8, Payload: vp8.Payload, Seq: seq, TransportSeq: 200 + seq}); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Slot(0, transport.Video).Next(ctx); err != nil {
			t.Fatal(err)
		}
		// The client's feedback tells that the padding came.
		if r.acknowledged(100 + seq) {
			return
		}
		if seq == 90 {
			t.Fatal("padding was never reported")
		}
		time.Sleep(20 * time.Millisecond) // the pace of the packets
	}
}

// acknowledged reports whether feedback said that a packet with the transport-wide number, or one of the few before it, came.
func (r *rig) acknowledged(number uint16) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.rtcp {
		if f, ok := p.(*rtcp.TransportLayerCC); ok && len(f.RecvDeltas) > 0 && f.BaseSequenceNumber >= 101 && f.BaseSequenceNumber <= number {
			return true
		}
	}
	return false
}

// longHeaders: a packet whose header is longer than all that was negotiated goes no further, and who goes on ends.
func longHeaders(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1})
	opus := sfutest.NewOpus(7, 1)
	c.Send(transport.Microphone, "", opus.Packet())
	r.await(t, "sound", func() bool { return len(r.rtp) == 1 })
	long := func() *rtp.Packet {
		p := opus.Packet()
		p.Header.ExtensionProfile = rtp.ExtensionProfileTwoByte
		p.Header.Extension = true
		for id := range uint8(4) {
			if err := p.SetExtension(100+id, make([]byte, 250)); err != nil {
				t.Fatal(err)
			}
		}
		return p
	}
	for range 10 {
		c.Send(transport.Microphone, "", long())
	}
	c.Send(transport.Microphone, "", opus.Packet())
	r.await(t, "sound goes on", func() bool { return len(r.rtp) == 2 })
	if n := r.factory.Stats().Garbled; n != 10 {
		t.Errorf("%d counted", n)
	}
	deadline := time.Now().Add(sfutest.Deadline)
	for r.state() != transport.Failed {
		if time.Now().After(deadline) {
			t.Fatal("who goes on is not ended")
		}
		c.Send(transport.Microphone, "", long())
		time.Sleep(time.Millisecond) // the pace of the packets
	}
}

func notReady(t *testing.T, r *rig) {
	c := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1})
	offer, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.transport.Answer(t.Context(), offer); err != nil {
		t.Fatal(err)
	}
	s, ok := r.transport.Stream(0, transport.Video)
	if !ok {
		t.Fatal("no stream after the answer")
	}
	if err := s.SendRTP(&transport.Packet{Codec: transport.Opus, Payload: []byte{1}}); !errors.Is(err, transport.ErrNotReady) {
		t.Errorf("sent before the connection stood: %v", err)
	}
	if err := r.transport.SendRTCP([]rtcp.Packet{&rtcp.ReceiverReport{}}); !errors.Is(err, transport.ErrNotReady) {
		t.Errorf("sent before the connection stood: %v", err)
	}
}

func grows(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Camera: []string{"q", "h"}, Pairs: 1})
	first, _ := r.transport.Stream(0, transport.Video)
	ssrc := first.SSRC()
	for _, pairs := range []int{2, 6, 12} {
		c.Grow(pairs)
		c.Connect(r.transport.Answer)
		for slot := range pairs {
			for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
				s, ok := r.transport.Stream(slot, kind)
				if !ok || s.SSRC() == 0 {
					t.Fatalf("%d pairs: slot %d has no %s", pairs, slot, kind)
				}
				if err := s.SendRTP(&transport.Packet{Codec: codecOf(kind), Payload: []byte{0x10, 0, 0, 0}, Seq: uint16(100*pairs + slot)}); err != nil {
					t.Fatal(err)
				}
			}
		}
		for slot := range pairs {
			for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
				ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
				p, err := c.Slot(slot, kind).Next(ctx)
				cancel()
				if err != nil || p.SequenceNumber != uint16(100*pairs+slot) {
					t.Fatalf("%d pairs: slot %d %s: %v, %v", pairs, slot, kind, p, err)
				}
			}
		}
	}
	if again, _ := r.transport.Stream(0, transport.Video); again.SSRC() != ssrc {
		t.Error("a slot changed its SSRC")
	}
	c.Send(transport.Microphone, "", sfutest.NewOpus(5, 5).Packet())
	r.await(t, "sound still comes in", func() bool { return len(r.rtp) > 0 && r.rtp[len(r.rtp)-1].SSRC == 5 })
}

func badOffers(t *testing.T, r *rig) {
	c := sfutest.NewClient(t, sfutest.Options{Microphone: true, Camera: []string{"q", "h"}, Pairs: 1})
	offer, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(transport.Offer) transport.Offer{
		"nothing": func(transport.Offer) transport.Offer { return transport.Offer{} },
		"noise":   func(o transport.Offer) transport.Offer { o.SDP = "v=0\r\nm=\r\nm=\r\nm=\r\nm=\r\n"; return o },
		"inactive": func(o transport.Offer) transport.Offer {
			o.SDP = strings.Replace(o.SDP, "a=sendonly", "a=inactive", 1)
			return o
		},
		"a line too few": func(o transport.Offer) transport.Offer { o.Lines = o.Lines[1:]; return o },
		"another use": func(o transport.Offer) transport.Offer {
			o.Lines = slices.Clone(o.Lines)
			o.Lines[0].Use = transport.SlotAudio
			return o
		},
	} {
		if _, err := r.transport.Answer(t.Context(), spoil(offer)); !errors.Is(err, transport.ErrBadOffer) {
			t.Errorf("%s: %v", name, err)
		}
	}
	answer, err := r.transport.Answer(t.Context(), offer)
	if err != nil {
		t.Fatalf("the good offer after the bad ones: %v", err)
	}
	if err := c.Accept(answer); err != nil {
		t.Fatal(err)
	}
	r.connected(t)
	// And while it is connected.
	c.Grow(2)
	next, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	spoiled := next
	spoiled.Lines = slices.Clone(next.Lines)
	spoiled.Lines[2], spoiled.Lines[3] = next.Lines[4], next.Lines[5]
	if _, err := r.transport.Answer(t.Context(), spoiled); !errors.Is(err, transport.ErrBadOffer) {
		t.Errorf("lines with other meanings: %v", err)
	}
	answer, err = r.transport.Answer(t.Context(), next)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Accept(answer); err != nil {
		t.Fatal(err)
	}
	if r.state() != transport.Connected {
		t.Errorf("state %v", r.state())
	}
}

// leaving is the context of somebody who goes away while his offer is being applied.
type leaving struct{ context.Context }

func (leaving) Done() <-chan struct{} {
	done := make(chan struct{})
	close(done)
	return done
}

// asker: who goes away before his offer is applied changes nothing, and who goes away meanwhile leaves a whole answer.
func asker(t *testing.T, r *rig) {
	c := sfutest.NewClient(t, sfutest.Options{Microphone: true, Pairs: 1})
	c.Connect(func(_ context.Context, o transport.Offer) (string, error) {
		return r.transport.Answer(leaving{t.Context()}, o)
	})
	r.connected(t)
	c.Grow(2)
	gone, leave := context.WithCancel(t.Context())
	leave()
	next, err := c.Offer()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.transport.Answer(gone, next); !errors.Is(err, context.Canceled) {
		t.Errorf("answered to nobody: %v", err)
	}
	if _, ok := r.transport.Stream(1, transport.Video); ok || r.state() != transport.Connected {
		t.Errorf("the offer of somebody gone was applied; state %v", r.state())
	}
	answer, err := r.transport.Answer(leaving{t.Context()}, next)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Accept(answer); err != nil {
		t.Fatal(err)
	}
	if _, ok := r.transport.Stream(1, transport.Video); !ok || r.state() != transport.Connected {
		t.Errorf("the pool did not grow; state %v", r.state())
	}
}

func flood(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1})
	deadline := time.Now().Add(sfutest.Deadline)
	for ssrc := uint32(1); ; ssrc++ {
		if err := c.TrySend(transport.Microphone, "", sfutest.NewOpus(ssrc, 1).Packet()); err != nil {
			break
		}
		r.mu.Lock()
		ended := r.last() == transport.Failed
		r.mu.Unlock()
		if ended {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a peer may send on as many streams as it likes")
		}
	}
	r.await(t, "failed", func() bool { return r.last() == transport.Failed })
}

func controlFlood(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1, Plain: true})
	deadline := time.Now().Add(sfutest.Deadline)
	for ssrc := uint32(1); ; ssrc++ {
		if err := c.PC.WriteRTCP([]rtcp.Packet{&rtcp.PictureLossIndication{SenderSSRC: 1, MediaSSRC: ssrc}}); err != nil {
			break
		}
		r.mu.Lock()
		ended := r.last() == transport.Failed
		r.mu.Unlock()
		if ended {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a peer may name as many streams as it likes")
		}
	}
	r.await(t, "failed", func() bool { return r.last() == transport.Failed })
}

func nothingAfterClose(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{
		Microphone: true, Camera: []string{}, Pairs: 1,
		// A hostile client goes on sending whatever our end says.
		Setting: func(s *webrtc.SettingEngine) { s.DisableCloseByDTLS(true) },
	})
	stop := make(chan struct{})
	var sending sync.WaitGroup
	sending.Go(func() {
		opus := sfutest.NewOpus(3, 1)
		for {
			select {
			case <-stop:
				return
			default:
				_ = c.TrySend(transport.Microphone, "", opus.Packet())
			}
		}
	})
	r.await(t, "packets flow", func() bool { return len(r.rtp) > 50 })
	if err := r.transport.Close(); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.after = true
	count := len(r.rtp)
	r.mu.Unlock()
	if _, err := r.transport.Answer(t.Context(), transport.Offer{}); !errors.Is(err, transport.ErrClosed) && !errors.Is(err, transport.ErrBadOffer) {
		t.Errorf("answered after Close: %v", err)
	}
	if s, ok := r.transport.Stream(0, transport.Audio); ok {
		if err := s.SendRTP(&transport.Packet{Codec: transport.Opus, Payload: []byte{1}}); err == nil {
			t.Error("sent after Close")
		}
	}
	if err := r.transport.Close(); err != nil {
		t.Errorf("closing twice: %v", err)
	}
	before := r.factory.Stats().Datagrams
	deadline := time.Now().Add(sfutest.Deadline)
	for r.factory.Stats().Datagrams < before+20 && time.Now().Before(deadline) {
		time.Sleep(time.Millisecond) // the client goes on sending; its packets must arrive to be ignored
	}
	close(stop)
	sending.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.rtp) != count || len(r.faults) > 0 {
		t.Errorf("%d packets after Close; %v", len(r.rtp)-count, r.faults)
	}
}

func iceRestart(t *testing.T, r *rig) {
	c := r.connect(t, sfutest.Options{Microphone: true, Pairs: 1})
	opus := sfutest.NewOpus(11, 1)
	c.Send(transport.Microphone, "", opus.Packet())
	r.await(t, "a packet", func() bool { return len(r.rtp) == 1 })
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	if err := c.Restart(ctx, r.transport.Answer); err != nil {
		t.Fatal(err)
	}
	if err := c.Await(ctx, webrtc.PeerConnectionStateConnected); err != nil {
		t.Fatal(err)
	}
	for {
		_ = c.TrySend(transport.Microphone, "", opus.Packet())
		r.mu.Lock()
		n := len(r.rtp)
		r.mu.Unlock()
		if n > 1 {
			return
		}
		select {
		case <-r.changed:
		case <-time.After(5 * time.Millisecond): // pacing of a microphone, faster
		case <-ctx.Done():
			t.Fatal("no packet came after the restart")
		}
	}
}
