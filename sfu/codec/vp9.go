package codec

// MaxSpatial is how many spatial layers are looked at; browsers send at most three.
const MaxSpatial = 3

// Resolution of a spatial layer in pixels.
type Resolution struct{ Width, Height uint16 }

// VP9 is the payload descriptor of one VP9 packet (RFC 9628 section 4.2). It stays readable under end-to-end encryption;
// nothing of the frame itself is read. All spatial layers of a picture share its id.
type VP9 struct {
	// PictureID counts pictures, modulo 2 to the power of PictureIDBits, which is 7 or 15, or 0 where there is none.
	PictureID     uint16
	PictureIDBits uint8
	// TL0PicIdx counts pictures of temporal layer 0, modulo 256; in non-flexible mode alone.
	TL0PicIdx    uint8
	HasTL0PicIdx bool
	// TID and SID are the temporal and the spatial layer; SwitchUp ("U") says that a switch to this temporal layer is
	// possible, InterLayer ("D") that the frame depends on the spatial layer below.
	TID, SID             uint8
	SwitchUp, InterLayer bool
	// Predicted ("P"): the frame depends on earlier pictures.
	Predicted bool
	// Begin and End: the packet begins, or ends, the frame of its spatial layer.
	Begin, End bool
	// Keyframe: the packet begins a picture that depends on no other.
	Keyframe bool
	// Spatial is how many spatial layers the stream has, 0 where the packet does not say; Sizes are theirs, zero where it
	// does not say.
	Spatial uint8
	Sizes   [MaxSpatial]Resolution
	// Size is the length of the descriptor in bytes; the frame's bytes follow.
	Size uint8

	pictureIDAt, tl0PicIdxAt uint8 // offsets in the payload, 0 where the field is absent
}

// reader walks over a descriptor; past its end it stays there and says so.
type reader struct {
	b   []byte
	at  int
	bad bool
}

func (r *reader) byte() byte {
	if r.at >= len(r.b) {
		r.bad = true
		return 0
	}
	r.at++
	return r.b[r.at-1]
}

// ParseVP9 reads the descriptor at the start of an RTP payload. A payload that ends with its descriptor is truncated. It
// does not allocate.
func ParseVP9(payload []byte) (VP9, error) {
	var d VP9
	r := reader{b: payload}
	first := r.byte()
	d.Predicted, d.Begin, d.End = first&0x40 != 0, first&0x08 != 0, first&0x04 != 0
	flexible := first&0x10 != 0
	if first&0x80 != 0 {
		d.pictureIDAt = uint8(r.at)
		id := r.byte()
		d.PictureID, d.PictureIDBits = uint16(id&0x7f), 7
		if id&0x80 != 0 {
			d.PictureID, d.PictureIDBits = uint16(id&0x7f)<<8|uint16(r.byte()), 15
		}
	}
	if first&0x20 != 0 {
		layers := r.byte()
		d.TID, d.SwitchUp, d.SID, d.InterLayer = layers>>5, layers&0x10 != 0, layers>>1&0x07, layers&0x01 != 0
		if !flexible {
			d.tl0PicIdxAt = uint8(r.at)
			d.TL0PicIdx, d.HasTL0PicIdx = r.byte(), true
		}
	}
	if flexible && d.Predicted {
		// At most three references (section 4.2): a fourth is not one.
		for n := 0; r.byte()&0x01 != 0; n++ {
			if n == 2 {
				return VP9{}, ErrTruncated
			}
		}
	}
	if first&0x02 != 0 {
		d.parseStructure(&r)
	}
	if r.bad || r.at >= len(payload) || r.at > 0xff {
		return VP9{}, ErrTruncated
	}
	d.Size = uint8(r.at)
	d.Keyframe = d.Begin && !d.Predicted && d.SID == 0
	return d, nil
}

// parseStructure reads the scalability structure (section 4.2.1), of which the sizes matter.
func (d *VP9) parseStructure(r *reader) {
	head := r.byte()
	d.Spatial = head>>5 + 1
	if head&0x10 != 0 {
		for i := range d.Spatial {
			width := uint16(r.byte())<<8 | uint16(r.byte())
			height := uint16(r.byte())<<8 | uint16(r.byte())
			if i < MaxSpatial {
				d.Sizes[i] = Resolution{width, height}
			}
		}
	}
	if head&0x08 != 0 {
		for pictures := r.byte(); pictures > 0 && !r.bad; pictures-- {
			for references := r.byte() >> 2 & 0x03; references > 0; references-- {
				r.byte()
			}
		}
	}
}

// Append appends payload to dst with picture id and TL0PICIDX rewritten, and returns the extended slice, as [VP8.Append]
// does: an id of 7 bits becomes one of 15 when the new number needs it. payload is the one d was parsed from. It allocates
// only where dst is too short.
func (d *VP9) Append(dst, payload []byte, pictureID uint16, tl0PicIdx uint8) []byte {
	return places{d.pictureIDAt, d.tl0PicIdxAt, d.PictureIDBits}.rewrite(dst, payload, pictureID, tl0PicIdx)
}
