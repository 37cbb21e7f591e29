// Package media makes sound and pictures that no eye would recognise and every receiver can measure: each packet carries who sent it, its
// number and when, so that loss, repetition and latency are read from the packet itself and not guessed from counters.
package media

import (
	"encoding/binary"
	"time"
)

// MarkSize is how many bytes a mark takes at the end of a payload.
const MarkSize = 20

const magic = 0x414e5445 // "ANTE"

// Mark is what one packet says of itself.
type Mark struct {
	Sender uint32        // who
	Number uint32        // which of this sender's packets of the kind, from 0
	Sent   time.Duration // when, since the beginning of the test
}

// Put writes a mark at the end of a payload of at least MarkSize bytes.
func (m Mark) Put(payload []byte) {
	b := payload[len(payload)-MarkSize:]
	binary.BigEndian.PutUint32(b, magic)
	binary.BigEndian.PutUint32(b[4:], m.Sender)
	binary.BigEndian.PutUint32(b[8:], m.Number)
	binary.BigEndian.PutUint64(b[12:], uint64(m.Sent))
}

// ReadMark reads the mark at the end of a payload; false when there is none.
func ReadMark(payload []byte) (Mark, bool) {
	if len(payload) < MarkSize {
		return Mark{}, false
	}
	b := payload[len(payload)-MarkSize:]
	if binary.BigEndian.Uint32(b) != magic {
		return Mark{}, false
	}
	return Mark{
		Sender: binary.BigEndian.Uint32(b[4:]),
		Number: binary.BigEndian.Uint32(b[8:]),
		Sent:   time.Duration(binary.BigEndian.Uint64(b[12:])),
	}, true
}
