package room

import (
	"bytes"
	"errors"
	"slices"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

// Record is what is told of a room that has ended, for its receipt: numbers, times and hashes of texts, nothing of anybody.
type Record struct {
	// Began is when the first person was let in, Ended when the room ended, in ms since the Unix epoch; 0: nobody was, or it is not known.
	Began int64 `json:"began,omitempty"`
	Ended int64 `json:"ended"`
	// Restarted: the session is older than this room, which saw its last part alone.
	Restarted bool `json:"restarted,omitempty"`
	// People counts who was inside, by role.
	People map[lobby.Role]int `json:"people,omitempty"`
	// Texts are the hashes of the consent texts of who was let in, each once, ascending.
	Texts [][]byte `json:"texts,omitempty"`
}

// attended is who was inside: what the record is made of.
type attended struct {
	// Since is when the first person was let in.
	Since  int64      `json:"since,omitempty"`
	People []attendee `json:"people,omitempty"`
	Texts  [][]byte   `json:"texts,omitempty"`
}

// attendee is one person or account that was inside, however often.
type attendee struct {
	Person  lobby.PersonID  `json:"person,omitempty"`
	Account lobby.AccountID `json:"account,omitempty"`
	Role    lobby.Role      `json:"role"`
}

// note remembers that somebody is inside. It is bounded by what a room can have invited.
func (a *attended) note(x *seat, now int64) {
	who := attendee{x.Person, x.Account, x.Role}
	i := slices.IndexFunc(a.People, func(y attendee) bool { return y.Person == who.Person && y.Account == who.Account })
	if i < 0 {
		a.People = append(a.People, who)
	} else {
		a.People[i] = who
	}
	if a.Since == 0 && !x.Role.Moderates() {
		a.Since = now
	}
	if len(x.ConsentText) > 0 && len(a.Texts) < receipt.MaxTexts {
		if i, known := slices.BinarySearchFunc(a.Texts, x.ConsentText, bytes.Compare); !known {
			a.Texts = slices.Insert(a.Texts, i, slices.Clone(x.ConsentText))
		}
	}
}

func (a *attended) check() error {
	for _, p := range a.People {
		if !p.Role.Valid() || (p.Person == "") == (p.Account == "") {
			return errors.New("somebody was inside who cannot have been")
		}
	}
	if !slices.IsSortedFunc(a.Texts, bytes.Compare) || slices.ContainsFunc(a.Texts, func(h []byte) bool { return len(h) != ConsentText }) {
		return errors.New("a consent text without its hash")
	}
	return nil
}

func (s *State) record(now int64) Record {
	a := s.d.Attended
	r := Record{Began: a.Since, Ended: now, Restarted: s.d.Config.Begun, Texts: a.Texts}
	if r.Restarted {
		r.Began = 0
	}
	for _, p := range a.People {
		if r.People == nil {
			r.People = map[lobby.Role]int{}
		}
		r.People[p.Role]++
	}
	return r
}

// end tells everybody, waiting people included, and forgets everything.
func (t *step) end() {
	t.over = &Over{t.s.record(t.now)}
	inside, outside := t.s.sockets((*seat).inside), t.s.sockets(func(x *seat) bool { return !x.inside() })
	for _, group := range []struct {
		to    []Socket
		wasIn bool
	}{{inside, true}, {outside, false}} {
		if len(group.to) > 0 {
			t.own = append(t.own,
				message{group.to, func() Body { return Ended{WasIn: group.wasIn} }},
				message{group.to, func() Body { return Close{ReasonEnded} }})
		}
	}
	t.s.d = data{Config: t.s.d.Config, Latest: t.now, Over: true}
}
