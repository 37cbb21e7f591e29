package api

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/anteroom-video/anteroom/lobby"
)

const (
	maxBody  = 64 << 10
	maxDepth = 8
)

// body reads the request's body into v: one JSON object with the fields of v, each at most once, and nothing else.
func (c *call) body(v any) error {
	if !isJSON(c.r.Header.Get("Content-Type")) {
		return errMediaType
	}
	raw, err := io.ReadAll(http.MaxBytesReader(c.w, c.r.Body, maxBody))
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return errTooLarge
	}
	if err != nil {
		return badRequest("")
	}
	return decode(raw, v)
}

// isJSON takes JSON in the one encoding that it has (RFC 8259 section 8.1), also when the sender says so.
func isJSON(contentType string) bool {
	media, params, err := mime.ParseMediaType(contentType)
	charset, said := params["charset"]
	return err == nil && media == "application/json" && (!said || strings.EqualFold(charset, "utf-8"))
}

// decode is strict where encoding/json is lenient: duplicate keys, keys in another case, invalid UTF-8, trailing data.
func decode(raw []byte, v any) error {
	if !utf8.Valid(raw) || !plainObject(raw) {
		return badRequest("")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
			return badRequest(wrong.Field)
		}
		return badRequest("")
	}
	return nil
}

// plainObject tells whether raw is one JSON object, not deep, in which no key comes twice and all are plain.
func plainObject(raw []byte) bool {
	dec := json.NewDecoder(bytes.NewReader(raw))
	var open []map[string]bool // per nesting: the keys seen in an object; nil in a list
	key := false               // the next token is a key
	for first := true; ; first = false {
		t, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return !first && len(open) == 0
		}
		if err != nil || first && t != json.Delim('{') || !first && len(open) == 0 {
			return false
		}
		switch t := t.(type) {
		case json.Delim:
			switch t {
			case '{':
				open = append(open, map[string]bool{})
			case '[':
				open = append(open, nil)
			default:
				open = open[:len(open)-1]
			}
			if len(open) > maxDepth {
				return false
			}
			key = len(open) > 0 && open[len(open)-1] != nil
		case string:
			if key {
				seen := open[len(open)-1]
				if seen[t] || !plainKey(t) {
					return false
				}
				seen[t] = true
				key = false
				continue
			}
			key = open[len(open)-1] != nil
		default:
			key = open[len(open)-1] != nil
		}
	}
}

// plainKey tells whether a key is spelled as our fields are, in a-z and _. encoding/json folds cases, Unicode's too: it would
// take "NAME" and "perſons" (U+017F) for fields that came already.
func plainKey(key string) bool {
	return !strings.ContainsFunc(key, func(r rune) bool { return (r < 'a' || r > 'z') && r != '_' })
}

// blob is bytes as base64url without padding.
type blob []byte

func (b blob) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

func (b *blob) UnmarshalText(text []byte) error {
	// The decoder skips line breaks; one value has one spelling here.
	if bytes.ContainsAny(text, "\r\n") {
		return badRequest("")
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	if err != nil {
		return badRequest("")
	}
	*b = raw
	return nil
}

// hash is 32 bytes as base64url without padding. An absent one is all zeros, which no derivation gives.
type hash [32]byte

func (h *hash) UnmarshalText(text []byte) error {
	var b blob
	if err := b.UnmarshalText(text); err != nil || len(b) != len(h) {
		return badRequest("")
	}
	*h = hash(b)
	return nil
}

// text is a lobby.Text: {"plain": "…"} or {"sealed": "…"}.
type text struct {
	Plain  string `json:"plain,omitempty"`
	Sealed blob   `json:"sealed,omitempty"`
}

func (t text) lobby() lobby.Text { return lobby.Text{Plain: t.Plain, Sealed: t.Sealed} }

// textOf is nil for nothing, so that the field is left out.
func textOf(t lobby.Text) *text {
	if t.IsZero() {
		return nil
	}
	return &text{t.Plain, t.Sealed}
}

// millis is a time in ms since the epoch; 0 is none.
func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func instant(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms)
}
