package client

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pion/interceptor"
	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/signaling/client/frame"
	"github.com/anteroom-video/anteroom/signaling/client/sealer"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Sender sends one source, or one layer of it. It stays the same over renewals of the media connection; while there is none, packets are dropped.
// It is safe for concurrent use.
type Sender struct {
	track    *track
	rid      string        // "" where the source has no layers
	keyframe chan struct{} // somebody needs a key frame
	sent     atomic.Uint64
	stream   *sealer.Stream // nil in a call that is not sealed
	pictured bool
	bound    atomic.Pointer[binding] // nil while there is no connection

	unwatched atomic.Bool
}

// binding is a sender's place in one connection.
type binding struct {
	connection *connection
	extensions map[string]uint8 // ids by URI
	// What packets of a layer are named with: ids, and the words themselves. Without layers rid is nil.
	midID, ridID uint8
	mid, rid     []byte
}

func newBinding(k *connection, mid, rid string, extensions map[string]uint8) *binding {
	b := &binding{connection: k, extensions: extensions}
	if rid != "" {
		b.midID, b.mid, b.ridID, b.rid = extensions[midURI], []byte(mid), extensions[ridURI], []byte(rid)
	}
	return b
}

func newSender(source wire.Source, mimeType, rid string) *Sender {
	capability := webrtc.RTPCodecCapability{MimeType: mimeType, ClockRate: 90000}
	if strings.HasPrefix(mimeType, "audio/") {
		capability.ClockRate, capability.Channels = 48000, 2
	}
	var options []func(*webrtc.TrackLocalStaticRTP)
	if rid != "" {
		options = append(options, webrtc.WithRTPStreamID(rid))
	}
	static, err := webrtc.NewTrackLocalStaticRTP(capability, string(source), "own", options...)
	if err != nil {
		panic(err) // the arguments are constants
	}
	return &Sender{
		track: &track{TrackLocalStaticRTP: static, streams: map[string]webrtc.TrackLocalWriter{}}, rid: rid, keyframe: make(chan struct{}, 1),
	}
}

// track is Pion's, with a way to its streams for packets that are to go out as they are.
type track struct {
	*webrtc.TrackLocalStaticRTP

	mu sync.Mutex // guards the following
	// streams by the connection's own id.
	streams map[string]webrtc.TrackLocalWriter
}

func (t *track) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	parameters, err := t.TrackLocalStaticRTP.Bind(c)
	if err == nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.streams[c.ID()] = c.WriteStream()
	}
	return parameters, err
}

func (t *track) Unbind(c webrtc.TrackLocalContext) error {
	t.mu.Lock()
	delete(t.streams, c.ID())
	t.mu.Unlock()
	return t.TrackLocalStaticRTP.Unbind(c)
}

// Publish gives the sender of a source: of the microphone, of the camera (of its smallest layer, where it has several), and with
// [Options].Screen of the screen and its sound.
func (c *Call) Publish(source wire.Source) (*Sender, error) {
	layers := c.media.of(source)
	if layers == nil {
		return nil, fmt.Errorf("client: %s cannot be published", source)
	}
	return layers[0], nil
}

// Layers gives the senders of the camera's layers, the smallest first: three with [Options].Simulcast, otherwise one.
func (c *Call) Layers() []*Sender { return slices.Clone(c.media.of(wire.SourceCamera)) }

// ErrNotReady: no media connection carries packets now; the packet was dropped.
var ErrNotReady = errors.New("client: the media connection is not up")

// ErrNoKey: there is nothing to seal with now, or never in a call that is not sealed. What was to be sealed may not be sent.
var ErrNoKey = errors.New("client: there is no key to seal with")

// Seal gives a frame as it is to be sent in a sealed call: a whole picture (VP8), or the one frame of a packet of sound. Errors: [ErrNoKey].
func (s *Sender) Seal(plain []byte) ([]byte, error) {
	if s.stream == nil {
		return nil, ErrNoKey
	}
	clear := 0
	if s.pictured && len(plain) > 0 {
		clear = frame.ClearOfVP8(plain[0]&1 == 0)
	}
	sealed, ok := s.stream.Seal(nil, plain, clear)
	if !ok {
		return nil, ErrNoKey
	}
	return sealed, nil
}

// Sealed is how many frames were sealed here, and how many could not be.
func (s *Sender) Sealed() sealer.Counts {
	if s.stream == nil {
		return sealer.Counts{}
	}
	return s.stream.Counts()
}

