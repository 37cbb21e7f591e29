package media

import (
	"sync"
	"time"

	"github.com/pion/rtp"
)

// maxSamples is how many latencies a Probe keeps between two looks; of more it keeps a fair sample.
const maxSamples = 2_000

// Stream is a place in which one person at a time is received.
type Stream struct {
	Generation, Slot int
	Video            bool
}

// Arrival is one packet that came. Packet is not kept.
type Arrival struct {
	Stream Stream
	Person string // who is in the stream's place now
	RED    bool
	Packet *rtp.Packet
	At     time.Duration // since the beginning of the test
}

// Interval is what came between two looks.
type Interval struct {
	Received uint64 // different packets
	Expected uint64 // packets that should have come, by their sequence numbers
	Repeated uint64 // packets that came again, or too late to tell
	Strange  uint64 // packets without a mark
	Bytes    uint64 // of payload
	// Latencies of a fair sample of the packets, from the sender's program to the receiver's.
	Latencies []time.Duration
	Pictures  Pictures
	Sounds    Sounds
	// Watching is how many pictures were there to be seen.
	Watching int
}

// Add adds what came elsewhere, or at another time.
func (i *Interval) Add(o Interval) {
	i.Received += o.Received
	i.Expected += o.Expected
	i.Repeated += o.Repeated
	i.Strange += o.Strange
	i.Bytes += o.Bytes
	i.Latencies = append(i.Latencies, o.Latencies...)
	i.Pictures.Add(o.Pictures)
	i.Sounds.Add(o.Sounds)
	i.Watching += o.Watching
}

// Probe collects what one receiver got, from any number of senders. Its size does not grow with time. It is safe for concurrent use.
type Probe struct {
	mu sync.Mutex // guards the following
	// streams that something came of.
	streams   map[Stream]*stream
	senders   map[sender]bool
	first     time.Duration // when the first packet came, 0 before
	now       Interval
	latencies Sample
}

type sender struct {
	id    uint32
	video bool
}

// stream is what came in one place.
type stream struct {
	numbers  numbers
	person   string
	expected uint64 // at the last look
	viewer   viewer
	listener listener
}

// NewProbe returns a probe that has seen nothing.
func NewProbe() *Probe {
	return &Probe{streams: map[Stream]*stream{}, senders: map[sender]bool{}, latencies: Sample{Most: maxSamples}}
}

// Packet counts one packet.
func (p *Probe) Packet(a Arrival) {
	mark, marked := ReadMark(a.Packet.Payload)
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.streams[a.Stream]
	if s == nil {
		s = &stream{person: a.Person, viewer: viewer{playout: playout{rate: pictureClock}}}
		p.streams[a.Stream] = s
	}
	number, news := s.numbers.take(a.Packet.SequenceNumber)
	if !news {
		p.now.Repeated++
		return
	}
	if p.first == 0 {
		p.first = a.At
	}
	p.now.Received++
	p.now.Bytes += uint64(len(a.Packet.Payload))
	if marked {
		p.senders[sender{mark.Sender, a.Stream.Video}] = true
		p.latencies.Add(a.At - mark.Sent)
	} else {
		p.now.Strange++
	}
	if a.Person != s.person {
		s.person = a.Person
		s.interrupted()
	}
	if a.Stream.Video {
		s.viewer.push(number, a.Packet, a.At)
	} else {
		s.listener.push(number, a.Packet, a.RED, a.At)
	}
}

func (s *stream) interrupted() {
	s.viewer.begin()
	s.listener.begin()
}

// Interrupt says that what comes of somebody's picture next is not late: it was paused for a reason.
func (p *Probe) Interrupt(person string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for at, s := range p.streams {
		if at.Video && s.person == person {
			s.viewer.begin()
		}
	}
}

// FirstAt is when the first packet of anybody came, since the beginning of the test; false when none did.
func (p *Probe) FirstAt() (time.Duration, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.first, p.first != 0
}

// Senders is how many different sounds and pictures came.
func (p *Probe) Senders() (sounds, pictures int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for s := range p.senders {
		if s.video {
			pictures++
		} else {
			sounds++
		}
	}
	return sounds, pictures
}

// Take gives what came since the last time. playing says who is in a place and not paused, as far as the receiver knows.
func (p *Probe) Take(now time.Duration, playing func(Stream) (person string, ok bool)) Interval {
	p.mu.Lock()
	defer p.mu.Unlock()
	i := p.now
	i.Latencies = p.latencies.Take()
	for at, s := range p.streams {
		expected := s.numbers.expected()
		i.Expected += expected - s.expected
		s.expected = expected
		if person, ok := playing(at); !ok || person != s.person {
			s.interrupted()
		} else if at.Video {
			i.Watching++
		}
		i.Pictures.Add(s.viewer.take(now))
		i.Sounds.Add(s.listener.take())
	}
	p.now = Interval{}
	return i
}
