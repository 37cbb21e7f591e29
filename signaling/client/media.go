package client

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/ice/v4"
	"github.com/pion/interceptor"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// media owns the call's peer connections, one after another: each renewal is a new generation.
type media struct {
	call    *Call
	wake    chan struct{}
	mapping atomic.Pointer[map[int]wire.Slot]
	senders map[wire.Source]*Sender // made once, the same over all generations

	mu sync.Mutex // guards the following: what is wanted
	// enabled: there should be a connection; stale: it should be a new one; pairs: with at least as many receive pairs.
	enabled bool
	stale   bool
	pairs   int
}

func newMedia(c *Call) *media {
	m := &media{call: c, wake: make(chan struct{}, 1), pairs: 1, senders: map[wire.Source]*Sender{}}
	m.mapping.Store(&map[int]wire.Slot{})
	for _, source := range []wire.Source{wire.SourceMicrophone, wire.SourceCamera} {
		m.senders[source] = newSender(source)
	}
	return m
}

func (m *media) enable(on bool) { m.want(func() { m.enabled = on }) }
func (m *media) renew()         { m.want(func() { m.stale = true }) }

// mapped takes over whom the slots carry.
func (m *media) mapped(s *wire.Slots) {
	mapping := make(map[int]wire.Slot, len(s.Slots))
	for _, slot := range s.Slots {
		mapping[slot.Slot] = slot
	}
	m.mapping.Store(&mapping)
	m.want(func() { m.pairs = max(m.pairs, s.Pairs) })
}

func (m *media) want(change func()) {
	m.mu.Lock()
	change()
	m.mu.Unlock()
	select {
	case m.wake <- struct{}{}:
	default: // it is to look already
	}
}

// run brings what is into line with what is wanted, until the context ends.
func (m *media) run(ctx context.Context) {
	var now *connection
	generation := 0
	defer func() {
		if now != nil {
			now.close()
		}
	}()
	for attempt := 0; ; {
		var again <-chan time.Time
		m.mu.Lock()
		enabled, stale, pairs := m.enabled, m.stale, m.pairs
		m.mu.Unlock()
		if now != nil && !m.call.options.Rogue && (!enabled || stale || now.failed.Load()) {
			now.close()
			now = nil
		}
		var err error
		switch {
		case !enabled || m.call.line() == nil:
		case now == nil:
			generation++
			m.want(func() { m.stale = false })
			if now, err = m.connect(generation); err == nil {
				err = now.negotiate(ctx, pairs)
			}
		case now.pairs < pairs:
			err = now.negotiate(ctx, pairs)
		}
		if err != nil && ctx.Err() == nil {
			if now != nil {
				now.close()
				now = nil
			}
			again = time.After(backoff(attempt))
			attempt++
		} else {
			attempt = 0
		}
		select {
		case <-m.wake:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// connection is one generation's peer connection.
type connection struct {
	media      *media
	generation int
	pc         *webrtc.PeerConnection
	pairs      int
	failed     atomic.Bool
	readers    sync.WaitGroup

	mu sync.Mutex // guards the following
	// lines are the pool in the order of the m-lines; mids are filled in by negotiate.
	lines []wire.Line
}

// Header extensions that the client offers (RFC 8843 section 15, RFC 6464, draft-holmer-rmcat-transport-wide-cc-extensions-01).
const (
	midURI         = "urn:ietf:params:rtp-hdrext:sdes:mid"
	audioLevelURI  = "urn:ietf:params:rtp-hdrext:ssrc-audio-level"
	transportCCURI = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
)

func (m *media) connect(generation int) (*connection, error) {
	api, err := newAPI(m.call.options.Loopback)
	if err != nil {
		return nil, err
	}
	pc, err := api.NewPeerConnection(webrtc.Configuration{})
	if err != nil {
		return nil, fmt.Errorf("client: making a peer connection: %w", err)
	}
	k := &connection{media: m, generation: generation, pc: pc}
	pc.OnConnectionStateChange(func(s webrtc.PeerConnectionState) {
		for _, sender := range m.senders {
			sender.ready.Store(s == webrtc.PeerConnectionStateConnected)
		}
		if s == webrtc.PeerConnectionStateFailed {
			k.failed.Store(true)
			m.want(func() {})
		}
		m.call.emit(MediaState{State: s.String()})
	})
	pc.OnTrack(func(track *webrtc.TrackRemote, receiver *webrtc.RTPReceiver) {
		k.readers.Go(func() { k.receive(track) })
		k.readers.Go(func() { drain(receiver) })
	})
	for _, source := range []wire.Source{wire.SourceMicrophone, wire.SourceCamera} {
		t, err := pc.AddTransceiverFromTrack(m.senders[source].track, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionSendonly})
		if err != nil {
			k.close()
			return nil, fmt.Errorf("client: adding the %s: %w", source, err)
		}
		k.lines = append(k.lines, wire.Line{Use: wire.Use(source)})
		m.senders[source].bind(t.Sender())
		k.readers.Go(func() { m.senders[source].listen(t.Sender()) })
	}
	return k, nil
}

// newAPI registers the short list that the protocol names, and Pion's own loss recovery and feedback.
func newAPI(loopback bool) (*webrtc.API, error) {
	engine := &webrtc.MediaEngine{}
	feedback := []webrtc.RTCPFeedback{{Type: "nack"}, {Type: "nack", Parameter: "pli"}, {Type: "transport-cc"}}
	codecs := []struct {
		kind  webrtc.RTPCodecType
		codec webrtc.RTPCodecParameters
	}{
		{webrtc.RTPCodecTypeAudio, webrtc.RTPCodecParameters{PayloadType: 111, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2, SDPFmtpLine: "minptime=10;useinbandfec=1", RTCPFeedback: feedback[2:]}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 96, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeVP8, ClockRate: 90000, RTCPFeedback: feedback}}},
		{webrtc.RTPCodecTypeVideo, webrtc.RTPCodecParameters{PayloadType: 97, RTPCodecCapability: webrtc.RTPCodecCapability{
			MimeType: webrtc.MimeTypeRTX, ClockRate: 90000, SDPFmtpLine: "apt=96"}}},
	}
	for _, c := range codecs {
		if err := engine.RegisterCodec(c.codec, c.kind); err != nil {
			return nil, fmt.Errorf("client: registering %s: %w", c.codec.MimeType, err)
		}
	}
	for uri, kinds := range map[string][]webrtc.RTPCodecType{
		midURI:         {webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo},
		transportCCURI: {webrtc.RTPCodecTypeAudio, webrtc.RTPCodecTypeVideo},
		audioLevelURI:  {webrtc.RTPCodecTypeAudio},
	} {
		for _, kind := range kinds {
			if err := engine.RegisterHeaderExtension(webrtc.RTPHeaderExtensionCapability{URI: uri}, kind); err != nil {
				return nil, fmt.Errorf("client: registering a header extension: %w", err)
			}
		}
	}
	registry := &interceptor.Registry{}
	for _, configure := range []func(*webrtc.MediaEngine, *interceptor.Registry) error{webrtc.ConfigureNack, configureReports, webrtc.ConfigureTWCCSender} {
		if err := configure(engine, registry); err != nil {
			return nil, fmt.Errorf("client: configuring the interceptors: %w", err)
		}
	}
	settings := webrtc.SettingEngine{}
	settings.SetICEMulticastDNSMode(ice.MulticastDNSModeDisabled)
	settings.SetIncludeLoopbackCandidate(loopback)
	return webrtc.NewAPI(webrtc.WithMediaEngine(engine), webrtc.WithInterceptorRegistry(registry), webrtc.WithSettingEngine(settings)), nil
}

