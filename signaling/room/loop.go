package room

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// QueueLength is how many commands wait for a room's loop.
const QueueLength = 256

// LoopConfig is what a loop is made with.
type LoopConfig struct {
	Room      Config
	Forwarder Forwarder
	Store     Store
	// Over is called once, by the loop's goroutine, when the room has ended, before anybody is told and before the end is written
	// down; not when it failed or was closed. It must take no longer than memory takes. May be nil.
	Over func(Record)
	// Failed is called once, by the loop's goroutine, when the room ended by a panic, with what was recovered and the
	// stack. May be nil.
	Failed func(recovered any, stack []byte)
}

// Loop owns one room: one goroutine that runs its commands in turn, carries out their events and keeps its timers. A
// second one writes what is durable, while there is something to write.
//
// A panic in Apply, in the Forwarder or in a Sink ends this room alone: every media session is dropped, every socket
// closed with [ReasonInternal], every command gets [ErrClosed]. What the command that failed had decided durably is
// written all the same; clients resume into a new loop.
type Loop struct {
	config  LoopConfig
	state   *State // of the loop's goroutine
	started time.Time
	writer  *writer

	queue   chan *request
	wake    chan struct{} // has a token while heard is not empty
	closing chan struct{}
	stopped chan struct{} // the goroutine applies no more commands, because of why
	done    chan struct{}
	close   sync.Once
	why     Refusal // written before stopped is closed

	// These are of the loop's goroutine.
	present *request             // the one that is being answered
	writes  []Durable            // what the present one leaves to write
	media   map[Participant]bool // who may have a media session

	summary  atomic.Pointer[Summary]
	commands atomic.Uint64
	refused  atomic.Uint64
	busy     atomic.Uint64

	mu sync.Mutex // guards the following fields; held for memory only

	sinks map[Socket]Sink
	heard []Participant // reported and not yet applied, each once
}

// request is one command on its way through the queue.
type request struct {
	command Command // nil: only what was asked for before is waited for
	taken   bool    // by the loop's goroutine: there will be a reply
	reply   chan error
}

// LoopStats counts what happened to a loop since it was made.
type LoopStats struct {
	Commands     uint64 // applied, refused ones included
	Refused      uint64 // by the room
	Busy         uint64 // refused because the queue was full
	FailedWrites uint64 // attempts that failed
	Unsaved      int    // writes that are open now
}

// NewLoop makes a room and starts its loop. The error names what is wrong with the configuration.
func NewLoop(c LoopConfig) (*Loop, error) {
	state, err := New(c.Room)
	if err != nil {
		return nil, err
	}
	l := &Loop{
		config: c, state: state, started: time.Now(), writer: newWriter(c.Store),
		queue: make(chan *request, QueueLength), wake: make(chan struct{}, 1),
		closing: make(chan struct{}), stopped: make(chan struct{}), done: make(chan struct{}),
		media: map[Participant]bool{}, sinks: map[Socket]Sink{},
	}
	// A session that had begun is paused from the first moment, and ends if no counsellor comes.
	if _, err := state.Apply(Tick{}, l.now()); err != nil {
		return nil, err
	}
	l.summarise()
	go l.run()
	return l, nil
}

// Attach says where the messages for a socket go. Call it before the [Arrive] that names the socket. A socket that the
// room closes is detached by itself. Attaching to a loop that has stopped does nothing; the Arrive is refused then.
func (l *Loop) Attach(s Socket, k Sink) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sinks[s] = k
}

// Detach forgets the sink; a call that is under way may still reach it. It does not take the socket from its seat: that
// is [Disconnect].
func (l *Loop) Detach(s Socket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.sinks, s)
}

// Do runs one command. It returns when the events are carried out and the durable part is written: media is cut at once,
// the acknowledgement waits for the write. The error is a [Refusal], or the context's: then it is not known whether the
// command was done.
//
//   - [ErrNotSaved]: done in the room, but the first attempt to write failed; the loop tries again with growing pauses.
//   - [ErrBusy]: [QueueLength] commands wait. Commands that only report what is so already ([Disconnect], [Leave],
//     [RemovePerson], [ReplaceLink], [Invite], [StandIn], [EndRoom]), [Withdraw] and [End] wait for a place instead.
//   - [ErrEnded], [ErrClosed]: the loop has stopped.
func (l *Loop) Do(ctx context.Context, c Command) error {
	if c == nil {
		return ErrBadCommand
	}
	return l.ask(ctx, c)
}

