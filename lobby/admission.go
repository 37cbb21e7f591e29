package lobby

import (
	"fmt"
	"time"
)

// State is where one person stands on the way into a room.
type State string

// The states. Only [Admitted] and [Reconnecting] are inside.
const (
	// Invited: has a link and is not here; either never was, or went away without having been admitted.
	Invited State = "invited"
	// Waiting: in the waiting room. A lost line does not change that.
	Waiting State = "waiting"
	// Admitted: a counsellor let exactly this person in.
	Admitted State = "admitted"
	// Reconnecting: admitted, and the line is lost.
	Reconnecting State = "reconnecting"
	// Left: was admitted and went away.
	Left State = "left"
	// Declined: was told to stay outside; may knock again.
	Declined State = "declined"
	// Removed: was removed for good. Nothing leads out of it.
	Removed State = "removed"
)

// Action is something that happens to a person, or that a counsellor does.
type Action string

// The actions.
const (
	// Arrive: opens the link and thereby knocks.
	Arrive Action = "arrive"
	// Admit: a counsellor lets the person in.
	Admit Action = "admit"
	// Decline: a counsellor leaves the person outside.
	Decline Action = "decline"
	// Knock: a declined person asks again.
	Knock Action = "knock"
	// Disconnect: the line of an admitted person is lost.
	Disconnect Action = "disconnect"
	// Reconnect: the line is back, with the token that was given at the admission.
	Reconnect Action = "reconnect"
	// Leave: goes away deliberately, or stayed away too long.
	Leave Action = "leave"
	// Reenter: comes back from the bound device within the time of the policy; see [MayReenter].
	Reenter Action = "reenter"
	// PutBack: a counsellor sends the person back to the waiting room.
	PutBack Action = "put_back"
	// Remove: a counsellor removes the person and the link.
	Remove Action = "remove"
)

// edge is one step that exists.
type edge struct {
	from   State
	action Action
	to     State
}

// edges returns every step there is; what is not here is refused. Read by target it is promise 2: into Admitted lead a
// counsellor's Admit, and Reconnect and Reenter, whose states can only be reached from Admitted. Going away from the
// waiting room therefore leads to Invited and not to Left: Left keeps the right to re-enter, and who only waited, was
// declined or was put back has none.
func edges() []edge {
	return []edge{
		{Invited, Arrive, Waiting},
		{Waiting, Admit, Admitted},
		{Waiting, Decline, Declined},
		{Waiting, Leave, Invited},
		{Declined, Knock, Waiting},
		{Declined, Leave, Invited},
		{Admitted, Disconnect, Reconnecting},
		{Admitted, Leave, Left},
		{Admitted, PutBack, Waiting},
		{Reconnecting, Reconnect, Admitted},
		{Reconnecting, Leave, Left},
		{Reconnecting, PutBack, Waiting},
		{Left, Arrive, Waiting},
		{Left, Reenter, Admitted},
		{Invited, Remove, Removed},
		{Waiting, Remove, Removed},
		{Declined, Remove, Removed},
		{Admitted, Remove, Removed},
		{Reconnecting, Remove, Removed},
		{Left, Remove, Removed},
	}
}

// TransitionError is a step that does not exist. It matches [ErrWrongState].
type TransitionError struct {
	From   State
	Action Action
}

func (e *TransitionError) Error() string {
	return fmt.Sprintf("lobby: no %q in state %q", e.Action, e.From)
}

// Is makes errors.Is(err, ErrWrongState) true.
func (e *TransitionError) Is(target error) bool { return target == ErrWrongState }

// Next returns the state after the action, or the same state and a [TransitionError] where there is no such step.
func Next(from State, action Action) (State, error) {
	for _, e := range edges() {
		if e.from == from && e.action == action {
			return e.to, nil
		}
	}
	return from, &TransitionError{From: from, Action: action}
}

// Inside reports whether a person in this state is in the room: may see, hear and be forwarded.
func (s State) Inside() bool { return s == Admitted || s == Reconnecting }

// MayReenter reports whether a person who left at left may come back without being admitted again: only from the device
// that was admitted, only within the policy's time, and not from the future (a clock that was set back proves nothing).
func MayReenter(p Policy, left, now time.Time, boundDevice bool) bool {
	away := now.Sub(left)
	return boundDevice && p.Reentry > 0 && !left.IsZero() && away >= 0 && away < p.Reentry
}
