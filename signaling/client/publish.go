package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
	"github.com/pion/webrtc/v4"
	"github.com/pion/webrtc/v4/pkg/media/ivfreader"
	"github.com/pion/webrtc/v4/pkg/media/oggreader"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// packetSize is the largest payload that a Sender makes, in bytes: 1,200 with the headers.
const packetSize = 1160

// Sender sends one source. It stays the same over renewals of the media connection; while there is none, packets are dropped.
type Sender struct {
	source   wire.Source
	track    *webrtc.TrackLocalStaticRTP
	keyframe chan struct{} // somebody needs a key frame

	sent  atomic.Uint64
	ready atomic.Bool // the present connection carries packets

	mu sync.Mutex // guards the following
	// sender is the one of the present connection.
	sender *webrtc.RTPSender
}

func newSender(source wire.Source) *Sender {
	capability := webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeOpus, ClockRate: 48000, Channels: 2}
	if source == wire.SourceCamera {
		capability = webrtc.RTPCodecCapability{MimeType: webrtc.MimeTypeVP8, ClockRate: 90000}
	}
	track, err := webrtc.NewTrackLocalStaticRTP(capability, string(source), "own")
	if err != nil {
		panic(err) // the arguments are constants
	}
	return &Sender{source: source, track: track, keyframe: make(chan struct{}, 1)}
}

// Publish gives the sender of the microphone or the camera.
func (c *Call) Publish(source wire.Source) (*Sender, error) {
	s, ok := c.media.senders[source]
	if !ok {
		return nil, fmt.Errorf("client: %s cannot be published", source)
	}
	return s, nil
}

// ErrNotReady: no media connection carries packets now; the packet was dropped.
var ErrNotReady = errors.New("client: the media connection is not up")

// WriteRTP sends a packet; SSRC and payload type are set to what was negotiated. The packet is not kept. Errors: [ErrNotReady].
func (s *Sender) WriteRTP(p *rtp.Packet) error {
	if !s.ready.Load() {
		return ErrNotReady
	}
	err := s.track.WriteRTP(p)
	if err == nil {
		s.sent.Add(1)
	}
	return err
}

// Sent counts the packets that were written without an error.
func (s *Sender) Sent() uint64 { return s.sent.Load() }

// KeyframeWanted is signalled when the server asks for a key frame.
func (s *Sender) KeyframeWanted() <-chan struct{} { return s.keyframe }

// ExtensionID is the negotiated id of a header extension, 0 while there is none.
func (s *Sender) ExtensionID(uri string) uint8 {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sender == nil {
		return 0
	}
	for _, e := range s.sender.GetParameters().HeaderExtensions {
		if e.URI == uri {
			return uint8(e.ID)
		}
	}
	return 0
}

// SetLevel puts an audio level (RFC 6464: -dBov, 0 the loudest, 127 silence) into a packet.
func (s *Sender) SetLevel(p *rtp.Packet, level uint8, voice bool) error {
	id := s.ExtensionID(audioLevelURI)
	if id == 0 {
		return errors.New("client: audio levels were not negotiated")
	}
	data, err := rtp.AudioLevelExtension{Level: level, Voice: voice}.Marshal()
	if err != nil {
		return fmt.Errorf("client: making an audio level: %w", err)
	}
	return p.SetExtension(id, data)
}

func (s *Sender) bind(sender *webrtc.RTPSender) {
	s.mu.Lock()
	s.sender = sender
	s.mu.Unlock()
}

// listen reads the control packets for this source until its connection ends.
func (s *Sender) listen(sender *webrtc.RTPSender) {
	for {
		packets, _, err := sender.ReadRTCP()
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

// PlayIVF sends a VP8 file at its own pace, over and over, until the context ends. Whenever a key frame is wanted it starts again from the
// file's first frame, which is one. Errors: the context's, or why the file cannot be played.
func (s *Sender) PlayIVF(ctx context.Context, file io.ReadSeeker) error {
	packetizer := rtp.NewPacketizer(packetSize, 96, 0, &codecs.VP8Payloader{EnablePictureID: true}, rtp.NewRandomSequencer(), 90000)
	for {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("client: rewinding: %w", err)
		}
		reader, header, err := ivfreader.NewWith(file)
		if err != nil {
			return fmt.Errorf("client: reading the IVF file: %w", err)
		}
		if header.TimebaseNumerator == 0 || header.TimebaseDenominator == 0 {
			return errors.New("client: the IVF file has no frame rate")
		}
		pace := time.Second * time.Duration(header.TimebaseNumerator) / time.Duration(header.TimebaseDenominator)
		if err := s.playFrames(ctx, reader, packetizer, pace); err != nil {
			return err
		}
	}
}

func (s *Sender) playFrames(ctx context.Context, reader *ivfreader.IVFReader, packetizer rtp.Packetizer, pace time.Duration) error {
	ticker := time.NewTicker(pace)
	defer ticker.Stop()
	for n := 0; ; n++ {
		frame, _, err := reader.ParseNextFrame()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("client: reading a frame: %w", err)
		}
		for _, p := range packetizer.Packetize(frame, uint32(pace*90000/time.Second)) {
			if err := s.WriteRTP(p); err != nil && !errors.Is(err, ErrNotReady) {
				return fmt.Errorf("client: sending the picture: %w", err)
			}
		}
		select {
		case <-ticker.C:
		case <-s.keyframe:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// PlayOgg sends an Opus file of one packet per page at its own pace, over and over, until the context ends.
func (s *Sender) PlayOgg(ctx context.Context, file io.ReadSeeker) error {
	packetizer := rtp.NewPacketizer(packetSize, 111, 0, &codecs.OpusPayloader{}, rtp.NewRandomSequencer(), 48000)
	for {
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return fmt.Errorf("client: rewinding: %w", err)
		}
		reader, _, err := oggreader.NewWith(file)
		if err != nil {
			return fmt.Errorf("client: reading the Ogg file: %w", err)
		}
		if err := s.playPages(ctx, reader, packetizer); err != nil {
			return err
		}
	}
}

func (s *Sender) playPages(ctx context.Context, reader *oggreader.OggReader, packetizer rtp.Packetizer) error {
	var last uint64
	next := time.Now()
	for n := 0; ; n++ {
		page, header, err := reader.ParseNextPage()
		if errors.Is(err, io.EOF) && n > 0 {
			return nil
		}
		if err != nil {
			return fmt.Errorf("client: reading a page: %w", err)
		}
		samples := header.GranulePosition - last
		last = header.GranulePosition
		if samples == 0 || samples > 48000 { // headers, and pages that say nothing of their length
			continue
		}
		for _, p := range packetizer.Packetize(page, uint32(samples)) {
			if id := s.ExtensionID(audioLevelURI); id != 0 {
				_ = s.SetLevel(p, 20, true) // negotiated, so it fits
			}
			if err := s.WriteRTP(p); err != nil && !errors.Is(err, ErrNotReady) {
				return fmt.Errorf("client: sending the sound: %w", err)
			}
		}
		next = next.Add(time.Duration(samples) * time.Second / 48000)
		select {
		case <-time.After(time.Until(next)):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
