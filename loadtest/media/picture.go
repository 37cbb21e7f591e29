package media

import "encoding/binary"

// Picture makes VP8 payloads (RFC 7741) of the right size and shape: the descriptor and the key frame's header are real, the rest is filling.
type Picture struct {
	Width, Height int // pixels that key frames claim, up to 16383
	// FrameBytes is how large a frame is, PacketBytes how much of it goes into one packet at the most; both in bytes of payload.
	FrameBytes, PacketBytes int

	picture uint16 // 15 bits
	buf     []byte
}

const (
	descriptorSize = 4  // with a 15-bit picture id
	keyHeaderSize  = 10 // RFC 6386 section 9.1
)

// Frame gives the payloads of the next frame. They are valid until the next call. There is room for a mark at the end of each.
func (p *Picture) Frame(key bool) [][]byte {
	smallest := descriptorSize + keyHeaderSize + MarkSize
	most := max(p.PacketBytes, smallest)
	count := max(1, (p.FrameBytes+most-1)/most)
	size := max((p.FrameBytes+count-1)/count, smallest)
	if len(p.buf) != count*size {
		p.buf = make([]byte, count*size)
	}
	payloads := make([][]byte, count)
	for i := range payloads {
		b := p.buf[i*size : (i+1)*size]
		b[0] = 0x80 // X: more of the descriptor follows
		if i == 0 {
			b[0] |= 0x10 // S: a partition begins
		}
		b[1] = 0x80 // I: the picture id
		binary.BigEndian.PutUint16(b[2:], 0x8000|p.picture)
		if i == 0 {
			header(b[descriptorSize:], key, p.Width, p.Height)
		}
		payloads[i] = b
	}
	p.picture = (p.picture + 1) & 0x7fff
	return payloads
}

// header writes a frame tag, and for key frames start code and size after it.
func header(b []byte, key bool, width, height int) {
	clear(b[:keyHeaderSize])
	b[0] = 0x10 // show_frame
	if !key {
		b[0] |= 1
		return
	}
	copy(b[3:], []byte{0x9d, 0x01, 0x2a})
	binary.LittleEndian.PutUint16(b[6:], uint16(width))
	binary.LittleEndian.PutUint16(b[8:], uint16(height))
}

// Sound gives an Opus payload of 20 ms (RFC 7587) with room for a mark; what it sounds like is nobody's concern.
func Sound() []byte {
	b := make([]byte, 80)
	b[0] = 0x78 // CELT, fullband, 20 ms, mono, one frame (RFC 6716 section 3.1)
	return b
}
