package media

import (
	"time"

	"github.com/pion/rtp"
)

const (
	// soundDelay is how much later than the fastest of its packets sound is played at the least: what browsers settle at on lines with loss.
	soundDelay = 100 * time.Millisecond
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
	playout playout
	sound   Sounds
}

// Sounds is what was heard.
type Sounds struct {
	Packets, Concealed uint64 // that were played, and of them were made up
}

// Add adds what was heard elsewhere.
func (s *Sounds) Add(o Sounds) { s.Packets += o.Packets; s.Concealed += o.Concealed }

// begin forgets what was on its way: another person speaks from now on.
func (l *listener) begin() { l.playout.begun = false }

// push takes a packet that is not repeated; numbers begin at 1.
func (l *listener) push(number uint64, packet *rtp.Packet, red bool, at time.Duration) {
	if !l.playout.begun {
		l.playout = playout{rate: soundClock, least: soundDelay}
		l.newest, l.last = number-1, number-1
	}
	for n := l.newest + 1; n <= number; n++ {
		l.settle(n)
	}
	newest := number > l.newest
	l.newest = max(l.newest, number)
	late := l.playout.late(packet.Timestamp, at)
	if late <= l.playout.delay {
		l.hear(number)
	}
	if newest {
		l.playout.adapt(late, at) // what waited is played later from now on
	}
	if !red {
		return
	}
	offsets := Offsets(packet.Payload)
	for i, offset := range offsets {
		if back := uint64(len(offsets) - i); number > back && l.playout.late(packet.Timestamp-offset, at) <= l.playout.delay {
			l.hear(number - back)
		}
	}
}

func (l *listener) hear(number uint64) {
	if number > l.last {
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
