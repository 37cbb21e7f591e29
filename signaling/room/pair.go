package room

import (
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// PairAgainAfter is how long two who were parted, or a third has left, wait before they may connect to each other again.
const PairAgainAfter = 5 * time.Second

// pair is two who may connect to each other, beside their connections to the server.
type pair struct {
	Number uint64         `json:"number"`
	Of     [2]Participant `json:"of"` // the first came first, and makes the offers
}

// pairable gives the two who may connect to each other now: nobody else is inside, the server would let everything of each
// through to the other, the room is not divided into groups, nobody's sound or picture was switched off by a counsellor (which the server alone can enforce), no camera is
// for those who moderate alone while the other does not, and no screen is shared (which goes by the server).
func (s *State) pairable() (of [2]Participant, ok bool) {
	if s.d.Config.PeerToPeer == lobby.PeerToPeerOff || !s.open() || s.d.Groups > 0 {
		return of, false
	}
	n, reserved, trusted := 0, false, false
	for _, x := range s.d.Seats {
		if !x.inside() {
			continue
		}
		reserved, trusted = reserved || x.On.VideoReserved, trusted || x.moderates()
		if n == len(of) || x.On.Screen || x.Silenced.Audio || x.Silenced.Video {
			return of, false
		}
		of[n] = x.ID
		n++
	}
	return of, n == len(of) && (trusted || !reserved)
}

// settlePair parts two when it is no longer so, and brings two together. Who lost his socket stays in a pair, since what he
// sends does not go by it; a pair begins with two who have one.
func (t *step) settlePair() {
	d := &t.s.d
	of, ok := t.s.pairable()
	if p := d.Pair; p != nil {
		renewed := slices.ContainsFunc(t.renewed, func(id Participant) bool { return slices.Contains(p.Of[:], id) })
		if ok && of == p.Of && !renewed {
			return
		}
		t.gently = !renewed && t.s.unhurt(p.Of)
		d.Pair, d.PairAfter = nil, t.now+PairAgainAfter.Milliseconds()
	}
	if !ok || t.now < d.PairAfter || !t.s.connected(of) {
		return
	}
	d.Pairs++
	d.Pair = &pair{d.Pairs, of}
}

// unhurt reports whether the server lets everything of these two pass as the pair did.
func (s *State) unhurt(of [2]Participant) bool {
	for _, id := range of {
		if x := s.seat(id); x == nil || !x.inside() || x.Silenced.Audio || x.Silenced.Video {
			return false
		}
	}
	return s.open() && s.d.Groups == 0
}

func (s *State) connected(of [2]Participant) bool {
	for _, id := range of {
		if x := s.seat(id); x == nil || x.Socket == "" {
			return false
		}
	}
	return true
}

// pairsAt is when two who wait for it may connect to each other.
func (s *State) pairsAt() (int64, bool) {
	if s.d.Pair != nil {
		return 0, false
	}
	of, ok := s.pairable()
	return s.d.PairAfter, ok && s.connected(of)
}

// pairs gives what changed: who is parted, which cuts, and who may connect, which opens.
func (t *step) pairs() (parted, paired []Event) {
	before, now := t.before.pair, t.s.d.Pair
	if before == now {
		return nil, nil
	}
	if before != nil {
		parted = []Event{{Body: Parted{before.Number, t.gently}}}
	}
	if now != nil {
		paired = []Event{{Body: Paired{now.Number, now.Of, t.s.d.Config.PeerToPeer}}}
	}
	return parted, paired
}

func (d *data) isInside(id Participant) bool {
	return slices.ContainsFunc(d.Seats, func(x *seat) bool { return x.ID == id && x.inside() })
}
