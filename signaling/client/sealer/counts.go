package sealer

import "maps"

// Reason is why a frame was dropped.
type Reason string

// The reasons.
const (
	Clear    Reason = "clear"    // too short, or no header: also what was never sealed
	Unbound  Reason = "unbound"  // nobody is expected here
	Foreign  Reason = "foreign"  // the key id is another's
	Unknown  Reason = "unknown"  // no secret of that epoch
	Forged   Reason = "forged"   // the tag does not hold, or too much that did not hold has come
	Replayed Reason = "replayed" // it was opened before, or is too old to tell
	Unready  Reason = "unready"  // there was no key to seal with
)

// Counts is what became of frames. The zero value is of none.
type Counts struct {
	Passed  uint64 // sealed, or opened
	Dropped map[Reason]uint64
}

// Add counts one frame; "" is the reason of those that passed.
func (c *Counts) Add(dropped Reason) {
	if dropped == "" {
		c.Passed++
		return
	}
	if c.Dropped == nil {
		c.Dropped = map[Reason]uint64{}
	}
	c.Dropped[dropped]++
}

// Lost is how many were dropped, for whatever reason.
func (c Counts) Lost() (n uint64) {
	for _, m := range c.Dropped {
		n += m
	}
	return n
}

// Clone gives counts that do not change any more.
func (c Counts) Clone() Counts { return Counts{c.Passed, maps.Clone(c.Dropped)} }
