package token

import (
	"crypto/rand"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/anteroom-video/anteroom/lobby"
)

// The audiences keep one kind from being taken for another.
const (
	forTicket = "ticket"
	forResume = "resume"
	forPass   = "pass"
)

// claims is the body of all kinds (RFC 7519, section 4). The names are short because every hello carries one.
type claims struct {
	jwt.RegisteredClaims
	Tenant      lobby.TenantID  `json:"ten"`
	Room        lobby.RoomID    `json:"room"`
	Session     string          `json:"ses"`
	Person      lobby.PersonID  `json:"per,omitempty"`
	Account     lobby.AccountID `json:"acc,omitempty"`
	Participant string          `json:"par,omitempty"`
	Role        lobby.Role      `json:"rol"`
	Device      string          `json:"dev"`
	Generation  uint32          `json:"gen"`
	Admitted    bool            `json:"adm,omitempty"`
	lobby.Standing
	PIN uint32 `json:"pin,omitempty"`
	// Made is in ms: iat in seconds could not tell before a start from after it.
	Made int64 `json:"made"`
}

// sound reports whether the claims make sense, signed or not, and reads the device.
func (c *claims) sound() (Device, bool) {
	device, err := ParseDevice(c.Device)
	return device, err == nil && c.Tenant != "" && c.Room != "" && c.Session != "" && c.Role.Valid() &&
		(c.Person == "") != (c.Account == "")
}

// IssueTicket signs a ticket that can be taken once within [TicketLife]. It sets ID and Expires itself.
func (s *Signer) IssueTicket(t Ticket) (string, error) {
	now := s.clock()
	return s.sign(&claims{
		RegisteredClaims: registered(forTicket, rand.Text(), now.Add(TicketLife)),
		Tenant:           t.Tenant, Room: t.Room, Session: t.Session, Person: t.Person, Account: t.Account,
		Role: t.Role, Device: t.Device.String(), Generation: t.Generation, PIN: t.PIN, Made: now.UnixMilli(),
	})
}

// VerifyTicket checks a ticket without taking it. The caller checks the proof next, then takes it with [Signer.TakeTicket]:
// whoever saw a ticket but does not have the device must not be able to use it up.
func (s *Signer) VerifyTicket(token string) (Ticket, error) {
	now := s.clock()
	var c claims
	if err := s.parse(token, &c, forTicket, now); err != nil {
		return Ticket{}, err
	}
	device, ok := c.sound()
	if !ok || c.ID == "" || s.forgotten(c.Made, now) {
		return Ticket{}, ErrToken
	}
	return Ticket{
		Tenant: c.Tenant, Room: c.Room, Session: c.Session, Person: c.Person, Account: c.Account,
		Role: c.Role, Device: device, Generation: c.Generation, PIN: c.PIN, ID: c.ID, Expires: c.ExpiresAt.Time,
	}, nil
}

// forgotten reports whether a ticket made at made (ms) may have been taken before this process began. That can only be in
// the first minute; asking later would refuse good tickets when the machine's clock was set back.
func (s *Signer) forgotten(made int64, now time.Time) bool {
	return now.Sub(s.started) <= TicketLife && made < s.started.UnixMilli()
}

// TakeTicket marks a verified ticket as used. [ErrToken] when it was used before, [ErrFull] when no more can be remembered.
func (s *Signer) TakeTicket(t Ticket) error {
	return s.used.take(t.ID, t.Expires, s.clock())
}

// IssueResume signs a resume token that holds for [ResumeLife]. It sets Expires itself.
func (s *Signer) IssueResume(r Resume) (string, error) {
	now := s.clock()
	return s.sign(&claims{
		RegisteredClaims: registered(forResume, "", now.Add(ResumeLife)),
		Tenant:           r.Tenant, Room: r.Room, Session: r.Session, Person: r.Person, Account: r.Account,
		Participant: r.Participant, Role: r.Role, Device: r.Device.String(), Generation: r.Generation,
		Admitted: r.Admitted, Standing: r.Standing, Made: now.UnixMilli(),
	})
}

// VerifyResume checks a resume token. It may be used more than once: a device whose answer was lost tries again.
func (s *Signer) VerifyResume(token string) (Resume, error) {
	var c claims
	if err := s.parse(token, &c, forResume, s.clock()); err != nil {
		return Resume{}, err
	}
	device, ok := c.sound()
	if !ok || c.Participant == "" {
		return Resume{}, ErrToken
	}
	return Resume{
		Tenant: c.Tenant, Room: c.Room, Session: c.Session, Participant: c.Participant, Person: c.Person,
		Account: c.Account, Role: c.Role, Device: device, Generation: c.Generation, Admitted: c.Admitted,
		Standing: c.Standing, Expires: c.ExpiresAt.Time,
	}, nil
}

// IssuePass signs a pass that holds for [PassLife].
func (s *Signer) IssuePass(p Pass) (string, error) {
	now := s.clock()
	return s.sign(&claims{
		RegisteredClaims: registered(forPass, "", now.Add(PassLife)),
		Tenant:           p.Tenant, Room: p.Room, Session: p.Session, Person: p.Person, Role: p.Role, Device: p.Device.String(), PIN: p.PIN, Made: now.UnixMilli(),
	})
}

// VerifyPass checks a pass. The caller compares it with who asks; it may be used more than once.
func (s *Signer) VerifyPass(token string) (Pass, error) {
	var c claims
	if err := s.parse(token, &c, forPass, s.clock()); err != nil {
		return Pass{}, err
	}
	device, ok := c.sound()
	if !ok || c.Person == "" || c.PIN == 0 {
		return Pass{}, ErrToken
	}
	return Pass{c.Tenant, c.Room, c.Session, c.Person, c.Role, device, c.PIN}, nil
}

func registered(audience, id string, expires time.Time) jwt.RegisteredClaims {
	return jwt.RegisteredClaims{
		Audience: jwt.ClaimStrings{audience}, ID: id, ExpiresAt: jwt.NewNumericDate(expires),
	}
}
