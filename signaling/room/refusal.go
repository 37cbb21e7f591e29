package room

// Refusal says why a command was refused. Its value is stable and may cross nodes; the binder maps it to the wire. A
// refused command has changed nothing, except [ErrNotSaved].
type Refusal string

func (r Refusal) Error() string { return "room: " + string(r) }

// The refusals.
const (
	// ErrBadCommand: a field is missing, over its bound, or names something that is taken.
	ErrBadCommand Refusal = "bad_command"
	// ErrNotAllowed: whoever asks does not moderate, or not this target.
	ErrNotAllowed Refusal = "not_allowed"
	// ErrNotFound: the target, or the socket that asks, has no seat (any more).
	ErrNotFound Refusal = "not_found"
	// ErrWrongState: the seat is not in the state that the command starts from.
	ErrWrongState Refusal = "wrong_state"
	// ErrTooFast: knocked within [KnockAgainAfter] of being declined.
	ErrTooFast Refusal = "too_fast"
	// ErrConsentOpen: the person to be let in has not consented, and the policy asks for it.
	ErrConsentOpen Refusal = "consent_open"
	// ErrLinkFull: as many devices wait with this link as the policy lets wait.
	ErrLinkFull Refusal = "link_full"
	// ErrRoomFull: as many people wait as the policy lets wait, or the room holds as many as it can.
	ErrRoomFull Refusal = "room_full"
	// ErrRemoved: the person was removed from this session.
	ErrRemoved Refusal = "removed"
	// ErrStale: the ticket or token is from before the person was put back, let in elsewhere, or given a new link.
	ErrStale Refusal = "stale"
	// ErrEnded: the room has ended; every command gets this.
	ErrEnded Refusal = "ended"

	// ErrNotSaved comes from [Loop.Do] alone: the command is done in the room, its durable part failed and is tried again.
	ErrNotSaved Refusal = "not_saved"
	// ErrBusy comes from [Loop.Do] alone: the queue is full; nothing was done.
	ErrBusy Refusal = "busy"
	// ErrClosed comes from [Loop] alone: it was closed or its room failed; nothing was done, or it is not known whether.
	ErrClosed Refusal = "closed"
)
