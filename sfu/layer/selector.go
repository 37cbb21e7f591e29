package layer

// Action is what to do with one packet.
type Action uint8

const (
	// Drop the packet; it takes no number.
	Drop Action = iota
	// Forward the packet.
	Forward
	// Switch: this packet begins a key frame of another layer than before. Switch the sequence map to it: it is
	// forwarded, and its layer is current from now on.
	Switch
)

// Selector chooses a layer for one subscription. Make one with [NewSelector].
type Selector struct {
	layers  int
	wish    int
	cap     int
	live    Set
	current int
	goal    int // what current should become; None while paused
}

// NewSelector makes the selector of a publication with the given number of layers, 1 to [Max]. It is paused.
func NewSelector(layers int) Selector {
	return Selector{layers: min(max(layers, 1), Max), wish: None, cap: None, current: None, goal: None}
}

// Want sets the layer that the watcher's tile asks for and the highest that the line can carry. Layers that the
// publication does not have mean its highest. None for either pauses: packets are dropped from here on, and to go on
// takes a key frame.
func (s *Selector) Want(wish, cap int) {
	s.wish, s.cap = min(wish, s.layers-1), min(cap, s.layers-1)
	s.aim()
}

// Update tells which layers are live (see [Liveness]). Call it when that changes and on every tick.
func (s *Selector) Update(live Set) {
	s.live = live
	s.aim()
}

// top is the layer to show if it is sent, or None while paused.
func (s *Selector) top() int { return max(min(s.wish, s.cap), None) }

func (s *Selector) aim() {
	top := s.top()
	if top == None {
		s.current, s.goal = None, None
		return
	}
	s.goal = (s.live & upTo(top)).Highest()
	if s.goal == None {
		s.goal = (s.live & upTo(s.cap)).lowest()
	}
	if s.goal == None {
		// Nothing we may show is sent. What was shown may come back; what the line cannot carry may not go on.
		s.goal = top
		if s.current > s.cap {
			s.current = None
		}
	}
}

// Pick decides about a packet of a layer; keyframe says that it begins a key frame. It does not allocate.
//
// A key frame of a layer on the way to what is wanted is taken too: it is nearer, and here.
func (s *Selector) Pick(layer int, keyframe bool) Action {
	if layer == s.current && layer != None {
		return Forward
	}
	if !keyframe || !s.steps().Has(layer) {
		return Drop
	}
	s.current = layer
	s.Update(s.live.With(layer))
	return Switch
}

// steps is the set of layers that a key frame would switch to: from the current one towards the goal, and towards the
// layer wished for, which begins to be live with that very key frame.
func (s *Selector) steps() Set {
	if s.goal == None {
		return 0
	}
	low, high := min(s.goal, s.top()), max(s.goal, s.top())
	if s.current == None {
		return upTo(high)
	}
	up := upTo(high) &^ upTo(s.current)
	down := upTo(min(s.current-1, s.cap)) &^ upTo(low-1)
	return up | down
}

// Current is the layer being forwarded, or None.
func (s *Selector) Current() int { return s.current }

// Watches is the set of layers whose packets the selector needs to see: the current one and those that a key frame
// would switch to. It changes with Want, Update and a Switch.
func (s *Selector) Watches() Set { return s.steps().With(s.current) }

// NeedsKeyframe says of which live layer a key frame is needed to get to what is wanted, or None. It goes on saying so
// until the key frame comes: pace the asking with [Throttle].
func (s *Selector) NeedsKeyframe() int {
	if s.goal == s.current || !s.live.Has(s.goal) {
		return None
	}
	return s.goal
}
