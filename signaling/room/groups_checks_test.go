package room

import "maps"

// checkGroups: groups are opened, changed and ended by who moderates alone, where the policy has them, and each is where he was, where one of
// those put him, in the group that he left, or in the main room.
func (h *house) checkGroups(c Command, old map[Participant]seat) {
	h.Helper()
	h.divided = h.divided || h.s.d.Groups > 0
	by := func(socket Socket) {
		h.Helper()
		if m, ok := bySocket(old, socket); !ok || !m.moderates() || !m.inside() || !h.s.d.Config.Groups {
			h.Fatalf("%#v of %+v", c, m)
		}
	}
	to, want := map[Participant]int{}, h.divisions
	switch c := c.(type) {
	case Divide:
		by(c.By)
		want = c.Groups
		for _, p := range c.Places {
			to[p.Participant] = p.Group
		}
	case Recall:
		by(c.By)
		want = 0
		for id := range old {
			to[id] = 0
		}
	case EnterGroup:
		by(c.By)
		m, _ := bySocket(old, c.By)
		to[m.ID] = c.Group
	}
	if h.s.d.Over {
		want = 0
	}
	if h.s.d.Groups != want {
		h.Fatalf("%#v made %d groups of %d", c, h.s.d.Groups, h.divisions)
	}
	h.divisions = want
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		group, moved := to[x.ID]
		arrive, _ := c.(Arrive)
		switch {
		case moved && x.Group != group:
			h.Fatalf("%#v: %v is in %d", c, x.ID, x.Group)
		case moved, had && was.inside() && x.inside() && x.Group == was.Group:
		case had && was.inside() && x.inside(), x.Group > h.s.d.Groups, !x.inside() && x.Group != 0:
			h.Fatalf("%#v brought %v from %d to %d of %d", c, x.ID, was.Group, x.Group, h.s.d.Groups)
		case x.Group == 0:
		case had || arrive.Person != x.Person || arrive.Token == nil || x.Group != h.left[x.Person]:
			h.Fatalf("%#v brought %v into %d, who had left %d", c, x.ID, x.Group, h.left[x.Person])
		default:
			h.done["re-entry into a group"]++
		}
		if x.Group != 0 {
			h.done["somebody in a group"]++
		}
	}
	for id, was := range old {
		if now := h.s.seat(id); was.inside() && (now == nil || !now.inside()) {
			h.left[was.Person] = was.Group
		}
	}
	if h.s.d.Groups == 0 {
		clear(h.left)
	}
}

// checkApart: event by event, nobody is forwarded to anybody of another group, nor is anything sealed handed on, not even while some have
// been moved and others not yet. Until the first message what was before may still be; from then on nothing but what is now.
func (h *house) checkApart(c Command, old map[Participant]seat, events []Event) {
	h.Helper()
	now := snapshotOf(h.s)
	together := func(in map[Participant]seat, a, b Participant) bool {
		x, y := in[a], in[b]
		return x.inside() && y.inside() && x.Group == y.Group
	}
	colleagues := func(a, b Flow) bool { return a.Entrusted && b.Entrusted }
	flows, told := maps.Clone(h.before), false
	for _, e := range events {
		switch b := e.Body.(type) {
		case Flow:
			flows[b.Participant] = b
		case Drop:
			delete(flows, b.Participant)
		}
		told = told || len(e.To) > 0
		for a, f := range flows {
			for b, g := range flows {
				if a >= b {
					continue
				}
				may := together(now, a, b)
				if x, y := old[a], old[b]; x.inside() && y.inside() && !told {
					may = together(old, a, b)
				}
				if f.Group != "" && f.Group == g.Group && !may && !colleagues(f, g) {
					h.Fatalf("%#v: at %#v %v and %v hear each other", c, e, a, b)
				}
				if f.Within != "" && f.Within == g.Within && !may && !f.Entrusted && !g.Entrusted {
					h.Fatalf("%#v: at %#v %v and %v tell each other", c, e, a, b)
				}
			}
		}
	}
	h.before = flows
	for a, f := range flows {
		for b, g := range flows {
			if a < b && f.Group != "" && f.Group == g.Group && !together(now, a, b) && h.s.open() {
				h.Fatalf("%#v: %v and %v hear each other, and the room is open", c, a, b)
			}
		}
	}
}
