// Package seqmap renumbers the packets of changing sources into one stream that a receiver can take for a single,
// unbroken one: layers are switched, people replaced, packets left out, and the receiver sees none of it.
//
// Contract:
//   - **One number, one packet.** An output sequence number is given out at most once (SRTP: one nonce, one packet);
//     asking again for the same source packet is refused as [Duplicate].
//   - **What we leave out is no loss; what was lost stays visible.** A dropped packet closes up the numbering, a
//     packet that never came keeps its number free, and takes it if it comes late.
//   - **Late packets map as they would have in time**, also across switches, as long as their numbers are remembered.
//   - **Time moves forward at a switch**, by at least one tick, and by no more than the time that passed plus [MaxSkew].
//   - **Every number can be traced back** to its source packet for retransmission, within a bounded memory.
//
// A Map belongs to one outgoing stream (one SSRC) and is not safe for concurrent use.
package seqmap

import "time"

// Source names the stream that packets come from: one layer of one publication. The caller chooses the numbers; two
// streams that feed one Map in its lifetime must differ.
type Source uint32

// Packet is what a Map needs to know of a source packet.
type Packet struct {
	Source Source
	// Seq is the extended sequence number, as cache.Ring gives it: it never goes back by itself.
	Seq int64
	// Timestamp in ticks of the clock rate.
	Timestamp uint32
	// PictureID of PictureIDBits bits: 7 or 15, or 0 where the packet has none.
	PictureID     uint16
	PictureIDBits uint8
	// TL0PicIdx counts where HasTL0PicIdx is set.
	TL0PicIdx    uint8
	HasTL0PicIdx bool
}

// Numbers are those a forwarded packet carries. PictureID (15 bits) and TL0PicIdx mean something only where the source
// packet had them.
type Numbers struct {
	Timestamp uint32
	Seq       uint16
	PictureID uint16
	TL0PicIdx uint8
}

// Verdict is a Map's answer; all but OK mean "do not send".
type Verdict uint8

const (
	// OK: send with the numbers given.
	OK Verdict = iota
	// Duplicate: this packet was forwarded before.
	Duplicate
	// TooOld: the number is no longer remembered.
	TooOld
	// Superseded: the packet belongs to a source that was switched away from before it could be forwarded, or to a
	// time before the switch to its source.
	Superseded
	// Dropped: the packet was left out by Drop and has no number.
	Dropped
	// Unknown: nothing was switched to yet, or the number was never given out.
	Unknown
)

// String names the verdict for counters.
func (v Verdict) String() string {
	switch v {
	case OK:
		return "ok"
	case Duplicate:
		return "duplicate"
	case TooOld:
		return "too_old"
	case Superseded:
		return "superseded"
	case Dropped:
		return "dropped"
	}
	return "unknown"
}

// Report is the pair that a sender report ties together (RFC 3550 section 6.4.1): at NTP (64-bit, 32.32 seconds) the
// source's RTP clock stood at RTP. The zero value means that no report is known.
type Report struct {
	NTP uint64
	RTP uint32
}

// MaxSkew is how far sender reports may lead the timestamp of a switch away from the time that passed here since the
// last packet. Reports that want more are wrong (or of another clock) and are not used.
const MaxSkew = time.Second

type Map struct{}

// New makes the Map of an outgoing stream with a clock of clockRate ticks per second. Its first packet carries exactly
// the numbers in start; for SRTP's sake start.Seq should be random and below 2^15 (RFC 3711 section 3.3.1).
func New(start Numbers, clockRate uint32) *Map { panic("body follows") }

// Switch makes p's source the current one, beginning with p, which for video must begin a key frame. p takes the next
// free sequence number, picture id and TL0PICIDX. Packets of the old source that are already numbered may still come
// late; no new ones are forwarded. Switching to the current source again is how a pause ends.
//
// The timestamp follows the sender's clock where from and to, the latest reports of the old and the new source, are
// of the same sender. Where one is missing (the zero Report; always when the sender changes) it follows the
// time that passed between the arrivals. now is p's arrival.
func (m *Map) Switch(p Packet, now time.Time, from, to Report) Numbers { panic("body follows") }

// Forward numbers one packet of the current source, or a late one of an earlier source. now is its arrival.
// It does not allocate.
func (m *Map) Forward(p Packet, now time.Time) (Numbers, Verdict) { panic("body follows") }

// Drop tells that p, of the current source, is left out on purpose. Its number is closed up, and if all packets of a
// picture are left out, so is the picture's. A packet that comes late cannot be closed up any more: the receiver
// will ask for it, and answering is harmless.
func (m *Map) Drop(p Packet) { panic("body follows") }

// Source is the current one; false before the first switch.
func (m *Map) Source() (Source, bool) { panic("body follows") }

// TimestampShift is what the Map adds to timestamps of the current source, modulo 2^32: a sender report (NTP, RTP) of
// the source becomes (NTP, RTP + shift) on the outgoing stream.
func (m *Map) TimestampShift() uint32 { panic("body follows") }

// Origin says which source packet the output number seq stands for, whether or not it was ever forwarded: a packet
// that was lost on its way to us may have come by another way since. It does not allocate.
func (m *Map) Origin(seq uint16) (Origin, Verdict) { panic("body follows") }

// Origin is the source of an output packet. It stays true whatever becomes of the Map.
type Origin struct {
	Source Source
	// Seq is the extended sequence number: what to ask the source's cache.Ring for.
	Seq int64
}

// Numbers are those the source packet p (as read from the cache) is to carry when it is sent again.
func (o Origin) Numbers(p Packet) Numbers { panic("body follows") }
