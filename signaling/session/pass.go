package session

import (
	"log/slog"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// refreshAfter is how old a resume token gets before its holder has a new one: half of its life, so that one that is lost
// with its socket is still good for the other half.
const refreshAfter = token.ResumeLife / 2

// pass is what resume tokens of this socket say.
type pass struct {
	participant room.Participant
	generation  uint32
	admitted    bool
	standing    lobby.Standing
}

// stands renews the token because what it says of seat and room has changed.
func (s *Session) stands(b room.Standing) {
	s.mu.Lock()
	s.pass.standing = b.Standing
	resume := s.signLocked()
	s.mu.Unlock()
	s.send(&wire.Token{Resume: resume})
}

// issue makes the resume token of a new admission, and has it renewed as long as that lasts. A token that cannot be made
// is a fault of the server; the socket is closed, since its holder could not come back.
func (s *Session) issue(p pass) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pass = p
	if s.refresh != nil {
		s.refresh.Stop()
	}
	if !s.ended {
		s.refresh = time.AfterFunc(refreshAfter, s.renew)
	}
	return s.signLocked()
}

// renew sends a new resume token before the old one expires.
func (s *Session) renew() {
	defer s.guard("connection")
	s.mu.Lock()
	if s.ended {
		s.mu.Unlock()
		return
	}
	s.refresh.Reset(refreshAfter)
	resume := s.signLocked()
	s.mu.Unlock()
	s.send(&wire.Token{Resume: resume})
}

func (s *Session) signLocked() string {
	i, p := s.identity, s.pass
	resume, err := s.host.Tokens.IssueResume(token.Resume{
		Tenant: i.tenant, Room: i.room, Session: i.session, Participant: string(p.participant),
		Person: i.person, Account: i.account, Role: i.role, Device: i.device,
		Generation: p.generation, Admitted: p.admitted, Standing: p.standing,
	})
	if err != nil {
		s.host.Logger.Error("resume token not made", slog.String("error", err.Error()))
		s.conn.Close(wire.CloseInternal)
	}
	return resume
}
