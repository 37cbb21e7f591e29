package sfu

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// SessionStats are counts since the session began.
type SessionStats struct {
	// PacketsIn and BytesIn count every RTP packet that authenticated, whatever became of it.
	PacketsIn, BytesIn uint64
	// PacketsOut and BytesOut count RTP packets sent, retransmissions included.
	PacketsOut, BytesOut uint64
	// Forwarded counts packets of this session given to others, once for each receiver.
	Forwarded uint64
	// NACKsIn and NACKsOut count packets asked for: by the peer, and of it. Retransmitted were answered.
	NACKsIn, NACKsOut, Retransmitted uint64
	// PLIsIn and PLIsOut count key frame requests: by the peer, and to it.
	PLIsIn, PLIsOut uint64
	// LayerSwitches of what the peer receives, Probed packets of padding that were sent to measure its line, and Pauses of
	// pictures that it has no room for.
	LayerSwitches, Probed, Pauses uint64
	// Demands counts how often the peer was told which of its layers are watched.
	Demands uint64
	// Dropped by reason.
	Dropped map[string]uint64
	// LastHeard: see [Session.LastHeard].
	LastHeard time.Time
}

// Stats are counts since the server began; but for those of the first line, which say what is there now, none falls.
type Stats struct {
	Rooms, Sessions, Publications, Subscriptions int
	PacketsIn, BytesIn                           uint64
	PacketsOut, BytesOut                         uint64
	NACKsIn, NACKsOut, Retransmitted             uint64
	PLIsIn, PLIsOut                              uint64
	LayerSwitches, Probed, Pauses, Demands       uint64
	// Lines are the sessions by the quality of their line now, Estimates those whose peers report by what the line carries,
	// in steps that EstimateSteps names; Paused are the pictures that are paused now for want of room.
	Lines     map[string]int
	Estimates []int
	Paused    int
	// Dropped packets by reason.
	Dropped map[string]uint64
	// Ended sessions by reason: over a bound, or a fault of ours.
	Ended map[string]uint64
	// Panics that ended a session or a room, those of Socket included.
	Panics uint64
	// Socket counts what came in at the media port; Socket.Media counts datagrams that are neither STUN nor DTLS.
	Socket transport.Stats
}

// EstimateSteps are the upper bounds of Stats.Estimates in bits per second; the last of Estimates, one more, is above all.
func EstimateSteps() []int { return []int{100_000, 300_000, 600_000, 1_000_000, 2_000_000, 5_000_000} }

// Latency is how long forwarded packets (one in 64) took from the socket to the socket: Counts[i] took at most
// Bounds[i] and more than the bound before; the last of Counts, one more than Bounds, took longer than all.
type Latency struct {
	Bounds []time.Duration
	Counts []uint64
	Sum    time.Duration
}
