package lobby

import (
	"errors"
	"fmt"
	"time"
)

// Errors that a caller must tell apart. Everything else that comes back is a fault of the store.
var (
	// ErrNotFound: there is no such thing in this tenant, or not for this account. The two are never told apart.
	ErrNotFound = errors.New("lobby: not found")
	// ErrConflict: something with this unique value (link, name) exists already, or a value was changed by somebody else meanwhile.
	ErrConflict = errors.New("lobby: conflict")
	// ErrLinkInvalid: the link is unknown or has expired, or its room is gone. Not told apart, same work.
	ErrLinkInvalid = errors.New("lobby: link is not valid")
	// ErrRevoked: the person was removed or the link withdrawn.
	ErrRevoked = errors.New("lobby: revoked")
	// ErrEarly is what an [EarlyError] is.
	ErrEarly = errors.New("lobby: too early")
	// ErrNotAllowed: the room's policy forbids it.
	ErrNotAllowed = errors.New("lobby: the policy forbids it")
	// ErrNotOwner: the account may open the room, and this is for the one alone that it belongs to.
	ErrNotOwner = errors.New("lobby: only for the room's own counsellor")
	// ErrRunning: somebody is in the room, or its session has begun.
	ErrRunning = errors.New("lobby: the room is running")
	// ErrNoPolicy: the room's policy is not configured any more, or the one that is asked for is not. Nobody can enter such a room; it can be
	// deleted, ends and expires.
	ErrNoPolicy = errors.New("lobby: the policy is not configured")
	// ErrInvalid is what an [InvalidError] is.
	ErrInvalid = errors.New("lobby: invalid value")
	// ErrTooMany: a bound on persons or counsellors of a room is reached.
	ErrTooMany = errors.New("lobby: too many")
	// ErrWrongState is what a [TransitionError] is.
	ErrWrongState = errors.New("lobby: not possible in this state")
	// ErrUnavailable: the store cannot do it now, because the disk is full, read-only or failing. Nothing was changed.
	ErrUnavailable = errors.New("lobby: the store cannot be used now")
	// ErrErasurePending: the data is deleted and the deletion is durable, but old copies could not be wiped from the store's
	// files yet, because another process is reading them. The store tries again with its next write and when it is closed.
	ErrErasurePending = errors.New("lobby: deleted, but not yet wiped from the disk")
)

// EarlyError says that the link's window has not begun. It matches [ErrEarly].
type EarlyError struct {
	// OpensAt is when the link will let its person into the waiting room.
	OpensAt time.Time
}

func (e *EarlyError) Error() string { return "lobby: too early, the link opens later" }

// Is makes errors.Is(err, ErrEarly) true.
func (e *EarlyError) Is(target error) bool { return target == ErrEarly }

// InvalidError names the field that was refused. It never carries the value. It matches [ErrInvalid].
type InvalidError struct {
	// Field is the name of the value in the HTTP API, for example "label".
	Field string
}

func (e *InvalidError) Error() string { return fmt.Sprintf("lobby: %s is not valid", e.Field) }

// Is makes errors.Is(err, ErrInvalid) true.
func (e *InvalidError) Is(target error) bool { return target == ErrInvalid }
