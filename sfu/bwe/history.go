package bwe

// Times within the package are microseconds: of our clock since the first call, of the peer's clock since whenever.
const (
	millisecond = 1000
	second      = 1000 * millisecond
)

// Memory of what was sent: it grows with the rate, so that it reaches back this far, up to a bound.
const (
	rememberFor = 3 * second
	minRecords  = 256
	maxRecords  = 1 << 14 // 256 KiB; 3 s at 40 Mbit/s
)

// fate is what became of a number.
type fate uint8

const (
	unsent fate = iota
	sent
	unjudged // it was passed over while nothing at all came
	assumed  // the feedback about it was lost; it is taken to have come
	lost     // a feedback passed over it; it may still come
	acked
)

// record is one packet sent.
type record struct {
	at    int64 // our clock
	burst int32 // delay that the bursts before it and it itself explain, see pacer
	bytes uint16
	probe uint8
	fate  fate
}

// history is the ring of the latest records, by extended transport-wide number.
type history struct {
	ring  []record
	first int64 // the first number sent
	next  int64 // one past the highest sent; 0 before any was
}

// extend makes a number long: the one nearest to what is sent next, for numbers on their way out.
func (h *history) extend(seq uint16) int64 {
	if h.next == 0 {
		return int64(seq) + 1<<16
	}
	return h.next + int64(int16(seq-uint16(h.next)))
}

// past makes a number long that the peer has named: only what was sent can be meant.
func (h *history) past(seq uint16) int64 {
	last := h.next - 1
	return last - int64(uint16(last)-seq)
}

// oldest is the lowest number remembered.
func (h *history) oldest() int64 { return max(h.first, h.next-int64(len(h.ring))) }

// get gives the record of a number, or nil where none was sent or it is forgotten.
func (h *history) get(n int64) *record {
	if n < h.oldest() || n >= h.next {
		return nil
	}
	if r := h.slot(n); r.fate != unsent {
		return r
	}
	return nil
}

func (h *history) slot(n int64) *record { return &h.ring[n&int64(len(h.ring)-1)] }

// put notes a packet and gives its number. Numbers may be left out and come a little late; one given out twice, or long
// ago, is refused.
func (h *history) put(seq uint16, r record) (int64, bool) {
	if h.next == 0 {
		h.ring = make([]record, minRecords)
		h.first = h.extend(seq)
		h.next = h.first
	}
	n := h.extend(seq)
	if n < h.next {
		if n < h.oldest() || h.slot(n).fate != unsent {
			return 0, false
		}
		*h.slot(n) = r
		return n, true
	}
	for skipped := max(h.next, n-int64(len(h.ring))+1); skipped < n; skipped++ {
		*h.slot(skipped) = record{}
	}
	if old := h.slot(n); old.fate != unsent && r.at-old.at < rememberFor && len(h.ring) < maxRecords {
		h.next = n
		h.grow()
	}
	h.next = n + 1
	*h.slot(n) = r
	return n, true
}

func (h *history) grow() {
	old := h.ring
	h.ring = make([]record, 2*len(old))
	for n := max(h.first, h.next-int64(len(old))); n < h.next; n++ {
		*h.slot(n) = old[n&int64(len(old)-1)]
	}
}
