package session

import (
	"context"
	"log/slog"
	"net/netip"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/auth"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Host is what all sessions of a server share.
type Host struct {
	Lobby    Lobby
	Accounts Accounts
	Tokens   Tokens
	Rooms    Rooms
	Clock    func() time.Time
	Logger   *slog.Logger
	Counts   *Counts
	// Relays; nil for none.
	Relays Relays
	// Receipts; nil for none.
	Receipts *Receipts
	// Nodes are other addresses for clients to try when this one does not answer.
	Nodes []string
}

// Lobby says who somebody is, and keeps what must outlive the call. It is implemented by lobby.Service.
type Lobby interface {
	PersonAccess(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) (lobby.Access, error)
	AccountAccess(context.Context, lobby.TenantID, lobby.RoomID, lobby.AccountID) (lobby.Access, error)
	RaiseGeneration(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) (uint32, error)
	NoteConsent(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) error
	UnlockPIN(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) error
	Withdraw(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) error
	Revoke(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) error
	BeginSession(ctx context.Context, tenant lobby.TenantID, room lobby.RoomID, session string) error
	EndSession(ctx context.Context, tenant lobby.TenantID, room lobby.RoomID, session string) (lobby.Ended, error)
}

// Accounts knows the counsellors' accounts. It is implemented by auth.Service.
type Accounts interface {
	Account(context.Context, lobby.TenantID, lobby.AccountID) (auth.Account, error)
}

// Tokens checks tickets and makes and checks resume tokens. It is implemented by token.Signer.
type Tokens interface {
	VerifyTicket(string) (token.Ticket, error)
	TakeTicket(token.Ticket) error
	VerifyResume(string) (token.Resume, error)
	IssueResume(token.Resume) (string, error)
}

// Rooms finds live rooms.
type Rooms interface {
	// Enter gives the live room of what read gives access to, and makes it when there is none. read is asked again once
	// the room is held, so that nobody enters a room that was ended, or from which he was removed, in between. The
	// room lives at least until leave is called. Errors are read's, or [ErrUnavailable].
	Enter(ctx context.Context, read func(context.Context) (lobby.Access, error)) (live *Live, access lobby.Access, leave func(), err error)
}

// Relays opens grants for the relay that browsers use where nothing else leads to the other end. close ends a grant and
// what is relayed for it; it is called once.
type Relays interface {
	// Engine opens one that reaches the media engine; no servers where none is needed.
	Engine() (servers []wire.ICEServer, close func())
	// Call opens one that reaches the other person with the same call: exactly one server.
	Call(call, person string) (servers []wire.ICEServer, close func())
	// Trial opens one for an end of a line check, which carries no call: exactly one server.
	Trial(check, end string) (servers []wire.ICEServer, close func())
	// Relayed reports whether an address is one that such a grant leads to.
	Relayed(netip.AddrPort) bool
}
