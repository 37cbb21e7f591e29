package sfu

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/logging"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"
)

// HealthCheck sends sound through the server's own media port from one connection to another and returns when it
// arrived: socket, ICE, DTLS, SRTP and forwarding all have to work for it. It blocks for some 50 ms, until ctx ends at
// most.
func (s *Server) HealthCheck(ctx context.Context) error {
	if !s.addr.IsValid() {
		return errors.New("sfu: health: no media port")
	}
	s.checking.Lock()
	defer s.checking.Unlock()
	room := s.ProbeRoom()
	defer func() { _ = room.Close() }()
	arrived := make(chan struct{}, 1)
	from, err := newProbe(ctx, room, "from", func() {})
	if err != nil {
		return fmt.Errorf("sfu: health: %w", err)
	}
	defer from.close()
	to, err := newProbe(ctx, room, "to", func() {
		select {
		case arrived <- struct{}{}:
		default:
		}
	})
	if err != nil {
		return fmt.Errorf("sfu: health: %w", err)
	}
	defer to.close()
	every := time.NewTicker(10 * time.Millisecond)
	defer every.Stop()
	for seq := uint16(1); ; seq++ {
		select {
		case <-arrived:
			return nil
		case <-ctx.Done():
			return fmt.Errorf("sfu: health: nothing came through the media port: %w", ctx.Err())
		case <-every.C:
			from.send(seq)
		}
	}
}

// probe is one end of the check: a client of its own with a session in the health room.
type probe struct {
	connection *webrtc.PeerConnection
	session    atomic.Pointer[Session]
	track      *webrtc.TrackLocalStaticRTP
}

// candidates of an answer; the check goes to the socket itself, which the addresses told to clients may not reach
// from here.
var candidate = regexp.MustCompile(`a=candidate:[^\n]*\n`)

func newProbe(ctx context.Context, room *Room, name string, heard func()) (*probe, error) {
	p := &probe{}
	s, err := room.Join(name, 1, p)
	if err != nil {
		return nil, err
	}
	p.session.Store(s)
	s.SetFlow(Flow{Group: "health", Audio: true})
	offer, err := p.offer(heard)
	if err != nil {
		p.close()
		return nil, err
	}
	answer, err := s.Answer(ctx, offer)
	if err == nil {
		answer = candidate.ReplaceAllString(answer, "")
		err = p.connection.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer})
	}
	if err == nil {
		err = p.connection.AddICECandidate(room.server.ownCandidate())
	}
	if err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

// ownCandidate is the media socket as seen from this machine.
func (s *Server) ownCandidate() webrtc.ICECandidateInit {
	ip := s.addr.Addr()
	if ip.IsUnspecified() {
		ip = netip.MustParseAddr("127.0.0.1")
	}
	mid := "0"
	return webrtc.ICECandidateInit{
		Candidate: fmt.Sprintf("candidate:1 1 udp 2130706431 %s %d typ host", ip, s.addr.Port()), SDPMid: &mid,
	}
}

func (p *probe) offer(heard func()) (Offer, error) {
	quiet := logging.NewDefaultLoggerFactory() // its messages name addresses
	quiet.DefaultLogLevel, quiet.ScopeLevels = logging.LogLevelDisabled, nil
	var engine webrtc.SettingEngine
	engine.LoggerFactory = quiet
	engine.SetIncludeLoopbackCandidate(true)
	engine.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	media := &webrtc.MediaEngine{}
	if err := media.RegisterDefaultCodecs(); err != nil {
		return Offer{}, err
	}
	api := webrtc.NewAPI(webrtc.WithSettingEngine(engine), webrtc.WithMediaEngine(media),
		webrtc.WithInterceptorRegistry(&interceptor.Registry{}))
	var err error
	if p.connection, err = api.NewPeerConnection(webrtc.Configuration{}); err != nil {
		return Offer{}, err
	}
	p.connection.OnTrack(func(*webrtc.TrackRemote, *webrtc.RTPReceiver) { heard() })
	opus := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	if p.track, err = webrtc.NewTrackLocalStaticRTP(opus, "probe", "probe"); err != nil {
		return Offer{}, err
	}
	_, err = p.connection.AddTransceiverFromTrack(p.track, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionSendonly,
	})
	if err != nil {
		return Offer{}, err
	}
	_, err = p.connection.AddTransceiverFromKind(webrtc.RTPCodecTypeAudio, webrtc.RTPTransceiverInit{
		Direction: webrtc.RTPTransceiverDirectionRecvonly,
	})
	if err != nil {
		return Offer{}, err
	}
	offer, err := p.connection.CreateOffer(nil)
	if err != nil {
		return Offer{}, err
	}
	if err := p.connection.SetLocalDescription(offer); err != nil {
		return Offer{}, err
	}
	return Offer{SDP: offer.SDP, Lines: []Line{{Mid: "0", Use: "microphone"}, {Mid: "1", Use: "audio"}}}, nil
}

// send sends 20 ms of silence.
func (p *probe) send(seq uint16) {
	_ = p.track.WriteRTP(&rtp.Packet{
		Header:  rtp.Header{Version: 2, SequenceNumber: seq, Timestamp: 960 * uint32(seq)},
		Payload: []byte{0xf8, 0xff, 0xfe},
	})
}

func (p *probe) close() {
	_ = p.session.Load().Close()
	if p.connection != nil {
		_ = p.connection.GracefulClose()
	}
}

// Slots implements Handler.
func (p *probe) Slots(m SlotMap) {
	if s := p.session.Load(); s != nil {
		s.AckSlots(m.Seq)
	}
}

// Published implements Handler.
func (p *probe) Published(Publication) {}

// Unpublished implements Handler.
func (p *probe) Unpublished(string) {}

// State implements Handler.
func (p *probe) State(ConnState) {}
