package session

import (
	"github.com/anteroom-video/anteroom/lobby/receipt"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// incident freezes the room, or lets it go on, and tells whoever reported it what a note about it may say.
func (s *Session) incident(b *wire.Incident) (wire.Body, error) {
	if err := s.ask(room.Incident{By: s.socket, On: b.On}); err != nil || !b.On {
		return &wire.OK{}, err
	}
	noted := &wire.IncidentNoted{
		Pseudonym: s.live.proof.pseudonym, At: receipt.Rounded(s.host.Clock()).UnixMilli(), Policy: s.live.proof.policy, Software: "unknown",
	}
	if r := s.host.Receipts; r != nil {
		noted.Software = r.Software
	}
	return noted, nil
}
