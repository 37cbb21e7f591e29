package media

import (
	"time"

	"github.com/pion/rtp"
	"github.com/pion/rtp/codecs"
)

// viewerWindow is how many packets of a picture may wait for one that is missing; then only a key frame helps.
const viewerWindow = 2048

// pictureClock is in ticks per second.
const pictureClock = 90000

// viewer shows the frames of one picture as a browser would: a frame once all its packets and all frames before it have come, or from the
// next whole key frame on. It is told packets in any order, repaired ones included.
type viewer struct {
	pieces  [viewerWindow]piece // by number
	newest  uint64
	next    uint64 // number of the first packet of the next frame; 0 while a key frame is waited for
	key     uint64 // number of the first packet of the last key frame that began
	lines   uint64 // of the picture now
	playout playout
	shown   time.Duration
	average time.Duration // between frames
	frozen  time.Duration // until when the present freeze is counted; 0 while there is none
	fresh   bool          // the next frame is not late, whenever it comes
	seen    Pictures
}

// piece is what of a packet matters.
type piece struct {
	number      uint64
	timestamp   uint32
	first, last bool // of its frame
	lines       uint64
}

// Pictures is what was seen of pictures.
type Pictures struct {
	Frames uint64
	// Lines is the sum of the frames' lines.
	Lines uint64
	// Freezes after the definition of W3C's freezeCount: a frame that came more than 150 ms later than on average, and after three
	// times that. Frozen is how long they took, Longest the longest.
	Freezes         uint64
	Frozen, Longest time.Duration
}

// Add adds what was seen elsewhere.
func (p *Pictures) Add(o Pictures) {
	p.Frames += o.Frames
	p.Lines += o.Lines
	p.Freezes += o.Freezes
	p.Frozen += o.Frozen
	p.Longest = max(p.Longest, o.Longest)
}

// begin says that what comes next is not late, whenever it comes.
func (v *viewer) begin() { v.fresh, v.playout.begun = true, false }

// push takes a packet that is not repeated; numbers begin at 1.
func (v *viewer) push(number uint64, packet *rtp.Packet, at time.Duration) {
	var descriptor codecs.VP8Packet
	body, err := descriptor.Unmarshal(packet.Payload)
	if err != nil {
		return
	}
	p := piece{number: number, timestamp: packet.Timestamp, first: descriptor.S == 1 && descriptor.PID == 0, last: packet.Marker}
	if p.first && len(body) >= keyHeaderSize && body[0]&1 == 0 {
		p.lines = uint64(body[8]) | uint64(body[9]&0x3f)<<8
		v.key = max(v.key, number)
	}
	v.pieces[number%viewerWindow] = p
	v.newest = max(v.newest, number)
	if v.next != 0 && v.newest-v.next >= viewerWindow {
		v.next = 0
	}
	for v.next != 0 && v.show(v.next, at) {
	}
	if v.key > v.next && v.show(v.key, at) {
		for v.show(v.next, at) {
		}
	}
}

// show shows the frame that begins at a number, if all of it is there.
func (v *viewer) show(number uint64, at time.Duration) bool {
	first := v.pieces[number%viewerWindow]
	for n := number; n <= v.newest; n++ {
		p := v.pieces[n%viewerWindow]
		if p.number != n || p.first != (n == number) {
			return false
		}
		if !p.last {
			continue
		}
		if first.lines > 0 {
			v.lines = first.lines
		}
		v.next = n + 1
		late := v.playout.late(first.timestamp, at)
		v.playout.adapt(late, at)
		v.count(at + v.playout.delay - late)
		return true
	}
	return false
}

func (v *viewer) count(at time.Duration) {
	at = max(at, v.shown) // a delay that shrinks is no way back
	v.seen.Frames++
	v.seen.Lines += v.lines
	since := at - v.shown
	if v.shown != 0 && !v.fresh {
		if v.average > 0 && since > v.limit() {
			v.freeze(at)
		}
		if v.average == 0 {
			v.average = since
		}
		v.average += (since - v.average) / 30
	}
	v.shown, v.fresh, v.frozen = at, false, 0
}

// freeze counts that the picture has stood still until now: once, and the time as it passes. It may never end.
func (v *viewer) freeze(now time.Duration) {
	if v.frozen == 0 {
		v.seen.Freezes++
		v.frozen = v.shown
	}
	v.seen.Frozen += now - v.frozen
	v.frozen = now
	v.seen.Longest = max(v.seen.Longest, now-v.shown)
}

// limit is the time after a frame from which on the picture is frozen.
func (v *viewer) limit() time.Duration { return max(3*v.average, v.average+150*time.Millisecond) }

// take gives what was seen since the last time, a freeze that is under way included.
func (v *viewer) take(now time.Duration) Pictures {
	if since := now - v.shown; v.shown != 0 && !v.fresh && v.average > 0 && since > v.limit() {
		v.freeze(now)
	}
	seen := v.seen
	v.seen = Pictures{}
	return seen
}
