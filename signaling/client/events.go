package client

import (
	"errors"

	"github.com/anteroom-video/anteroom/signaling/client/circle"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Event is something that happened: one of the wire's own events (*wire.Waiting, *wire.Admitted, *wire.Member, *wire.Slots, …; *wire.Welcome
// for the first sign-on) or one of the types below. In a sealed call a *wire.Sealed is the circle's, and no event.
type Event any

// Reconnecting: the socket is lost and is being resumed; media goes on.
type Reconnecting struct{}

// Reconnected: the line is back. Welcome is what holds now: it may be another seat, in the waiting room, where the old one could not be
// resumed. Kept says that the media connection went on.
type Reconnected struct {
	Welcome *wire.Welcome
	Kept    bool
}

// Standings: in a sealed call, how the others stand now, by participant, after a change: see [Call.Standing].
type Standings map[string]circle.Standing

// MediaState is the state of a media connection changing, in the words of the W3C's RTCPeerConnectionState. Generation counts the
// connections of this call from 1.
type MediaState struct {
	Generation int
	State      string
}

// Finished is the last event. Err is nil after Leave and Close, else one of the errors below, or the refusal that ended the call
// ([*RequestError], [*HTTPError]).
type Finished struct{ Err error }

// Why a call is over.
var (
	ErrRemoved  = errors.New("client: removed; the link no longer holds")
	ErrEnded    = errors.New("client: the room was ended")
	ErrReplaced = errors.New("client: the seat was taken elsewhere")
	ErrLeft     = errors.New("client: left")
	ErrUnread   = errors.New("client: the events were not read")
	ErrProtocol = errors.New("client: the server does not keep to the protocol")
	ErrClosed   = errors.New("client: closed")
)

// ErrLost: the line is lost, or was before the reply came. Whether the request was done is not known then.
var ErrLost = errors.New("client: the line is lost")

// RequestError is the server's refusal of a request.
type RequestError struct{ Code wire.Code }

func (e *RequestError) Error() string { return "client: refused: " + string(e.Code) }
