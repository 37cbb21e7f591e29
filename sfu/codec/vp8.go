package codec

import "encoding/binary"

// VP8 is the payload descriptor of one VP8 packet (RFC 7741 section 4.2) and what the first bytes of the frame say
// (section 4.3). The descriptor is written by the packetizer and stays readable under end-to-end encryption; Keyframe
// and the size are read from the frame itself and are true only as far as the sender leaves those bytes clear.
type VP8 struct {
	// PictureID counts frames, modulo 2 to the power of PictureIDBits, which is 7 or 15, or 0 where there is none.
	PictureID     uint16
	PictureIDBits uint8
	// TL0PicIdx counts frames of temporal layer 0, modulo 256.
	TL0PicIdx    uint8
	HasTL0PicIdx bool
	// TID is the temporal layer; LayerSync ("Y") says that the frame depends on layer 0 alone.
	TID       uint8
	HasTID    bool
	LayerSync bool
	// KeyIdx counts key frames, modulo 32.
	KeyIdx    uint8
	HasKeyIdx bool
	// NonReference says that no other frame depends on this one.
	NonReference bool
	// FrameStart: the packet begins the first partition, and so the frame.
	FrameStart bool
	// Keyframe: the packet begins a key frame. Later packets of the same frame do not say so.
	Keyframe bool
	// Width and Height of a key frame in pixels, without its scaling bits; 0 where they cannot be read.
	Width, Height uint16
	// Size is the length of the descriptor in bytes; the frame's bytes follow.
	Size uint8

	pictureIDAt, tl0PicIdxAt uint8 // offsets in the payload, 0 where the field is absent
}

// ParseVP8 reads the descriptor at the start of an RTP payload. A payload that ends with its descriptor is truncated:
// VP8 has no empty packets (padding has an empty payload). It does not allocate.
func ParseVP8(payload []byte) (VP8, error) {
	var d VP8
	if len(payload) == 0 {
		return VP8{}, ErrTruncated
	}
	first := payload[0]
	d.NonReference = first&0x20 != 0
	d.FrameStart = first&0x10 != 0 && first&0x07 == 0
	at := 1
	if first&0x80 != 0 {
		if len(payload) < 2 {
			return VP8{}, ErrTruncated
		}
		var err error
		if at, err = d.parseOptional(payload); err != nil {
			return VP8{}, err
		}
	}
	if len(payload) <= at {
		return VP8{}, ErrTruncated
	}
	d.Size = uint8(at)
	if frame := payload[at:]; d.FrameStart && frame[0]&0x01 == 0 {
		d.Keyframe = true
		d.Width, d.Height = keyframeSize(frame)
	}
	return d, nil
}

// parseOptional reads the fields that the second byte announces and returns the offset behind them.
func (d *VP8) parseOptional(payload []byte) (int, error) {
	present := payload[1]
	at := 2
	if present&0x80 != 0 {
		if len(payload) <= at {
			return 0, ErrTruncated
		}
		d.pictureIDAt = uint8(at)
		d.PictureID, d.PictureIDBits = uint16(payload[at]&0x7f), 7
		if payload[at]&0x80 != 0 {
			if len(payload) <= at+1 {
				return 0, ErrTruncated
			}
			d.PictureID, d.PictureIDBits = binary.BigEndian.Uint16(payload[at:])&0x7fff, 15
			at++
		}
		at++
	}
	if present&0x40 != 0 {
		if len(payload) <= at {
			return 0, ErrTruncated
		}
		d.tl0PicIdxAt = uint8(at)
		d.TL0PicIdx, d.HasTL0PicIdx = payload[at], true
		at++
	}
	if present&0x30 != 0 {
		if len(payload) <= at {
			return 0, ErrTruncated
		}
		if d.HasTID = present&0x20 != 0; d.HasTID {
			d.TID, d.LayerSync = payload[at]>>6, payload[at]&0x20 != 0
		}
		if d.HasKeyIdx = present&0x10 != 0; d.HasKeyIdx {
			d.KeyIdx = payload[at] & 0x1f
		}
		at++
	}
	return at, nil
}

// keyframeSize reads the dimensions behind the start code of a key frame (RFC 6386 section 9.1), or gives 0, 0.
func keyframeSize(frame []byte) (width, height uint16) {
	if len(frame) < 10 || frame[3] != 0x9d || frame[4] != 0x01 || frame[5] != 0x2a {
		return 0, 0
	}
	return binary.LittleEndian.Uint16(frame[6:]) & 0x3fff, binary.LittleEndian.Uint16(frame[8:]) & 0x3fff
}

// Append appends payload to dst with picture id and TL0PICIDX rewritten, and returns the extended slice. The picture
// id keeps its length, except that one of 7 bits becomes one of 15 when the new number needs it: receivers unwrap
// every picture id at 15 bits and must not see the high bits vanish. At most one byte is added.
// payload is the one d was parsed from. It allocates only where dst is too short.
func (d *VP8) Append(dst, payload []byte, pictureID uint16, tl0PicIdx uint8) []byte {
	return places{d.pictureIDAt, d.tl0PicIdxAt, d.PictureIDBits}.rewrite(dst, payload, pictureID, tl0PicIdx)
}
