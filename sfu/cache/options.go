package cache

import (
	"fmt"
	"time"
)

// MaxAge is the longest that any packet is kept for retransmission: the product promises that nothing of a
// conversation stays longer.
const MaxAge = 2 * time.Second

// MaxPacket is the longest packet that is accepted, in bytes.
const MaxPacket = 1500

// Options bound a Ring.
type Options struct {
	// Packets is how far back, in sequence numbers, a packet is still told from a duplicate and kept: a power of two
	// from 32 to 32768.
	Packets int
	// Bytes is the most that is stored, from 4 KiB to 1 MiB; the oldest packets go first.
	Bytes int
	// Age is how long a packet is served, at most [MaxAge].
	Age time.Duration
}

// Video returns the bounds for one layer of video: 512 packets, 256 KiB, 1 s. That serves three requests at a round trip
// of 300 ms; a layer of 1.2 Mbit/s takes 176 KiB.
func Video() Options { return Options{Packets: 512, Bytes: 256 << 10, Age: time.Second} }

// Audio returns the bounds for a microphone: 128 packets, 32 KiB, 1 s.
func Audio() Options { return Options{Packets: 128, Bytes: 32 << 10, Age: time.Second} }

func (o Options) validate() error {
	switch {
	case o.Packets < minSlots || o.Packets > 1<<15 || o.Packets&(o.Packets-1) != 0:
		return fmt.Errorf("cache: Packets is %d, must be a power of two from %d to %d", o.Packets, minSlots, 1<<15)
	case o.Bytes < 2*minChunk || o.Bytes > 1<<20:
		return fmt.Errorf("cache: Bytes is %d, must be from %d to %d", o.Bytes, 2*minChunk, 1<<20)
	case o.Age <= 0 || o.Age > MaxAge:
		return fmt.Errorf("cache: Age is %v, must be above 0 and at most %v", o.Age, MaxAge)
	}
	return nil
}
