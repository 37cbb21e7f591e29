package bwe

import (
	"errors"

	"github.com/pion/rtcp"
)

// What may be wrong with a feedback. It has changed nothing then.
var (
	// ErrMalformed: its parts contradict each other.
	ErrMalformed = errors.New("feedback contradicts itself")
	// ErrUnsent: it speaks of packets that were never sent, or so long ago that they are forgotten.
	ErrUnsent = errors.New("feedback speaks of packets that were not sent")
	// ErrTimes: packets cannot have come at these times.
	ErrTimes = errors.New("feedback gives times that cannot be")
	// ErrRepeated: it says nothing new.
	ErrRepeated = errors.New("feedback says nothing new")
)

const (
	tick = 250 // µs, unit of deltas (section 3.1.5); they are 16 bits
	// reference is the unit of the reference time, which has 24 bits (section 3.1).
	reference = 64 * millisecond
	// late is how much longer than possible times may seem to take: clocks are coarse, and ours is read late.
	late = 20 * millisecond
)

// reader walks through the statuses of a feedback in the order of the numbers.
type reader struct {
	feedback *rtcp.TransportLayerCC
	left     int   // statuses to come
	chunk    int   // index of the chunk being read
	used     int   // of its statuses
	delta    int   // index of the next delta
	arrival  int64 // of the packet received last
}

func read(f *rtcp.TransportLayerCC, referenceTime int64) reader {
	return reader{feedback: f, left: int(f.PacketStatusCount), arrival: referenceTime}
}

// next gives the next status, and the arrival time if the packet came. ok is false when the chunks or deltas are at
// their end, or wrong.
func (r *reader) next() (came, ok bool) {
	symbol, ok := r.symbol()
	if !ok || r.left == 0 {
		return false, false
	}
	r.left--
	switch symbol {
	case rtcp.TypeTCCPacketNotReceived:
		return false, true
	case rtcp.TypeTCCPacketReceivedSmallDelta, rtcp.TypeTCCPacketReceivedLargeDelta:
		if r.delta == len(r.feedback.RecvDeltas) {
			return false, false
		}
		d := r.feedback.RecvDeltas[r.delta]
		if d == nil || d.Delta < -1<<15*tick || d.Delta >= 1<<15*tick {
			return false, false
		}
		r.delta++
		r.arrival += d.Delta
		return true, true
	}
	return false, false // reserved
}

func (r *reader) symbol() (uint16, bool) {
	for r.chunk < len(r.feedback.PacketChunks) {
		switch c := r.feedback.PacketChunks[r.chunk].(type) {
		case *rtcp.RunLengthChunk:
			if c != nil && r.used < int(c.RunLength) {
				r.used++
				return c.PacketStatusSymbol, true
			}
		case *rtcp.StatusVectorChunk:
			if c != nil && r.used < len(c.SymbolList) {
				r.used++
				return c.SymbolList[r.used-1], true
			}
		default:
			return 0, false
		}
		if r.used == 0 {
			return 0, false // an empty chunk: nobody sends one, and many of them would be work for nothing
		}
		r.chunk, r.used = r.chunk+1, 0
	}
	return 0, false
}

// end reports whether everything was read: the last chunk may be longer than needed, and there are no more.
func (r *reader) end() bool {
	return r.left == 0 && r.chunk >= len(r.feedback.PacketChunks)-1 && r.delta == len(r.feedback.RecvDeltas)
}

// check reads a whole feedback without believing any of it. base is its first number. It gives the last packet that came,
// and when by the reference time; nil if none came.
func (h *history) check(f *rtcp.TransportLayerCC, base, now int64) (last *record, arrival int64, err error) {
	count := int64(f.PacketStatusCount)
	if count == 0 {
		return nil, 0, ErrMalformed
	}
	// One that begins long before what is remembered costs a walk and says nothing: a few bytes can name 65535 packets.
	if h.next == 0 || base+count > h.next || base+count <= h.oldest() || base < h.oldest()-int64(len(h.ring)) {
		return nil, 0, ErrUnsent
	}
	r := read(f, 0)
	var (
		news            bool
		first           int64 // when the first of those that came was sent
		earliest, until int64 // and when they came
	)
	for n := base; n < base+count; n++ {
		came, ok := r.next()
		if !ok {
			return nil, 0, ErrMalformed
		}
		record := h.get(n)
		switch {
		case record == nil && came && n >= h.oldest():
			return nil, 0, ErrUnsent
		case record == nil:
			continue
		case !came:
			news = news || record.fate == sent || record.fate == assumed
			continue
		}
		news = news || record.fate != acked
		if last == nil {
			first, earliest, until = record.at, r.arrival, r.arrival
		}
		last, arrival = record, r.arrival
		first = min(first, record.at)
		earliest, until = min(earliest, r.arrival), max(until, r.arrival)
	}
	switch {
	case !r.end():
		return nil, 0, ErrMalformed
	case last != nil && until-earliest > now-first+late:
		return nil, 0, ErrTimes // they would have begun to come before they were sent
	case !news:
		return nil, 0, ErrRepeated
	}
	return last, arrival, nil
}
