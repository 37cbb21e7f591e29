package icemux

import "encoding/binary"

const (
	stunHeader = 20
	stunMagic  = 0x2112A442
	// bindingRequest is the only type that begins a conversation (RFC 8489 section 5).
	bindingRequest = 0x0001
	attrUsername   = 0x0006
)

// isSTUN: the first bits and the magic cookie (RFC 7983, RFC 8489 section 5).
func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && b[0] < 4 && binary.BigEndian.Uint32(b[4:]) == stunMagic
}

// isMedia: neither STUN nor DTLS (RFC 7983): what can be RTP or RTCP, or nothing we know.
func isMedia(b []byte) bool {
	return len(b) > 0 && b[0] > 3 && (b[0] < 20 || b[0] > 63)
}

// isControl: RTCP, sealed or not, where it shares a port with RTP (RFC 5761 section 4).
func isControl(b []byte) bool {
	return len(b) > 1 && b[0] >= 128 && b[0] <= 191 && b[1] >= 192 && b[1] <= 223
}

// requestFor returns the user name fragment of ours that a binding request names: the part of USERNAME before the
// colon (RFC 8445 section 7.2.2). Nothing is authenticated here; the agent does that.
func requestFor(b []byte) ([]byte, bool) {
	if !isSTUN(b) || binary.BigEndian.Uint16(b) != bindingRequest {
		return nil, false
	}
	end := stunHeader + int(binary.BigEndian.Uint16(b[2:]))
	if end > len(b) {
		return nil, false
	}
	for at := stunHeader; at+4 <= end; {
		kind, length := binary.BigEndian.Uint16(b[at:]), int(binary.BigEndian.Uint16(b[at+2:]))
		at += 4
		if at+length > end {
			return nil, false
		}
		if kind == attrUsername {
			for i, c := range b[at : at+length] {
				if c == ':' {
					return b[at : at+i], true
				}
			}
			return nil, false
		}
		at += (length + 3) &^ 3
	}
	return nil, false
}
