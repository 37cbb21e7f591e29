package layer

// Part is what a packet of a stream with spatial layers is part of: one stream carries all layers of a picture, and each
// builds on those below it (VP9 SVC, RFC 9628).
type Part struct {
	// Layer is the spatial layer, 0 the smallest.
	Layer int
	// Begin and End: the packet begins, or ends, the layer's frame.
	Begin, End bool
	// Fresh: the frame depends on no earlier picture. On layer 0 that is a key frame; above, the layer can be joined here.
	Fresh bool
	// Last: the sender says that the picture ends with this packet.
	Last bool
	// Late: packets behind it have come already.
	Late bool
}

// Spatial chooses how many layers of such a stream one subscription gets. Make one with [NewSpatial].
//
//   - **Up only where it can be shown**: at a frame that depends on no earlier picture, with every layer below it on the
//     way. **Down at once**, between two pictures.
//   - **A picture ends where it ends for the receiver**: at the last packet of the highest layer forwarded.
type Spatial struct {
	goal    int
	current int // highest layer forwarded; None while paused or before a key frame
}

// NewSpatial makes one that is paused.
func NewSpatial() Spatial { return Spatial{goal: None, current: None} }

// Want sets the highest layer to be forwarded. None pauses: packets are dropped from here on, and to go on takes a key
// frame.
func (s *Spatial) Want(goal int) {
	if s.goal = goal; goal == None {
		s.current = None
	}
}

// Restart makes the selector wait for a key frame: what comes from now on is another stream.
func (s *Spatial) Restart() { s.current = None }

// Pick decides about a packet, and says whether it ends the picture for the receiver. It does not allocate.
func (s *Spatial) Pick(p Part) (action Action, ends bool) {
	if s.goal == None || p.Layer < 0 {
		return Drop, false
	}
	action = Forward
	switch {
	case !p.Begin || p.Late && s.current != None:
	case p.Layer == 0 && p.Fresh:
		if s.current == None {
			action = Switch
		}
		s.current = s.goal
	case p.Layer == 0:
		s.current = min(s.current, s.goal)
	case p.Fresh && s.current != None && p.Layer == s.current+1 && p.Layer <= s.goal:
		s.current = p.Layer
	}
	if s.current == None || p.Layer > s.current {
		return Drop, false
	}
	return action, p.Last || p.End && p.Layer == s.current
}

// Current is the highest layer being forwarded, or None.
func (s *Spatial) Current() int { return s.current }

// NeedsKeyframe reports whether a key frame is needed to get to what is wanted, of a stream that has layers up to top.
func (s *Spatial) NeedsKeyframe(top int) bool {
	return s.goal != None && s.current < min(s.goal, top)
}