func (l *Loop) ask(ctx context.Context, c Command) error {
	r := &request{command: c, reply: make(chan error, 1)}
	select {
	case <-l.stopped:
		return l.why
	default:
	}
	select {
	case l.queue <- r:
	default:
		if !mustPass(c) {
			l.busy.Add(1)
			return ErrBusy
		}
		select {
		case l.queue <- r:
		case <-l.stopped:
			return l.why
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-l.stopped:
	}
	if !r.taken {
		return l.why
	}
	select { // its durable part is being written
	case err := <-r.reply:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func mustPass(c Command) bool {
	switch c.(type) {
	case Disconnect, Leave, RemovePerson, ReplaceLink, Invite, StandIn, EndRoom, End, Withdraw:
		return true
	}
	return false
}

// Heard reports a [Heard] without waiting and without a place in the queue: many reports of one participant are one.
func (l *Loop) Heard(p Participant) {
	l.mu.Lock()
	known := slices.Contains(l.heard, p)
	if !known {
		l.heard = append(l.heard, p)
	}
	l.mu.Unlock()
	if known {
		return
	}
	select {
	case l.wake <- struct{}{}:
	default:
	}
}

// Settled returns when all that the loop was asked for by now is done, and written or tried once. The error is nil when it is written, also of a
// loop that has come to its end meanwhile; else as of [Loop.Do].
func (l *Loop) Settled(ctx context.Context) error {
	err := l.ask(ctx, nil)
	if err != ErrEnded && err != ErrClosed {
		return err
	}
	select { // what the end itself leaves to write
	case <-l.done:
	case <-ctx.Done():
		return ctx.Err()
	}
	if _, open := l.writer.stats(); open > 0 {
		return ErrNotSaved
	}
	return nil
}

// Summary gives what a list of rooms shows, without waiting for the loop.
func (l *Loop) Summary() Summary { return *l.summary.Load() }

// Stats counts what happened to the loop since it was made.
func (l *Loop) Stats() LoopStats {
	failed, open := l.writer.stats()
	return LoopStats{
		Commands: l.commands.Load(), Refused: l.refused.Load(), Busy: l.busy.Load(),
		FailedWrites: failed, Unsaved: open,
	}
}

// Done is closed when the loop has come to its end: the room has ended and that is written, or it failed, or it was closed.
func (l *Loop) Done() <-chan struct{} { return l.done }

// Close stops the loop and waits for its goroutines. Commands in the queue get [ErrClosed]. Writes that are open are
// tried until ctx ends; the error is [ErrNotSaved] when some are left. Media sessions and sinks stay as they are: whoever
// closes a loop closes them too, or hands them over.
func (l *Loop) Close(ctx context.Context) error {
	l.close.Do(func() { close(l.closing) })
	select {
	case <-l.done:
	case <-ctx.Done():
		l.writer.cancel()
		<-l.done
	}
	if _, open := l.writer.stats(); open > 0 {
		return ErrNotSaved
	}
	return nil
}

// now is the wall clock of the loop's start plus the time that has passed since: a clock that is set does not end calls.
func (l *Loop) now() time.Time { return l.started.Add(time.Since(l.started)) }

func (l *Loop) run() {
	l.why = l.serve()
	close(l.stopped)
	l.writer.finish()
	close(l.done)
}

// serve runs the room until it ends, fails or is closed, and says which.
func (l *Loop) serve() (why Refusal) {
	defer func() {
		if recovered := recover(); recovered != nil {
			l.fail(recovered, debug.Stack())
			why = ErrClosed
		}
	}()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for l.Summary().Status != StatusEnded {
		l.arm(timer)
		select {
		case <-l.closing:
			return ErrClosed
		case r := <-l.queue:
			l.handle(r)
		case <-l.wake:
			l.hear()
		case <-timer.C:
			l.due()
		}
	}
	return ErrEnded
}

func (l *Loop) arm(timer *time.Timer) {
	if at, ok := l.state.Deadline(); ok {
		timer.Reset(max(0, at.Sub(l.now())))
	} else {
		timer.Stop()
	}
}

// due runs what waits and then what is due. In this order: after a stall of the machine everybody's voice is in the
// queue, and a room must not fall silent because it was slow to listen.
func (l *Loop) due() {
	for range len(l.queue) {
		l.handle(<-l.queue)
	}
	l.hear()
	if at, ok := l.state.Deadline(); ok && !l.now().Before(at) {
		l.apply(Tick{})
	}
}

// hear applies what was reported by Heard. Who has no seat any more is no matter.
func (l *Loop) hear() {
	l.mu.Lock()
	heard := l.heard
	l.heard = nil
	l.mu.Unlock()
	for _, p := range heard {
		l.apply(Heard{p})
	}
}

// apply runs a command of the loop's own, which nobody waits for.
func (l *Loop) apply(c Command) { l.handle(&request{command: c, reply: make(chan error, 1)}) }

func (l *Loop) handle(r *request) {
	r.taken, l.present = true, r
	l.answer(r)
	l.present, l.writes = nil, nil
}

func (l *Loop) answer(r *request) {
	if r.command == nil {
		l.writer.settled(r.reply)
		return
	}
	events, err := l.state.Apply(r.command, l.now())
	l.commands.Add(1)
	if err != nil {
		l.refused.Add(1)
		r.reply <- err
		return
	}
	l.writes = effects[Durable](events) // first, so that they are written even if somebody else fails
	l.carryOut(events)
	if _, heard := r.command.(Heard); !heard || len(events) > 0 {
		l.summarise()
	}
	if len(l.writes) > 0 {
		l.writer.add(l.writes, r.reply)
	} else {
		r.reply <- nil
	}
}

func (l *Loop) summarise() {
	s := l.state.Summary()
	l.summary.Store(&s)
}
