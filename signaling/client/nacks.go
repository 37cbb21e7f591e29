package client

import (
	"slices"
	"sync"
	"time"

	"github.com/pion/rtcp"
)

const (
	// askAgain is when a packet that did not come is asked for again, about a long round trip; mostAsked how often in all; mostMissing of how
	// many packets at a time.
	askAgain    = 120 * time.Millisecond
	mostAsked   = 8
	mostMissing = 512
	// askTick is how often it is looked who is to be asked for again.
	askTick = 20 * time.Millisecond
)

// nacks asks for the missing packets of one picture (RFC 4585, section 6.2.1) as browsers do: at the first sight of a gap, and again after
// a round trip. Pion's own generator asks every 100 ms for everything, and does not see what came by retransmission.
type nacks struct {
	mu sync.Mutex // guards the following
	// newest is the highest number that came, once one has.
	newest  uint16
	begun   bool
	missing []missing // in the order of their numbers
}

type missing struct {
	number uint16
	due    time.Time
	asked  int
}

// came notes a packet, repaired or not, and gives the numbers to ask for at once.
func (n *nacks) came(number uint16, now time.Time) (ask []uint16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	ahead := int16(number - n.newest)
	switch {
	case !n.begun, ahead > mostMissing: // so long a gap is another stream
		n.begun, n.newest, n.missing = true, number, nil
	case ahead > 0:
		for next := n.newest + 1; next != number; next++ {
			n.missing = append(n.missing, missing{next, now.Add(askAgain), 1})
			ask = append(ask, next)
		}
		n.newest = number
		if over := len(n.missing) - mostMissing; over > 0 {
			n.missing = slices.Delete(n.missing, 0, over)
		}
	default:
		n.missing = slices.DeleteFunc(n.missing, func(m missing) bool { return m.number == number })
	}
	return ask
}

// again gives the numbers to ask for once more, and gives up those that were asked for often enough.
func (n *nacks) again(now time.Time) (ask []uint16) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.missing = slices.DeleteFunc(n.missing, func(m missing) bool { return !now.Before(m.due) && m.asked >= mostAsked })
	for i := range n.missing {
		if m := &n.missing[i]; !now.Before(m.due) {
			m.due, m.asked = now.Add(askAgain), m.asked+1
			ask = append(ask, m.number)
		}
	}
	return ask
}

// ask sends a request for packets of a stream.
func (k *connection) ask(ssrc uint32, numbers []uint16) {
	if len(numbers) > 0 {
		_ = k.pc.WriteRTCP([]rtcp.Packet{&rtcp.TransportLayerNack{MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(numbers)}}) // it may be lost as well
	}
}

// askOn asks again for what is missing of a stream, until done is closed.
func (k *connection) askOn(ssrc uint32, n *nacks, done <-chan struct{}) {
	ticker := time.NewTicker(askTick)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case now := <-ticker.C:
			k.ask(ssrc, n.again(now))
		}
	}
}
