package circle

import (
	"strconv"
	"strings"
	"unicode/utf16"
)

// Signed is a statement as it is told: who is in or out, by the signature of whoever says so.
type Signed struct {
	Statement string `json:"statement"`
	By        string `json:"by"` // device
	Signature string `json:"signature"`
}

const (
	statementLabel = "anteroom statement v1"
	stateIn        = "in"
	stateOut       = "out"
	maxNumber      = 1<<53 - 1 // a browser's whole numbers
	maxName        = 64        // UTF-16 units of a participant, a person or a role
	maxPoint       = 87        // letters of one
)

// statement is about a device: who has it, and whether it is in.
type statement struct {
	participant, person, role string
	in                        bool
	verified                  bool // its author has checked the link of the person named, or the room's secret
	speaks                    bool // it may say such things as well
	lent                      bool // moderation is lent to it, which then does not speak
	number                    int64
	subject, by               string // devices
}

func (s statement) text() string {
	state, known, speaks := stateOut, "seen", "listens"
	if s.in {
		state = stateIn
	}
	if s.verified {
		known = "verified"
	}
	switch {
	case s.speaks:
		speaks = "speaks"
	case s.lent:
		speaks = "moderates"
	}
	return strings.Join([]string{statementLabel, s.participant, s.person, s.role, state, known, speaks, strconv.FormatInt(s.number, 10), s.subject}, "\n")
}

// readStatement reads a statement without looking at its signature; false where it is none, or could be written in another way.
func readStatement(signed *Signed) (statement, bool) {
	if signed == nil {
		return statement{}, false
	}
	p := strings.Split(signed.Statement, "\n")
	if len(p) != 9 {
		return statement{}, false
	}
	number, err := strconv.ParseInt(p[7], 10, 64)
	s := statement{
		participant: p[1], person: p[2], role: p[3], in: p[4] == stateIn, verified: p[5] == "verified", speaks: p[6] == "speaks", lent: p[6] == "moderates",
		number: number, subject: p[8], by: signed.By,
	}
	for _, text := range []string{s.participant, s.person, s.role} {
		if len(utf16.Encode([]rune(text))) > maxName {
			return statement{}, false
		}
	}
	if len(s.subject) > maxPoint {
		return statement{}, false
	}
	return s, err == nil && number >= 0 && number <= maxNumber && s.text() == signed.Statement
}

// newer reports whether s counts and not o.
func (s statement) newer(o *statement) bool {
	return o == nil || s.number > o.number || s.number == o.number && !s.in && o.in
}
