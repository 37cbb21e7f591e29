package wire

import "errors"

// Code says why a request was refused. The words belong to the client and its translators.
type Code string

const (
	CodeBadMessage  Code = "bad_message"  // not JSON, wrong shape, over a bound
	CodeUnknownType Code = "unknown_type" // no such message
	CodeTooFast     Code = "too_fast"     // over a rate limit; try again later
	CodeVersion     Code = "version"      // no common protocol version
	CodeToken       Code = "token"        // ticket or resume token expired, used, or not genuine
	CodeProof       Code = "proof"        // the signature is not by the device that the token is bound to
	CodeLinkInvalid Code = "link_invalid" // the link is unknown, revoked, expired, or its room is gone
	CodeNoPolicy    Code = "no_policy"    // the room's policy is not configured any more: nobody can enter
	CodeLinkFull    Code = "link_full"    // as many devices wait with this link as may
	CodeConsentOpen Code = "consent_open" // who is to be let in has not consented, and the policy asks for it
	CodeRoomFull    Code = "room_full"    // as many people wait as may, or the room is full
	CodeNotAllowed  Code = "not_allowed"  // the role does not have this right
	CodeNotFound    Code = "not_found"    // the target is not here
	CodeWrongState  Code = "wrong_state"  // not possible now
	CodeNotSaved    Code = "not_saved"    // done in the call, but not yet durable; it is tried again
	CodeUnavailable Code = "unavailable"  // the server cannot take this now
	CodeInternal    Code = "internal"     // a fault of the server
)

// CloseCode is the status of a websocket's close frame (RFC 6455 section 7.4; 4000 to 4999 are for private use).
type CloseCode int

const (
	CloseLeft             CloseCode = 1000
	CloseGoingAway        CloseCode = 1001
	CloseTooLarge         CloseCode = 1009
	CloseInternal         CloseCode = 1011
	CloseBadMessage       CloseCode = 4400
	CloseNotAuthenticated CloseCode = 4401
	CloseRemoved          CloseCode = 4403
	CloseTimeout          CloseCode = 4408
	CloseReplaced         CloseCode = 4409
	CloseEnded            CloseCode = 4410
	CloseTooFast          CloseCode = 4429
	CloseTooSlow          CloseCode = 4508
)

// Reason is the reason of the close frame: the code's name, "" for a code that is not ours.
func (c CloseCode) Reason() string {
	switch c {
	case CloseLeft:
		return "left"
	case CloseGoingAway:
		return "going_away"
	case CloseTooLarge:
		return "too_large"
	case CloseInternal:
		return "internal"
	case CloseBadMessage:
		return "bad_message"
	case CloseNotAuthenticated:
		return "not_authenticated"
	case CloseRemoved:
		return "removed"
	case CloseTimeout:
		return "timeout"
	case CloseReplaced:
		return "replaced"
	case CloseEnded:
		return "ended"
	case CloseTooFast:
		return "too_fast"
	case CloseTooSlow:
		return "too_slow"
	}
	return ""
}

// What decoding can fail with. The errors returned wrap one of these and name the field.
var (
	ErrBadMessage  = errors.New("bad message")
	ErrUnknownType = errors.New("unknown message type")
	ErrTooLarge    = errors.New("message too large")
)

// CodeOf gives the code that answers an error of decoding.
func CodeOf(err error) Code {
	switch {
	case errors.Is(err, ErrUnknownType):
		return CodeUnknownType
	case errors.Is(err, ErrBadMessage), errors.Is(err, ErrTooLarge):
		return CodeBadMessage
	}
	return CodeInternal
}
