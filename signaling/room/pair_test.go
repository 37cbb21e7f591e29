package room

import (
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// pairs follows who may connect to each other, by the events alone.
type pairs struct {
	now          *Paired
	begun, ended int
	endedAt      time.Time
	silenced     map[Participant]map[Kind]bool // by a counsellor, as far as this house saw it
}

func (p *pairs) check(h *house, c Command, old map[Participant]seat, events []Event) {
	h.Helper()
	if p.silenced == nil {
		p.silenced = map[Participant]map[Kind]bool{}
	}
	p.note(c, old, events)
	for i, e := range events {
		switch b := e.Body.(type) {
		case Paired:
			if p.now != nil || b.Number != uint64(p.begun+1) || b.Mode != h.s.d.Config.PeerToPeer || i != len(events)-1-writes(events) {
				h.Fatalf("%#v: %+v at %d of %d, after %+v", c, b, i, len(events), p.now)
			}
			if p.ended > 0 && h.clock().Sub(p.endedAt) < PairAgainAfter {
				h.Fatalf("%#v: paired %v after the last was parted", c, h.clock().Sub(p.endedAt))
			}
			p.now = &b
			p.begun++
		case Parted:
			if p.now == nil || p.now.Number != b.Number || i != 0 {
				h.Fatalf("%#v: %+v at %d, after %+v", c, b, i, p.now)
			}
			p.now, p.endedAt = nil, h.clock()
			p.ended++
		}
	}
	var inside []*seat
	may := h.s.d.Config.PeerToPeer != lobby.PeerToPeerOff && (h.s.counsellorHere() || h.clock().Before(h.open)) && !h.s.d.Held && !h.s.d.Frozen && h.s.d.Groups == 0
	sockets, reserved, trusted := true, false, false
	for _, x := range h.s.d.Seats {
		if x.inside() {
			inside = append(inside, x)
			reserved, trusted = reserved || h.reserved[x.Person], trusted || x.moderates()
			may = may && !x.On.Screen && !p.silenced[x.ID][Audio] && !p.silenced[x.ID][Video]
			sockets = sockets && x.Socket != ""
		}
	}
	may = may && len(inside) == 2 && (trusted || !reserved) // of two who were left alone neither sees a camera that is for who moderates
	switch {
	case p.now != nil && (!may || p.now.Of != [2]Participant{inside[0].ID, inside[1].ID}):
		h.Fatalf("%#v: %+v, and it may not be so", c, p.now)
	case p.now == nil && may && sockets && (p.ended == 0 || h.clock().Sub(p.endedAt) > PairAgainAfter) && restored(h) == 0:
		h.Fatalf("%#v: two who may connect do not", c)
	}
}

// note keeps who was silenced, by a counsellor or at his entry: by the events alone, and by the person's own word.
func (p *pairs) note(c Command, old map[Participant]seat, events []Event) {
	for _, e := range events {
		if a, ok := e.Body.(Admitted); ok && a.View.Self.EnteredMuted {
			p.silence(c.(Admit).Participant, Audio, true)
		}
		if m, ok := e.Body.(Muted); ok && m.Kind != Screen {
			for id, x := range old {
				if slices.Contains(e.To, x.Socket) {
					p.silence(id, m.Kind, true)
				}
			}
		}
	}
	switch c := c.(type) {
	case Mute: // one without a socket hears nothing of it
		if x, ok := old[c.Participant]; ok && (c.Kind == Audio && x.On.Audio || c.Kind == Video && x.On.Video) {
			p.silence(c.Participant, c.Kind, true)
		}
	case MuteAll:
		for id, x := range old {
			if x.inside() && !x.moderates() && x.On.Audio { // to whom moderation is lent is spared
				p.silence(id, Audio, true)
			}
		}
	case Self:
		if x, ok := bySocket(old, c.By); ok {
			if c.Audio != nil && *c.Audio {
				p.silence(x.ID, Audio, false)
			}
			if c.Video != nil && *c.Video {
				p.silence(x.ID, Video, false)
			}
		}
	}
}

func (p *pairs) silence(id Participant, k Kind, on bool) {
	if p.silenced[id] == nil {
		p.silenced[id] = map[Kind]bool{}
	}
	p.silenced[id][k] = on
}

// restored counts seats that were made of tokens which said that something was off: these count as silenced.
func restored(h *house) (n int) {
	for _, x := range h.s.d.Seats {
		if x.inside() && (x.Silenced.Audio || x.Silenced.Video) && !h.pairs.silenced[x.ID][Audio] && !h.pairs.silenced[x.ID][Video] {
			n++
		}
	}
	return n
}

func writes(events []Event) (n int) {
	for _, e := range events {
		if _, ok := e.Body.(Durable); ok {
			n++
		}
	}
	return n
}

func pairedConfig() Config {
	c := testConfig()
	c.PeerToPeer = lobby.PeerToPeerRelay
	return c
}

// The switch 2 - 3 - 2 ten times: parted before the third is told that he is in, together again five seconds after he has left.
func TestPairsFollowTheThird(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.inside()
	want(t, "pairs", h.pairs.begun, 1)
	want(t, "who offers", h.pairs.now.Of, [2]Participant{ada.Participant, ben.Participant})
	cleo := h.client("cleo", 3)
	events := h.must(cleo)
	want(t, "a third who knocks changes nothing", len(effects[Parted](events)), 0)
	for i := range 10 {
		events = h.must(Admit{ada.Socket, cleo.Participant})
		want(t, "the first event", events[0].Body, Body(Parted{uint64(i + 1), true}))
		events = h.must(PutBack{ada.Socket, cleo.Participant})
		want(t, "at once", len(effects[Paired](events)), 0)
		at, due := h.s.Deadline()
		want(t, "due", due && at.Sub(h.now) <= PairAgainAfter, true)
		h.wait(PairAgainAfter, ada.Participant)
		want(t, "pairs", h.pairs.begun, i+2)
	}
}

// What a counsellor switches off, holds or takes away goes by the server, which can enforce it; a person's own switch does not matter.
func TestModerationPartsThePair(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.inside()
	own := h.must(Self{By: ben.Socket, Audio: new(false)})
	want(t, "his own mute", len(effects[Parted](own)), 0)
	h.must(Self{By: ben.Socket, Audio: new(true)})
	for name, c := range map[string]struct{ begin, end Command }{
		"mute":     {Mute{ada.Socket, ben.Participant, Audio}, Self{By: ben.Socket, Audio: new(true)}},
		"mute all": {MuteAll{ada.Socket}, Self{By: ben.Socket, Audio: new(true)}},
		"camera":   {Mute{ada.Socket, ben.Participant, Video}, Self{By: ben.Socket, Video: new(true)}},
		"hold":     {Hold{By: ada.Socket, On: true}, Hold{By: ada.Socket, On: false}},
		"screen":   {Self{By: ada.Socket, Screen: new(true)}, Self{By: ada.Socket, Screen: new(false)}},
		"put back": {PutBack{ada.Socket, ben.Participant}, Admit{ada.Socket, ben.Participant}},
	} {
		events := h.must(c.begin)
		want(t, name+": the first event", events[0].Body, Body(Parted{uint64(h.pairs.begun), name == "screen"}))
		h.wait(time.Minute, ada.Participant)
		want(t, name+": while it lasts", h.pairs.now == nil, true)
		h.must(c.end)
		h.wait(PairAgainAfter, ada.Participant)
		want(t, name+": afterwards", h.pairs.now != nil, true)
	}
	events := h.must(Remove{ada.Socket, ben.Participant})
	want(t, "removed", events[0].Body, Body(Parted{uint64(h.pairs.begun), false}))
}

// A lost socket parts nobody, a page that holds nothing any more does; and a counsellor of whom nothing is heard.
func TestPairsAndLostLines(t *testing.T) {
	h := newHouse(t, pairedConfig())
	ada, ben := h.inside()
	h.must(Disconnect{Socket: ben.Socket})
	want(t, "a lost socket", h.pairs.now != nil, true)
	back := h.again(ben)
	events := h.must(back)
	want(t, "it is back", len(effects[Parted](events))+len(effects[Paired](events)), 0)
	h.must(Disconnect{Socket: back.Socket})
	fresh := h.again(ben)
	fresh.Fresh = true
	events = h.must(fresh)
	want(t, "a page that was reloaded", events[0].Body, Body(Parted{1, false}))
	h.wait(PairAgainAfter, ada.Participant)
	want(t, "the next", h.pairs.begun, 2)
	h.wait(LostAfter)
	want(t, "without a counsellor", h.pairs.now == nil, true)
}

// A camera for those who moderate alone is not sent past the server to somebody who does not, when the two are left alone.
func TestNoPairForAReservedCamera(t *testing.T) {
	c := testConfig()
	c.PeerToPeer, c.StayOpen, c.CameraCheck = lobby.PeerToPeerRelay, 20*time.Minute, true
	for _, reserved := range []bool{false, true} {
		h := newHouse(t, c)
		ada, ben := h.inside()
		cleo := h.client("cleo", 3)
		h.must(cleo)
		h.must(Admit{ada.Socket, cleo.Participant})
		if reserved {
			h.must(ReserveVideo{ada.Socket, ben.Participant})
		}
		h.must(LeaveOpen{ada.Socket, 10 * time.Minute})
		h.wait(time.Minute)
		want(t, "a pair of the two", h.s.d.Pair != nil, !reserved)
	}
}
