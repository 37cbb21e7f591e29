package room

// enterMuted switches off the sound of somebody who was just let in, or re-enters after he has left, where the policy says so of as many as
// are in now. Who comes back to his seat, after a reload or a lost line, keeps what he had. It counts as
// switched off by a counsellor: nothing of it passes, not between two alone either, until he switches it on himself.
func (t *step) enterMuted(x *seat) {
	from := t.s.d.Config.MutedFrom
	x.EnteredMuted = from > 0 && !x.Role.Moderates() && t.s.insideCount() >= from
	if x.EnteredMuted {
		x.On.Audio, x.Silenced.Audio = false, true
	}
}

func (s *State) insideCount() (n int) {
	for _, x := range s.d.Seats {
		if x.inside() {
			n++
		}
	}
	return n
}
