package media

import (
	"time"

	"github.com/pion/rtp"
)

const (
	// playout is how much later than the fastest of its packets sound is played: what browsers settle at on lines with loss.
	playout = 100 * time.Millisecond
	// settled is how many packets later the fate of a packet is known.
	settled = 64
	// soundClock is in ticks per second.
	soundClock = 48000
)

// listener plays the sound of one stream as a browser would: a packet that has not come when it is to be played, neither itself nor within a
// later one (RFC 2198), is made up. It is told packets in any order.
type listener struct {
	heard   [4 * settled]bool // by number, for the last ones
	newest  uint64
	last    uint64 // whose fate was counted
	started bool
	origin  uint32        // timestamp of the first packet
	fastest time.Duration // arrival of the fastest packet, less its timestamp
	sound   Sounds
}

// Sounds is what was heard.
type Sounds struct {
	Packets, Concealed uint64 // that were played, and of them were made up
}

// Add adds what was heard elsewhere.
func (s *Sounds) Add(o Sounds) { s.Packets += o.Packets; s.Concealed += o.Concealed }

// begin forgets what was on its way: another person speaks from now on.
func (l *listener) begin() { l.started = false }

// push takes a packet that is not repeated; numbers begin at 1.
func (l *listener) push(number uint64, packet *rtp.Packet, red bool, at time.Duration) {
	if !l.started {
		l.started, l.origin, l.fastest = true, packet.Timestamp, at
		l.newest, l.last = number-1, number-1
	}
	for n := l.newest + 1; n <= number; n++ {
		l.settle(n)
	}
	l.newest = max(l.newest, number)
	l.came(number, packet.Timestamp, at)
	if red {
		offsets := Offsets(packet.Payload)
		for i, offset := range offsets {
			if back := uint64(len(offsets) - i); number > back {
				l.came(number-back, packet.Timestamp-offset, at)
			}
		}
	}
}

// came notes that the sound of a number is there, if that is in time.
func (l *listener) came(number uint64, timestamp uint32, at time.Duration) {
	due := time.Duration(int32(timestamp-l.origin)) * time.Second / soundClock
	l.fastest = min(l.fastest, at-due)
	if number > l.last && at-due-l.fastest <= playout {
		l.heard[number%uint64(len(l.heard))] = true
	}
}

// settle counts what became of the packets before a new one.
func (l *listener) settle(number uint64) {
	l.heard[number%uint64(len(l.heard))] = false
	for ; l.last+settled < number; l.last++ {
		l.sound.Packets++
		if !l.heard[(l.last+1)%uint64(len(l.heard))] {
			l.sound.Concealed++
		}
	}
}

func (l *listener) take() Sounds {
	sound := l.sound
	l.sound = Sounds{}
	return sound
}
