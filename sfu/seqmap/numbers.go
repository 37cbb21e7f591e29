package seqmap

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
	// Dropped: the packet has no number: it was left out by Drop, or fell in a pause or in a gap too long to show.
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
