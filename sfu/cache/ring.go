// Package cache keeps the last packets of one published layer for everybody who may need them again: receivers that
// lost one, other nodes, and ourselves, to know what was lost on the way in.
//
// Contract:
//   - **Each packet once.** A sequence number is stored at most once; a second copy (browsers probe the line by
//     repeating real packets) is refused as [Duplicate] and must not be forwarded.
//   - **Nothing is served after its time**: at most [MaxAge], however often it is asked for.
//   - **Bounded**: packets, bytes and the list of missing ones. Memory follows the rate of the stream, an idle ring
//     holds almost none.
//   - **Missing packets are asked for with measure**: once per round trip, more slowly each time, a few times, then
//     given up and counted.
//
// A Ring is safe for concurrent use: one goroutine puts, others get.
package cache

import "time"

// MaxAge is the longest that any packet is kept for retransmission: the product promises that nothing of a
// conversation stays longer.
const MaxAge = 2 * time.Second

// Options bound a Ring.
type Options struct {
	// Packets is how far back, in sequence numbers, a packet is still told from a duplicate and kept: a power of two.
	Packets int
	// Bytes is the most that is stored; the oldest packets go first.
	Bytes int
	// Age is how long a packet is served, at most [MaxAge].
	Age time.Duration
}

// Video returns the bounds for one layer of video: 512 packets, 256 KiB, 1 s.
func Video() Options { return Options{Packets: 512, Bytes: 256 << 10, Age: time.Second} }

// Audio returns the bounds for a microphone: 128 packets, 32 KiB, 1 s.
func Audio() Options { return Options{Packets: 128, Bytes: 32 << 10, Age: time.Second} }

// Verdict says what became of a packet that was put.
type Verdict uint8

const (
	// Stored: new, and the newest.
	Stored Verdict = iota
	// Late: new, but others with higher numbers came before.
	Late
	// Restarted: the numbers jumped so far that the stream must have begun anew. The packet is stored; nothing of
	// before is left. Subscribers need a key frame.
	Restarted
	// Duplicate: was here before. Do not forward, do not count as media.
	Duplicate
	// TooOld: too far behind to be told from a duplicate. Do not forward.
	TooOld
	// TooLong: longer than [MaxPacket]. Do not forward.
	TooLong
)

// MaxPacket is the longest packet that is accepted, in bytes.
const MaxPacket = 1500

// Forward reports whether the packet is to be forwarded.
func (v Verdict) Forward() bool { return v <= Restarted }

// String names the verdict for counters.
func (v Verdict) String() string { panic("body follows") }

type Ring struct{}

// New makes an empty ring. It panics when an option is out of range: options are constants of the program.
func New(o Options) *Ring { panic("body follows") }

// Put stores a copy of packet, whose RTP sequence number is seq, and returns the number extended to 64 bits, which
// grows over all wrap-arounds and is what [Ring.Get] and the sequence maps take. It is meaningless for packets that
// are not to be forwarded. Put allocates only while the ring grows to the stream's rate.
func (r *Ring) Put(seq uint16, now time.Time, packet []byte) (int64, Verdict) { panic("body follows") }

// Get appends the packet with the extended sequence number seq to dst and returns the extended slice; false when the
// packet never came, is too old or had to make room. It does not allocate if dst has room for [MaxPacket] bytes.
func (r *Ring) Get(dst []byte, seq int64, now time.Time) ([]byte, bool) { panic("body follows") }

// Missing appends to dst the sequence numbers to ask the sender for now, oldest first, and notes that they were asked
// for. Call it every 10 to 50 ms while the stream flows. rtt is the round trip to the sender, or 0 if not
// known yet. At most [MaxMissing] numbers are appended; the caller packs them into pairs (RFC 4585 section 6.2.1).
func (r *Ring) Missing(dst []uint16, now time.Time, rtt time.Duration) []uint16 { panic("body follows") }

// MaxMissing is how many packets are asked for at a time, and how many gaps are remembered.
const MaxMissing = 128

// Trim lets go of everything older than the ring's age and of the memory it took. Call it about once a second:
// without it a stream that stopped would keep its last packets.
func (r *Ring) Trim(now time.Time) { panic("body follows") }

// Stats returns the counts so far.
func (r *Ring) Stats() Stats { panic("body follows") }

// Stats are counts since the ring was made.
type Stats struct {
	// First and Highest are extended sequence numbers: Highest-First+1 packets were expected (RFC 3550 appendix A.3).
	// They begin anew with a restart, together with Received.
	First, Highest int64
	// Received packets, each once.
	Received uint64
	// Duplicates and TooOld packets, refused.
	Duplicates, TooOld uint64
	// Asked counts requests for missing packets, Recovered those that came after they were asked for, Lost those
	// given up.
	Asked, Recovered, Lost uint64
	// Bytes of memory held for packets now.
	Bytes int
}
