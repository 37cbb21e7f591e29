package session

import (
	"time"

	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

func (s *Session) admit(b *wire.Admit) error {
	start := s.host.Clock()
	if err := s.ask(room.Admit{By: s.socket, Participant: room.Participant(b.Participant)}); err != nil {
		return err
	}
	s.host.Counts.Admits.Add(1)
	s.host.Counts.AdmitLatency.add(s.host.Clock().Sub(start))
	return nil
}

func (s *Session) knock() error {
	if err := s.ask(room.Knock{By: s.socket}); err != nil {
		return err
	}
	s.waits(true)
	return nil
}

// waits notes whether, and since when, this socket's participant waits.
func (s *Session) waits(yes bool) {
	since := time.Time{}
	if yes {
		since = s.host.Clock()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.knocked = since
}

// countWait counts how long somebody waited who was let in, and ends what he tried meanwhile.
func (s *Session) countWait() {
	s.mu.Lock()
	since := s.knocked
	s.knocked = time.Time{}
	check := s.check
	s.mu.Unlock()
	check.end()
	if !since.IsZero() {
		s.host.Counts.Waited.add(s.host.Clock().Sub(since))
	}
}
