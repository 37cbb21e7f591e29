package room

import (
	"errors"
	"slices"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Bounds of what a room remembers of those who left quickly.
const (
	// MaxExits is how many are remembered, each person once; the oldest gives way.
	MaxExits = 20
	// ExitsKept is how long each is remembered.
	ExitsKept = 24 * time.Hour
)

// Exit is somebody who left quickly, because somebody else came near or looked on: those who moderate must not call back unasked. They are told
// until the person is let in again, also those of them who come later.
type Exit struct {
	Participant Participant    `json:"participant"`
	Person      lobby.PersonID `json:"person"`
	Role        lobby.Role     `json:"role"`
	Label       lobby.Text     `json:"label"`
	Name        lobby.Text     `json:"name"`
	// Waited: the person was still in the waiting room.
	Waited bool `json:"waited,omitempty"`
	// At is when, in ms since the Unix epoch.
	At int64 `json:"at"`
}

// exited notes that whoever has this seat leaves it quickly.
func (t *step) exited(x *seat) {
	if !t.s.d.Config.QuickExit || x.Role.Moderates() || x.Shut {
		return // of who came to a locked room those who moderate know nothing
	}
	t.unexit(x.Person)
	exits := append(slices.Clone(t.s.d.Exits), Exit{
		Participant: x.ID, Person: x.Person, Role: x.Role, Label: clone(x.Label), Name: clone(x.Name), Waited: !x.inside(), At: t.now,
	})
	t.s.d.Exits = exits[max(0, len(exits)-MaxExits):]
}

// unexit forgets that the person left quickly.
func (t *step) unexit(id lobby.PersonID) { t.keepExits(func(e Exit) bool { return e.Person != id }) }

// forgetExits forgets those that are old, and of who is in.
func (t *step) forgetExits() {
	t.keepExits(func(e Exit) bool {
		return t.now < e.At+ExitsKept.Milliseconds() &&
			!slices.ContainsFunc(t.s.d.Seats, func(x *seat) bool { return x.inside() && x.Person == e.Person })
	})
}

func (t *step) keepExits(keep func(Exit) bool) {
	var kept []Exit // none is nil, as in a room that was read
	for _, e := range t.s.d.Exits {
		if keep(e) {
			kept = append(kept, e)
		}
	}
	t.s.d.Exits = kept
}

// exitsAt is when the oldest is forgotten.
func (s *State) exitsAt() (int64, bool) {
	if len(s.d.Exits) == 0 {
		return 0, false
	}
	return s.d.Exits[0].At + ExitsKept.Milliseconds(), true
}

func sameExits(a, b []Exit) bool {
	return slices.EqualFunc(a, b, func(a, b Exit) bool { return a.Participant == b.Participant && a.At == b.At })
}

// checkExits refuses states that remember what they must not.
func (d *data) checkExits() error {
	persons := map[lobby.PersonID]bool{}
	for _, e := range d.Exits {
		switch {
		case !validID(e.Participant), !validID(e.Person), !e.Role.Valid(), e.Role.Moderates(), !e.Label.Valid(), !e.Name.Valid(), e.At <= 0:
			return errors.New("an exit of nobody")
		case persons[e.Person]:
			return errors.New("two exits of one person")
		}
		persons[e.Person] = true
	}
	if len(d.Exits) > 0 && (!d.Config.QuickExit || len(d.Exits) > MaxExits) {
		return errors.New("exits that the policy has not, or too many")
	}
	return nil
}
