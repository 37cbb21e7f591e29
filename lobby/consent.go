package lobby

import (
	"context"
	"maps"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Wording is in which words the consent page speaks to a person.
type Wording string

// The wordings.
const (
	WordingPlain Wording = ""      // as to everybody
	WordingChild Wording = "child" // in short, simple words
)

// Valid reports whether it is one of the wordings.
func (w Wording) Valid() bool { return w == WordingPlain || w == WordingChild }

// ConsentTexts are a service's own words on the consent page: by wording, then by the variety of a language ([Varieties]). A register that is
// missing is asked in its language's text; the pages have the words for everybody else.
type ConsentTexts map[Wording]map[string]string

// Varieties are the languages that the pages speak and, after each, its registers (RFC 5646 section 2.2.7).
func Varieties() []string { return []string{"de", "de-x-du", "de-x-einfach", "en"} }

// Bounds of a consent text: all of it in characters, and its lines.
const (
	maxConsentText  = 4000
	maxConsentLines = 60
)

// With gives the texts with one more. Error: [ColumnError] with the variety for column.
func (c ConsentTexts) With(w Wording, variety, text string) (ConsentTexts, error) {
	text = strings.TrimSpace(text)
	lines := strings.Split(text, "\n")
	readable := func(line string) bool {
		return strings.IndexFunc(line, func(r rune) bool { return !unicode.IsPrint(r) }) < 0
	}
	switch {
	case !slices.Contains(Varieties(), variety):
		return c, &ColumnError{Column: variety, Why: "there is no such language; allowed are " + strings.Join(Varieties(), ", ")}
	case text == "", !utf8.ValidString(text), utf8.RuneCountInString(text) > maxConsentText, len(lines) > maxConsentLines,
		slices.ContainsFunc(lines, func(line string) bool { return !readable(line) }):
		return c, &ColumnError{Column: variety, Why: "allowed is a text of 1 to 4000 printable characters in up to 60 lines; an empty line begins a paragraph"}
	}
	all := ConsentTexts{}
	for wording, texts := range c {
		all[wording] = maps.Clone(texts)
	}
	if all[w] == nil {
		all[w] = map[string]string{}
	}
	all[w][variety] = text
	return all, nil
}

// NoteConsent notes that a person's consent is there on paper. Durable before it returns; noting it again is no error. A person who was
// removed or has withdrawn gets none ([ErrRevoked]).
func (s *Service) NoteConsent(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("note the consent", s.store.Update(ctx, tenant, func(tx Tx) error {
		p, err := tx.Person(id, person)
		if err != nil || p.ConsentInWriting {
			return err
		}
		if p.Revoked {
			return ErrRevoked
		}
		p.ConsentInWriting = true
		return tx.PutPerson(p)
	}))
}

// Withdraw does what a person's withdrawn consent asks for: the link dies, and what was known of the person is erased at once. What stays
// until the room's own end is a dead link without a name, so that whoever opens it reads that it holds no longer. Durable before it returns;
// withdrawing twice is no error.
func (s *Service) Withdraw(ctx context.Context, tenant TenantID, id RoomID, person PersonID) error {
	return doing("withdraw the consent", s.store.Update(ctx, tenant, func(tx Tx) error {
		if err := revoke(tx, id, person); err != nil {
			return err
		}
		p, err := tx.Person(id, person)
		if err != nil {
			return err
		}
		return tx.PutPerson(Person{ID: p.ID, Room: p.Room, Role: p.Role, LinkHash: p.LinkHash, Generation: p.Generation, Revoked: true})
	}))
}
