package peerconnection

import (
	"bytes"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

func TestCertificateIsSharedAndReplacedBeforeItExpires(t *testing.T) {
	var c certificates
	now := time.Now()
	first, err := c.at(now)
	if err != nil {
		t.Fatal(err)
	}
	for _, later := range []time.Duration{time.Hour, certificateLife - certificateLeft - time.Minute} {
		again, err := c.at(now.Add(later))
		if err != nil || !again.Equals(first) {
			t.Errorf("another certificate after %v (%v)", later, err)
		}
	}
	next, err := c.at(now.Add(certificateLife - certificateLeft + time.Minute))
	if err != nil || next.Equals(first) {
		t.Errorf("the same certificate a week before its end (%v)", err)
	}
	if left := next.Expires().Sub(now.Add(certificateLife - certificateLeft)); left < certificateLeft {
		t.Errorf("a new certificate that lives %v", left)
	}
}

func TestTheLogNamesNoOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := &logs{to: slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))}
		scope := l.NewLogger("ice")
		for range 1000 {
			scope.Warnf("Discarded message from %s", netip.MustParseAddrPort("192.0.2.7:4000"))
			scope.Warn("put together: 192.0.2.7")
			scope.Error("put together: 192.0.2.7")
			scope.Infof("from %s", "192.0.2.7")
		}
		if n := strings.Count(out.String(), "\n"); n != 1 {
			t.Errorf("%d lines of 3,000 within a second", n)
		}
		time.Sleep(logEvery)
		scope.Error("put together: 192.0.2.7")
		if strings.Contains(out.String(), "192.0.2") || !strings.Contains(out.String(), "Discarded message from %s") ||
			!strings.Contains(out.String(), "suppressed=2999") {
			t.Errorf("logged: %s", out.String())
		}
		(&logs{}).NewLogger("ice").Warn("nobody listens")
	})
}

// handler remembers the last packet.
type handler struct{ last *transport.Received }

func (h *handler) RTP(r *transport.Received)   { h.last = r }
func (h *handler) RTCP(rtcp.Packet, time.Time) {}
func (h *handler) State(transport.State)       {}

// faulty panics over every packet, as a parser of a peer's bytes might.
type faulty struct{ states []transport.State }

func (*faulty) RTP(*transport.Received)     { panic("a fault") }
func (*faulty) RTCP(rtcp.Packet, time.Time) { panic("a fault") }
func (f *faulty) State(s transport.State)   { f.states = append(f.states, s) }

// TestAFaultEndsOneConnection: a fault on the way in, over media or control, is counted and fails that connection.
func TestAFaultEndsOneConnection(t *testing.T) {
	sound, err := (&rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 1}, Payload: []byte{1}}).Marshal()
	if err != nil {
		t.Fatal(err)
	}
	control, err := rtcp.Marshal([]rtcp.Packet{&rtcp.PictureLossIndication{MediaSSRC: 1}})
	if err != nil {
		t.Fatal(err)
	}
	for name, take := range map[string]func(p *peer){
		"media":   func(p *peer) { p.takeRTP(sound) },
		"control": func(p *peer) { p.takeRTCP(control) },
	} {
		var log bytes.Buffer
		f, h := &Factory{config: Config{Logger: slog.New(slog.NewTextHandler(&log, nil))}}, &faulty{}
		p := newPeer(f, h)
		take(p)
		take(p) // an ended connection's bytes are not looked at
		if n := f.panics.Load(); n != 1 || !slices.Equal(h.states, []transport.State{transport.Failed}) {
			t.Errorf("%s: %d faults counted, told of %v", name, n, h.states)
		}
		if !strings.Contains(log.String(), "faulty") {
			t.Errorf("%s: the log does not say where: %s", name, &log)
		}
	}
}

// FuzzTakeRTP: whatever an authenticated peer sends, the packet that comes out is well-formed and its parts lie in it.
func FuzzTakeRTP(f *testing.F) {
	for _, p := range []rtp.Packet{
		{Header: rtp.Header{Version: 2, PayloadType: 111, SSRC: 1}, Payload: []byte{1, 2, 3}},
		{Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: 2, PaddingSize: 9, Padding: true}, Payload: []byte{0, 9, 3}},
		{Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: 2, CSRC: []uint32{7, 8}}, Payload: []byte{0, 9}},
	} {
		if err := p.SetExtension(4, []byte("1")); err != nil {
			f.Fatal(err)
		}
		if err := p.SetExtension(5, []byte("12345678")); err != nil {
			f.Fatal(err)
		}
		raw, err := p.Marshal()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	d := &offer.Description{
		Lines: []offer.Line{
			{Line: transport.Line{Mid: "0", Use: transport.Microphone}},
			{Line: transport.Line{Mid: "1", Use: transport.Camera}, RTX: true},
		},
		PayloadTypes: offer.PayloadTypes{Opus: 111, VP8: 96, RTX: 97},
		Extensions:   offer.Extensions{MID: 4, CaptureTime: 5, AudioLevel: 6, TransportCC: 7},
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		h := &handler{}
		p := newPeer(nil, h)
		p.in.update(d)
		before, err := codec.ParseRTP(bytes.Clone(raw))
		p.takeRTP(raw)
		if err != nil {
			if h.last != nil {
				t.Fatal("a malformed packet was handed on")
			}
			return
		}
		r := h.last
		again, err := codec.ParseRTP(r.Raw)
		if err != nil || again.SequenceNumber != r.SequenceNumber || !bytes.Equal(again.Payload, r.Payload) || r.SSRC != before.SSRC {
			t.Fatalf("%+v: raw says %+v, %v", r, again, err)
		}
		if r.RTX && r.Line >= 0 && (len(before.Payload) < 2 || !bytes.Equal(r.Payload, before.Payload[2:]) || r.PayloadType != 96) {
			t.Fatalf("unwrapped wrongly: %+v from %+v", r, before)
		}
	})
}
