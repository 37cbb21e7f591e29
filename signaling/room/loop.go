package room

import (
	"context"

	"github.com/anteroom-video/anteroom/lobby"
)

// Sink is one socket as the loop sees it. The methods are called in order, by the loop's goroutine; they must not block
// and must not call the loop. After Close nothing follows.
type Sink interface {
	// Send queues a message: one of the bodies from [Welcome] to [Muted].
	Send(Body)
	// Close asks to close the socket once everything sent before is written.
	Close(Reason)
}

// Forwarder carries out [Flow] and [Drop]. The methods are called in order, by the loop's goroutine, cuts before anybody is told; they must not block for
// longer than memory takes and must not call the loop. When SetFlow has returned, nothing is forwarded against it.
type Forwarder interface {
	SetFlow(Flow)
	Drop(Participant)
}

// Store makes the durable writes of a room. Each may be asked for twice (after a failure that was none); the second must give the same result. What no
// longer exists (the room, the person) is a success. The methods may block until their context ends and are called
// by one goroutine at a time.
type Store interface {
	// Raise makes the person's admission generation at least this.
	Raise(ctx context.Context, p lobby.PersonID, generation uint32) error
	// Revoke makes the person's link worthless for good.
	Revoke(ctx context.Context, p lobby.PersonID) error
	// Delete ends the room durably.
	Delete(ctx context.Context) error
}

// LoopConfig is what a loop is made with.
type LoopConfig struct {
	Room      Config
	Forwarder Forwarder
	Store     Store
	// Failed is called once, by the loop's goroutine, when the room ended by a panic, with what was recovered and the stack. Count it and log the
	// stack; then the loop is Done. May be nil.
	Failed func(recovered any, stack []byte)
}

// Loop owns one room: one goroutine that runs its commands in turn, carries out their events and keeps its timers.
//
// A panic in Apply, in the Forwarder or in a Sink ends this room alone: every media session is dropped, every socket closed with
// [ReasonInternal] (clients resume into a new loop; nothing durable is lost), every command gets [ErrClosed].
type Loop struct{}

// NewLoop makes a room and starts its loop.
func NewLoop(c LoopConfig) (*Loop, error) { return nil, nil }

// Attach says where the messages for a socket go. Call it before [Arrive] names the socket. A socket that was closed by the room is detached by itself.
// Attaching to a loop that is done closes the sink with [ReasonInternal].
func (l *Loop) Attach(s Socket, k Sink) {}

// Detach forgets the sink. When it has returned, the sink is not called any more. It does not disconnect the seat: see
// [Disconnect]. It must not be called from a Sink.
func (l *Loop) Detach(s Socket) {}

// Do runs one command. It returns when its events are carried out and its durable part is written: media is cut at once, the
// acknowledgement waits. The error is a [Refusal] or the context's: then the command may have been done or not.
//
//   - [ErrNotSaved]: done in the room, but the first attempt to write failed; the loop goes on trying with growing pauses.
//   - [ErrBusy]: the queue of [QueueLength] commands is full. Commands that report what is so already (Disconnect, Leave, End,
//     RemovePerson, EndRoom) wait for their place instead.
//   - [ErrClosed]: the loop is closed.
func (l *Loop) Do(ctx context.Context, c Command) error { return nil }

// Heard reports a [Heard] without waiting and without a place in the queue: many reports of one participant are one.
func (l *Loop) Heard(p Participant) {}

// Snapshot gives what a participant may see now; [ErrNotFound] when he has no seat.
func (l *Loop) Snapshot(ctx context.Context, p Participant) (View, error) { return View{}, nil }

// Summary gives what a list of rooms shows, without waiting for the loop.
func (l *Loop) Summary() Summary { return Summary{} }

// Stats counts what happened to the loop since it was made.
func (l *Loop) Stats() LoopStats { return LoopStats{} }

// Done is closed when the loop has come to its end: the room ended and its durable writes are done, it failed, or it was closed.
func (l *Loop) Done() <-chan struct{} { return nil }

// Close stops the loop and waits for its goroutines. Queued commands get [ErrClosed]. Durable writes that are still open are tried until ctx ends;
// then the error is [ErrNotSaved]. Media sessions and sinks are left as they are: the node that closes a loop closes them too, or hands them over.
func (l *Loop) Close(ctx context.Context) error { return nil }

// QueueLength is how many commands wait for a room's loop.
const QueueLength = 256

// LoopStats counts.
type LoopStats struct {
	Commands uint64 // applied, refused ones included
	Refused  uint64 // by the room
	Busy     uint64 // refused because the queue was full
	Failed   uint64 // attempts to write that failed
	Unsaved  int    // writes that are open now
}
