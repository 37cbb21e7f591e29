package cache

import (
	"sync"
	"time"
)

// Verdict says what became of a packet that was put.
type Verdict uint8

const (
	// Stored: new, and the newest.
	Stored Verdict = iota
	// Late: new, but others with higher numbers came before.
	Late
	// Restarted: the numbers jumped so far, for so long, that the stream must have begun anew. The packet is stored;
	// nothing of before is left. Subscribers need a key frame.
	Restarted
	// Duplicate: was here before. Do not forward, do not count as media.
	Duplicate
	// OutOfRange: too far behind to be told from a duplicate, or unbelievably far ahead. Do not forward.
	OutOfRange
	// BadLength: empty or longer than [MaxPacket]. Do not forward.
	BadLength
)

// String names the verdict for counters.
func (v Verdict) String() string {
	switch v {
	case Stored:
		return "stored"
	case Late:
		return "late"
	case Restarted:
		return "restarted"
	case Duplicate:
		return "duplicate"
	case OutOfRange:
		return "out_of_range"
	}
	return "bad_length"
}

const (
	minSlots = 32
	// maxJump is the largest believable gap (MAX_DROPOUT of RFC 3550 appendix A.1).
	maxJump = 3000
	// restartAfter is how many packets in a row, with none in range between, make a restart. More than the two of
	// RFC 3550, because repeated old packets (probing) may come in a row as well.
	restartAfter = 8
)

// Ring keeps the last packets of one stream. Make one with [New].
type Ring struct {
	options Options

	mu      sync.Mutex // guards the following fields
	epoch   time.Time
	slots   []slot // the packet with extended number n is at n modulo the length
	store   store
	highest int64
	strange int // packets out of range in a row
	losses  losses
	stats   Stats
}

// slot is one stored packet. Numbers are cut to 32 bits: no slot lasts that many packets.
type slot struct {
	seq   uint32
	at    stamp
	place place
}

// New makes an empty ring. It panics when an option is out of range: options are constants of the program.
func New(o Options) *Ring {
	if err := o.validate(); err != nil {
		panic(err)
	}
	age := int32(o.Age.Milliseconds())
	return &Ring{options: o, store: newStore(o.Bytes, age), losses: losses{age: age}}
}

// Put stores a copy of packet, whose RTP sequence number is seq, and returns the number extended to 64 bits, which
// grows over all wrap-arounds and is what [Ring.Get] and the sequence maps take. It is meaningless for packets that
// are not to be forwarded. Put allocates only while the ring grows to the stream's rate.
func (r *Ring) Put(seq uint16, now time.Time, packet []byte) (int64, Verdict) {
	if len(packet) == 0 || len(packet) > MaxPacket {
		return 0, BadLength
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil {
		r.epoch = now
		r.slots = make([]slot, minSlots)
		// One cycle up, so that no number is ever zero (an empty slot) or negative (late at the very start).
		r.begin(1<<16 + int64(seq))
		r.keep(r.highest, r.stamp(now), packet)
		return r.highest, Stored
	}
	distance := int64(int16(seq - uint16(r.highest)))
	n := r.highest + distance
	at := r.stamp(now)
	switch {
	case distance > maxJump || distance <= -int64(len(r.slots)):
		r.strange++
		if r.strange < restartAfter {
			r.stats.OutOfRange++
			return 0, OutOfRange
		}
		n = r.highest + 1 + int64(seq-uint16(r.highest+1))
		clear(r.slots)
		r.losses.abandon(&r.stats)
		r.begin(n)
		r.keep(n, at, packet)
		return n, Restarted
	case distance > 0:
		r.strange = 0
		r.losses.gap(r.highest+1, n, at, &r.stats)
		r.highest = n
		r.grow()
		r.keep(n, at, packet)
		return n, Stored
	}
	r.strange = 0
	if r.slot(n).seq == uint32(n) {
		r.stats.Duplicates++
		return n, Duplicate
	}
	r.losses.found(n, &r.stats)
	r.keep(n, at, packet)
	return n, Late
}

// begin makes n the first number of the stream.
func (r *Ring) begin(n int64) {
	r.highest, r.strange = n, 0
	r.stats.First, r.stats.Received = n, 0
}

// keep stores the packet in its slot.
func (r *Ring) keep(n int64, at stamp, packet []byte) {
	*r.slot(n) = slot{seq: uint32(n), at: at, place: r.store.put(packet, at)}
	r.stats.First = min(r.stats.First, n)
	r.stats.Received++
}

// grow doubles the slots while the stream is longer than they reach and they may.
func (r *Ring) grow() {
	for int64(len(r.slots)) <= r.highest-r.stats.First && len(r.slots) < r.options.Packets {
		old := r.slots
		r.slots = make([]slot, 2*len(old))
		for _, s := range old {
			if s.seq != 0 {
				*r.slot(int64(s.seq)) = s
			}
		}
	}
}

func (r *Ring) slot(n int64) *slot { return &r.slots[int(uint32(n))&(len(r.slots)-1)] }

func (r *Ring) stamp(now time.Time) stamp { return stamp(now.Sub(r.epoch).Milliseconds()) }

// Get appends the packet with the extended sequence number seq to dst and returns the extended slice; false when the
// packet never came, is too old or had to make room. It does not allocate if dst has room for [MaxPacket] bytes.
func (r *Ring) Get(dst []byte, seq int64, now time.Time) ([]byte, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots == nil || seq > r.highest || seq <= r.highest-int64(len(r.slots)) {
		return dst, false
	}
	s := r.slot(seq)
	if s.seq != uint32(seq) || r.stamp(now).since(s.at) > r.store.age {
		return dst, false
	}
	packet, ok := r.store.get(s.place)
	if !ok {
		return dst, false
	}
	return append(dst, packet...), true
}

// Missing appends to dst the sequence numbers to ask the sender for now, oldest first, and notes that they were asked
// for. Call it every 10 to 50 ms while the stream flows. rtt is the round trip to the sender, or 0 if not known yet. At
// most [MaxMissing] numbers are appended; the caller packs them into pairs (RFC 4585 section 6.2.1).
func (r *Ring) Missing(dst []uint16, now time.Time, rtt time.Duration) []uint16 {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.losses.list) == 0 {
		return dst
	}
	return r.losses.ask(dst, r.highest-int64(len(r.slots)), r.stamp(now), rtt, &r.stats)
}

// Trim lets go of the packets older than the ring's age and of the memory they took. Call it about once a second:
// without it a stream that stopped would keep its last packets.
func (r *Ring) Trim(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.slots != nil {
		r.store.trim(r.stamp(now))
	}
}

// Stats are counts since the ring was made.
type Stats struct {
	// First and Highest are extended sequence numbers: Highest-First+1 packets were expected (RFC 3550 appendix A.3).
	// With a restart First begins anew, and so does Received.
	First, Highest int64
	// Received packets, each once.
	Received uint64
	// Duplicates and OutOfRange packets were refused.
	Duplicates, OutOfRange uint64
	// Asked counts the packets that were asked for, once each time; Recovered those that came after it; Lost those
	// given up.
	Asked, Recovered, Lost uint64
	// Bytes is the memory held for packets now.
	Bytes int
}

// Stats returns the counts so far.
func (r *Ring) Stats() Stats {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.stats
	s.Highest, s.Bytes = r.highest, r.store.held()
	return s
}
