// Package demux tells which m-line and layer a packet belongs to.
//
// The contract:
//
//   - **Said once, kept.** A stream is assigned by what its packets or the
//     offer say of it (RFC 9143 section 15, RFC 8852) and stays assigned.
//   - **Never by guess.** Where mid, rid and declared SSRC are silent, a stream
//     is assigned only if one line alone can be meant; otherwise it waits.
//   - **Only what was offered.** A mid or rid that the offer does not have
//     assigns nothing.
//
// A Table belongs to one transport and is not safe for concurrent use.
package demux

import (
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

// Stream is what one SSRC carries.
type Stream struct {
	// Line is the index of the m-line, or -1 while unknown.
	Line int
	// Layer is the index of the rid in the line's list, for RTX that of the layer repaired; 0 where there are none.
	Layer int
	RTX   bool
	Codec transport.Codec
}

// Table assigns SSRCs.
type Table struct {
	d        *offer.Description
	assigned map[uint32]Stream
	declared map[uint32]Stream
}

// New makes the table of an offer.
func New(d *offer.Description) *Table {
	t := &Table{assigned: map[uint32]Stream{}}
	t.Update(d)
	return t
}

// Update takes the next offer of the connection; what was assigned stays (see [offer.Description.Extends]).
func (t *Table) Update(d *offer.Description) {
	t.d = d
	t.declared = map[uint32]Stream{}
	for i, l := range d.Lines {
		if len(l.RIDs) > 0 {
			continue // with layers the rid decides, and SSRCs may change (RFC 8853 section 5.5)
		}
		for _, s := range l.Sources {
			t.declared[s.SSRC] = Stream{Line: i, RTX: s.RepairOf != 0}
		}
	}
}

// Assign says what the packet belongs to. It allocates only for the first packet of a stream.
func (t *Table) Assign(p *codec.Packet) Stream {
	if s, ok := t.assigned[p.SSRC]; ok {
		c, rtx := kindOf(t.d, p.PayloadType)
		if c == transport.UnknownCodec || c.Kind() != s.Codec.Kind() || rtx != s.RTX {
			return Stream{Line: -1}
		}
		s.Codec = c // a sender may change it on the way
		return s
	}
	s := t.find(p)
	if s.Line >= 0 {
		t.assigned[p.SSRC] = s
	}
	return s
}

func kindOf(d *offer.Description, payloadType uint8) (c transport.Codec, rtx bool) {
	switch {
	case payloadType == 0:
		return transport.UnknownCodec, false
	case payloadType == d.Opus:
		return transport.Opus, false
	case payloadType == d.RED:
		return transport.RED, false
	case payloadType == d.VP8:
		return transport.VP8, false
	case payloadType == d.VP9:
		return transport.VP9, false
	case payloadType == d.RTX:
		return transport.VP8, true
	case payloadType == d.VP9RTX:
		return transport.VP9, true
	}
	return transport.UnknownCodec, false
}

func (t *Table) find(p *codec.Packet) Stream {
	unknown := Stream{Line: -1}
	c, rtx := kindOf(t.d, p.PayloadType)
	if c == transport.UnknownCodec || p.SSRC == 0 {
		return unknown
	}
	line := t.line(p, c)
	if line < 0 {
		return unknown
	}
	l := &t.d.Lines[line]
	s := Stream{Line: line, RTX: rtx, Codec: c}
	if rtx && !l.RTX {
		return unknown
	}
	if len(l.RIDs) > 0 {
		id := t.d.RID
		if rtx {
			id = t.d.RepairedRID
		}
		rid, ok := extension(p, id)
		if !ok {
			return unknown
		}
		for i, known := range l.RIDs {
			if known == string(rid) {
				s.Layer = i
				return s
			}
		}
		return unknown
	}
	return s
}

// line finds the m-line: by mid, else by declaration, else if it is the only one that sends this codec.
func (t *Table) line(p *codec.Packet, c transport.Codec) int {
	fits := func(l *offer.Line) bool {
		return l.Use.Sends() && l.Use.Kind() == c.Kind()
	}
	if mid, ok := extension(p, t.d.MID); ok {
		for i := range t.d.Lines {
			if l := &t.d.Lines[i]; l.Mid == string(mid) && fits(l) {
				return i
			}
		}
		return -1
	}
	if s, ok := t.declared[p.SSRC]; ok {
		if fits(&t.d.Lines[s.Line]) {
			return s.Line
		}
		return -1
	}
	only := -1
	for i := range t.d.Lines {
		if fits(&t.d.Lines[i]) {
			if only >= 0 {
				return -1
			}
			only = i
		}
	}
	return only
}

func extension(p *codec.Packet, id uint8) ([]byte, bool) {
	if id == 0 {
		return nil, false
	}
	return p.Extension(id)
}
