package session

import (
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// sendSealed hands what one page has sealed for another on, unread. Both are in, and in one group, or one of them moderates. Who is far behind with what he is told gets nothing more of it, so
// that nobody can close his socket by telling him much: whoever tells it is refused, and may try again.
func (s *Session) sendSealed(b *wire.SendSealed) error {
	x := s.seat()
	to := room.Participant(b.To)
	if to == x.id || !x.maySeal() {
		return refusal(wire.CodeWrongState)
	}
	var err error
	x.live.at(to, func(y *seat) {
		switch {
		case !y.isIn() || !x.reaches(y):
			err = refusal(wire.CodeNotFound)
		case !y.hand(&wire.Sealed{From: string(x.id), Sealed: b.Sealed}):
			err = refusal(wire.CodeTooFast)
		}
	})
	return err
}

// reaches reports whether what this participant seals may be handed to another: within a group, and from and to those who moderate, whose word
// is what everybody's keys hang on.
func (x *seat) reaches(y *seat) bool {
	from, to := x.assigned(), y.assigned()
	return from.entrusted || to.entrusted || from.within != "" && from.within == to.within
}

func (x *seat) assigned() assignment {
	x.told.Lock()
	defer x.told.Unlock()
	return x.assignment
}

// maySeal reports whether what he has sealed is handed on: while an incident is looked at, nothing passes between anybody, neither what is
// written nor keys.
func (x *seat) maySeal() bool {
	x.control.Lock()
	defer x.control.Unlock()
	return x.open && !x.frozen
}

// hand tells the participant, unless his socket is away or far behind.
func (x *seat) hand(b wire.Body) bool {
	x.told.Lock()
	defer x.told.Unlock()
	return x.socket != nil && x.socket.offerEvent(b)
}
