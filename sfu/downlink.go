package sfu

import (
	"sync"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/bwe"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

const (
	// packetOverhead is what a packet takes on the wire beside its payload, in bytes: IPv4 and UDP 28, RTP 12, extensions
	// about 16, the seal 16.
	packetOverhead = 72
	// openRate is what may be sent to a peer that reports nothing, in bits per second.
	openRate = 20_000_000
	// startRate is where the estimate begins: the first picture comes without waiting for it, and a thin line is not
	// flooded.
	startRate, leastRate = 500_000, 30_000
	// earlyTime is how long a line is measured for the first time, from the first report on.
	earlyTime = 4 * time.Second
	// repairShare is the part of the line that answers to requests for lost packets may take, and repairLeast what they
	// always may, in bits per second.
	repairShare, repairLeast = 0.25, 100_000
)

// downlink is the line to one receiver: it numbers every packet that goes out on it, and knows from the peer's reports
// what it carries.
type downlink struct {
	// mu guards the following fields.
	mu        sync.Mutex
	feedsBack bool // the peer reports what came
	estimator *bwe.Estimator
	heard     time.Time // when the first report came
	number    uint16
	sound     meter // of all sound sent
	all       meter // of all that was sent
	repairs   meter // of what was sent again
}

// connect notes whether the peer has agreed to report.
func (d *downlink) connect(feedsBack bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.feedsBack = feedsBack
	if d.estimator == nil {
		d.estimator = bwe.New(bwe.Config{Start: startRate, Min: leastRate, Max: openRate})
	}
}

// next gives the number of a packet about to be sent, and notes it.
func (d *downlink) next(payload int, kind transport.Kind, probe uint8, now time.Time) uint16 {
	d.mu.Lock()
	defer d.mu.Unlock()
	bytes := payload + packetOverhead
	d.number++
	d.all.add(bytes, now)
	if kind == transport.Audio {
		d.sound.add(bytes, now)
	}
	if d.feedsBack {
		d.estimator.Sent(bwe.Packet{Seq: d.number, Bytes: bytes, Probe: probe}, now)
	}
	return d.number
}

// repairable reports whether a packet may be sent again without crowding out what is new, and counts it.
func (d *downlink) repairable(payload int, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	most := openRate
	if d.feedsBack {
		most = max(int(repairShare*float64(d.estimator.Target())), repairLeast)
	}
	if d.repairs.bits(now) > most {
		return false
	}
	d.repairs.add(payload+packetOverhead, now)
	return true
}

// feedback takes a transport-wide report; false if it cannot be true.
func (d *downlink) feedback(f *rtcp.TransportLayerCC, now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.feedsBack {
		return false
	}
	if err := d.estimator.Feedback(f, now); err != nil {
		return false
	}
	if d.heard.IsZero() {
		d.heard = now
	}
	return true
}

// early reports whether the line is still being measured for the first time.
func (d *downlink) early(now time.Time) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.feedsBack && (d.heard.IsZero() || now.Sub(d.heard) < earlyTime)
}

// limit takes a peer's own estimate of what it can receive (draft-alvestrand-rmcat-remb-03).
func (d *downlink) limit(bits float32, now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// Not a number, negative and more than fits: Go leaves open what the conversion gives.
	if !(bits >= 0) {
		bits = 0
	}
	if d.estimator == nil {
		return
	}
	d.estimator.Limit(uint64(min(float64(bits), 1<<62)), now)
}

// roundTrip takes the smoothed round trip.
func (d *downlink) roundTrip(rtt time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.estimator != nil {
		d.estimator.RoundTrip(rtt)
	}
}

// budget is what may be sent in all, and what of it sound takes, in bits per second.
func (d *downlink) budget(now time.Time) (bits, sound int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.feedsBack {
		return openRate, d.sound.bits(now)
	}
	return d.estimator.Target(), d.sound.bits(now)
}

// need tells what would be sent if the line carried it.
func (d *downlink) need(bits int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.estimator != nil {
		d.estimator.Need(bits)
	}
}

// tick lets time pass and gives a probe to send, if one is due.
func (d *downlink) tick(now time.Time) (bwe.Probe, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.feedsBack {
		return bwe.Probe{}, false
	}
	return d.estimator.Tick(now)
}

// condition is how the line is doing: what it carries (0 where nothing is known), the share that it loses, and the delay
// that has built up on it.
func (d *downlink) condition() (target int, loss float64, queueing time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.feedsBack {
		return 0, 0, 0
	}
	return d.estimator.Target(), d.estimator.Loss(), d.estimator.Queueing()
}
