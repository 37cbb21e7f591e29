package token

import (
	"errors"
	"log/slog"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

// Errors.
var (
	// ErrToken: the token is expired, used, not genuine, or not a token. The holder gets a new one.
	ErrToken = errors.New("token: not valid")
	// ErrProof: the signature is not by the device that the token is bound to.
	ErrProof = errors.New("token: not signed by its device")
	// ErrFull: so many tickets are in use that no more can be remembered. The holder tries again later.
	ErrFull = errors.New("token: too many tickets at once")
)

const (
	// TicketLife is how long a ticket may be used.
	TicketLife = time.Minute
	// ResumeLife is how long a resume token holds; the holder gets a new one well before.
	ResumeLife = 10 * time.Minute
	// PassLife is how long a device that has shown a PIN may take tickets: long enough to read, to agree and to look for the camera.
	PassLife = 30 * time.Minute
	// MaxLength is the longest token, in bytes, that is looked at.
	MaxLength = 2048
	// ProofPrefix stands before the token in what the device signs.
	ProofPrefix = "anteroom hello v1\n"
)

// Ticket lets its holder sign on once. It is for a person (link) or an account (signed-in counsellor): one of the two is set.
type Ticket struct {
	Tenant     lobby.TenantID
	Room       lobby.RoomID
	Session    string // of the room, lobby.Room.Session
	Person     lobby.PersonID
	Account    lobby.AccountID
	Role       lobby.Role
	Device     Device
	Generation uint32    // of the person, lobby.Person.Generation; 0 for an account
	PIN        uint32    // lobby.KeptPIN.Serial of the PIN that was shown; 0 where there is none
	ID         string    // set by IssueTicket
	Expires    time.Time // set by IssueTicket
}

// Resume lets the same device come back to the seat it had.
type Resume struct {
	Tenant      lobby.TenantID
	Room        lobby.RoomID
	Session     string
	Participant string // of the live room
	Person      lobby.PersonID
	Account     lobby.AccountID
	Role        lobby.Role
	Device      Device
	Generation  uint32
	Admitted    bool // was let in by a counsellor, at this generation
	lobby.Standing
	Expires time.Time // set by IssueResume
}

// Pass says that a device has shown its person's PIN. By it alone nobody signs on: it goes with the link.
type Pass struct {
	Tenant  lobby.TenantID
	Room    lobby.RoomID
	Session string
	Person  lobby.PersonID
	Role    lobby.Role
	Device  Device
	PIN     uint32 // lobby.KeptPIN.Serial
}

// LogValue keeps what the pass binds together out of every log.
func (p Pass) LogValue() slog.Value { return slog.StringValue("[pass]") }

// LogValue keeps what the ticket binds together out of every log.
func (t Ticket) LogValue() slog.Value { return slog.StringValue("[ticket]") }

// LogValue keeps what the token binds together out of every log.
func (t Resume) LogValue() slog.Value { return slog.StringValue("[resume token]") }
