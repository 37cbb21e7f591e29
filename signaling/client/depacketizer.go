package client

import (
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

const (
	// piecesMost is how many packets of a picture may wait for one that is missing; then only a key frame helps.
	piecesMost = 512
	// stuckAfter is when what is missing is not waited for any more: it was asked for as often as it makes sense.
	stuckAfter = time.Second
)

// depacketizer puts the frames of one VP8 stream together (RFC 7741), in their order, from packets in any. From what is missing it goes on with the next
// key frame that is whole: what comes before that is not waited for. The zero value has seen nothing.
type depacketizer struct {
	pieces [piecesMost]piece // by number
	newest uint64            // of the numbers, which do not wrap around; 0 before the first
	next   uint64            // the number of the next frame's first packet; 0 while a key frame is waited for
	key    uint64            // the same of the last key frame that began; 0 for none
	waits  time.Time         // since when something waits that is no whole frame; zero for nothing
	spare  [][]byte
	whole  []byte
}

// piece is one packet of a frame.
type piece struct {
	number      uint64 // 0 for none
	timestamp   uint32
	first, last bool // of its frame
	empty       bool // padding: of no frame
	data        []byte
}

// push takes a packet, and gives the frames that are whole by it. gap says that frames before this one were lost. data is valid during the call.
func (d *depacketizer) push(p *rtp.Packet, now time.Time, give func(data []byte, timestamp uint32, gap bool)) {
	number := d.extend(p.SequenceNumber)
	at := &d.pieces[number%piecesMost]
	if number+piecesMost <= d.newest || number < d.next || at.number == number {
		return
	}
	d.newest = max(d.newest, number)
	if d.next != 0 && number >= d.next+piecesMost {
		d.next = 0
	}
	d.put(at, number, p)
	before := d.next
	for d.take(d.next, give) {
	}
	if d.key > d.next && d.take(d.key, give) {
		for d.take(d.next, give) {
		}
	}
	switch {
	case d.next > d.newest:
		d.waits = time.Time{}
	case d.waits.IsZero(), d.next != before && d.next != 0:
		d.waits = now
	}
}

// stuck reports whether only a key frame helps.
func (d *depacketizer) stuck(now time.Time) bool {
	return !d.waits.IsZero() && now.Sub(d.waits) >= stuckAfter
}

// extend gives the number that a sequence number stands for (RFC 3550, appendix A.1).
func (d *depacketizer) extend(sequence uint16) uint64 {
	if d.newest == 0 {
		return 1<<32 + uint64(sequence)
	}
	return uint64(int64(d.newest) + int64(int16(sequence-uint16(d.newest))))
}

func (d *depacketizer) put(at *piece, number uint64, p *rtp.Packet) {
	if at.data != nil {
		d.spare = append(d.spare, at.data)
	}
	*at = piece{number: number, timestamp: p.Timestamp, last: p.Marker}
	var descriptor codecs.VP8Packet
	body, err := descriptor.Unmarshal(p.Payload)
	if err != nil || len(body) == 0 {
		at.empty = true
		return
	}
	at.first = descriptor.S == 1 && descriptor.PID == 0
	if at.first && body[0]&1 == 0 {
		d.key = max(d.key, number)
	}
	var space []byte
	if n := len(d.spare); n > 0 {
		space, d.spare = d.spare[n-1][:0], d.spare[:n-1]
	}
	at.data = append(space, body...)
}

// take gives the frame whose first packet has this number, if all of it is there.
func (d *depacketizer) take(number uint64, give func([]byte, uint32, bool)) bool {
	if number == 0 {
		return false
	}
	for ; d.pieces[number%piecesMost].number == number && d.pieces[number%piecesMost].empty; number++ {
		d.next = number + 1
	}
	first := &d.pieces[number%piecesMost]
	if first.number != number || !first.first {
		return false
	}
	d.whole = d.whole[:0]
	for n := number; n <= d.newest; n++ {
		p := &d.pieces[n%piecesMost]
		switch {
		case p.number != n, p.first != (n == number), !p.empty && p.timestamp != first.timestamp:
			return false
		case p.empty:
			continue
		}
		d.whole = append(d.whole, p.data...)
		if !p.last {
			continue
		}
		gap := d.next != number
		d.release(n)
		give(d.whole, first.timestamp, gap)
		return true
	}
	return false
}

// release lets go of everything up to a number.
func (d *depacketizer) release(last uint64) {
	for n := max(d.next, last+1-piecesMost); n <= last; n++ {
		if p := &d.pieces[n%piecesMost]; p.number <= last && p.data != nil {
			d.spare = append(d.spare, p.data)
			p.data = nil
		}
	}
	d.next = last + 1
}
