package sealer

import (
	"slices"
	"sync"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/client/frame"
)

const (
	streamsMost = 255
	// framesMost is of one stream in one epoch; at fifty a second more than two years.
	framesMost = 1 << 32
	// knownMost is how many epochs may come again: a circle begins each once.
	knownMost = 16
)

// Own is what one seals with: the secret of the present epoch, and the streams of one's senders. Make it with [NewOwn]. It is safe for concurrent use.
type Own struct {
	onSpent func()

	mu sync.Mutex // guards the following fields, those of epochs and streams included

	// known are the epochs that were begun last, the present one first: of a secret that is begun again the streams go on.
	known []*epoch
	ended bool
}

// epoch is one secret, and which of its numbers are taken.
type epoch struct {
	key   circle.Key
	taken int  // streams
	spent bool // it has been said
}

// NewOwn makes one without a key. onSpent is called when an epoch has no numbers left, once for each: another one is needed.
func NewOwn(onSpent func()) *Own { return &Own{onSpent: onSpent} }

// Begin has everything sealed with this key from now on. One that was begun before goes on where it was.
func (o *Own) Begin(k circle.Key) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = false
	begun := &epoch{key: k}
	if at := slices.IndexFunc(o.known, func(e *epoch) bool { return e.key.Secret == k.Secret }); at >= 0 {
		begun = o.known[at]
		o.known = slices.Delete(o.known, at, at+1)
	}
	o.known = slices.Insert(o.known, 0, begun)
	o.known = o.known[:min(len(o.known), knownMost)]
}

// End has nothing sealed any more.
func (o *Own) End() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.ended = true
}

// Stream makes a stream of frames of a kind: of one sender, as long as that lives.
func (o *Own) Stream(kind frame.Kind) *Stream { return &Stream{own: o, kind: kind} }

// Stream is one sender's key and counter, over all epochs. It is safe for concurrent use.
type Stream struct {
	own  *Own
	kind frame.Kind

	// Guarded by the lock of own:
	epoch   *epoch     // that the key is of
	key     *frame.Key // nil where the epoch had no number left
	counter uint64
	counts  Counts
}

// Seal appends a sealed frame to dst; of pictures the first clear bytes stay readable. False where there is no key: the frame must not be sent.
func (s *Stream) Seal(dst, plain []byte, clear int) ([]byte, bool) {
	key, counter, spent := s.next()
	if spent {
		s.own.onSpent()
	}
	if key == nil {
		return nil, false
	}
	return key.SealFrame(dst, counter, s.kind, plain, clear), true
}

// next gives what the next frame is sealed with, and no other; a nil key for none. spent is true the first time that an epoch had nothing left.
func (s *Stream) next() (key *frame.Key, counter uint64, spent bool) {
	s.own.mu.Lock()
	defer s.own.mu.Unlock()
	if len(s.own.known) == 0 || s.own.ended {
		s.counts.Add(Unready)
		return nil, 0, false
	}
	now := s.own.known[0]
	if s.epoch != now {
		s.enterLocked(now)
	}
	if s.key == nil || s.counter >= framesMost {
		s.counts.Add(Unready)
		spent, now.spent = !now.spent, true
		return nil, 0, spent
	}
	s.counts.Add("")
	s.counter++
	return s.key, s.counter - 1, false
}

func (s *Stream) enterLocked(e *epoch) {
	s.epoch, s.key, s.counter = e, nil, 0
	if e.taken >= streamsMost {
		return
	}
	e.taken++
	if key, err := frame.DeriveKey(e.key.Secret[:], keyID(e.key, e.taken)); err == nil {
		s.key = &key
	}
}

// keyID is README.md's, "Media: epochs and keys".
func keyID(k circle.Key, stream int) uint64 {
	return uint64(k.Tag)<<16 | uint64(k.Epoch&0xff)<<8 | uint64(stream)
}

// Counts is what was sealed so far, and what was not.
func (s *Stream) Counts() Counts {
	s.own.mu.Lock()
	defer s.own.mu.Unlock()
	return s.counts.Clone()
}
