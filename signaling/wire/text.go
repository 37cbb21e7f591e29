package wire

import (
	"encoding/base64"
	"encoding/json"
)

// Bytes is a byte string: base64url without padding (RFC 4648 section 5) on the wire.
type Bytes []byte

func (b Bytes) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// Text is what a person reads about a person, of at most [MaxText] bytes: plain, or sealed in a counsellor's browser
// and readable with the room's secret alone. The server never looks into it; who shows it cleans it.
type Text struct {
	Plain  string
	Sealed Bytes // not empty when the text is sealed
}

func (t Text) MarshalJSON() ([]byte, error) {
	if len(t.Sealed) > 0 {
		return json.Marshal(struct {
			Sealed Bytes `json:"sealed"`
		}{t.Sealed})
	}
	return json.Marshal(struct {
		Plain string `json:"plain"`
	}{t.Plain})
}

func readText(f *fields) Text {
	if f.has("sealed") {
		if f.has("plain") {
			f.fail("sealed", "beside plain")
		}
		return Text{Sealed: f.bytes("sealed", MaxText)}
	}
	return Text{Plain: f.string("plain", MaxText)}
}
