package sfu

import (
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/sfu/seqmap"
)

// ntp is a time in the 32.32 format of RFC 3550 section 4.
func ntp(t time.Time) uint64 {
	const epoch = 2208988800 // seconds from 1900 to 1970
	return uint64(t.Unix()+epoch)<<32 | uint64(t.Nanosecond())<<32/uint64(time.Second)
}

// ntpDuration is the time between two NTP times.
func ntpDuration(from, to uint64) time.Duration {
	d := int64(to - from)
	return time.Duration(d>>32)*time.Second + time.Duration((d&0xffffffff)*int64(time.Second)>>32)
}

// clock translates a peer's wall clock into ours. One offset for all its streams, fixed by its first report: whatever
// it is off by, sound and picture are off by the same.
type clock struct {
	// mu guards the following fields.
	mu     sync.Mutex
	known  bool
	offset uint64
}

func (c *clock) translate(peer uint64, now time.Time) uint64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	ours := ntp(now)
	// A clock that was set while we looked: begin anew.
	if d := ntpDuration(peer+c.offset, ours); !c.known || d > 5*time.Second || d < -5*time.Second {
		c.known, c.offset = true, ours-peer
	}
	return peer + c.offset
}

// senderReport ties an RTP time of a layer to a time of our own clock.
type senderReport struct {
	ntp uint64
	rtp uint32
}

func (r *senderReport) pair() seqmap.Report { return seqmap.Report{NTP: r.ntp, RTP: r.rtp} }

// at is the RTP time of the layer at a time of our clock.
func (r *senderReport) at(now uint64, rate uint32) uint32 {
	return r.rtp + uint32(int64(ntpDuration(r.ntp, now).Seconds()*float64(rate)))
}
