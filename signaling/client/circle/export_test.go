package circle

import (
	"encoding/json"
	"slices"
)

// Says gives what an own seals for another, for tests in which somebody says what no circle here says.
func (o *Own) Says(to *Own, what map[string]any) []byte {
	ch, err := o.channelTo(to.public)
	if err != nil {
		panic(err)
	}
	ch.said++
	what["n"] = ch.said
	plain, err := json.Marshal(what)
	if err != nil {
		panic(err)
	}
	nonce := make([]byte, nonceSize)
	nonce[0] = byte(ch.said)
	return ch.out.Seal(nonce, nonce, plain, slices.Concat(ch.from[:], ch.to[:]))
}

// Hears reports whether what another sealed for an own is news, and has a key.
func (o *Own) Hears(from *Own, sealed []byte) (news, key bool) {
	ch, err := o.channelTo(from.public)
	if err != nil {
		panic(err)
	}
	m := ch.open(sealed)
	return m != nil, m != nil && m.Secret != ""
}
