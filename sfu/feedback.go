package sfu

import (
	"sync"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

// feedback is the transport-wide feedback to one peer (draft-holmer-rmcat-transport-wide-cc-extensions-01), from which
// its browser knows how much it can send.
type feedback struct {
	// mu guards the following fields.
	mu       sync.Mutex
	recorder *twcc.Recorder
	begin    time.Time
	last     uint16
	rounds   int // in which it was put off
}

// Of fewer packets than this nothing is said for a few rounds, a quarter of a second in all: who sends sound alone would else be sent as many
// reports as he sends packets, and each costs him as much.
const feedbackWorth, feedbackRounds = 5, 4

// maxJump is how far a transport-wide number may lie from the one before it: a second of packets at 10 Mbit/s. The
// recorder walks over every number between; from further away it begins anew.
const maxJump = 1000

// note takes a packet that is within the bounds, if it has a transport-wide number.
func (f *feedback) note(r *transport.Received) {
	if !r.HasTransportSeq {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if jump := int(int16(r.TransportSeq - f.last)); f.recorder == nil || jump > maxJump || jump < -maxJump {
		f.recorder, f.begin = twcc.NewRecorder(senderSSRC), r.Arrival
	}
	f.last = r.TransportSeq
	f.recorder.Record(r.SSRC, r.TransportSeq, r.Arrival.Sub(f.begin).Microseconds()+1)
}

// take makes the feedback packets that are due.
func (f *feedback) take() []rtcp.Packet {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.recorder == nil || f.recorder.PacketsHeld() == 0 {
		return nil
	}
	if f.rounds++; f.recorder.PacketsHeld() < feedbackWorth && f.rounds < feedbackRounds {
		return nil
	}
	f.rounds = 0
	return f.recorder.BuildFeedbackPacket()
}
