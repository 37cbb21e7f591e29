package credential

import (
	"errors"
	"log/slog"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

const (
	phraseLetters     = "BCDFGHJKLMNPRSTVWXZ"
	phraseGroups      = 8
	phraseGroupLength = 5
)

// ErrPhrase is returned for what is no recovery phrase: a slip of the pen, found before anything is tried with it.
var ErrPhrase = errors.New("credential: not a recovery phrase")

// Phrase is what opens an account's key without the password: 40 letters, of which each fifth checks the four before. It is never sent,
// and prints as "[secret]".
type Phrase [phraseGroups * phraseGroupLength]byte

func (Phrase) String() string       { return "[secret]" }
func (Phrase) GoString() string     { return "[secret]" }
func (Phrase) LogValue() slog.Value { return slog.StringValue("[secret]") }

// ParsePhrase reads a phrase in any case and with anything between its letters. Errors: [ErrPhrase].
func ParsePhrase(text string) (Phrase, error) {
	letters := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, strings.ToUpper(norm.NFKC.String(text)))
	var p Phrase
	if len(letters) != len(p) {
		return Phrase{}, ErrPhrase
	}
	copy(p[:], letters)
	sum := 0
	for i, letter := range p {
		value := strings.IndexByte(phraseLetters, letter)
		if value < 0 {
			return Phrase{}, ErrPhrase
		}
		sum += (i%phraseGroupLength + 1) * value
		if i%phraseGroupLength == phraseGroupLength-1 {
			if sum%len(phraseLetters) != i/phraseGroupLength+1 {
				return Phrase{}, ErrPhrase
			}
			sum = 0
		}
	}
	return p, nil
}

// Wrap is the key that the phrase derives: it opens what [OpenAccountKey] opens, and is never sent.
func (p Phrase) Wrap() Key { return derive(p[:], "anteroom recovery phrase v1") }
