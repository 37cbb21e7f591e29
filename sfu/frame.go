package sfu

import (
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/seqmap"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// frame is what a packet of video says of the picture that it belongs to, whatever its codec.
type frame struct {
	codec transport.Codec
	vp8   codec.VP8
	vp9   codec.VP9
}

// parse reads the payload descriptor.
func (f *frame) parse(c transport.Codec, payload []byte) (err error) {
	f.codec = c
	if c == transport.VP9 {
		f.vp9, err = codec.ParseVP9(payload)
	} else {
		f.vp8, err = codec.ParseVP8(payload)
	}
	return err
}

// numbers is what the numbering needs to know of the packet.
func (f *frame) numbers(r *run, seq int64, p *codec.Packet) seqmap.Packet {
	n := seqmap.Packet{Source: r.source, Seq: seq, Timestamp: p.Timestamp}
	if f.codec == transport.VP9 {
		n.PictureID, n.PictureIDBits, n.TL0PicIdx, n.HasTL0PicIdx = f.vp9.PictureID, f.vp9.PictureIDBits, f.vp9.TL0PicIdx, f.vp9.HasTL0PicIdx
		return n
	}
	n.PictureID, n.PictureIDBits, n.TL0PicIdx, n.HasTL0PicIdx = f.vp8.PictureID, f.vp8.PictureIDBits, f.vp8.TL0PicIdx, f.vp8.HasTL0PicIdx
	return n
}

// rewrite appends the payload to dst with the outgoing numbers in its descriptor.
func (f *frame) rewrite(dst, payload []byte, n seqmap.Numbers) []byte {
	if f.codec == transport.VP9 {
		return f.vp9.Append(dst, payload, n.PictureID, n.TL0PicIdx)
	}
	return f.vp8.Append(dst, payload, n.PictureID, n.TL0PicIdx)
}
