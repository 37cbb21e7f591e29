package session

import (
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// consentOf is how the person has consented: on the page, else on paper, as the store knows it.
func consentOf(h *wire.Hello, p lobby.Person) room.Consent {
	switch {
	case len(h.Consent) > 0:
		return room.ConsentGiven
	case p.ConsentInWriting:
		return room.ConsentWritten
	}
	return ""
}

// consentText is the hash of the text that a page says was agreed to, as far as it can be one.
func consentText(said []byte) []byte {
	if len(said) != room.ConsentText {
		return nil
	}
	return said
}
