package sfu

import (
	"slices"
	"sort"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/sfu/alloc"
	"github.com/anteroom-video/anteroom/sfu/layer"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// shareTicks is how often, in ticks, the line is shared anew without anything having changed: what it carries, and what
// pictures cost, changes all the time.
const shareTicks = 5

// headroom is how much more than is needed, in percent, the line is to be known to carry: more is taken of it with a margin
// alone.
const headroom = 130

// earlyNeed is what a line with a picture is to be known to carry from the beginning: a large picture and sound, in bits per second.
const earlyNeed = 2_000_000

// Choice is what a receiver wants of the pictures; sound is always sent.
type Choice string

const (
	ChoiceAuto  Choice = "auto"  // what tile and line allow
	ChoiceHigh  Choice = "high"  // the same, with the stage as large as it is sent
	ChoiceSaver Choice = "saver" // small pictures
	ChoiceSound Choice = "sound" // none
)

// sharing decides what each of a session's pictures gets of its line.
type sharing struct {
	// mu guards the following fields, and is held while the sinks are asked and told: who shares last knows most. It is
	// taken before sink.mu.
	mu        sync.Mutex
	allocator alloc.Allocator
	choice    alloc.Choice
	input     alloc.Input
	layers    []alloc.Layer
	grants    []alloc.Grant
	subs      []*subscription
	next      []string // publications that are paused, as they are found
	paused    []string // and as they are to be told
}

// share gives each picture its part. It is called when what is wanted or to be had changed, and every tenth of a second.
func (s *Session) share(now time.Time) {
	h := &s.sharing
	h.mu.Lock()
	defer h.mu.Unlock()
	h.subs, h.layers, h.input.Pictures = h.subs[:0], h.layers[:0], h.input.Pictures[:0]
	for _, k := range *s.pictures.Load() {
		k.ask(h, now)
	}
	sort.Stable((*byFloor)(h))
	h.input.Choice = h.choice
	h.input.Budget, h.input.Sound = s.down.budget(now)
	h.input.Early = s.down.early(now)
	h.grants = h.allocator.Decide(h.grants[:0], h.input, now)
	need := alloc.Need(h.input)
	if h.input.Early && len(h.subs) > 0 {
		need = max(need, earlyNeed) // what pictures cost is known too late for the first probes
	}
	s.down.need(need * headroom / 100)
	h.next = h.next[:0]
	for i, sub := range h.subs {
		sub.sink.grant(sub, h.grants[i], &h.input.Pictures[i], now)
		if h.grants[i].Paused {
			h.next = append(h.next, sub.pub.id)
		}
	}
	if !slices.Equal(h.next, h.paused) {
		for _, id := range h.next {
			if !slices.Contains(h.paused, id) {
				s.counters.pauses.Add(1)
			}
		}
		h.paused = slices.Clone(h.next)
		s.room.wake()
	}
}

// byFloor puts the pictures in the order of their importance: who had the floor last comes first, and of those who never had
// it the one in the lower slot.
type byFloor sharing

func (h *byFloor) Len() int { return len(h.subs) }

func (h *byFloor) Less(i, j int) bool {
	return h.subs[i].pub.session.floor.Load() > h.subs[j].pub.session.floor.Load()
}

func (h *byFloor) Swap(i, j int) {
	h.subs[i], h.subs[j] = h.subs[j], h.subs[i]
	h.input.Pictures[i], h.input.Pictures[j] = h.input.Pictures[j], h.input.Pictures[i]
}

// choose says what the receiver wants; false for a word that is none.
func (h *sharing) choose(c Choice) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	switch c {
	case ChoiceAuto:
		h.choice = alloc.Auto
	case ChoiceHigh:
		h.choice = alloc.High
	case ChoiceSaver:
		h.choice = alloc.Saver
	case ChoiceSound:
		h.choice = alloc.Sound
	default:
		return false
	}
	return true
}

// pausedNow are the publications whose picture the line is too thin for.
func (h *sharing) pausedNow() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.paused)
}

// ask puts what the sink would show into the question, with what it costs.
func (k *sink) ask(h *sharing, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := k.sub
	if s == nil {
		return
	}
	before := s.wish
	s.wish = layer.None
	if s.allowed() {
		var space [layer.Max]layer.Size
		s.wish = layer.ForTile(s.pub.sizesNow(space[:0], now), s.tile.Size, before)
	}
	// The layers of all pictures stand in one list, so that nothing is allocated once it has its size.
	begin := len(h.layers)
	h.layers = s.pub.costs(h.layers, now)
	h.input.Pictures = append(h.input.Pictures, alloc.Picture{
		ID: s.pub.number, Layers: h.layers[begin:len(h.layers):len(h.layers)],
		Wish: s.wish, Stage: s.tile.stage, Screen: s.pub.use == transport.Screen,
	})
	h.subs = append(h.subs, s)
}

// grant tells the sink what its picture gets.
func (k *sink) grant(s *subscription, g alloc.Grant, p *alloc.Picture, now time.Time) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sub != s {
		return
	}
	if g.Layer != layer.None {
		l := p.Layers[g.Layer]
		s.expected = max(l.Bits, guess(s.pub.use, g.Layer, l.Lines))
	}
	s.target, s.cap = g.Layer, g.Layer
	if g.Layer >= s.wish {
		s.cap = layer.Max - 1 // the line is not what holds it back: where nothing lower is sent, a larger picture will do
	}
	s.aim(now)
}
