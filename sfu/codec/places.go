package codec

import "encoding/binary"

// places are where a payload descriptor has the numbers that are rewritten: offsets in the payload, 0 where there is none.
type places struct {
	pictureID, tl0PicIdx uint8
	pictureIDBits        uint8 // 0, 7 or 15
}

// rewrite appends the payload to dst with other numbers in it. A picture id of 7 bits grows to 15 where it has to.
func (p places) rewrite(dst, payload []byte, pictureID uint16, tl0PicIdx uint8) []byte {
	start, at := len(dst), int(p.pictureID)
	grown := 0
	if p.pictureIDBits == 7 && pictureID > 0x7f {
		dst = append(dst, payload[:at]...)
		dst = binary.BigEndian.AppendUint16(dst, 0x8000|pictureID)
		dst = append(dst, payload[at+1:]...)
		grown = 1
	} else {
		dst = append(dst, payload...)
		switch p.pictureIDBits {
		case 7:
			dst[start+at] = uint8(pictureID)
		case 15:
			binary.BigEndian.PutUint16(dst[start+at:], 0x8000|pictureID)
		}
	}
	if p.tl0PicIdx != 0 {
		dst[start+int(p.tl0PicIdx)+grown] = tl0PicIdx
	}
	return dst
}
