package turn

// dropReason says why something was not relayed or answered.
type dropReason int

const (
	dropPeer        dropReason = iota // to where the relay may not reach
	dropRate                          // over what one relay may carry
	dropStranger                      // without a relay, over what is answered
	dropQuota                         // one relay too many
	dropConnections                   // one connection too many
	dropOverflow                      // more than the receiver takes
	dropMalformed
	dropReasons
)

var dropNames = [dropReasons]string{"peer", "rate", "stranger", "quota", "connections", "overflow", "malformed"}

// Stats are what the relay holds now and has done.
type Stats struct {
	Grants, Relays, Connections int
	// Created relays, and credentials that were refused: unknown, over, or with a wrong password.
	Created, Refused uint64
	// Packets and Bytes that were relayed.
	Packets, Bytes uint64
	// Dropped packets, messages, relays and connections by reason.
	Dropped map[string]uint64
}

// Stats returns the counts so far.
func (s *Server) Stats() Stats {
	stats := Stats{
		Created: s.created.Load(), Refused: s.refused.Load(), Packets: s.packets.Load(), Bytes: s.bytes.Load(),
		Dropped: make(map[string]uint64, dropReasons),
	}
	for reason, name := range dropNames {
		stats.Dropped[name] = s.dropped[reason].Load()
	}
	s.mu.RLock()
	stats.Grants, stats.Relays = len(s.grants), len(s.relays)
	s.mu.RUnlock()
	if t := s.streams; t != nil {
		t.mu.Lock()
		stats.Connections = len(t.conns)
		t.mu.Unlock()
	}
	return stats
}

func (s *Server) drop(r dropReason) { s.dropped[r].Add(1) }

// relayed counts a packet of n bytes.
func (s *Server) relayed(n int) {
	s.packets.Add(1)
	s.bytes.Add(uint64(n))
}
