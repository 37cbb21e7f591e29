package credential

import (
	"crypto/pbkdf2"
	"crypto/sha256"
	"errors"
	"log/slog"
	"strings"
)

const (
	// codeLetters are Crockford's: digits and capitals without I, L, O and U (crockford.com/base32.html).
	codeLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
	codeLength  = 12
	codeGroup   = 4
	// codeRounds make of 60 bits something that is out of reach for who reads a store: lobby.LinkHash says how far.
	codeRounds = 100_000
)

// ErrCode is returned for what is no code.
var ErrCode = errors.New("credential: not a code of twelve letters and digits")

// Code is what stands for a personal link where somebody has to type: twelve letters and digits, 60 bits. It lets its person in and has no
// half that seals: the call is then not confirmed until two words were compared. It prints as "[secret]"; [Code.Show] shows it.
type Code [codeLength]byte

func (Code) String() string       { return "[secret]" }
func (Code) GoString() string     { return "[secret]" }
func (Code) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Code is the link's: it follows from it, so that whoever can show the link can show the code, and a new link has a new one. Nothing of the
// link follows from the code.
func (s LinkSecret) Code() (c Code) {
	return spell(derive(s[:], "anteroom link code v1"))
}

// spell writes the first 60 bits.
func spell(bits Key) (c Code) {
	for i := range c {
		at := 5 * i
		pair := uint(bits[at/8])<<8 | uint(bits[at/8+1])
		c[i] = codeLetters[pair>>(11-at%8)&31]
	}
	return c
}

// KeyCode is what the owner of an account says of his public key (65 bytes), by telephone say, so that a colleague knows it for his.
// It is made by slow rounds: another key with the same code is out of reach. It is no secret: [Code.Show] shows it.
func KeyCode(public []byte) Code {
	raw, err := pbkdf2.Key(sha256.New, string(public), []byte("anteroom key code v1"), codeRounds, len(Key{}))
	if err != nil {
		panic(err) // lengths that are constant
	}
	return spell(Key(raw))
}

// ParseCode reads a code as people write it: in any case, with spaces and hyphens, O for 0, I and L for 1. Errors: [ErrCode].
func ParseCode(text string) (c Code, err error) {
	letters := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t', '\n', '\u00a0', '–':
			return -1
		case 'O':
			return '0'
		case 'I', 'L':
			return '1'
		}
		return r
	}, strings.ToUpper(text))
	if len(letters) != len(c) || strings.Trim(letters, codeLetters) != "" {
		return Code{}, ErrCode
	}
	copy(c[:], letters)
	return c, nil
}

// Show writes it in three groups, as it stands in a letter.
func (c Code) Show() string {
	return string(c[:codeGroup]) + "-" + string(c[codeGroup:2*codeGroup]) + "-" + string(c[2*codeGroup:])
}

// Auth is what a browser sends of it.
func (c Code) Auth() Key {
	raw, err := pbkdf2.Key(sha256.New, string(c[:]), []byte("anteroom code v1"), codeRounds, len(Key{}))
	if err != nil {
		panic(err) // lengths that are constant
	}
	return Key(raw)
}

// AuthHash is SHA-256(Auth), by which the server finds the person.
func (c Code) AuthHash() [32]byte {
	auth := c.Auth()
	return sha256.Sum256(auth[:])
}
