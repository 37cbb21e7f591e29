package codec

// maxREDBlocks is how many blocks one packet may repeat; browsers repeat one or two.
const maxREDBlocks = 8

// ParseRED finds the newest block of a RED payload (RFC 2198 section 3): what the packet would have been without
// repetition, and what stands last. It does not allocate.
func ParseRED(payload []byte) (primary []byte, err error) {
	at, repeated := 0, 0
	for blocks := 0; ; blocks++ {
		if at >= len(payload) || blocks > maxREDBlocks {
			return nil, ErrTruncated
		}
		if payload[at]&0x80 == 0 {
			at++
			break
		}
		if at+4 > len(payload) {
			return nil, ErrTruncated
		}
		repeated += int(payload[at+2]&0x03)<<8 | int(payload[at+3])
		at += 4
	}
	if at+repeated >= len(payload) {
		return nil, ErrTruncated
	}
	return payload[at+repeated : len(payload) : len(payload)], nil
}
