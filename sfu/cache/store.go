package cache

// stamp is a time in milliseconds after the ring's first packet, modulo 2^32: compare only by since.
type stamp uint32

// since is how many milliseconds lie between two stamps, negative if t is before earlier.
func (t stamp) since(earlier stamp) int32 { return int32(t - earlier) }

const (
	minChunk      = 2 << 10 // holds any packet
	chunksPerRing = 16      // what is lost at chunk ends, and evicted at a time, stays small against the whole
)

// store keeps bytes in chunks that are filled one after the other and used again when all that is in them is too old. So
// memory follows the stream's rate times the age without a byte of bookkeeping per packet, and can be given back.
type store struct {
	chunks  []chunk
	size    int // of each chunk, in bytes
	limit   int // of chunks
	age     int32
	current int // the chunk being filled
	turn    uint32
}

type chunk struct {
	bytes      []byte // nil after it was given back
	used       int
	newest     stamp
	turn       uint32 // when it was begun: chunks are filled in turn
	generation uint16
}

// place is where a packet's bytes are; it turns invalid when its chunk is used again.
type place struct {
	chunk, generation, offset, length uint16
}

func newStore(bytes int, ageMillis int32) store {
	size := max(bytes/chunksPerRing, minChunk)
	return store{size: size, limit: bytes / size, age: ageMillis}
}

// put copies packet, which is no longer than a chunk.
func (s *store) put(packet []byte, now stamp) place {
	if len(s.chunks) == 0 || s.chunks[s.current].used+len(packet) > len(s.chunks[s.current].bytes) {
		s.current = s.next(now)
	}
	c := &s.chunks[s.current]
	p := place{uint16(s.current), c.generation, uint16(c.used), uint16(len(packet))}
	c.used += copy(c.bytes[c.used:], packet)
	c.newest = now
	return p
}

// next readies a chunk: the one filled longest ago if its packets are all too old, else one more, else that one after all.
func (s *store) next(now stamp) int {
	s.turn++
	oldest, empty := -1, -1
	for i := range s.chunks {
		switch {
		case s.chunks[i].bytes == nil:
			empty = i
		case oldest < 0 || s.turn-s.chunks[i].turn > s.turn-s.chunks[oldest].turn:
			oldest = i
		}
	}
	switch {
	case oldest >= 0 && now.since(s.chunks[oldest].newest) > s.age:
	case empty >= 0:
		oldest = empty
		s.chunks[empty].bytes = make([]byte, s.size)
	case len(s.chunks) < s.limit:
		oldest = len(s.chunks)
		s.chunks = append(s.chunks, chunk{bytes: make([]byte, s.size)})
	}
	c := &s.chunks[oldest]
	c.used, c.turn = 0, s.turn
	c.generation++
	return oldest
}

// get is a view of the bytes at p, valid until the next put.
func (s *store) get(p place) ([]byte, bool) {
	c := &s.chunks[p.chunk]
	if c.generation != p.generation || c.bytes == nil {
		return nil, false
	}
	return c.bytes[p.offset : p.offset+p.length], true
}

// trim gives back the chunks in which everything is too old.
func (s *store) trim(now stamp) {
	for i := range s.chunks {
		if c := &s.chunks[i]; c.bytes != nil && now.since(c.newest) > s.age {
			c.bytes, c.used = nil, 0
		}
	}
}

// held is the memory in use, in bytes.
func (s *store) held() int {
	n := 0
	for i := range s.chunks {
		n += len(s.chunks[i].bytes)
	}
	return n
}
