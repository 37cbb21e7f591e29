package sfutest

import (
	"encoding/binary"

	"github.com/pion/rtp"
)

// VP8 makes the packets of one stream of VP8: frames of a given number of packets, each with picture id (15 bits),
// TL0PICIDX and a payload that says which packet it is (see [Mark]).
type VP8 struct {
	Header rtp.Header
	// Size of each packet's payload in bytes, at least 32.
	Size int
	// Width and Height stand in key frames.
	Width, Height uint16
	Picture       uint16
	TL0           uint8
	// Step from frame to frame, in ticks of 90 kHz.
	Step uint32
}

// NewVP8 makes a stream with an SSRC and payload type 96 that begins at the given sequence number.
func NewVP8(ssrc uint32, seq uint16, width, height uint16) *VP8 {
	return &VP8{
		Header: rtp.Header{Version: 2, PayloadType: 96, SSRC: ssrc, SequenceNumber: seq, Timestamp: ssrc},
		Size:   200, Width: width, Height: height, Picture: uint16(ssrc) & 0x7fff, Step: 3000,
	}
}

// Frame makes the next frame of n packets, Step (at first 3,000 ticks, a thirtieth of a second) after the one before.
func (v *VP8) Frame(key bool, n int) []*rtp.Packet {
	v.Header.Timestamp += v.Step
	v.Picture = (v.Picture + 1) & 0x7fff
	v.TL0++
	packets := make([]*rtp.Packet, n)
	for i := range packets {
		payload := make([]byte, 0, v.Size)
		first := byte(0x80) // X: extended control bits follow
		if i == 0 {
			first |= 0x10 // S: start of the partition
		}
		payload = append(payload, first, 0x80|0x40|0x20, 0x80|byte(v.Picture>>8), byte(v.Picture), v.TL0, 0)
		if i == 0 {
			payload = append(payload, keyframe(key, v.Width, v.Height)...)
		}
		payload = Mark{SSRC: v.Header.SSRC, Seq: v.Header.SequenceNumber}.append(payload)
		payload = append(payload, make([]byte, max(0, v.Size-len(payload)))...)
		header := v.Header
		header.Marker = i == n-1
		packets[i] = &rtp.Packet{Header: header, Payload: payload}
		v.Header.SequenceNumber++
	}
	return packets
}

// keyframe is the start of a VP8 frame (RFC 6386 section 9.1).
func keyframe(key bool, width, height uint16) []byte {
	if !key {
		return []byte{1, 0, 0}
	}
	b := []byte{0, 0, 0, 0x9d, 0x01, 0x2a}
	b = binary.LittleEndian.AppendUint16(b, width)
	return binary.LittleEndian.AppendUint16(b, height)
}

// Opus makes the packets of one stream of Opus, 20 ms each.
type Opus struct{ Header rtp.Header }

// NewOpus makes a stream with an SSRC and payload type 111 that begins at the given sequence number.
func NewOpus(ssrc uint32, seq uint16) *Opus {
	return &Opus{rtp.Header{Version: 2, PayloadType: 111, SSRC: ssrc, SequenceNumber: seq, Timestamp: ssrc}}
}

// Packet makes the next packet.
func (o *Opus) Packet() *rtp.Packet {
	o.Header.Timestamp += 960
	p := &rtp.Packet{Header: o.Header, Payload: Mark{SSRC: o.Header.SSRC, Seq: o.Header.SequenceNumber}.append([]byte{0x78})}
	o.Header.SequenceNumber++
	return p
}

// RED wraps packets of one stream as RFC 2198 does, with payload type 63: each repeats the one before it.
type RED struct {
	Opus
	last []byte
}

// Packet makes the next packet.
func (r *RED) Packet() *rtp.Packet {
	p := r.Opus.Packet()
	p.PayloadType = 63
	plain := p.Payload
	if n := len(r.last); n > 0 {
		// One block of 960 ticks ago (14 bits), n bytes long (10 bits), then the newest.
		const ago = 960
		p.Payload = append([]byte{0x80 | 111, ago >> 6, byte(ago<<2&0xfc | n>>8), byte(n), 111}, r.last...)
	} else {
		p.Payload = []byte{111}
	}
	p.Payload = append(p.Payload, plain...)
	r.last = plain
	return p
}

// Mark is written into each payload, so that a receiver knows which packet of which stream it got, whatever the
// engine did to the header.
type Mark struct {
	SSRC uint32
	Seq  uint16
}

const markWord = 0xA17E800D

func (m Mark) append(b []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, markWord)
	b = binary.BigEndian.AppendUint32(b, m.SSRC)
	return binary.BigEndian.AppendUint16(b, m.Seq)
}

// ReadMark finds the mark in a payload.
func ReadMark(payload []byte) (Mark, bool) {
	for i := 0; i+10 <= len(payload); i++ {
		if binary.BigEndian.Uint32(payload[i:]) == markWord {
			return Mark{binary.BigEndian.Uint32(payload[i+4:]), binary.BigEndian.Uint16(payload[i+8:])}, true
		}
	}
	return Mark{}, false
}
