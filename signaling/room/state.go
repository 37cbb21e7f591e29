package room

import "time"

// State is one room. Its zero value is of no use; make one with [New] or by decoding. It is not safe for concurrent use.
type State struct{ d data }

type data struct{}

// New makes an empty room. The error names what is wrong with the configuration.
func New(c Config) (*State, error) { return &State{}, c.check() }

// Apply does one command at the time now and gives what follows, in order. On an error, always a [Refusal], nothing has
// changed. Time never runs backwards in a room: an earlier now counts as the latest that was seen.
func (s *State) Apply(c Command, now time.Time) ([]Event, error) { return nil, ErrBadCommand }

// Deadline gives the time at which the next [Tick] is due; false when there is none.
func (s *State) Deadline() (time.Time, bool) { return time.Time{}, false }

// Snapshot gives what a participant may see at the time now; false when he has no seat.
func (s *State) Snapshot(p Participant, now time.Time) (View, bool) { return View{}, false }

// Summary gives what a list of rooms shows.
func (s *State) Summary() Summary { return Summary{} }
