package lobby

import (
	"log/slog"
	"slices"
	"unicode/utf8"
)

// MaxText is the longest [Text], in bytes of the plain or the sealed form.
const MaxText = 512

// Text is what a person reads about a person or a room: a title, a label. It is opaque here. Either Plain is set (made
// by command line or portal) or Sealed (made in a counsellor's browser, readable with the room's secret alone); the zero
// Text is empty. Whoever shows a Text cleans it: the server must not guess at scripts.
type Text struct {
	Plain  string
	Sealed []byte
}

// IsZero reports whether there is nothing to read.
func (t Text) IsZero() bool { return t.Plain == "" && len(t.Sealed) == 0 }

// Equal reports whether both are the same text in the same form.
func (t Text) Equal(o Text) bool { return t.Plain == o.Plain && slices.Equal(t.Sealed, o.Sealed) }

// Valid reports whether t is within its bounds: one form only, at most [MaxText] bytes, and a plain text is UTF-8.
func (t Text) Valid() bool {
	return (t.Plain == "" || len(t.Sealed) == 0) &&
		len(t.Plain) <= MaxText && len(t.Sealed) <= MaxText && utf8.ValidString(t.Plain)
}

// LogValue keeps the text out of every log.
func (t Text) LogValue() slog.Value { return slog.StringValue("[text]") }
