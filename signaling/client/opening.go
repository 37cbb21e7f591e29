package client

import (
	"time"

	"github.com/anteroom-video/anteroom/signaling/wire"
)

// keyframeEvery is how often a key frame is asked for, while one is needed.
const keyframeEvery = time.Second

// Frame is one frame of a picture that was opened.
type Frame struct {
	Generation  int // of the media connection
	Slot        int
	Participant string
	Source      wire.Source
	Keyframe    bool
	Timestamp   uint32 // RTP's, in ticks of 90 kHz
	Data        []byte // a VP8 frame (RFC 6386)
	Arrival     time.Time
}

// opening opens what comes of one stream: of a sound each packet, of a picture each frame. It belongs to whoever reads the stream.
type opening struct {
	sealing *sealing
	onFrame func(Frame) // nil for nobody
	ask     func()      // for a key frame

	frames depacketizer
	whose  string
	source wire.Source
	shows  bool      // everything since the last key frame was opened
	lacks  bool      // a key frame, without which what opens cannot be decoded
	asked  time.Time // for one
	opened []byte
}

// came takes a packet, and reports whether it is to be handed on: a sound's with what was opened in place of its payload, a picture's as it is.
func (o *opening) came(r *Received) bool {
	if r.Kind == wire.KindVideo {
		o.picture(r)
		return true
	}
	if len(r.Packet.Payload) == 0 {
		return false // padding
	}
	opened, ok := o.sealing.open(o.opened[:0], r.Participant, kindOf(r.Source, r.Kind), r.Packet.Payload)
	if !ok {
		return false
	}
	o.opened, r.Packet.Payload = opened, opened
	return true
}

func (o *opening) picture(r *Received) {
	if r.Participant != o.whose || r.Source != o.source {
		o.whose, o.source, o.shows, o.lacks = r.Participant, r.Source, false, false
	}
	o.frames.push(r.Packet, r.Arrival, func(data []byte, timestamp uint32, gap bool) { o.frame(r, data, timestamp, gap) })
	if (o.lacks || o.frames.stuck(r.Arrival)) && r.Arrival.Sub(o.asked) >= keyframeEvery {
		o.asked = r.Arrival
		o.ask()
	}
}

// frame opens a frame and hands it on if it can be decoded after those before.
func (o *opening) frame(r *Received, data []byte, timestamp uint32, gap bool) {
	opened, ok := o.sealing.open(o.opened[:0], r.Participant, kindOf(r.Source, r.Kind), data)
	if !ok {
		o.shows, o.lacks = false, false // another key frame would not open either
		return
	}
	o.opened = opened
	keyframe := len(opened) > 0 && opened[0]&1 == 0 // RFC 6386, section 9.1
	o.shows = keyframe || o.shows && !gap
	o.lacks = !o.shows
	if o.shows && o.onFrame != nil {
		o.onFrame(Frame{
			Generation: r.Generation, Slot: r.Slot, Participant: r.Participant, Source: r.Source,
			Keyframe: keyframe, Timestamp: timestamp, Data: opened, Arrival: r.Arrival,
		})
	}
}
