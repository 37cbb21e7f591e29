package session

import (
	"context"
	"errors"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// ErrUnavailable says that the server takes nobody now: it is shutting down or overloaded.
var ErrUnavailable = errors.New("not taking anybody now")

// refusal is an error of this package's own that already is a code.
type refusal wire.Code

func (r refusal) Error() string { return "refused: " + string(r) }

// codeOf is the one place where errors become codes. What has none is a fault of the server.
func codeOf(err error) wire.Code {
	var own refusal
	var of room.Refusal
	switch {
	case errors.As(err, &own):
		return wire.Code(own)
	case errors.As(err, &of):
		return codeOfRoom(of)
	case errors.Is(err, token.ErrToken):
		return wire.CodeToken
	case errors.Is(err, token.ErrProof):
		return wire.CodeProof
	case errors.Is(err, lobby.ErrNotFound), errors.Is(err, lobby.ErrRevoked), errors.Is(err, lobby.ErrLinkInvalid):
		return wire.CodeLinkInvalid
	case errors.Is(err, lobby.ErrNoPolicy):
		return wire.CodeNoPolicy
	case errors.Is(err, sfu.ErrBadOffer):
		return wire.CodeBadMessage
	case errors.Is(err, sfu.ErrClosed), errors.Is(err, sfu.ErrStale):
		return wire.CodeWrongState
	case errors.Is(err, ErrUnavailable), errors.Is(err, token.ErrFull), errors.Is(err, sfu.ErrTooManySessions),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return wire.CodeUnavailable
	}
	return wire.CodeInternal
}

func codeOfRoom(r room.Refusal) wire.Code {
	switch r {
	case room.ErrBadCommand:
		return wire.CodeBadMessage
	case room.ErrNotAllowed:
		return wire.CodeNotAllowed
	case room.ErrNotFound:
		return wire.CodeNotFound
	case room.ErrWrongState, room.ErrEnded:
		return wire.CodeWrongState
	case room.ErrTooFast:
		return wire.CodeTooFast
	case room.ErrConsentOpen:
		return wire.CodeConsentOpen
	case room.ErrLinkFull:
		return wire.CodeLinkFull
	case room.ErrRoomFull:
		return wire.CodeRoomFull
	case room.ErrStale:
		return wire.CodeToken
	case room.ErrRemoved:
		return wire.CodeLinkInvalid
	case room.ErrNotSaved:
		return wire.CodeNotSaved
	case room.ErrBusy, room.ErrClosed:
		return wire.CodeUnavailable
	}
	return wire.CodeInternal
}

// closeCode says how a socket is closed that the room gave up.
func closeCode(r room.Reason) wire.CloseCode {
	switch r {
	case room.ReasonLeft:
		return wire.CloseLeft
	case room.ReasonRemoved, room.ReasonWithdrawn:
		return wire.CloseRemoved
	case room.ReasonReplaced:
		return wire.CloseReplaced
	case room.ReasonEnded:
		return wire.CloseEnded
	}
	return wire.CloseInternal
}
