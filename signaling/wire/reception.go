package wire

import "unicode/utf8"

// Note is what was written between a person who waits and those who moderate. Either Plain or Sealed is set.
type Note struct {
	From   Writer `json:"from"`
	Plain  string `json:"plain,omitempty"`
	Sealed Bytes  `json:"sealed,omitempty"` // by one's page for the other's
}

func readNote(f *fields) Note {
	n := Note{From: oneOf(f, "from", ByPerson, ByCounsellor)}
	n.Plain, n.Sealed = readNoteText(f)
	return n
}

// readNoteText reads the one form of two in which a note is written.
func readNoteText(f *fields) (plain string, sealed Bytes) {
	switch {
	case f.has("plain") == f.has("sealed"):
		f.fail("plain", "either it or sealed")
	case f.has("plain"):
		if plain = f.string("plain", MaxNote*utf8.UTFMax); utf8.RuneCountInString(plain) > MaxNote {
			f.fail("plain", "too long")
		}
	default:
		sealed = f.bytes("sealed", MaxSealedNote)
	}
	return plain, sealed
}

// WriteNote writes to those who moderate, or, by one of those, to To, who waits.
type WriteNote struct {
	To     string `json:"to,omitempty"`
	Plain  string `json:"plain,omitempty"`
	Sealed Bytes  `json:"sealed,omitempty"`
}

func (*WriteNote) Type() string { return "note" }

func (n *WriteNote) decode(f *fields) {
	if f.has("to") {
		n.To = f.id("to")
	}
	n.Plain, n.Sealed = readNoteText(f)
}

// SayCompany says whether a person who waits is alone.
type SayCompany struct {
	Company Company `json:"company"`
}

func (*SayCompany) Type() string       { return "company" }
func (c *SayCompany) decode(f *fields) { c.Company = readCompany(f) }

// Colleague tells those who wait that another counsellor comes, or no longer.
type Colleague struct {
	On bool `json:"on"`
}

func (*Colleague) Type() string       { return "colleague" }
func (c *Colleague) decode(f *fields) { c.On = f.bool("on") }

// Stay tells a person who waits of his own waiting.
type Stay struct {
	Company Company `json:"company,omitempty"` // as he said
	// Sealed: those who moderate have his link sealed with the room's secret, so that notes are to be sealed.
	Sealed bool       `json:"sealed,omitempty"`
	Notes  List[Note] `json:"notes"` // the last ones, in their order
	// ConsentAsked is as in [Switches].
	ConsentAsked bool `json:"consent_asked,omitempty"`
}

func (*Stay) Type() string { return "stay" }

func (s *Stay) decode(f *fields) {
	if f.has("company") {
		s.Company = readCompany(f)
	}
	s.Sealed = f.flag("sealed")
	s.Notes = list(f, "notes", MaxNotes, readNote)
	s.ConsentAsked = f.flag("consent_asked")
}
