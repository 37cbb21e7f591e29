package sfu

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// packet is one packet on its way through: read once, forwarded to many.
type packet struct {
	pub      *publication
	layer    *encoding
	run      *run
	numbers  seqmap.Packet
	codec    transport.Codec
	frame    frame
	payload  []byte
	plain    []byte // of RED: the newest block, for who takes no RED
	capture  []byte
	level    codec.AudioLevel
	hasLevel bool
	marker   bool
	// padding: it has a number but nothing in it.
	padding bool
	// late: packets behind it have come already.
	late bool
	// begins a key frame, by what the packet says in the clear; size is that of the picture, zero where it is not said.
	begins bool
	size   layer.Size
	now    time.Time
}

// part is what a packet of VP9 is part of.
func (p *packet) part() layer.Part {
	v := &p.frame.vp9
	return layer.Part{
		Layer: int(v.SID), Begin: v.Begin, End: v.End, Fresh: !v.Predicted, Last: p.marker, Late: p.late,
	}
}
