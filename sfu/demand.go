package sfu

import (
	"time"

	"github.com/anteroom-video/anteroom/sfu/layer"
)

// DemandLinger is how long a layer goes on being demanded when nobody watches it any more: who looks away for a moment
// finds it running.
const DemandLinger = 5 * time.Second

// demand is what the sender of a picture knows of who watches it.
type demand struct {
	told   layer.Set
	wanted [layer.Max]time.Time // when each layer was last wanted; zero before the first look
}

// allDemanded is what a sender takes for granted before he is told anything.
func allDemanded() demand {
	return demand{told: layer.Set(0).With(0).With(1).With(2)}
}

// look takes what is watched now and reports whether the sender is to be told something else than before: what is newly
// wanted at once, what is no longer when it has not been for a while.
func (d *demand) look(watched layer.Set, now time.Time) (layer.Set, bool) {
	next := watched
	for i := range layer.Max {
		if d.wanted[i].IsZero() || watched.Has(i) {
			d.wanted[i] = now
		}
		if d.told.Has(i) && now.Sub(d.wanted[i]) < DemandLinger {
			next = next.With(i)
		}
	}
	changed := next != d.told
	d.told = next
	return next, changed
}

// watched is the set of layers that somebody watches or is to be shown.
func (p *publication) watched() layer.Set {
	p.mu.Lock()
	defer p.mu.Unlock()
	var set layer.Set
	for _, s := range p.subs {
		set |= layer.Set(s.wanted.Load())
	}
	return set
}

// tell tells the senders of pictures what of them is watched.
func (s *Session) tellDemand(now time.Time) {
	for _, p := range *s.pubs.Load() {
		// Others learn of a picture by its first packet: who is told before that nobody watches never sends one.
		if p == nil || len(p.layers) == 1 || !p.begun.Load() {
			continue
		}
		set, changed := p.demand.look(p.watched(), now)
		p.asked(set, now)
		if !changed {
			continue
		}
		s.counters.demands.Add(1)
		layers := []int{}
		for i := range layer.Max {
			if set.Has(i) {
				layers = append(layers, i)
			}
		}
		s.room.call(func() { s.tell(func() { s.handler.Demand(p.use.String(), layers) }) })
	}
}
