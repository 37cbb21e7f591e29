package seqmap

// maxSpans bounds the memory of a Map. Only switches and drops begin a span: at 15 pictures left out per second 128
// reach back more than seven seconds.
const (
	maxSpans = 128
	forgetBy = 16 // when full: so that not every drop moves the rest
)

// span is a run of source packets whose numbers are all shifted by the same amounts. All but the last are closed.
type span struct {
	first     int64 // extended source number that out stands for
	count     int64 // numbers reserved so far, whether their packets came or not
	out       int64 // extended output number of first
	source    Source
	timestamp uint32 // added to source timestamps, modulo 2^32
	picture   uint16 // added to source picture ids, modulo 2^15
	anchor    uint16 // a source picture id of about this time, at 15 bits: what shorter ones are unwrapped by
	tl0       uint8  // added to TL0PICIDX, modulo 2^8
}

// end is the first source number behind the span.
func (s *span) end() int64 { return s.first + s.count }

// numbers is where the span takes p.
func (s *span) numbers(p Packet) Numbers {
	return Numbers{
		Seq:       uint16(s.out + p.Seq - s.first),
		Timestamp: p.Timestamp + s.timestamp,
		PictureID: (unwrapPicture(p, s.anchor) + s.picture) & pictureMask,
		TL0PicIdx: p.TL0PicIdx + s.tl0,
	}
}

const pictureMask = 1<<15 - 1

// unwrapPicture brings a picture id to 15 bits: one of 7 bits is the number near anchor that ends in them.
func unwrapPicture(p Packet, anchor uint16) uint16 {
	if p.PictureIDBits != 7 {
		return p.PictureID & pictureMask
	}
	distance := int8((p.PictureID-anchor)<<1) >> 1
	return (anchor + uint16(distance)) & pictureMask
}

// pictureAfter reports whether picture id a comes after b, modulo 2^15.
func pictureAfter(a, b uint16) bool { return int16((a-b)<<1) > 0 }

// begin opens a new span and forgets those that nothing can refer to any more.
func (m *Map) begin(s span) {
	if n := len(m.spans); n > 0 && m.spans[n-1].count == 0 {
		m.spans[n-1] = s
		return
	}
	stale := 0
	for stale < len(m.spans)-1 && m.spans[stale].out+m.spans[stale].count <= m.sent.oldest() {
		stale++
	}
	if stale == 0 && len(m.spans) == maxSpans {
		stale = forgetBy
	}
	if stale > 0 {
		m.spans = append(m.spans[:0], m.spans[stale:]...)
		m.forgot = true
	}
	m.spans = append(m.spans, s)
}

// current is the span that new packets go to. There is one after the first switch.
func (m *Map) current() *span { return &m.spans[len(m.spans)-1] }

// locate finds the span in which a source packet has its number.
func (m *Map) locate(source Source, seq int64) (*span, Verdict) {
	left := false // whether a later span, of whatever source, was passed
	for i := len(m.spans) - 1; i >= 0; i-- {
		s := &m.spans[i]
		if s.source != source || seq < s.first {
			left = left || s.source != source
			continue
		}
		switch {
		case seq < s.end():
			return s, OK
		case left:
			return nil, Superseded
		default:
			return nil, Dropped
		}
	}
	if m.forgot {
		return nil, TooOld
	}
	return nil, Superseded
}
