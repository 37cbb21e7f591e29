package sealer

import (
	"slices"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
)

const (
	sendersMost = 128             // people that are remembered: more than a room has
	keptFor     = 5 * time.Second // so long frames of the epoch before are opened
)

// What garbage may cost.
const (
	triesMost    = 8  // new streams of a secret that are tried in a second
	unprovenMost = 4  // streams of a secret that have not opened anything yet, and are remembered
	forgedMost   = 20 // frames of a stream that did not open, in a second; further ones are not tried
)

// Others is what the others' frames are opened with. Make it with [NewOthers]. It is safe for concurrent use.
type Others struct {
	mu sync.Mutex // guards the following fields

	senders map[string]*sender // by participant
	met     uint64             // senders so far
}

// NewOthers makes one that opens nothing.
func NewOthers() *Others { return &Others{senders: map[string]*sender{}} }

// sender is what is known of one participant.
type sender struct {
	tag     uint16
	number  uint64 // in the order in which they were met
	secrets map[uint8]*secret
	heard   bool // whether anything of his opens; what was opened is remembered in any case
}

// secret is a sender's, of one epoch.
type secret struct {
	bytes    [32]byte
	until    time.Time // when it is forgotten; zero for not yet
	streams  map[uint64]*stream
	unproven []uint64 // of them, which have opened nothing yet; the oldest first
	tries    limit
}

// stream is one of a secret.
type stream struct {
	key    frame.Key
	window window
	proven bool // something has opened
	forged limit
}

// limit counts what may happen so often in a second.
type limit struct {
	since time.Time
	count int
}

// spent reports whether there were so many already in the second that runs.
func (l *limit) spent(most int, now time.Time) bool {
	if now.Sub(l.since) >= time.Second {
		l.since, l.count = now, 0
	}
	return l.count >= most
}

// Learn takes a sender's secret. Those of his that were known before are kept for a while; of another tag, they are forgotten: he has another session.
func (o *Others) Learn(participant string, k circle.Key, now time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.senders[participant]
	if s == nil || s.tag != k.Tag {
		s = o.meetLocked(participant, k.Tag)
	}
	s.heard = true
	epoch := uint8(k.Epoch)
	if same := s.secrets[epoch]; same != nil && same.bytes == k.Secret {
		return // said twice: what was opened of it stays opened
	}
	for old, one := range s.secrets {
		switch {
		case one.until.IsZero():
			one.until = now.Add(keptFor)
		case !one.until.After(now):
			delete(s.secrets, old)
		}
	}
	s.secrets[epoch] = &secret{bytes: k.Secret, streams: map[uint64]*stream{}}
}

func (o *Others) meetLocked(participant string, tag uint16) *sender {
	if o.senders[participant] == nil && len(o.senders) >= sendersMost {
		first := ""
		for one, s := range o.senders {
			if first == "" || s.number < o.senders[first].number {
				first = one
			}
		}
		delete(o.senders, first)
	}
	o.met++
	s := &sender{tag: tag, number: o.met, secrets: map[uint8]*secret{}}
	o.senders[participant] = s
	return s
}

// Forget has nothing of a participant's opened until something of his is learnt again.
func (o *Others) Forget(participant string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if s := o.senders[participant]; s != nil {
		s.heard = false
	}
}

// Open appends to dst what a frame was before it was sealed. participant is whose it is expected to be, "" for nobody's. dropped is "" for a frame that
// opened; otherwise there is nothing to be had of it.
func (o *Others) Open(dst []byte, participant string, kind frame.Kind, sealed []byte, now time.Time) (opened []byte, dropped Reason) {
	if participant == "" {
		return nil, Unbound
	}
	header, err := frame.HeaderOf(kind, sealed)
	if err != nil {
		return nil, Clear
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.senders[participant]
	if s != nil && header.KeyID>>16 != uint64(s.tag) {
		return nil, Foreign
	}
	if s == nil || !s.heard {
		return nil, Unknown
	}
	of := s.secrets[uint8(header.KeyID>>8)]
	if of == nil || !of.until.IsZero() && !of.until.After(now) {
		return nil, Unknown
	}
	from := of.stream(header.KeyID, now)
	if from == nil || from.forged.spent(forgedMost, now) {
		return nil, Forged
	}
	if !from.window.fresh(header.Counter) {
		return nil, Replayed
	}
	opened, err = from.key.OpenFrame(dst, kind, sealed)
	if err != nil {
		from.forged.count++
		return nil, Forged
	}
	from.window.take(header.Counter)
	of.proves(header.KeyID, from)
	return opened, ""
}

// stream gives the stream of a key id; nil where too many were tried.
func (s *secret) stream(keyID uint64, now time.Time) *stream {
	if known := s.streams[keyID]; known != nil {
		return known
	}
	if s.tries.spent(triesMost, now) {
		return nil
	}
	s.tries.count++
	key, err := frame.DeriveKey(s.bytes[:], keyID)
	if err != nil {
		return nil
	}
	if len(s.unproven) >= unprovenMost {
		delete(s.streams, s.unproven[0])
		s.unproven = s.unproven[1:]
	}
	s.unproven = append(s.unproven, keyID)
	s.streams[keyID] = &stream{key: key}
	return s.streams[keyID]
}

// proves notes that something of a stream has opened.
func (s *secret) proves(keyID uint64, from *stream) {
	if from.proven {
		return
	}
	from.proven = true
	s.unproven = slices.DeleteFunc(s.unproven, func(one uint64) bool { return one == keyID })
}
