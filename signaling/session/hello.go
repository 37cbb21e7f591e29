package session

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// identity is what a ticket or resume token proved.
type identity struct {
	tenant      lobby.TenantID
	room        lobby.RoomID
	session     string
	person      lobby.PersonID
	account     lobby.AccountID
	role        lobby.Role
	device      token.Device
	generation  uint32
	pin         uint32           // of a ticket
	participant room.Participant // of a resume token; fresh for a ticket
	resume      *room.Token      // nil for a ticket
}

// signOn answers a hello: with the room's welcome, or with an error and the end of the socket.
func (s *Session) signOn(id int32, h *wire.Hello) {
	s.hello = id
	if err := s.enter(h); err != nil {
		if s.ctx.Err() != nil {
			return
		}
		s.fail(id, err)
		end := wire.CloseNotAuthenticated
		if codeOf(err) == wire.CodeUnavailable {
			end = wire.CloseGoingAway
		}
		s.conn.Close(end)
		return
	}
	s.host.Logger.Debug("signed on", slog.Bool("resumed", h.Resume != ""), slog.String("role", string(s.identity.role)))
}

// enter proves who this is and asks the room for a seat.
func (s *Session) enter(h *wire.Hello) error {
	if h.Version != wire.Version {
		return refusal(wire.CodeVersion)
	}
	if err := s.prove(h); err != nil {
		return err
	}
	for range attempts {
		err := s.arrive(h)
		if !errors.Is(err, room.ErrEnded) && !errors.Is(err, room.ErrClosed) {
			return err
		}
		// The room ended, or failed, in this moment. What is so when that is done, the next attempt meets.
		if err := Wait(s.ctx, s.live.Done()); err != nil {
			return err
		}
		s.leave()
	}
	return ErrUnavailable
}

// endsWithin is how long somebody who arrives waits for the end of a room.
const endsWithin = time.Second

// attempts bounds how often somebody meets a room in the moment of its end.
const attempts = 3

// arrive asks the live room for a seat.
func (s *Session) arrive(h *wire.Hello) error {
	live, access, leave, err := s.host.Rooms.Enter(s.ctx, s.access)
	if err != nil {
		return err
	}
	s.live, s.leave = live, leave
	if who := string(s.identity.person) + string(s.identity.account); !live.mayArrive(who, s.host.Clock()) {
		return refusal(wire.CodeTooFast)
	}
	name, err := s.name(s.ctx)
	if err != nil {
		return err
	}
	live.loop.Attach(s.socket, sink{s})
	i := s.identity
	err = live.loop.Do(s.ctx, room.Arrive{
		Socket: s.socket, Participant: i.participant,
		Person: i.person, Account: i.account, Role: access.Role, Device: room.Device(i.device.Hash()),
		Generation: access.Person.Generation, Token: i.resume, Fresh: h.Fresh || i.resume == nil,
		Label: access.Person.Label, SealedLink: access.Person.SealedLink, MayModerate: access.Person.MayModerate, Name: name,
		Lang: h.Lang, Platform: room.Platform(h.Device), Media: room.Media(h.Media), Consent: consentOf(h, access.Person), ConsentText: consentText(h.Consent), Identity: h.Identity,
		LockedPINs: lockedPINs(access),
	})
	if errors.Is(err, room.ErrNotSaved) {
		return nil // he has his seat and his welcome; what is to be written is tried again
	}
	return err
}

// lockedPINs are for who moderates, and empty for others.
func lockedPINs(a lobby.Access) (locked []room.Invitee) {
	for _, p := range a.LockedPINs {
		locked = append(locked, room.InviteeOf(p))
	}
	return locked
}

// Wait waits for a room that is ending. Where its end cannot be written it takes long, and whoever arrives is told
// that the server is unavailable.
func Wait(ctx context.Context, done <-chan struct{}) error {
	late := time.NewTimer(endsWithin)
	defer late.Stop()
	select {
	case <-done:
		return nil
	case <-late.C:
		return ErrUnavailable
	case <-ctx.Done():
		return ctx.Err()
	}
}

// prove checks the ticket or resume token, and that it is this device that holds it.
func (s *Session) prove(h *wire.Hello) error {
	if h.Resume != "" {
		r, err := s.host.Tokens.VerifyResume(h.Resume)
		if err != nil {
			return err
		}
		s.identify(identity{
			tenant: r.Tenant, room: r.Room, session: r.Session, person: r.Person, account: r.Account, role: r.Role,
			device: r.Device, generation: r.Generation, participant: room.Participant(r.Participant),
			resume: &room.Token{
				Session: r.Session, Generation: r.Generation, Admitted: r.Admitted,
				Standing: r.Standing,
			},
		})
		return token.VerifyProof(r.Device, h.Resume, h.Proof)
	}
	t, err := s.host.Tokens.VerifyTicket(h.Ticket)
	if err != nil {
		return err
	}
	// The proof comes first: whoever saw a ticket but does not have the device must not be able to use it up.
	if err := token.VerifyProof(t.Device, h.Ticket, h.Proof); err != nil {
		return err
	}
	s.identify(identity{
		tenant: t.Tenant, room: t.Room, session: t.Session, person: t.Person, account: t.Account, role: t.Role,
		device: t.Device, generation: t.Generation, pin: t.PIN, participant: room.Participant(rand.Text()),
	})
	return s.host.Tokens.TakeTicket(t)
}

func (s *Session) identify(i identity) {
	s.identity = i
	s.mu.Lock()
	defer s.mu.Unlock()
	s.room, s.account = i.room, i.account // from here on Evict finds it; whether it is disabled is looked up after this
}

// access looks up what the identity may do now; a token says what was so when it was made.
func (s *Session) access(ctx context.Context) (lobby.Access, error) {
	i := s.identity
	var a lobby.Access
	var err error
	if i.account != "" {
		a, err = s.host.Lobby.AccountAccess(ctx, i.tenant, i.room, i.account)
	} else {
		a, err = s.host.Lobby.PersonAccess(ctx, i.tenant, i.room, i.person)
	}
	switch {
	case err != nil:
		return lobby.Access{}, err
	case a.Room.Session != i.session, a.Role != i.role:
		return lobby.Access{}, token.ErrToken
	case i.resume == nil && (a.Person.Generation != i.generation || a.Person.PIN.Serial != i.pin): // of an older link, or got by an older PIN
		return lobby.Access{}, token.ErrToken
	}
	return a, nil // the room says whether a resume token is too old: it may know more than the store
}

// name is what others may read of a counsellor with an account. Everybody else is known by role, and to those who
// moderate by the label. An account that was disabled meanwhile is nobody.
func (s *Session) name(ctx context.Context) (lobby.Text, error) {
	i := s.identity
	if i.account == "" {
		return lobby.Text{}, nil
	}
	a, err := s.host.Accounts.Account(ctx, i.tenant, i.account)
	if err != nil {
		return lobby.Text{}, err
	}
	if a.Disabled {
		return lobby.Text{}, token.ErrToken
	}
	name := lobby.Text{Plain: a.DisplayName}
	if !name.Valid() {
		name = lobby.Text{}
	}
	return name, nil
}
