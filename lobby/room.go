package lobby

import (
	"log/slog"
	"slices"
	"time"
)

// Kind says how often a room is used.
type Kind string

const (
	// Once is a room for one session: everything about it is deleted when it ends.
	Once Kind = "once"
	// Series is a template: each session gets a new session id and new keys; persons and links stay where the policy says so.
	Series Kind = "series"
)

// Bounds of what a room may hold.
const (
	// MaxPersons is how many persons one room may have invited, revoked ones included.
	MaxPersons = 32
	// MaxCoCounsellors is how many accounts besides the owner may open a room.
	MaxCoCounsellors = 8
	// MaxWrappedSecret is the longest wrapped room secret, in bytes.
	MaxWrappedSecret = 512
	// MaxSealedLink is the longest sealed link secret, in bytes.
	MaxSealedLink = 256
)

// Room is a room as it is kept. Times are zero where there is none.
type Room struct {
	ID     RoomID
	Tenant TenantID
	// Owner is the counsellor who made it.
	Owner AccountID
	// CoCounsellors are the other accounts that may open it.
	CoCounsellors []AccountID
	// Title is known to counsellors only.
	Title Text
	Kind  Kind
	// Policy is the name of the policy.
	Policy string
	// Lines is the most lines of a camera's picture, 720 or 1080; 0: as many as the policy says.
	Lines int
	// SoundOnly: nobody's camera is forwarded, and no page asks for one. A screen may be shown by those who moderate.
	SoundOnly bool
	// StartsAt and EndsAt are the appointment; [Room.Window] says what they mean for links.
	StartsAt, EndsAt time.Time
	CreatedAt        time.Time
	// ExpiresAt is when the room is deleted if nobody ends it before.
	ExpiresAt time.Time
	// Session is random and new for every session of a series. Tokens of an older session are worth nothing.
	Session string
	// Begun: somebody was let in in this session, so it must come to an end, also over a restart.
	Begun bool
	// StandIn: the room was handed over to its present owner and no session has begun since: who waits is told that a colleague comes.
	StandIn bool
	// WrappedSecrets holds the room's secret for each entitled account, readable with that account's private key alone.
	WrappedSecrets map[AccountID][]byte
}

// RoleOf returns what the account is in the room; false when it may not open it.
func (r Room) RoleOf(account AccountID) (Role, bool) {
	if account == "" {
		return "", false
	}
	if account == r.Owner {
		return RoleCounsellor, true
	}
	if slices.Contains(r.CoCounsellors, account) {
		return RoleCoCounsellor, true
	}
	return "", false
}

// LogValue logs the shortened id alone.
func (r Room) LogValue() slog.Value { return r.ID.LogValue() }

// Person is one invited person of a room.
type Person struct {
	ID   PersonID
	Room RoomID
	Role Role
	// Label is what the counsellor calls the person; it wins over what the person types.
	Label Text
	// Lang is the language of the person's pages as a BCP 47 tag, or empty.
	Lang string
	// Wording is in which words the consent page speaks to the person.
	Wording Wording
	// ConsentInWriting: the person's consent is there on paper, and the page does not ask for it.
	ConsentInWriting bool
	// LinkHash is the SHA-256 of what the browser derives from the link and sends.
	LinkHash LinkHash
	// CodeHash is the same of the link's code, for who types; zero where there is none. It is of this link, and goes with it.
	CodeHash LinkHash
	// SealedLink is the link's secret, sealed by the counsellor's browser so that it can show the link again. May be empty.
	SealedLink []byte
	// WrappedSecret is the room's secret, readable with the link's alone: of a co-counsellor whom a counsellor's browser invited. May be empty.
	WrappedSecret []byte
	// Generation counts put-backs and removals; a token with a lower one is worth nothing.
	Generation uint32
	// Revoked: the person was removed. Final.
	Revoked bool
}

// LogValue logs the shortened id alone.
func (p Person) LogValue() slog.Value { return p.ID.LogValue() }

// Roster is a room with its persons, in the order in which they were invited.
type Roster struct {
	Room    Room
	Persons []Person
}

// LogValue logs the room's shortened id alone.
func (r Roster) LogValue() slog.Value { return r.Room.ID.LogValue() }

// NewRoom is what a counsellor asks for.
type NewRoom struct {
	Title  Text
	Kind   Kind
	Policy string // empty: DefaultPolicy
	// Lines is the most lines of a camera's picture, 720 or 1080; 0: as many as the policy says.
	Lines int
	// SoundOnly: nobody's camera is forwarded, and no page asks for one. A screen may be shown by those who moderate.
	SoundOnly bool
	// StartsAt and EndsAt are zero, or from the year 2000 to ten years ahead, and the end after the beginning.
	StartsAt, EndsAt time.Time
	CoCounsellors    []AccountID
	WrappedSecrets   map[AccountID][]byte
	Persons          []NewPerson
}

// LogValue keeps what was asked for out of every log.
func (n NewRoom) LogValue() slog.Value { return slog.StringValue("[new room]") }

// NewPerson is a person to invite. The caller made the link's secret; only its hash comes here.
type NewPerson struct {
	Role  Role
	Label Text
	Lang  string
	// Wording and ConsentInWriting are those of [Person].
	Wording          Wording
	ConsentInWriting bool
	NewLink
}

// NewLink is what is kept of a link that the caller made. The fields are those of [Person].
type NewLink struct {
	LinkHash      LinkHash
	CodeHash      LinkHash // zero: nobody can type it; never of who moderates
	SealedLink    []byte
	WrappedSecret []byte // for a co-counsellor alone
}

// LogValue keeps the link out of every log.
func (n NewLink) LogValue() slog.Value { return slog.StringValue("[new link]") }

// LogValue keeps what was asked for out of every log.
func (n NewPerson) LogValue() slog.Value { return slog.StringValue("[new person]") }

// Access is what a link, a person or an account opens.
type Access struct {
	Room   Room
	Policy Policy
	Role   Role
	// Person is set for a link or person, and zero for an account.
	Person Person
	// Account is set for an account, and empty for a link or person.
	Account AccountID
}

// LogValue logs the room's shortened id and the role.
func (a Access) LogValue() slog.Value {
	return slog.GroupValue(slog.Any("room", a.Room.ID), slog.String("role", string(a.Role)))
}

// Ended says what is left of a room after its end, for the receipt.
type Ended struct {
	// Deleted: nothing is left. Otherwise the room was a series and waits for its next session.
	Deleted bool
	// Persons is how many persons and links stay valid for the next session.
	Persons int
	// Copies: what is deleted may still stand in the store's files, where it is overwritten next.
	Copies bool
}
