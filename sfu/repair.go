package sfu

import (
	"math/bits"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/cache"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

const (
	// maxAnswers is how often one packet is sent again. Between two answers lies the round trip, within these bounds: what
	// is asked for again sooner was asked for before the answer can have come.
	maxAnswers              = 5
	answerLeast, answerMost = 20 * time.Millisecond, 200 * time.Millisecond
	// repairSlots is how many packets' answers are remembered, by the lowest bits of the number.
	repairSlots = 256
)

// repairs keeps the answers to one receiver's requests within measure. Its memory comes with the first request.
type repairs struct {
	answered []answered
	begin    time.Time
	asked    int
	sent     int
}

type answered struct {
	at    time.Time
	seq   uint16
	times uint8
}

// asksPerAnswer is how many numbers are looked for, each second, for each that may be answered: one request of 1,400
// bytes names 6,000.
const asksPerAnswer = 8

// look grants how many of the numbers asked for now are looked for.
func (r *repairs) look(asked int, now time.Time, perSecond int) int {
	if now.Sub(r.begin) >= time.Second {
		r.begin, r.asked, r.sent = now, 0, 0
	}
	granted := min(asked, asksPerAnswer*perSecond-r.asked)
	r.asked += granted
	return granted
}

// due returns where to note an answer about packet seq, or nil if it must not be answered now. Only answers count
// against the packet: one that has not come to us yet may be asked for meanwhile.
func (r *repairs) due(seq uint16, now time.Time, roundTrip time.Duration, perSecond int) *answered {
	if r.answered == nil {
		r.answered = make([]answered, repairSlots)
	}
	if r.sent >= perSecond {
		return nil
	}
	a := &r.answered[seq%repairSlots]
	if a.seq != seq || now.Sub(a.at) > cache.MaxAge {
		*a = answered{seq: seq}
	}
	if a.times >= maxAnswers || now.Sub(a.at) < min(max(roundTrip, answerLeast), answerMost) {
		return nil
	}
	return a
}

// note counts an answer.
func (r *repairs) note(a *answered, now time.Time) {
	r.sent++
	a.times++
	a.at = now
}

// repair answers a request for packets (RFC 4585 section 6.2.1), over RTX alone: a number of the primary stream is
// sealed once.
func (k *sink) repair(n *rtcp.TransportLayerNack, now time.Time) {
	asked, answered := 0, 0
	for i := range n.Nacks {
		asked += 1 + bits.OnesCount16(uint16(n.Nacks[i].LostPackets))
	}
	left := k.look(asked, now)
	for i := 0; i < len(n.Nacks) && left > 0; i++ {
		n.Nacks[i].Range(func(seq uint16) bool {
			left--
			if k.resend(seq, now) {
				answered++
			}
			return left > 0
		})
	}
	c := &k.session.counters
	c.nacksIn.Add(uint64(asked))
	c.retransmitted.Add(uint64(answered))
	c.dropped[dropRepair].Add(uint64(asked - answered))
	if answered > 0 {
		k.session.transport.Flush()
	}
}

func (k *sink) look(asked int, now time.Time) int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.repairs.look(asked, now, k.session.room.server.limits.NACKedPackets)
}

// resend sends one packet again if it is one of what the slot carries now, and still may.
func (k *sink) resend(seq uint16, now time.Time) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.sub
	if s == nil || k.stream.RTX() == 0 || !s.allowed() {
		return false
	}
	origin, verdict := k.numbers.Origin(seq)
	if verdict != seqmap.OK {
		return false
	}
	run := s.pub.runOf(origin.Source)
	answer := k.repairs.due(seq, now, k.session.roundTrip(), k.session.room.server.limits.NACKedPackets)
	if run == nil || answer == nil {
		return false
	}
	var space [cache.MaxPacket]byte
	raw, ok := run.ring.Get(space[:0], origin.Seq, now)
	if !ok {
		return false
	}
	p, err := codec.ParseRTP(raw)
	if err != nil || len(p.Payload) == 0 {
		return false
	}
	var f frame
	if f.parse(run.codec, p.Payload) != nil || !k.session.down.repairable(len(p.Payload), now) {
		return false
	}
	numbers := origin.Numbers(f.numbers(run, origin.Seq, &p))
	k.buf = f.rewrite(k.buf[:0], p.Payload, numbers)
	k.packet = transport.Packet{
		Codec: run.codec, Payload: k.buf, Timestamp: numbers.Timestamp, Seq: seq,
		Marker:       p.Marker || run.codec == transport.VP9 && f.vp9.End && int(f.vp9.SID) == s.spatial.Current(),
		TransportSeq: k.session.down.next(len(k.buf), k.kind, 0, now),
	}
	if k.stream.SendRTX(&k.packet) != nil {
		return false
	}
	k.repairs.note(answer, now)
	c := &k.session.counters
	c.packetsOut.Add(1)
	c.bytesOut.Add(uint64(len(k.packet.Payload)))
	return true
}

// runOf finds the layer whose present run has the source number; nil if it is of another time or another person.
func (p *publication) runOf(source seqmap.Source) *run {
	for _, l := range p.layers {
		if r := l.run.Load(); r != nil && r.source == source {
			return r
		}
	}
	return nil
}

// requestMissing asks the sender for what the layer lacks.
func (p *publication) requestMissing(l *encoding, now time.Time, scratch []uint16) []uint16 {
	r, ssrc := l.run.Load(), l.ssrc.Load()
	if r == nil || ssrc == 0 {
		return scratch
	}
	missing := r.ring.Missing(scratch[:0], now, p.session.roundTrip())
	if len(missing) == 0 {
		return missing
	}
	p.session.counters.nacksOut.Add(uint64(len(missing)))
	_ = p.session.transport.SendRTCP([]rtcp.Packet{&rtcp.TransportLayerNack{
		SenderSSRC: senderSSRC, MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(missing),
	}})
	return missing
}
