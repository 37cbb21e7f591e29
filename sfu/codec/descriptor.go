package codec

import (
	"errors"
	"math/bits"
)

// Errors of [ParseDescriptor], beside [ErrTruncated].
var (
	// ErrNoStructure: the descriptor refers to a structure that was not seen, or to nothing in it. What it says of the frame's
	// place is not known; the payload may say it.
	ErrNoStructure = errors.New("codec: dependency descriptor without its structure")
	// ErrBounds: it claims more than a stream can have.
	ErrBounds = errors.New("codec: dependency descriptor over its bounds")
)

// Bounds of a structure (AV1 RTP specification, appendix A): what its fields can say.
const (
	maxTemplates = 64
	maxTargets   = 32
	maxFdiffs    = 16 // references of one frame; encoders have eight buffers
)

// Structure is what the descriptors of one stream refer to. It comes with each key frame and holds until the next; keep
// one for each stream. Its zero value knows nothing.
type Structure struct {
	offset    uint8 // id of the first template
	count     uint8
	targets   uint8
	chains    uint8
	templates [maxTemplates]template
	sized     bool
	sizes     [MaxSpatial]Resolution
}

// template is one way in which frames of the stream depend on others.
type template struct{ spatial, temporal, fdiffs uint8 }

// Descriptor is one Dependency Descriptor: what a packet says of its frame in the clear, whatever the codec and whether or
// not the payload is sealed.
type Descriptor struct {
	FrameNumber              uint16
	StartOfFrame, EndOfFrame bool
	Spatial, Temporal        uint8
	// Attached: it brings a structure, which begins a coded video sequence.
	Attached bool
	// Keyframe: the packet begins a frame that depends on no other.
	Keyframe bool
	// Size of the picture, zero where it is not said.
	Size Resolution
}

// ParseDescriptor reads the element of the Dependency Descriptor header extension (AV1 RTP specification, appendix A). s
// is the stream's structure, which a descriptor that brings one replaces; when an error is returned, s is as it was. It
// does not allocate.
func ParseDescriptor(element []byte, s *Structure) (Descriptor, error) {
	if len(element) < 3 {
		return Descriptor{}, ErrTruncated
	}
	r := bitReader{b: element}
	d := Descriptor{StartOfFrame: r.flag(), EndOfFrame: r.flag()}
	id := uint8(r.bits(6))
	d.FrameNumber = uint16(r.bits(16))
	var custom struct{ dtis, fdiffs, chains bool }
	var fresh Structure
	next := s
	if len(element) > 3 {
		d.Attached = r.flag()
		active := r.flag()
		custom.dtis, custom.fdiffs, custom.chains = r.flag(), r.flag(), r.flag()
		if d.Attached {
			if err := fresh.parse(&r); err != nil {
				return Descriptor{}, err
			}
			next = &fresh
		}
		if active {
			r.skip(int(next.targets))
		}
	}
	index := int(id+maxTemplates-next.offset) % maxTemplates
	if index >= int(next.count) {
		return Descriptor{}, ErrNoStructure
	}
	t := next.templates[index]
	d.Spatial, d.Temporal = t.spatial, t.temporal
	if custom.dtis {
		r.skip(2 * int(next.targets))
	}
	fdiffs := t.fdiffs
	if custom.fdiffs {
		for fdiffs = 0; ; fdiffs++ {
			size := int(r.bits(2))
			if size == 0 {
				break
			}
			if fdiffs == maxFdiffs {
				return Descriptor{}, ErrBounds
			}
			r.skip(4 * size)
		}
	}
	if custom.chains {
		r.skip(8 * int(next.chains))
	}
	if r.bad {
		return Descriptor{}, ErrTruncated
	}
	if next.sized && int(d.Spatial) < MaxSpatial {
		d.Size = next.sizes[d.Spatial]
	}
	d.Keyframe = d.Attached && d.StartOfFrame && fdiffs == 0
	*s = *next
	return d, nil
}

// parse reads a template dependency structure.
func (s *Structure) parse(r *bitReader) error {
	*s = Structure{offset: uint8(r.bits(6)), targets: uint8(r.bits(5)) + 1}
	var spatial, temporal, last uint8
	for more := true; more; {
		if s.count == maxTemplates {
			return ErrBounds
		}
		s.templates[s.count] = template{spatial: spatial, temporal: temporal}
		s.count++
		last = spatial
		switch r.bits(2) {
		case 1:
			temporal++
		case 2:
			spatial, temporal = spatial+1, 0
		case 3:
			more = false
		}
		if spatial > 3 || temporal > 7 {
			return ErrBounds
		}
		if r.bad {
			return ErrTruncated
		}
	}
	r.skip(2 * int(s.count) * int(s.targets))
	for i := range s.count {
		for r.flag() {
			if s.templates[i].fdiffs == maxFdiffs {
				return ErrBounds
			}
			s.templates[i].fdiffs++
			r.skip(4)
		}
	}
	s.chains = uint8(r.nonSymmetric(uint32(s.targets) + 1))
	if s.chains > 0 {
		for range s.targets {
			r.nonSymmetric(uint32(s.chains))
		}
		r.skip(4 * int(s.count) * int(s.chains))
	}
	if s.sized = r.flag(); s.sized {
		for i := range last + 1 {
			size := Resolution{uint16(r.bits(16)), uint16(r.bits(16))}
			if int(i) < MaxSpatial {
				// They are written less one, so that zero is none.
				s.sizes[i] = Resolution{size.Width + 1, size.Height + 1}
			}
		}
	}
	if r.bad {
		return ErrTruncated
	}
	return nil
}

// bitReader reads bits from the highest on; past the end it gives zeros and says so.
type bitReader struct {
	b   []byte
	at  int // in bits
	bad bool
}

func (r *bitReader) flag() bool { return r.bits(1) != 0 }

func (r *bitReader) bits(n int) uint32 {
	var v uint32
	for range n {
		v <<= 1
		if r.at >= 8*len(r.b) {
			r.bad = true
			continue
		}
		v |= uint32(r.b[r.at/8] >> (7 - r.at%8) & 1)
		r.at++
	}
	return v
}

func (r *bitReader) skip(n int) {
	if r.at += n; r.at > 8*len(r.b) {
		r.at, r.bad = 8*len(r.b), true
	}
}

// nonSymmetric reads ns(n): a number below n, in as few bits as will do.
func (r *bitReader) nonSymmetric(n uint32) uint32 {
	if n <= 1 {
		return 0
	}
	w := bits.Len32(n)
	m := uint32(1)<<w - n
	v := r.bits(w - 1)
	if v < m {
		return v
	}
	return v<<1 - m + r.bits(1)
}
