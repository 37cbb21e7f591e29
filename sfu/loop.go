package sfu

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/sfu/transport"
)

const (
	// tickEvery is the room's clock: requests for missing packets and key frames go out with it.
	tickEvery = 20 * time.Millisecond
	// feedbackTicks, speakerTicks, beatTicks and reportTicks count ticks: transport feedback each 60 ms, who speaks each 100 ms
	// (the detector decides each 300), a beat each 500 (PROTOCOL.md: clients count them), reports each second.
	feedbackTicks, speakerTicks, beatTicks, reportTicks = 3, 5, 25, 50
)

// loop is the room's goroutine: its clock, and the one that calls Handlers.
func (r *Room) loop() {
	ticker, pace := time.NewTicker(tickEvery), time.NewTicker(probeEvery)
	defer ticker.Stop()
	defer pace.Stop()
	pace.Stop()
	for n := uint(0); ; {
		var tick <-chan time.Time
		if r.busy() {
			tick = ticker.C
		}
		select {
		case <-r.done:
			return
		case <-r.woken:
			r.guard(r.deliver)
		case now := <-tick:
			n++
			r.guard(func() { r.tick(n, now) })
			if r.probing {
				pace.Reset(probeEvery)
			}
		case now := <-pace.C:
			r.guard(func() { r.probeOn(now) })
			if !r.probing {
				pace.Stop()
			}
		}
	}
}

// guard turns a panic of what the room does for all into the end of the sessions that are in it. The room itself goes
// on, without what may be broken: their clients may come back to it with the next generation.
func (r *Room) guard(f func()) {
	defer func() {
		if v := recover(); v != nil {
			r.server.panicked(v)
			r.floors.clear()
			for _, s := range *r.all.Load() {
				s.end(endPanic)
			}
		}
	}()
	f()
}

// busy reports whether anybody is connected; an empty or waiting room needs no clock.
func (r *Room) busy() bool {
	return slices.ContainsFunc(*r.all.Load(), (*Session).ready)
}

func (r *Room) tick(n uint, now time.Time) {
	for _, s := range *r.all.Load() {
		if s.ready() {
			s.tick(n, now)
		}
	}
	if n%reportTicks == 0 {
		r.settle(now)
	}
	if n%speakerTicks == 0 {
		r.gather()
		r.voice(now)
		for _, change := range r.floors.decide(r.names, now) {
			for _, s := range *r.all.Load() {
				if s.participant == change.dominant {
					s.floor.Store(now.UnixNano())
				}
			}
			if r.handler != nil {
				r.call(func() { r.handler.Speaker(change.group, change.dominant, change.speaking) })
			}
		}
	}
}

// gather notes which groups there are, and how many are in each.
func (r *Room) gather() {
	clear(r.names)
	clear(r.sizes)
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.sessions {
		if group := s.gate.load().group(); group != 0 {
			r.names[group] = s.flow.Group
			r.sizes[group]++
		}
	}
}

// probeOn goes on with the probes that are under way.
func (r *Room) probeOn(now time.Time) {
	r.probing = false
	for _, s := range *r.all.Load() {
		if s.ready() && s.probe(now) {
			r.probing = true
		}
	}
}

// topVoices is how many microphones a group hears at a time, once it has more.
const topVoices = 5

// voice decides whose microphone is heard: everybody's in a small group, in a larger one the loudest, who has the floor
// among them.
func (r *Room) voice(now time.Time) {
	r.floors.listen(now)
	for _, s := range *r.all.Load() {
		group := s.gate.load().group()
		s.voiced.Store(r.sizes[group] <= topVoices || r.floors.heard(group, s.participant))
	}
}

// tick sends a session what is due: requests for what it sends, reports, and what its sinks need.
func (s *Session) tick(n uint, now time.Time) {
	defer s.rescue()
	for _, p := range *s.pubs.Load() {
		if p != nil {
			s.missing = p.tick(n, now, s.missing)
		}
	}
	if n%shareTicks == 0 {
		s.share(now)
	}
	for _, k := range *s.sinks.Load() {
		k.tick(now, n%reportTicks == 0)
	}
	s.tellDemand(now)
	if p, ok := s.down.tick(now); ok {
		s.probing = probing{Probe: p, left: p.Bytes, begun: now}
		s.room.probing = s.room.probing || s.probe(now)
	}
	if n%feedbackTicks == 0 {
		if packets := s.feedback.take(); len(packets) > 0 {
			_ = s.transport.SendRTCP(packets)
		}
	}
	switch {
	case n%reportTicks == 0:
		packets, lost := s.receiverReport(now)
		if len(packets) == 0 {
			s.beat()
		} else {
			_ = s.transport.SendRTCP(packets)
		}
		s.judgeLine(lost, now)
	case n%beatTicks == 0:
		s.beat()
	}
}

