package sfu

// Faults that no input is known to provoke: each breaks what a place in the engine relies on.

// FaultSpeaker makes the room's next decision about who speaks fault.
func (r *Room) FaultSpeaker() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.floors.mu.Lock()
	defer r.floors.mu.Unlock()
	for _, s := range r.sessions {
		r.floors.of[s.gate.load().group()] = &floor{}
	}
}

// FaultNews makes telling the session's Handler of a publication fault.
func (s *Session) FaultNews() {
	s.room.mu.Lock()
	defer s.room.mu.Unlock()
	s.told.pubs = nil
}

// FaultSizes makes the session's next key frame fault under the lock of its publication.
func (s *Session) FaultSizes() {
	for _, p := range *s.pubs.Load() {
		if p != nil {
			p.mu.Lock()
			p.sizes = nil
			p.mu.Unlock()
		}
	}
}
