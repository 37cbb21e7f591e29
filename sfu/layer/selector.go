package layer

import "time"

// Action is what to do with one packet.
type Action uint8

const (
	// Drop the packet; it takes no number.
	Drop Action = iota
	// Forward the packet.
	Forward
	// Switch: this packet begins a key frame of another layer than before. Switch the sequence map to it, then
	// forward. The layer is current from now on.
	Switch
)

// Selector chooses a layer for one subscription. Its zero value is not ready: use NewSelector. It is not safe for
// concurrent use.
type Selector struct{}

// NewSelector makes the selector of a publication with the given number of layers, 1 to [Max]. It wants nothing yet.
func NewSelector(layers int) Selector { panic("body follows") }

// Want sets the layer that the watcher's tile asks for and the highest that the line can carry. None for either
// pauses: packets are dropped from here on and a key frame is needed to go on.
func (s *Selector) Want(wish, cap int) { panic("body follows") }

// Update tells which layers are live (see [Liveness]). Call it when that changes and on every tick.
func (s *Selector) Update(live Set) { panic("body follows") }

// Pick decides about a packet of a layer; keyframe says that it begins a key frame. It does not allocate.
func (s *Selector) Pick(layer int, keyframe bool) Action { panic("body follows") }

// Current is the layer being forwarded, or None.
func (s *Selector) Current() int { panic("body follows") }

// Watches is the set of layers whose packets the selector needs to see: the current one and those it may switch to.
func (s *Selector) Watches() Set { panic("body follows") }

// Demands is the set of layers that the sender must go on encoding for this watcher. The union over all watchers is
// what the sender is told.
func (s *Selector) Demands() Set { panic("body follows") }

// NeedsKeyframe says of which layer a key frame is needed to get nearer to what is wanted, or None. It goes on saying
// so until the key frame comes: pace the asking with [Throttle].
func (s *Selector) NeedsKeyframe() int { panic("body follows") }

// Liveness watches which layers of a publication are being sent. One per publication. Its zero value is ready.
type Liveness struct{}

// StallAfter is how long a layer may be silent before it counts as stalled.
const StallAfter = time.Second

// Seen notes a packet of a layer and reports whether the layer was not live before. It does not allocate.
func (l *Liveness) Seen(layer int, now time.Time) bool { panic("body follows") }

// Live is the set of layers heard within [StallAfter].
func (l *Liveness) Live(now time.Time) Set { panic("body follows") }
