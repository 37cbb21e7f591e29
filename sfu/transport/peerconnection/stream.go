package peerconnection

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

// stream is the sending side of one slot line. It implements transport.Stream, and webrtc.TrackLocal so that Pion
// gives it a writer; no track ever stands behind it.
type stream struct {
	peer  *peer
	mid   string
	line  lineKey
	bound atomic.Pointer[binding]

	// The rest belongs to the caller's turn.
	header  rtp.Header
	level   [1]byte
	number  [2]byte
	repair  []byte
	rtxSeq  uint16
	rtxInit bool
}

// binding is what was negotiated for the line.
type binding struct {
	writer                          webrtc.TrackLocalWriter
	ssrc, rtx                       uint32
	levelID, captureID, transportID uint8
}

// ID and StreamID are what browsers read from the answer's msid: sound and picture of a slot share a stream, which is
// what keeps lips in step.
func (s *stream) ID() string       { return fmt.Sprintf("%s-%d", s.line.kind, s.line.slot) }
func (s *stream) StreamID() string { return "slot-" + strconv.Itoa(s.line.slot) }
func (s *stream) RID() string      { return "" }

func (s *stream) Kind() webrtc.RTPCodecType { return kindOf(s.line.kind) }

// Bind is called by Pion when the line was negotiated.
func (s *stream) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	b := &binding{writer: c.WriteStream(), ssrc: uint32(c.SSRC())}
	mime := webrtc.MimeTypeOpus
	if s.line.kind == transport.Video {
		mime = webrtc.MimeTypeVP8
	}
	var chosen webrtc.RTPCodecParameters
	for _, codec := range c.CodecParameters() {
		if chosen.MimeType == "" && strings.EqualFold(codec.MimeType, mime) {
			chosen = codec
		}
	}
	if chosen.MimeType == "" {
		return chosen, webrtc.ErrUnsupportedCodec
	}
	for _, codec := range c.CodecParameters() {
		if strings.EqualFold(codec.MimeType, webrtc.MimeTypeRTX) &&
			codec.SDPFmtpLine == fmt.Sprintf("apt=%d", chosen.PayloadType) {
			b.rtx = uint32(c.SSRCRetransmission())
		}
	}
	for _, e := range c.HeaderExtensions() {
		switch e.URI {
		case offer.AudioLevelURI:
			b.levelID = uint8(e.ID)
		case offer.CaptureTimeURI:
			b.captureID = uint8(e.ID)
		case offer.TransportCCURI:
			b.transportID = uint8(e.ID)
		}
	}
	s.bound.Store(b)
	return chosen, nil
}

// Unbind is called by Pion under its own lock and must not call back.
func (s *stream) Unbind(webrtc.TrackLocalContext) error {
	s.bound.Store(nil)
	return nil
}

func (s *stream) SSRC() uint32 {
	if b := s.bound.Load(); b != nil {
		return b.ssrc
	}
	return 0
}

func (s *stream) RTX() uint32 {
	if b := s.bound.Load(); b != nil {
		return b.rtx
	}
	return 0
}

// SendRTP implements transport.Stream.
func (s *stream) SendRTP(p *transport.Packet) error {
	b := s.bound.Load()
	if b == nil || !s.peer.ready.Load() {
		return transport.ErrNotReady
	}
	payloadType, _ := s.peer.payloadTypes(p.Codec)
	if payloadType == 0 {
		return transport.ErrNotReady
	}
	if err := s.compose(p, b, payloadType, p.Seq, b.ssrc); err != nil {
		return err
	}
	_, err := b.writer.WriteRTP(&s.header, p.Payload)
	return err
}

// SendRTX implements transport.Stream (RFC 4588 section 4).
func (s *stream) SendRTX(p *transport.Packet) error {
	b, err := s.again(p.Codec, p)
	if err != nil {
		return err
	}
	s.repair = binary.BigEndian.AppendUint16(s.repair[:0], p.Seq)
	s.repair = append(s.repair, p.Payload...)
	_, err = b.writer.WriteRTP(&s.header, s.repair)
	return err
}

// SendPadding implements transport.Stream.
func (s *stream) SendPadding(bytes int, transportSeq uint16) error {
	if bytes < 1 || bytes > transport.MaxPadding {
		return transport.ErrNotReady
	}
	p := transport.Packet{TransportSeq: transportSeq}
	b, err := s.again(transport.VP8, &p)
	if err != nil {
		return err
	}
	s.header.Padding, s.header.PaddingSize = true, byte(bytes)
	_, err = b.writer.WriteRTP(&s.header, nil)
	return err
}

// again writes the header of a packet on the RTX SSRC, under the next number there.
func (s *stream) again(c transport.Codec, p *transport.Packet) (*binding, error) {
	b := s.bound.Load()
	_, payloadType := s.peer.payloadTypes(c)
	if b == nil || b.rtx == 0 || payloadType == 0 || !s.peer.ready.Load() {
		return nil, transport.ErrNotReady
	}
	if !s.rtxInit {
		s.rtxSeq, s.rtxInit = uint16(rand.Uint32())>>1, true
	}
	if err := s.compose(p, b, payloadType, s.rtxSeq, b.rtx); err != nil {
		return nil, err
	}
	s.rtxSeq++
	return b, nil
}

// compose writes the header. The extension slices are used again, so that nothing is allocated.
func (s *stream) compose(p *transport.Packet, b *binding, payloadType uint8, seq uint16, ssrc uint32) error {
	s.header = rtp.Header{
		Version: 2, Marker: p.Marker, PayloadType: payloadType, SequenceNumber: seq,
		Timestamp: p.Timestamp, SSRC: ssrc, Extensions: s.header.Extensions[:0],
	}
	if p.HasLevel && b.levelID != 0 {
		s.level[0] = p.Level.Level & 0x7f
		if p.Level.Voice {
			s.level[0] |= 0x80
		}
		if err := s.header.SetExtension(b.levelID, s.level[:]); err != nil {
			return err
		}
	}
	if b.transportID != 0 {
		binary.BigEndian.PutUint16(s.number[:], p.TransportSeq)
		if err := s.header.SetExtension(b.transportID, s.number[:]); err != nil {
			return err
		}
	}
	if len(p.CaptureTime) > 0 && b.captureID != 0 {
		return s.header.SetExtension(b.captureID, p.CaptureTime)
	}
	return nil
}
