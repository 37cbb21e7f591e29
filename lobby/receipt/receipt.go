package receipt

import (
	"crypto/rand"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"
)

// Version is that of the receipts made here.
const Version = 1

// Round is what every time in a receipt is rounded to, so that it does not tell when somebody came or went.
const Round = 5 * time.Minute

// Receipt says that a session was deleted. Times are in UTC and rounded to [Round].
type Receipt struct {
	Version int `json:"version"`
	// Pseudonym is random, made for this session alone: two papers about the same session have the same one.
	Pseudonym string `json:"pseudonym"`
	// Software is the version of the server that deleted, Policy the name of the room's rules.
	Software string `json:"software"`
	Policy   string `json:"policy"`
	// ConsentTexts are the SHA-256 of the consent texts that were agreed to, as the pages said: the server does not know the texts. base64url,
	// without padding, each once, in ascending order.
	ConsentTexts []string `json:"consent_texts"`
	// Began is when the first person was let in; nil when nobody was, or it is not known because the server was restarted meanwhile.
	Began *time.Time `json:"began,omitempty"`
	Ended time.Time  `json:"ended"`
	// Restarted: the server was restarted during the session. Began is not known then, and People are those who came back.
	Restarted bool `json:"restarted,omitempty"`
	// People counts those who were in the room, by role.
	People map[string]int `json:"people"`
	// Deleted is what is deleted.
	Deleted []Deleted `json:"deleted"`
	// Stays is what is kept, with the reason.
	Stays []Stay `json:"stays"`
}

// Deleted is a kind of data of which nothing is left.
type Deleted struct {
	What string    `json:"what"` // one of Kinds
	At   time.Time `json:"at"`
}

// Kinds are the kinds of data that a session has.
func Kinds() []string {
	return []string{"keys", "messages", "participants", "waiting_list", "media", "room", "persons", "links"}
}

// Stay is something that is kept.
type Stay struct {
	What  string `json:"what"`            // one of Kept
	Count int    `json:"count,omitempty"` // of persons and links
	Why   string `json:"why"`
}

// What can stay, and why.
const (
	StaysRoom    = "room"    // a series, for its next session
	StaysPersons = "persons" // who is invited to it
	StaysLinks   = "links"   // by what
	StaysCopies  = "copies"  // deleted records of the store that are overwritten with its next write

	BecauseSeries = "series"
	BecauseBusy   = "overwritten_next"
)

// Rounded gives t in UTC, rounded to [Round].
func Rounded(t time.Time) time.Time { return t.UTC().Round(Round) }

// ErrInvalid is a receipt that says what none may say.
var ErrInvalid = errors.New("not a receipt")

var (
	pseudonym = regexp.MustCompile(`^[A-Z2-7]{10,32}$`)
	word      = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,39}$`)
	software  = regexp.MustCompile(`^[0-9A-Za-z.+_-]{1,80}$`)
	hash      = regexp.MustCompile(`^[0-9A-Za-z_-]{43}$`)
)

// roles are those of lobby, which this leaf does not import.
var roles = []string{"counsellor", "co-counsellor", "specialist", "interpreter", "companion", "client"}

// MaxTexts bounds the consent texts of one receipt: one for each language and version of a text.
const MaxTexts = 32

// NewPseudonym makes a session's.
func NewPseudonym() string { return rand.Text()[:14] }

// Check reports whether nothing stands in the receipt but what may. The error wraps [ErrInvalid] and names the field.
func (r Receipt) Check() error {
	bad := func(field string) error { return fmt.Errorf("%w: %s", ErrInvalid, field) }
	switch {
	case r.Version != Version:
		return bad("version")
	case !pseudonym.MatchString(r.Pseudonym):
		return bad("pseudonym")
	case !software.MatchString(r.Software):
		return bad("software")
	case !word.MatchString(r.Policy):
		return bad("policy")
	case len(r.ConsentTexts) > MaxTexts || !slices.IsSorted(r.ConsentTexts) || len(slices.Compact(slices.Clone(r.ConsentTexts))) != len(r.ConsentTexts):
		return bad("consent_texts")
	case r.Began != nil && (!round(*r.Began) || r.Began.After(r.Ended)):
		return bad("began")
	case !round(r.Ended):
		return bad("ended")
	}
	for _, h := range r.ConsentTexts {
		if !hash.MatchString(h) {
			return bad("consent_texts")
		}
	}
	for role, n := range r.People {
		if !slices.Contains(roles, role) || n < 1 || n > 1000 {
			return bad("people")
		}
	}
	for i, d := range r.Deleted {
		if !slices.Contains(Kinds(), d.What) || !round(d.At) || slices.ContainsFunc(r.Deleted[:i], func(e Deleted) bool { return e.What == d.What }) {
			return bad("deleted")
		}
	}
	for _, s := range r.Stays {
		if !slices.Contains([]string{StaysRoom, StaysPersons, StaysLinks, StaysCopies}, s.What) || s.Count < 0 || s.Count > 1000 ||
			s.Why != BecauseSeries && s.Why != BecauseBusy {
			return bad("stays")
		}
	}
	return nil
}

// round reports whether a time is one that a receipt may name.
func round(t time.Time) bool { return !t.IsZero() && t.Equal(Rounded(t)) && t.Location() == time.UTC }
