package seqmap

import "time"

// maxGap is the longest run of missing packets that is shown to the receiver as it is: longer ones are beyond what any
// receiver asks back for, and a stream that began anew may jump by half the number space. They become one missing
// packet.
const maxGap = 1000

// Map is the numbering of one outgoing stream. Make one with [New].
type Map struct {
	rate   uint32
	start  Numbers
	spans  []span // oldest first; a source number is looked for from the end
	forgot bool   // whether spans were forgotten
	sent   window

	// Of the packets sent so far:
	timestamp uint32    // the highest
	arrival   time.Time // of the first packet with it
	picture   uint16    // the highest
	tl0       uint8     // the highest

	seen    uint16 // the highest picture id of the current source, forwarded or not, at 15 bits
	closed  bool   // whether that picture was left out and its number closed up
	started bool
}

// New makes the Map of an outgoing stream with a clock of clockRate ticks per second. Its first packet carries exactly
// the numbers in start; for SRTP's sake start.Seq should be random and below 2^15 (RFC 3711 section 3.3.1).
func New(start Numbers, clockRate uint32) *Map {
	m := &Map{rate: clockRate, start: start}
	m.sent.high = int64(start.Seq) - 1
	return m
}

// Switch makes p's source the current one, beginning with p, which for video must begin a key frame. p takes the next
// free sequence number, picture id and TL0PICIDX. Packets of the old source that are already numbered may still come
// late; no new ones are forwarded. Switching to the current source again is how a pause ends.
//
// The timestamp follows the sender's clock where from and to, the latest reports of the old and the new source, are
// of the same sender; none are needed where the source stays the same. Where one is missing (the zero Report; always
// when the sender changes) it follows the time that passed between the arrivals. now is p's arrival.
func (m *Map) Switch(p Packet, now time.Time, from, to Report) Numbers {
	n := m.start
	out := int64(n.Seq)
	if m.started {
		current := m.current()
		out = current.out + current.count
		n = Numbers{
			Seq:       uint16(out),
			Timestamp: m.timestamp + m.advance(p, now, from, to),
			PictureID: (m.picture + 1) & pictureMask,
			TL0PicIdx: m.tl0 + 1,
		}
	}
	m.begin(span{
		first:     p.Seq,
		count:     1,
		out:       out,
		source:    p.Source,
		timestamp: n.Timestamp - p.Timestamp,
		picture:   (n.PictureID - p.PictureID) & pictureMask,
		anchor:    p.PictureID & pictureMask,
		tl0:       n.TL0PicIdx - p.TL0PicIdx,
	})
	m.sent.take(out)
	m.started = true
	m.timestamp, m.arrival = n.Timestamp, now
	m.picture, m.tl0 = n.PictureID, n.TL0PicIdx
	m.seen, m.closed = p.PictureID&pictureMask, false
	return n
}

// Forward numbers one packet of the current source, or a late one of an earlier source. now is its arrival.
// It does not allocate.
func (m *Map) Forward(p Packet, now time.Time) (Numbers, Verdict) {
	if !m.started {
		return Numbers{}, Unknown
	}
	s := m.current()
	if p.Source == s.source && p.Seq >= s.end() {
		m.see(p)
		s = m.reach(p.Seq)
		s.count = p.Seq - s.first + 1
	} else if found, verdict := m.locate(p.Source, p.Seq); verdict == OK {
		s = found
	} else {
		return Numbers{}, verdict
	}
	if verdict := m.sent.take(s.out + p.Seq - s.first); verdict != OK {
		return Numbers{}, verdict
	}
	n := s.numbers(p)
	if int32(n.Timestamp-m.timestamp) > 0 {
		m.timestamp, m.arrival = n.Timestamp, now
	}
	if p.PictureIDBits != 0 && pictureAfter(n.PictureID, m.picture) {
		m.picture = n.PictureID
	}
	if p.HasTL0PicIdx && int8(n.TL0PicIdx-m.tl0) > 0 {
		m.tl0 = n.TL0PicIdx
	}
	return n, OK
}

