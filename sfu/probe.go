package sfu

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu/bwe"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// probeEvery is the pace at which the parts of a probe go out: sent at once it would be a burst that fills the line's queue
// and measures it.
const probeEvery = 5 * time.Millisecond

// probing is a probe under way. It belongs to the room's goroutine.
type probing struct {
	bwe.Probe
	left  int
	begun time.Time
}

// probe sends what is due of the session's probe, and reports whether more follows.
func (s *Session) probe(now time.Time) bool {
	p := &s.probing
	if p.left <= 0 {
		return false
	}
	due := p.Rate/8*int(now.Sub(p.begun)+probeEvery)/int(time.Second) - (p.Bytes - p.left)
	for due > 0 && p.left > 0 {
		sent := s.pad(p.Cluster, min(p.left, due), now)
		if sent == 0 { // nothing to send it on
			p.left = 0
			break
		}
		p.left -= sent
		due -= sent
	}
	s.transport.Flush()
	return p.left > 0
}

// pad sends one packet of padding of about so many bytes on the wire, and returns how many they are; 0 for none.
func (s *Session) pad(cluster uint8, bytes int, now time.Time) int {
	padding := min(max(bytes-packetOverhead, 1), transport.MaxPadding)
	for _, k := range *s.pictures.Load() {
		if k.pad(cluster, padding, now) {
			s.counters.probed.Add(1)
			return padding + packetOverhead
		}
	}
	return 0
}

func (k *sink) pad(cluster uint8, padding int, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.stream.RTX() == 0 {
		return false
	}
	return k.stream.SendPadding(padding, k.session.down.next(padding, k.kind, cluster, now)) == nil
}
