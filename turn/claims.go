package turn

import "encoding/binary"

const (
	stunHeader = 20
	stunCookie = 0x2112A442 // RFC 8489 section 5
	// Methods and attributes of RFC 8489 and RFC 8656 that tell whom a message is for.
	bindingRequest = 0x0001
	methodAllocate = 0x003
	methodMax      = 0x00C // TURN's methods are numbered from Allocate to ConnectionAttempt
	attrUsername   = 0x0006
	// Channel numbers (RFC 8656 section 12).
	channelMin, channelMax = 0x4000, 0x4FFF
	channelHeader          = 4
)

// Claims reports whether a datagram is meant for the relay, not for the media engine with which it shares a port: TURN's methods,
// channel data, and a binding request that names no session. Connectivity checks name one (RFC 8445 section 7.2.2); their answers,
// which name none, are the engine's.
func Claims(b []byte) bool {
	if len(b) < channelHeader {
		return false
	}
	if isChannelData(b) {
		return true
	}
	if !isSTUN(b) {
		return false
	}
	if method := methodOf(b); method >= methodAllocate && method <= methodMax {
		return true
	}
	return binary.BigEndian.Uint16(b) == bindingRequest && !named(b[stunHeader:])
}

func isChannelData(b []byte) bool { return b[0]>>4 == channelMin>>12 }

func isSTUN(b []byte) bool {
	return len(b) >= stunHeader && b[0]>>6 == 0 && binary.BigEndian.Uint32(b[4:]) == stunCookie
}

// methodOf takes the class bits out of a message type (RFC 8489 section 5).
func methodOf(b []byte) uint16 {
	t := binary.BigEndian.Uint16(b)
	return t&0xF | t>>1&0x70 | t>>2&0xF80
}

// named reports whether there is a user name among the attributes.
func named(attributes []byte) bool {
	for len(attributes) >= 4 {
		kind, length := binary.BigEndian.Uint16(attributes), int(binary.BigEndian.Uint16(attributes[2:]))
		if kind == attrUsername {
			return true
		}
		next := 4 + (length+3)&^3
		if next > len(attributes) {
			return false
		}
		attributes = attributes[next:]
	}
	return false
}