func configureReports(_ *webrtc.MediaEngine, registry *interceptor.Registry) error {
	return webrtc.ConfigureRTCPReports(registry)
}

// negotiate makes an offer with at least so many receive pairs and applies the answer.
func (k *connection) negotiate(ctx context.Context, pairs int) error {
	for ; k.pairs < pairs; k.pairs++ {
		for _, half := range []struct {
			kind webrtc.RTPCodecType
			use  wire.Use
		}{{webrtc.RTPCodecTypeAudio, wire.UseAudio}, {webrtc.RTPCodecTypeVideo, wire.UseVideo}} {
			if _, err := k.pc.AddTransceiverFromKind(half.kind, webrtc.RTPTransceiverInit{Direction: webrtc.RTPTransceiverDirectionRecvonly}); err != nil {
				return fmt.Errorf("client: adding a receive line: %w", err)
			}
			k.mu.Lock()
			k.lines = append(k.lines, wire.Line{Use: half.use, Slot: k.pairs})
			k.mu.Unlock()
		}
	}
	offer, err := k.pc.CreateOffer(nil)
	if err != nil {
		return fmt.Errorf("client: making an offer: %w", err)
	}
	if err := k.pc.SetLocalDescription(offer); err != nil {
		return fmt.Errorf("client: applying the own offer: %w", err)
	}
	k.mu.Lock()
	for i, t := range k.pc.GetTransceivers() {
		k.lines[i].Mid = t.Mid()
	}
	lines := slices.Clone(k.lines)
	k.mu.Unlock()
	reply, err := k.media.call.Request(ctx, &wire.Offer{Generation: k.generation, SDP: offer.SDP, Lines: lines})
	if err != nil {
		return err
	}
	answer, ok := reply.Body.(*wire.Answer)
	if !ok {
		return fmt.Errorf("%w: %s in reply to an offer", ErrProtocol, reply.Body.Type())
	}
	if err := k.pc.SetRemoteDescription(webrtc.SessionDescription{Type: webrtc.SDPTypeAnswer, SDP: answer.SDP}); err != nil {
		return fmt.Errorf("client: applying the answer: %w", err)
	}
	return nil
}

// slotOf finds the line on which a track came.
func (k *connection) slotOf(track *webrtc.TrackRemote) (wire.Line, bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for i, t := range k.pc.GetTransceivers() {
		if r := t.Receiver(); r != nil && r.Track() == track && i < len(k.lines) {
			return k.lines[i], true
		}
	}
	return wire.Line{}, false
}

// receive hands every packet of one stream to the program, with the name that its slot has now.
func (k *connection) receive(track *webrtc.TrackRemote) {
	line, ok := k.slotOf(track)
	buf := make([]byte, 1500)
	kind := wire.KindVideo
	if track.Kind() == webrtc.RTPCodecTypeAudio {
		kind = wire.KindAudio
	}
	var packet rtp.Packet
	for {
		n, _, err := track.Read(buf)
		if err != nil {
			return
		}
		if k.media.call.options.OnRTP == nil || !ok || packet.Unmarshal(buf[:n]) != nil {
			continue
		}
		who := (*k.media.mapping.Load())[line.Slot]
		k.media.call.options.OnRTP(Received{
			Slot: line.Slot, Kind: kind, Participant: who.Participant, Source: who.Source, Packet: &packet, Arrival: time.Now(),
		})
	}
}

// drain reads the control packets of a stream: interceptors see only what is read.
func drain(receiver *webrtc.RTPReceiver) {
	for {
		if _, _, err := receiver.ReadRTCP(); err != nil {
			return
		}
	}
}

func (k *connection) close() {
	_ = k.pc.GracefulClose() // it has nothing to say that would help
	k.readers.Wait()
}
