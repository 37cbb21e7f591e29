package wire

import "math"

// Card is something that those who moderate show to everybody, each page in the words of its person.
type Card string

// The cards.
const (
	CardRules  Card = "rules"
	CardPeople Card = "people"
)

// ShowCard shows a card to everybody who is in.
type ShowCard struct {
	Card Card `json:"card"`
}

func (*ShowCard) Type() string       { return "card" }
func (s *ShowCard) decode(f *fields) { s.Card = readCard(f) }

// Shown is the card that was shown last. Number rises with each: a page shows what it has not shown yet.
type Shown struct {
	Card   Card   `json:"card"`
	Number uint32 `json:"number"`
}

func readShown(f *fields) Shown {
	return Shown{readCard(f), uint32(f.number("number", 1, math.MaxUint32))}
}

func readCard(f *fields) Card { return oneOf(f, "card", CardRules, CardPeople) }
