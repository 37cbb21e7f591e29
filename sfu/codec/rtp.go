package codec

import (
	"encoding/binary"
	"errors"
)

// Errors of the parse functions. All mean "malformed: drop the packet and count it"; they are told apart only for the
// counter's label.
var (
	ErrTruncated = errors.New("codec: packet ends before its parts do")
	ErrVersion   = errors.New("codec: not RTP version 2")
	ErrPadding   = errors.New("codec: padding longer than the packet or zero")
)

// Packet is a view of one RTP packet (RFC 3550 section 5.1). The slices alias the bytes that were parsed.
type Packet struct {
	// Payload is what lies between header and padding. It is empty in packets that carry only padding.
	Payload []byte
	// Timestamp in units of the payload's clock (90 kHz for video, 48 kHz for Opus).
	Timestamp uint32
	SSRC      uint32
	// SequenceNumber as sent; cache.Ring extends it.
	SequenceNumber uint16
	// Padding is the number of padding bytes, its count byte included.
	Padding     uint8
	PayloadType uint8
	Marker      bool
	// CSRCCount is the number of contributing sources in the header; nothing here reads them.
	CSRCCount uint8

	form       extensionForm
	extensions []byte
}

const fixedHeader = 12

// ParseRTP reads the header of one RTP packet. The packet must be plain (SRTP already opened) and not RTCP; the two
// are told apart before (RFC 5761 section 4). A header extension block of an unknown profile is stepped over.
// It does not allocate.
func ParseRTP(raw []byte) (Packet, error) {
	if len(raw) < fixedHeader {
		return Packet{}, ErrTruncated
	}
	if raw[0]>>6 != 2 {
		return Packet{}, ErrVersion
	}
	p := Packet{
		CSRCCount:      raw[0] & 0x0f,
		Marker:         raw[1]&0x80 != 0,
		PayloadType:    raw[1] & 0x7f,
		SequenceNumber: binary.BigEndian.Uint16(raw[2:]),
		Timestamp:      binary.BigEndian.Uint32(raw[4:]),
		SSRC:           binary.BigEndian.Uint32(raw[8:]),
	}
	at := fixedHeader + 4*int(p.CSRCCount)
	if raw[0]&0x10 != 0 {
		if len(raw) < at+4 {
			return Packet{}, ErrTruncated
		}
		profile := binary.BigEndian.Uint16(raw[at:])
		length := 4 * int(binary.BigEndian.Uint16(raw[at+2:]))
		at += 4
		if len(raw) < at+length {
			return Packet{}, ErrTruncated
		}
		p.form = formOf(profile)
		p.extensions = raw[at : at+length : at+length]
		at += length
	}
	if len(raw) < at {
		return Packet{}, ErrTruncated
	}
	end := len(raw)
	if raw[0]&0x20 != 0 {
		p.Padding = raw[end-1]
		if p.Padding == 0 || int(p.Padding) > end-at {
			return Packet{}, ErrPadding
		}
		end -= int(p.Padding)
	}
	p.Payload = raw[at:end:end]
	return p, nil
}