// Drop tells that p, of the current source, is left out on purpose. Its number is closed up, and if all packets of a
// picture are left out, so is the picture's. A packet that comes late cannot be closed up any more: the receiver
// will ask for it, and answering is harmless. It does not allocate once the Map has reached its size.
func (m *Map) Drop(p Packet) {
	if !m.started {
		return
	}
	s := m.current()
	if p.Source != s.source || p.Seq < s.end() {
		return
	}
	s = m.reach(p.Seq)
	s.count = p.Seq - s.first // what is missing before p keeps its numbers
	after := *s
	after.first, after.out, after.count = p.Seq+1, s.out+s.count, 0
	if p.PictureIDBits != 0 {
		if picture := unwrapPicture(p, m.seen); pictureAfter(picture, m.seen) {
			m.seen, m.closed = picture, true
			after.picture = (after.picture - 1) & pictureMask
		}
	}
	m.begin(after)
}

// see notes the picture of a packet about to be forwarded, newer than all before.
func (m *Map) see(p Packet) {
	if p.PictureIDBits == 0 {
		return
	}
	picture := unwrapPicture(p, m.seen)
	s := m.current()
	switch {
	case pictureAfter(picture, m.seen):
		m.seen, m.closed = picture, false
	case picture == m.seen && m.closed:
		// Its first packets were left out and the rest is not: the picture needs its number back.
		after := *s
		after.first, after.out, after.count = s.end(), s.out+s.count, 0
		after.picture = (after.picture + 1) & pictureMask
		m.begin(after)
		m.closed = false
	}
	m.current().anchor = m.seen
}

// reach is the current span made ready for source number seq, which is at or behind its end.
func (m *Map) reach(seq int64) *span {
	s := m.current()
	if seq-s.end() > maxGap {
		after := *s
		after.first, after.out, after.count = seq, s.out+s.count+1, 0
		m.begin(after)
		s = m.current()
	}
	return s
}

// Source is the current one; false before the first switch.
func (m *Map) Source() (Source, bool) {
	if !m.started {
		return 0, false
	}
	return m.current().source, true
}

// TimestampShift is what the Map adds to timestamps of the current source, modulo 2^32: a sender report (NTP, RTP) of
// the source becomes (NTP, RTP + shift) on the outgoing stream. It is 0 before the first switch.
func (m *Map) TimestampShift() uint32 {
	if !m.started {
		return 0
	}
	return m.current().timestamp
}

// Origin is the source of an output packet. It stays true whatever becomes of the Map.
type Origin struct {
	Source Source
	// Seq is the extended sequence number: what to ask the source's cache.Ring for.
	Seq int64

	span span
}

// Origin says which source packet the output number seq stands for, whether or not it was ever forwarded: a packet
// that was lost on its way to us may have come by another way since. It does not allocate.
func (m *Map) Origin(seq uint16) (Origin, Verdict) {
	if !m.started {
		return Origin{}, Unknown
	}
	out := m.sent.high + int64(int16(seq-uint16(m.sent.high)))
	if out > m.sent.high {
		return Origin{}, Unknown
	}
	if out < m.sent.oldest() {
		return Origin{}, TooOld
	}
	for i := len(m.spans) - 1; i >= 0; i-- {
		s := &m.spans[i]
		if out < s.out {
			continue
		}
		if out >= s.out+s.count {
			return Origin{}, Unknown // the one number that stands for an unbridgeable gap
		}
		return Origin{Source: s.source, Seq: s.first + out - s.out, span: *s}, OK
	}
	if m.forgot {
		return Origin{}, TooOld
	}
	return Origin{}, Unknown
}

// Numbers are those that the source packet p (as read from the cache) is to carry when it is sent again.
func (o *Origin) Numbers(p Packet) Numbers { return o.span.numbers(p) }
