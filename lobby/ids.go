package lobby

import (
	"crypto/rand"
	"log/slog"
)

// Identifiers are random (130 bits, crypto/rand.Text) and name nothing but the row. They are addresses, not secrets, yet
// whoever has one could tell that a counselling took place, so logs get the first four characters alone: enough to
// follow one room through a log, too few to find it elsewhere.
type (
	// TenantID names one counselling service.
	TenantID string
	// AccountID names a counsellor's account within its tenant.
	AccountID string
	// RoomID names a room.
	RoomID string
	// PersonID names one invited person of one room.
	PersonID string
)

// DefaultTenant is the tenant that exists without being configured.
const DefaultTenant TenantID = "default"

// NewAccountID returns a fresh random identifier.
func NewAccountID() AccountID { return AccountID(rand.Text()) }

func newRoomID() RoomID     { return RoomID(rand.Text()) }
func newPersonID() PersonID { return PersonID(rand.Text()) }
func newSession() string    { return rand.Text() }

// LogValue shortens the identifier for logs.
func (id AccountID) LogValue() slog.Value { return redacted(string(id)) }

// LogValue shortens the identifier for logs.
func (id RoomID) LogValue() slog.Value { return redacted(string(id)) }

// LogValue shortens the identifier for logs.
func (id PersonID) LogValue() slog.Value { return redacted(string(id)) }

func redacted(id string) slog.Value {
	if len(id) < 16 {
		return slog.StringValue("…")
	}
	return slog.StringValue(id[:4] + "…")
}
