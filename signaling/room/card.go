package room

// Card is something that those who moderate show to everybody, each page in the words of its person.
type Card string

// The cards.
const (
	CardRules  Card = "rules"  // what holds for all in the room
	CardPeople Card = "people" // who is in the room
)

func (c Card) ok() bool { return c == CardRules || c == CardPeople }

// Shown is a card that was shown. Number rises with each, so that the same card shown again is another.
type Shown struct {
	Card   Card   `json:"card"`
	Number uint32 `json:"number"`
}

// ok reports whether it is a card, or none.
func (s Shown) ok() bool { return s == Shown{} || s.Card.ok() && s.Number > 0 }

func (t *step) showCard(c ShowCard) error {
	m, err := t.moderator(c.By)
	if err != nil {
		return err
	}
	t.hear(m)
	// What comes after the last number is the first: 0 is for none.
	t.s.d.Shown = Shown{c.Card, max(t.s.d.Shown.Number+1, 1)}
	return nil
}
