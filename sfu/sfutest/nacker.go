package sfutest

import (
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Nacker asks for what a slot lacks as browsers do: soon, again after a round trip, and not for what came by a
// retransmission (Pion's own generator does not see those). It is not safe for concurrent use.
type Nacker struct {
	client *Client
	slot   *Slot
	ssrc   uint32
	begun  bool
	high   int64
	got    map[int64]bool
	asked  map[int64]time.Time
}

// NewNacker watches the picture of a slot.
func NewNacker(c *Client, slot int) *Nacker {
	return &Nacker{
		client: c, slot: c.Slot(slot, transport.Video), got: map[int64]bool{}, asked: map[int64]time.Time{},
	}
}

// Take returns the packets that came, and asks for those that did not.
func (n *Nacker) Take() []Packet {
	packets := n.slot.Drain()
	for _, p := range packets {
		if !p.RTX {
			n.ssrc = p.SSRC
		}
		if !n.begun {
			n.begun, n.high = true, int64(p.SequenceNumber)
		}
		seq := n.high + int64(int16(p.SequenceNumber-uint16(n.high)))
		n.got[seq] = true
		for missing := n.high + 1; missing < seq; missing++ {
			n.asked[missing] = time.Time{}
		}
		n.high = max(n.high, seq)
		delete(n.asked, seq)
	}
	var seqs []uint16
	now := time.Now()
	for seq, at := range n.asked {
		if now.Sub(at) > 50*time.Millisecond && !n.got[seq] {
			n.asked[seq] = now
			seqs = append(seqs, uint16(seq))
		}
	}
	for _, seq := range seqs {
		nack := &rtcp.TransportLayerNack{
			SenderSSRC: 1, MediaSSRC: n.ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers([]uint16{seq}),
		}
		_ = n.client.PC.WriteRTCP([]rtcp.Packet{nack}) // one packet each, so that each is lost or not by itself
	}
	return packets
}
