// Package ogg reads the sound out of an Ogg Opus file, packet by packet, as it is to be sent.
//
//   - **Packets, not pages**: a page may hold many packets and a packet may run over pages (RFC 3533 section 6); what is returned is one Opus packet.
//   - **Each with its length in time**, read from the packet itself (RFC 6716 section 3.1), so that it can be sent at its own pace.
//   - **Bounded**: no packet over [MaxPacket] bytes is returned, whatever a file says.
//
// One logical stream is read; checksums are not looked at: a damaged file sounds damaged.
package ogg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxPacket is the longest packet that is read, in bytes. It goes into one datagram; Opus at its highest rate makes 1,275 bytes per frame.
const MaxPacket = 4096

// Errors of a Reader.
var (
	ErrFormat  = errors.New("ogg: not an Ogg Opus file")
	ErrTooLong = errors.New("ogg: a packet is too long")
)

const (
	headerSize = 27 // of a page, before the segment table
	// maxSamples of an Opus packet: 120 ms at 48 kHz (RFC 6716 section 3.2.5).
	maxSamples = 5760
)

// Reader reads packets.
type Reader struct {
	in     io.Reader
	packet []byte
	sizes  []byte // of the segments of this page that are still to be read
}

// NewReader reads the file's two headers. Errors: [ErrFormat], and those of in.
func NewReader(in io.Reader) (*Reader, error) {
	r := &Reader{in: in}
	for _, magic := range []string{"OpusHead", "OpusTags"} {
		// Tags may hold pictures: of the headers only the beginning is kept.
		header, err := r.next(true)
		if err != nil {
			return nil, err
		}
		if !bytes.HasPrefix(header, []byte(magic)) {
			return nil, fmt.Errorf("%w: no %s", ErrFormat, magic)
		}
	}
	return r, nil
}

// Next gives the next packet, valid until the next call, and how long it lasts in samples of the RTP clock (48 kHz). At the end it gives
// [io.EOF]. Errors: [ErrFormat], [ErrTooLong], and those of the file.
func (r *Reader) Next() (packet []byte, samples int, err error) {
	for {
		packet, err = r.next(false)
		if err != nil {
			return nil, 0, err
		}
		if len(packet) == 0 {
			continue // some writers end with an empty packet
		}
		if samples = Samples(packet); samples == 0 {
			return nil, 0, fmt.Errorf("%w: no Opus packet", ErrFormat)
		}
		return packet, samples, nil
	}
}

// next puts one packet together; of one that is too long, the beginning where that is enough.
func (r *Reader) next(beginning bool) ([]byte, error) {
	r.packet = r.packet[:0]
	for {
		for len(r.sizes) == 0 {
			if err := r.page(); err != nil {
				if err == io.EOF && len(r.packet) > 0 {
					err = io.ErrUnexpectedEOF
				}
				return nil, err
			}
		}
		size := int(r.sizes[0])
		r.sizes = r.sizes[1:]
		switch room := MaxPacket - len(r.packet); {
		case size <= room:
			begin := len(r.packet)
			r.packet = append(r.packet, make([]byte, size)...)
			if _, err := io.ReadFull(r.in, r.packet[begin:]); err != nil {
				return nil, unexpected(err)
			}
		case beginning:
			if _, err := io.CopyN(io.Discard, r.in, int64(size)); err != nil {
				return nil, unexpected(err)
			}
		default:
			return nil, ErrTooLong
		}
		if size < 255 { // a full segment goes on in the next
			return r.packet, nil
		}
	}
}

// page reads the header of the next page and its segment table.
func (r *Reader) page() error {
	var header [headerSize]byte
	if _, err := io.ReadFull(r.in, header[:]); err != nil {
		return err
	}
	if string(header[:4]) != "OggS" || header[4] != 0 {
		return fmt.Errorf("%w: no page", ErrFormat)
	}
	r.sizes = make([]byte, header[26])
	_, err := io.ReadFull(r.in, r.sizes)
	return unexpected(err)
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Samples is how long an Opus packet lasts, in samples at 48 kHz; 0 for what is none (RFC 6716 section 3.1 and 3.2).
func Samples(packet []byte) int {
	if len(packet) == 0 {
		return 0
	}
	config, frames := packet[0]>>3, 1
	var frame int
	switch {
	case config < 12: // SILK: 10, 20, 40 and 60 ms
		frame = [...]int{480, 960, 1920, 2880}[config&3]
	case config < 16: // hybrid: 10 and 20 ms
		frame = [...]int{480, 960}[config&1]
	default: // CELT: 2.5, 5, 10 and 20 ms
		frame = 120 << (config & 3)
	}
	switch packet[0] & 3 {
	case 1, 2:
		frames = 2
	case 3:
		if len(packet) < 2 {
			return 0
		}
		frames = int(packet[1] & 0x3f)
	}
	if frame*frames > maxSamples {
		return 0
	}
	return frame * frames
}
