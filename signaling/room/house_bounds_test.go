package room

import "github.com/anteroom-video/anteroom/lobby"

// checkRoles: a role comes with the hello of its seat and is never another, whatever is done in the room.
func (h *house) checkRoles(c Command, old map[Participant]seat) {
	h.Helper()
	for _, x := range h.s.d.Seats {
		was, had := old[x.ID]
		arrive, _ := c.(Arrive)
		switch {
		case had && was.Role != x.Role:
			h.Fatalf("%#v made a %s of a %s", c, x.Role, was.Role)
		case had && (was.Person != x.Person || was.Account != x.Account || was.Device != x.Device):
			h.Fatalf("%#v made somebody else of %v: %v", c, was, *x)
		case !had && (arrive.Socket != x.Socket || arrive.Role != x.Role || arrive.Person != x.Person || arrive.Account != x.Account):
			h.Fatalf("%#v made a seat of a %s", c, x.Role)
		}
	}
}

// checkCounts: as many are in and outside as may be. Whoever is put back has his place outside, however many wait there.
func (h *house) checkCounts(c Command, old map[Participant]seat) {
	h.Helper()
	config := h.s.d.Config
	outside, wereOutside := map[lobby.PersonID]int{}, map[lobby.PersonID]int{}
	all, were := 0, 0
	for _, x := range old {
		if !x.inside() {
			were++
			wereOutside[x.Person]++
		}
	}
	members, moderate := 0, 0
	for _, x := range h.s.d.Seats {
		switch {
		case !x.inside():
			all++
			outside[x.Person]++
		case x.Role.Moderates():
			moderate++
		default:
			members++
		}
	}
	if members > MaxMembers || moderate > MaxCounsellors || len(h.s.d.Exits) > MaxExits {
		h.Fatalf("%#v: %d members, %d who moderate, %d exits", c, members, moderate, len(h.s.d.Exits))
	}
	if _, back := c.(PutBack); back {
		return
	}
	if all > were && all > config.WaitingPerRoom {
		h.Fatalf("%#v: %d wait, of %d at most", c, all, config.WaitingPerRoom)
	}
	if all == config.WaitingPerRoom {
		h.done["full waiting room"]++
	}
	for p, n := range outside {
		if p != "" && n > wereOutside[p] && n > config.WaitingPerLink {
			h.Fatalf("%#v: %d wait with one link, of %d at most", c, n, config.WaitingPerLink)
		}
	}
}
