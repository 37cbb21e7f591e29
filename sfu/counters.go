package sfu

import (
	"sync"
	"sync/atomic"
)

// dropReason says why a packet was not forwarded, or a request not served.
type dropReason uint8

const (
	dropUnassigned dropReason = iota // no line is known for the packet: a probe, or a stream that is not ours
	dropFlow                         // the sender's Flow does not let it out
	dropDuplicate                    // here before; browsers probe the line by repeating packets
	dropLate                         // too late to be told from a repetition
	dropMalformed                    // not a packet of its codec, or too long
	dropRate                         // over a bound of packets or bits
	dropEnded                        // the session has ended
	dropNotReady                     // the receiver's connection does not stand
	dropSuperseded                   // the receiver's numbering has no place for it any more
	dropControl                      // control packets over the bound
	dropRepair                       // asked for, and not to be had, not allowed or asked for too often
	dropFeedback                     // a report on what came that cannot be true
	dropFlood                        // far more of a picture than it was taken to need
	dropReasons
)

func (r dropReason) String() string {
	return [dropReasons]string{
		"unassigned", "flow", "duplicate", "late", "malformed", "rate", "ended", "not_ready", "superseded", "control",
		"repair", "feedback", "flood",
	}[r]
}

// endReason says why the engine ended a session by itself.
type endReason uint8

const (
	endSSRCs endReason = iota
	endRate
	endControl
	endPanic
	endTransport
	endReasons
)

func (r endReason) String() string {
	return [endReasons]string{"ssrcs", "rate", "control", "panic", "transport"}[r]
}

// counters of one session.
type counters struct {
	packetsIn, bytesIn, packetsOut, bytesOut, forwarded atomic.Uint64
	nacksIn, nacksOut, retransmitted                    atomic.Uint64
	plisIn, plisOut                                     atomic.Uint64
	layerSwitches, probed, pauses, demands              atomic.Uint64
	dropped                                             [dropReasons]atomic.Uint64
}

func (c *counters) drop(r dropReason) { c.dropped[r].Add(1) }

// addTo adds what was counted so far to the server's numbers.
func (c *counters) addTo(s *Stats) {
	s.PacketsIn += c.packetsIn.Load()
	s.BytesIn += c.bytesIn.Load()
	s.PacketsOut += c.packetsOut.Load()
	s.BytesOut += c.bytesOut.Load()
	s.NACKsIn += c.nacksIn.Load()
	s.NACKsOut += c.nacksOut.Load()
	s.Retransmitted += c.retransmitted.Load()
	s.PLIsIn += c.plisIn.Load()
	s.PLIsOut += c.plisOut.Load()
	s.LayerSwitches += c.layerSwitches.Load()
	s.Probed += c.probed.Load()
	s.Pauses += c.pauses.Load()
	s.Demands += c.demands.Load()
	for r := range dropReasons {
		s.Dropped[r.String()] += c.dropped[r].Load()
	}
}

// merge adds the counts of a session that has gone.
func (c *counters) merge(o *counters) {
	for _, p := range [...][2]*atomic.Uint64{
		{&c.packetsIn, &o.packetsIn},
		{&c.bytesIn, &o.bytesIn},
		{&c.packetsOut, &o.packetsOut},
		{&c.bytesOut, &o.bytesOut},
		{&c.forwarded, &o.forwarded},
		{&c.nacksIn, &o.nacksIn},
		{&c.nacksOut, &o.nacksOut},
		{&c.retransmitted, &o.retransmitted},
		{&c.plisIn, &o.plisIn},
		{&c.plisOut, &o.plisOut},
		{&c.layerSwitches, &o.layerSwitches},
		{&c.probed, &o.probed},
		{&c.pauses, &o.pauses},
		{&c.demands, &o.demands},
	} {
		p[0].Add(p[1].Load())
	}
	for r := range dropReasons {
		c.dropped[r].Add(o.dropped[r].Load())
	}
}

func (c *counters) stats() SessionStats {
	s := SessionStats{
		PacketsIn: c.packetsIn.Load(), BytesIn: c.bytesIn.Load(),
		PacketsOut: c.packetsOut.Load(), BytesOut: c.bytesOut.Load(),
		Forwarded: c.forwarded.Load(),
		NACKsIn:   c.nacksIn.Load(), NACKsOut: c.nacksOut.Load(), Retransmitted: c.retransmitted.Load(),
		PLIsIn: c.plisIn.Load(), PLIsOut: c.plisOut.Load(),
		LayerSwitches: c.layerSwitches.Load(), Probed: c.probed.Load(),
		Pauses: c.pauses.Load(), Demands: c.demands.Load(),
		Dropped: make(map[string]uint64, dropReasons),
	}
	for r := range dropReasons {
		s.Dropped[r.String()] = c.dropped[r].Load()
	}
	return s
}

// ledger adds up what all sessions count. Each is in it once from its beginning on, either as it is or in the sum of
// those that have gone, so that no number falls.
type ledger struct {
	// mu guards the following fields.
	mu   sync.Mutex
	live map[*counters]struct{}
	past counters
}

// open takes the counters of a session that begins.
func (l *ledger) open(c *counters) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.live[c] = struct{}{}
}

// close takes what a session counted into the sum, once: what it counts from then on is not in it.
func (l *ledger) close(c *counters) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.live[c]; ok {
		delete(l.live, c)
		l.past.merge(c)
	}
}

// addTo adds what was counted so far to the server's numbers.
func (l *ledger) addTo(s *Stats) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.past.addTo(s)
	for c := range l.live {
		c.addTo(s)
	}
}
