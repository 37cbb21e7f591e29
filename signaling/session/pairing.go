package session

import (
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/pair"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// pairing is the two of a room who may connect to each other: who they are, and their leave to do so over the relay. There is one
// at most. Its lock is held for memory, and for queueing messages; it comes before a seat's.
type pairing struct {
	mu  sync.Mutex // guards the following fields
	id  string     // "" for none
	two [2]paired
	// fading is what was parted gently and is still relayed for a moment, by id.
	fading map[string][2]paired
}

// paired is one of the two.
type paired struct {
	id    room.Participant
	begun *wire.Pair
	shown bool // shows what comes from the other on the direct connection
	close func()
}

func (p *pairing) begin(relays Relays, call string, b room.Paired) (told bool) {
	if relays == nil {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.id = fmt.Sprint(b.Number)
	for i, id := range b.Of {
		servers, end := relays.Call(call+"/"+p.id, string(id))
		p.two[i] = paired{id: id, close: end, begun: &wire.Pair{
			Pair: p.id, Participant: string(b.Of[1-i]), Offers: i == 0, Mode: modeOf(b.Mode), Relays: servers,
		}}
	}
	return true
}

func modeOf(p lobby.PeerToPeer) wire.PairMode {
	if p == lobby.PeerToPeerDirect {
		return wire.PairDirect
	}
	return wire.PairRelay
}

// end takes the leave back, and gives whose it was. When it has returned, nothing more is relayed, unless it is to fade.
func (p *pairing) end(gently bool) (id string, two [2]paired) {
	p.mu.Lock()
	defer p.mu.Unlock()
	id, two = p.id, p.two
	p.id, p.two = "", [2]paired{}
	switch {
	case id == "":
	case gently:
		if p.fading == nil {
			p.fading = map[string][2]paired{}
		}
		p.fading[id] = two
	default:
		closeBoth(two)
	}
	return id, two
}

// faded ends what fades: one, or all.
func (p *pairing) faded(ids ...string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, two := range p.fading {
		if len(ids) == 0 || slices.Contains(ids, id) {
			closeBoth(two)
			delete(p.fading, id)
		}
	}
}

func closeBoth(two [2]paired) {
	for _, one := range two {
		one.close()
	}
}

// with gives the two, if p is one of them.
func (p *pairing) with(of room.Participant) []room.Participant {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, _, ok := p.findLocked(p.id, of); !ok {
		return nil
	}
	return []room.Participant{p.two[0].id, p.two[1].id}
}

func (p *pairing) of(one room.Participant) bool { return p.with(one) != nil }

// findLocked gives one of the two and the other; false where the pair is another one or he is not of it.
func (p *pairing) findLocked(id string, of room.Participant) (one, other *paired, ok bool) {
	if p.id == "" || p.id != id {
		return nil, nil, false
	}
	for i := range p.two {
		if p.two[i].id == of {
			return &p.two[i], &p.two[1-i], true
		}
	}
	return nil, nil, false
}

// Pair implements room.Forwarder.
func (f forwarder) Pair(b room.Paired) {
	if !f.pairing.begin(f.host.Relays, f.Session, b) {
		return
	}
	f.host.Counts.Pairs.Add(1)
	for _, p := range b.Of {
		f.at(p, (*seat).tellPair)
	}
}

// Part implements room.Forwarder.
func (f forwarder) Part(b room.Parted) { f.part(b.Gently) }

func (f forwarder) part(gently bool) {
	id, two := f.pairing.end(gently)
	if id == "" {
		return
	}
	for _, one := range two {
		f.at(one.id, func(x *seat) { x.tell(&wire.PairGone{Pair: id, Gently: gently}) })
	}
	if gently {
		f.ending.Go(func() {
			select {
			case <-time.After(wire.PairFades):
			case <-f.Done():
			}
			f.pairing.faded(id)
		})
	}
}

// retellPair tells both of a pair of it again, when the socket of one of them is back: what either said meanwhile was lost.
func (l *Live) retellPair(p room.Participant) {
	for _, id := range l.pairing.with(p) {
		l.at(id, (*seat).tellPair)
	}
}

// tellPair tells the participant of the pair that he is one of, if there is one.
func (x *seat) tellPair() {
	p := &x.live.pairing
	p.mu.Lock()
	defer p.mu.Unlock()
	if one, _, ok := p.findLocked(p.id, x.id); ok {
		x.tell(one.begun)
	}
}

func (x *seat) tell(b wire.Body) {
	x.told.Lock()
	defer x.told.Unlock()
	x.sendLocked(b)
}

// toOther hands something about the pair on to the other.
func (s *Session) toOther(id string, note func(one, other *paired), b wire.Body) error {
	x := s.seat()
	p := &x.live.pairing
	p.mu.Lock()
	one, other, ok := p.findLocked(id, x.id)
	if !ok {
		p.mu.Unlock()
		return refusal(wire.CodeWrongState) // a moment ago it was so
	}
	note(one, other)
	to := other.id
	p.mu.Unlock()
	x.live.at(to, func(y *seat) { y.tell(b) })
	return nil
}

// pairSignal hands what one browser tells the other on, cleaned of what the mode does not let it tell.
func (s *Session) pairSignal(b *wire.PairSignal) error {
	relays := s.host.Relays
	if relays == nil {
		return refusal(wire.CodeWrongState)
	}
	clean := &wire.PeerSignal{Pair: b.Pair, Description: b.Description, Candidates: b.Candidates}
	if s.seat().live.pairing.mode() != wire.PairDirect {
		if d := b.Description; d != nil {
			sdp, err := pair.Description(d.SDP)
			if err != nil {
				return refusal(wire.CodeBadMessage)
			}
			clean.Description = &wire.Description{Type: d.Type, SDP: sdp}
		}
		clean.Candidates = nil
		for _, c := range b.Candidates {
			text, err := pair.Candidate(c.Candidate, relays.Relayed)
			if err != nil {
				return refusal(wire.CodeBadMessage)
			}
			clean.Candidates = append(clean.Candidates, wire.PairCandidate{Candidate: text, Mid: c.Mid})
		}
	}
	return s.toOther(b.Pair, func(_, _ *paired) {}, clean)
}

func (s *Session) pairShown(b *wire.PairShown) error {
	return s.toOther(b.Pair, func(one, other *paired) {
		if b.Shown && !one.shown && other.shown {
			s.host.Counts.Shown.Add(1)
		}
		one.shown = b.Shown
	}, &wire.PeerShown{Pair: b.Pair, Shown: b.Shown})
}

func (p *pairing) mode() wire.PairMode {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.id == "" {
		return wire.PairRelay
	}
	return p.two[0].begun.Mode
}