// tick asks the publication's sender for what is missing. space is used for it and returned.
func (p *publication) tick(n uint, now time.Time, space []uint16) []uint16 {
	for _, l := range p.layers {
		r := l.run.Load()
		if r == nil {
			continue
		}
		if n%reportTicks == 0 {
			r.ring.Trim(now)
		}
		if p.kind != transport.Video || !p.session.gate.load().out(p.use) {
			continue
		}
		space = p.requestMissing(l, now, space)
		if ssrc := l.ssrc.Load(); l.due(now, p.session.roundTrip()) && ssrc != 0 {
			p.requestKeyframe(ssrc)
		}
	}
	return space
}

// tell calls a method of the session's Handler, unless the session is out of its room.
func (s *Session) tell(f func()) {
	s.room.mu.Lock()
	gone := s.gone
	s.room.mu.Unlock()
	if !gone {
		f()
	}
}

// deliver tells the Handlers what they do not know yet. What changed twice meanwhile is told once.
func (r *Room) deliver() {
	for _, f := range r.news() {
		r.call(f)
	}
}

// news are the calls that are due.
func (r *Room) news() []func() {
	var calls []func()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, s := range r.departed {
		calls = append(calls, func() {
			if !s.left.Load() {
				s.handler.State(ConnClosed)
			}
		})
	}
	r.departed = nil
	for _, s := range r.sessions {
		r.newsLocked(s, &calls)
	}
	return calls
}

// newsLocked appends the calls that tell one session's Handler what changed. Its state comes first, so that a fault
// over the rest can be told.
func (r *Room) newsLocked(s *Session, calls *[]func()) {
	defer s.rescue()
	add := func(f func()) {
		*calls = append(*calls, func() { s.tell(f) })
	}
	if state := s.connState(); state != s.told.state && s.told.state != ConnFailed {
		s.told.state = state
		add(func() { s.handler.State(state) })
	}
	if s.ended.Load() && !s.told.closed {
		s.told.closed = true
		r.wg.Go(func() {
			if err := s.closeTransport(); err != nil {
				r.server.warn("closing an ended session", err)
			}
		})
	}
	if len(s.mLines) > 0 && r.codec != s.told.codec {
		s.told.codec = r.codec
		codec := r.codec
		add(func() { s.handler.Codec(codec) })
	}
	if paused := s.sharing.pausedNow(); !slices.Equal(paused, s.told.paused) {
		s.told.paused = paused
		add(func() { s.handler.PicturesPaused(paused) })
	}
	if s.slots.seq != s.told.slots && s.mayMap(time.Now()) {
		s.told.slots = s.slots.seq
		m := s.slots.mapping()
		add(func() { s.handler.Slots(m) })
	}
	visible := map[string]bool{}
	for _, o := range r.sessions {
		if o == s {
			continue
		}
		for _, p := range *o.pubs.Load() {
			if p == nil || !p.begun.Load() || o.ended.Load() || !o.gate.load().to(s.gate.load(), p.use) {
				continue
			}
			visible[p.id] = true
			if !s.told.pubs[p.id] {
				s.told.pubs[p.id] = true
				public := p.public()
				add(func() { s.handler.Published(public) })
			}
		}
	}
	for id := range s.told.pubs {
		if !visible[id] {
			delete(s.told.pubs, id)
			add(func() { s.handler.Unpublished(id) })
		}
	}
}

// Mappings that a session is told: each has to be acknowledged, and hides what changed. So many at once, and then as many a
// second, whatever others do; what changed meanwhile is told in one.
const mappingBurst, mappingsPerSecond = 12, 5

// mayMap reports whether the session may be told a mapping now; if not, the room looks again when it may.
func (s *Session) mayMap(now time.Time) bool {
	if s.told.mappings.AllowN(now, 1) {
		return true
	}
	if !now.Before(s.told.again) {
		s.told.again = now.Add(time.Second / mappingsPerSecond)
		time.AfterFunc(time.Second/mappingsPerSecond, s.room.wake)
	}
	return false
}

// call calls a Handler. A fault in it is counted and ends nothing.
func (r *Room) call(f func()) {
	defer func() {
		if v := recover(); v != nil {
			r.server.panicked(v)
		}
	}()
	f()
}
