package media

import (
	"encoding/binary"
	"slices"
)

// Redundant makes and reads sound with its past (RFC 2198): every payload carries the one before it as well.
type Redundant struct {
	before    []byte
	timestamp uint32
}

// What the fields of RFC 2198, section 3, hold.
const (
	maxOffset = 1<<14 - 1
	maxBlock  = 1<<10 - 1
	opusType  = 111 // the payload type that the offer gives Opus
)

// Wrap gives the payload that carries primary, and what was wrapped last as long as it is recent enough to be named.
func (r *Redundant) Wrap(primary []byte, timestamp uint32) []byte {
	offset := timestamp - r.timestamp
	var out []byte
	if r.before != nil && offset <= maxOffset && len(r.before) <= maxBlock {
		out = binary.BigEndian.AppendUint32(out, 0x80_00_00_00|opusType<<24|offset<<10|uint32(len(r.before)))
	}
	redundant := len(out) > 0
	out = append(out, opusType)
	if redundant {
		out = append(out, r.before...)
	}
	r.before, r.timestamp = slices.Clone(primary), timestamp
	return append(out, primary...)
}

// Offsets gives how many ticks older than the packet each redundant block of a payload is, the oldest first. A payload that is none of
// RFC 2198 has none.
func Offsets(payload []byte) []uint32 {
	var offsets []uint32
	total := 0
	for len(payload) > 0 && payload[0]&0x80 != 0 {
		if len(payload) < 5 {
			return nil
		}
		header := binary.BigEndian.Uint32(payload)
		offsets = append(offsets, header>>10&maxOffset)
		total += int(header & maxBlock)
		payload = payload[4:]
	}
	if len(payload) < 1+total {
		return nil
	}
	return offsets
}
