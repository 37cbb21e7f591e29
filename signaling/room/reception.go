package room

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// NoteAgainAfter: a waiting person may write once in this time, and be written to once.
const NoteAgainAfter = 10 * time.Second

// Bounds of what is written between the waiting room and those who moderate.
const (
	// MaxNote is the longest note, in characters.
	MaxNote = 200
	// MaxSealedNote is the longest sealed one, in bytes: 200 characters of four bytes, and what sealing adds.
	MaxSealedNote = 900
	// MaxNotes is how many notes are remembered of one seat: the last ones.
	MaxNotes = 6
)

// Company says whether a person who waits is alone; "" where he has not said.
type Company string

// What can be said of it.
const (
	Alone       Company = "alone"
	Accompanied Company = "accompanied" // somebody is with him
)

// Writer is who wrote a note.
type Writer string

// The writers.
const (
	ByPerson     Writer = "person"     // who waits
	ByCounsellor Writer = "counsellor" // somebody who moderates
)

// Note is what was written between a person who waits and those who moderate: plain, or sealed by one's page for the other's.
type Note struct {
	From   Writer `json:"from"`
	Plain  string `json:"plain,omitempty"`
	Sealed []byte `json:"sealed,omitempty"`
}

// ok reports whether there is something in it, in one form and within bounds.
func (n Note) ok() bool {
	if n.From != ByPerson && n.From != ByCounsellor {
		return false
	}
	if n.Plain == "" {
		return len(n.Sealed) > 0 && len(n.Sealed) <= MaxSealedNote
	}
	return len(n.Sealed) == 0 && utf8.ValidString(n.Plain) && utf8.RuneCountInString(n.Plain) <= MaxNote && strings.TrimSpace(n.Plain) != ""
}

func (n Note) equal(o Note) bool {
	return n.From == o.From && n.Plain == o.Plain && slices.Equal(n.Sealed, o.Sealed)
}

func cloneNotes(notes []Note) []Note {
	all := slices.Clone(notes)
	for i := range all {
		all[i].Sealed = slices.Clone(all[i].Sealed)
	}
	return all
}

// Stay is what a person who waits sees of his own waiting.
type Stay struct {
	Company Company `json:"company,omitempty"`
	// Sealed: those who moderate have his link sealed with the room's secret, so that notes are to be sealed.
	Sealed bool   `json:"sealed,omitempty"`
	Notes  []Note `json:"notes,omitempty"` // the last ones, in their order
	// ConsentAsked is as in [Own].
	ConsentAsked bool `json:"consent_asked,omitempty"`
}

func (x *seat) stay(consent Consent) Stay {
	return Stay{Company: x.Company, Sealed: len(x.SealedLink) > 0, Notes: cloneNotes(x.Notes), ConsentAsked: consent != ConsentNone}
}

func (o Stay) equal(p Stay) bool {
	return o.Company == p.Company && o.Sealed == p.Sealed && o.ConsentAsked == p.ConsentAsked && slices.EqualFunc(o.Notes, p.Notes, Note.equal)
}

// reception is where the counsellor is for those who wait.
func (s *State) reception() Presence {
	switch here := s.counsellorHere(); {
	case s.d.ColleagueComes:
		return Coming
	case here && s.othersInside(), !here && s.d.Elsewhere:
		return Busy
	}
	return s.counsellor()
}

func (t *step) colleague(c Colleague) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	t.hear(m)
	t.s.d.ColleagueComes = c.On
	return nil
}

func (t *step) accompanied(c SayCompany) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	if x.inside() {
		return ErrWrongState
	}
	x.Company = c.Company
	return nil
}

// write keeps a note between a person who waits and those who moderate. It is bounded, and gone when he no longer waits.
func (t *step) write(c Write) error {
	x, err := t.asks(c.By)
	if err != nil {
		return err
	}
	var m *seat
	if c.Note.From == ByCounsellor {
		if m, err = t.moderator(c.By); err != nil {
			return err
		}
		if x = t.s.seat(c.Participant); x == nil || x.Shut {
			return ErrNotFound
		}
	}
	if !x.waiting() {
		return ErrWrongState
	}
	p := t.s.d.Persons[x.Person]
	last := &p.WroteAt
	if m != nil {
		last = &p.WrittenToAt
	}
	if *last != 0 && t.now < *last+NoteAgainAfter.Milliseconds() {
		return ErrTooFast
	}
	if m != nil {
		t.hear(m)
	}
	*last = t.now
	notes := append(slices.Clone(x.Notes), cloneNotes([]Note{c.Note})...)
	x.Notes = notes[max(0, len(notes)-MaxNotes):]
	return nil
}

// checkReception refuses states in which somebody's notes or company are none that can be.
func (x *seat) checkReception() bool {
	return len(x.Notes) <= MaxNotes && !slices.ContainsFunc(x.Notes, func(n Note) bool { return !n.ok() }) && (!x.inside() || len(x.Notes) == 0) &&
		(x.Company == "" || x.Company == Alone || x.Company == Accompanied)
}
