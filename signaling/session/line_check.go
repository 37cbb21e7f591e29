package session

import (
	"time"

	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// lineCheck is the leave of one who waits to try his line: the way through the relay and back, which leads nowhere else.
type lineCheck struct {
	begun time.Time
	over  *time.Timer // closes it; nil before the first
	close func()
}

// end takes the leave back.
func (c *lineCheck) end() {
	if c.over != nil && c.over.Stop() {
		c.close()
	}
}

// checkLine opens a way for a line check.
func (s *Session) checkLine() (wire.Body, error) {
	relays := s.host.Relays
	if relays == nil || s.seat().isIn() {
		return nil, refusal(wire.CodeWrongState)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.host.Clock()
	switch {
	case s.ended:
		return nil, refusal(wire.CodeWrongState)
	case s.check.over != nil && now.Sub(s.check.begun) < wire.LineCheckAgain:
		return nil, refusal(wire.CodeTooFast)
	}
	s.check.end()
	call := "line/" + string(s.socket)
	near, closeNear := relays.Call(call, "near")
	far, closeFar := relays.Call(call, "far")
	closeBoth := func() {
		closeNear()
		closeFar()
	}
	s.check = lineCheck{now, time.AfterFunc(wire.LineCheckLasts, closeBoth), closeBoth}
	return &wire.LineWay{Near: near[0], Far: far[0]}, nil
}

func (s *Session) foresee(b *wire.Forecast) error {
	return s.ask(room.Foresee{By: s.socket, Line: room.Outlook(b.Line)})
}

// isIn reports whether the participant may have a media session.
func (x *seat) isIn() bool {
	x.control.Lock()
	defer x.control.Unlock()
	return x.open
}