// WriteRTP sends a packet; SSRC and payload type are set to what was negotiated. The payload goes out as it is, in a sealed call too. The packet is not
// kept. Errors: [ErrNotReady].
func (s *Sender) WriteRTP(p *rtp.Packet) error {
	b := s.bound.Load()
	if b == nil || !b.connection.carries() {
		return ErrNotReady
	}
	if err := b.name(p); err != nil {
		return err
	}
	if err := s.track.WriteRTP(p); err != nil {
		return fmt.Errorf("client: sending: %w", err)
	}
	s.sent.Add(1)
	return nil
}

// name writes into a packet of a layer which it is (RFC 8852).
func (b *binding) name(p *rtp.Packet) error {
	if b.rid == nil {
		return nil
	}
	err := p.SetExtension(b.midID, b.mid)
	if err == nil {
		err = p.SetExtension(b.ridID, b.rid)
	}
	if err != nil {
		return fmt.Errorf("client: naming a layer: %w", err)
	}
	return nil
}

// WriteRaw sends a packet as it is, with any SSRC and payload type, for tests of servers. The packet is not kept. Errors: [ErrNotReady].
func (s *Sender) WriteRaw(p *rtp.Packet) error {
	if b := s.bound.Load(); b == nil || !b.connection.carries() {
		return ErrNotReady
	}
	s.track.mu.Lock()
	streams := slices.Collect(maps.Values(s.track.streams))
	s.track.mu.Unlock()
	for _, stream := range streams {
		if _, err := stream.WriteRTP(&p.Header, p.Payload); err != nil {
			return fmt.Errorf("client: sending: %w", err)
		}
	}
	return nil
}

// WriteRTCP sends control packets on the sender's connection, for tests of servers. Errors: [ErrNotReady].
func (s *Sender) WriteRTCP(packets ...rtcp.Packet) error {
	b := s.bound.Load()
	if b == nil || !b.connection.carries() {
		return ErrNotReady
	}
	if err := b.connection.pc.WriteRTCP(packets); err != nil {
		return fmt.Errorf("client: sending control packets: %w", err)
	}
	return nil
}

// Sent counts the packets that were written without an error.
func (s *Sender) Sent() uint64 { return s.sent.Load() }

// KeyframeWanted is signalled when the server asks for a key frame.
func (s *Sender) KeyframeWanted() <-chan struct{} { return s.keyframe }

// Watched reports whether the server says that somebody sees what is sent here: true as long as it has said nothing.
func (s *Sender) Watched() bool { return !s.unwatched.Load() }

// ExtensionID is the negotiated id of a header extension, 0 while there is none.
func (s *Sender) ExtensionID(uri string) uint8 {
	if b := s.bound.Load(); b != nil {
		return b.extensions[uri]
	}
	return 0
}

// SetLevel puts an audio level (RFC 6464: -dBov, 0 the loudest, 127 silence) into a packet. Errors: [ErrNotReady] where none was negotiated.
func (s *Sender) SetLevel(p *rtp.Packet, level uint8, voice bool) error {
	id := s.ExtensionID(audioLevelURI)
	if id == 0 {
		return ErrNotReady
	}
	data, err := rtp.AudioLevelExtension{Level: level, Voice: voice}.Marshal()
	if err != nil {
		return fmt.Errorf("client: making an audio level: %w", err)
	}
	return p.SetExtension(id, data)
}

// bind gives the sender its place in a connection that was negotiated.
func (s *Sender) bind(k *connection, t *webrtc.RTPTransceiver) {
	extensions := map[string]uint8{}
	for _, e := range t.Sender().GetParameters().HeaderExtensions {
		extensions[e.URI] = uint8(e.ID)
	}
	s.bound.Store(newBinding(k, t.Mid(), s.rid, extensions))
}

// release takes the place in a connection that ends.
func (s *Sender) release(k *connection) {
	if b := s.bound.Load(); b != nil && b.connection == k {
		s.bound.CompareAndSwap(b, nil)
	}
}

// listen reads the control packets for this source until its connection ends.
func (s *Sender) listen(sender *webrtc.RTPSender) {
	for {
		packets, _, err := s.readRTCP(sender)
		if err != nil {
			return
		}
		for _, p := range packets {
			switch p.(type) {
			case *rtcp.PictureLossIndication, *rtcp.FullIntraRequest:
				select {
				case s.keyframe <- struct{}{}:
				default: // it is known already
				}
			}
		}
	}
}

func (s *Sender) readRTCP(sender *webrtc.RTPSender) ([]rtcp.Packet, interceptor.Attributes, error) {
	if s.rid != "" {
		return sender.ReadSimulcastRTCP(s.rid)
	}
	return sender.ReadRTCP()
}
