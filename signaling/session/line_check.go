package session

import (
	"time"

	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// lineCheck is the leave of one who waits to try his line: the way through the relay and back, which leads nowhere else.
type lineCheck struct {
	begun time.Time
	over  *time.Timer // closes it; nil for none
	told  bool        // what came of it
	close func()
}

// end takes the leave back.
func (c lineCheck) end() {
	if c.over != nil && c.over.Stop() {
		c.close()
	}
}

// checkLine opens a way for a line check. Requests of a socket come one after the other.
func (s *Session) checkLine() (wire.Body, error) {
	relays := s.host.Relays
	if relays == nil || s.seat().isIn() {
		return nil, refusal(wire.CodeWrongState)
	}
	now := s.host.Clock()
	s.mu.Lock()
	before := s.check
	s.mu.Unlock()
	if before.over != nil && now.Sub(before.begun) < wire.LineCheckAgain {
		return nil, refusal(wire.CodeTooFast)
	}
	before.end()
	check := "line/" + string(s.socket)
	near, closeNear := relays.Trial(check, "near")
	far, closeFar := relays.Trial(check, "far")
	closeBoth := func() {
		closeNear()
		closeFar()
	}
	s.mu.Lock()
	ended := s.ended
	if !ended {
		s.check = lineCheck{begun: now, over: time.AfterFunc(wire.LineCheckLasts, closeBoth), close: closeBoth}
	}
	s.mu.Unlock()
	if ended {
		closeBoth()
		return nil, refusal(wire.CodeWrongState)
	}
	return &wire.LineWay{Near: near[0], Far: far[0]}, nil
}

// foresee tells the room what came of a line check: once for each.
func (s *Session) foresee(b *wire.Forecast) error {
	if s.seat().isIn() {
		return refusal(wire.CodeWrongState)
	}
	s.mu.Lock()
	may := s.check.over != nil && !s.check.told
	s.check.told = true
	s.mu.Unlock()
	if !may {
		return refusal(wire.CodeTooFast)
	}
	return s.ask(room.Foresee{By: s.socket, Outlook: room.Outlook(b.Outlook)})
}
