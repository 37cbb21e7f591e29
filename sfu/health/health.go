// Package health finds out whether a media server carries media, by being a client of it.
//
// The contract:
//
//   - **The whole way.** Socket, ICE, DTLS, SRTP and forwarding all have to work for a check to succeed.
//   - **A full server is healthy.** A check takes nobody's place and stands in no count of the engine; see
//     [sfu.Server.ProbeRoom].
//   - **Nothing stays.** When a check has returned, its connections and goroutines are gone.
package health

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu"
)

// Probe checks one server. Safe for concurrent use.
type Probe struct {
	server *sfu.Server
	// checking makes calls of Check wait for each other.
	checking sync.Mutex
}

// New makes the Probe of a server that has a media port. One is to be made for each: two would meet in its room.
func New(s *sfu.Server) *Probe { return &Probe{server: s} }

// Check sends sound through the server's own media port from one connection to another and returns when it arrived. It
// blocks for some 50 ms, until ctx ends at most.
func (p *Probe) Check(ctx context.Context) error {
	if !p.server.MediaAddr().IsValid() {
		return errors.New("health: no media port")
	}
	p.checking.Lock()
	defer p.checking.Unlock()
	room := p.server.ProbeRoom()
	defer func() { _ = room.Close() }()
	at := own(p.server.MediaAddr())
	arrived := make(chan struct{}, 1)
	from, err := connect(ctx, room, at, "from", func() {})
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer from.close()
	to, err := connect(ctx, room, at, "to", func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return fmt.Errorf("health: %w", err)
	}
	defer to.close()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for seq := uint16(1); ; seq++ {
		select {
		case <-arrived:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("health: nothing came through the media port: %w", ctx.Err())
		case <-every.C:
			from.send(seq)
		}
	}
}

// end is one end of a check: a client with a session in the room for probes.
type end struct {
	connection *webrtc.PeerConnection
	session    atomic.Pointer[sfu.Session]
	track      *webrtc.TrackLocalStaticRTP
}

// withoutCandidates leaves them out of an answer: the check goes to the socket itself, which the addresses told to clients may
// not reach from here.
func withoutCandidates(answer string) string {
	var kept strings.Builder
	for line := range strings.Lines(answer) {
		if !strings.HasPrefix(line, "a=candidate:") {
			kept.WriteString(line)
		}
	}
	return kept.String()
}

func connect(ctx context.Context, room *sfu.Room, at webrtc.ICECandidateInit, name string, heard func()) (*end, error) {
	e := &end{}
	s, err := room.Join(name, 1, e)
	if err != nil {
		return nil, err
	}
	e.session.Store(s)
	s.SetFlow(sfu.Flow{Group: "health", Audio: true})
	offer, err := e.offer(heard)
	if err != nil {
		e.close()
		return nil, err
	}
	answer, err := s.Answer(ctx, offer)
	if err == nil {
		answer = withoutCandidates(answer)
		err = e.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	}
	if err == nil {
		err = e.connection.AddICECandidate(at)
	}
	if err != nil {
		e.close()
		return nil, err
	}
	return e, nil
}

// own is the media socket as seen from this machine.
func own(at netip.AddrPort) webrtc.ICECandidateInit {
	ip := at.Addr()
	if ip.IsUnspecified() {
		ip = netip.MustParseAddr("127.0.0.1")
	}
	mid := "0"
	return webrtc.ICECandidateInit{
		Candidate: fmt.Sprintf("candidate:1 1 udp 2130706431 %s %d typ host", ip, at.Port()), SDPMid: &mid,
	}
}

func (e *end) offer(heard func()) (sfu.Offer, error) {
	quiet := logging.NewDefaultLoggerFactory() // its messages name addresses
	quiet.DefaultLogLevel, quiet.ScopeLevels = logging.LogLevelDisabled, nil
	var engine webrtc.SettingEngine
	engine.LoggerFactory = quiet
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return sfu.Offer{}, err
	}
	if err := media.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: sdp.AudioLevelURI}, webrtc.RTPCodecTypeAudio); err != nil {
		return sfu.Offer{}, err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	var err error
	if e.connection, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return sfu.Offer{}, err
	}
	e.connection.OnTrack(func(*webrtc.TrackRemote, *webrtc.RTPReceiver) { heard() })
	opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	if e.track, err = webrtc.NewTrackLocalStaticRTP(opus, "probe", "probe"); err != nil {
		return sfu.Offer{}, err
	}
	_, err = e.connection.AddTransceiverFromTrack(e.track, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	})
	if err != nil {
		return sfu.Offer{}, err
	}
	_, err = e.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionRecvonly,
	})
	if err != nil {
		return sfu.Offer{}, err
	}
	offer, err := e.connection.CreateOffer(nil)
	if err != nil {
		return sfu.Offer{}, err
	}
	if err := e.connection.SetLocalDescription(offer); err != nil {
		return sfu.Offer{}, err
	}
	return sfu.Offer{SDP: offer.SDP, Lines: []sfu.Line{{Mid: "0", Use: "microphone"}, {Mid: "1", Use: "audio"}}}, nil
}

// send sends 20 ms of silence.
func (e *end) send(seq uint16) {
	_ = e.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: 960 * uint32(seq)},
		Payload: []byte{0xf8, 0xff, 0xfe},
	})
}

func (e *end) close() {
	_ = e.session.Load().Close()
	if e.connection != nil {
		_ = e.connection.GracefulClose()
	}
}

// Slots implements sfu.Handler.
func (e *end) Slots(m sfu.SlotMap) {
	if s := e.session.Load(); s != nil {
		s.AckSlots(m.Seq)
	}
}

// Published implements sfu.Handler.
func (e *end) Published(sfu.Publication) {}

// Unpublished implements sfu.Handler.
func (e *end) Unpublished(string) {}

// Demand implements sfu.Handler.
func (e *end) Demand(string, []int) {}

// PicturesPaused implements sfu.Handler.
func (e *end) PicturesPaused([]string) {}

// Line implements sfu.Handler.
func (e *end) Line(sfu.LineQuality) {}

// Codec implements sfu.Handler.
func (e *end) Codec(string) {}

// State implements sfu.Handler.
func (e *end) State(sfu.ConnState) {}
