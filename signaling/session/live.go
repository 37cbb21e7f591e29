package session

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// Live is a live room with the media of those who are in it. It carries out the room's [room.Flow] and [room.Drop] on the
// engine, and tells each participant's socket what the engine says.
type Live struct {
	// Session is the session of the room that this is (lobby.Room.Session).
	Session string

	loop   *room.Loop
	media  func() EngineRoom // made by the first who needs it: a room where people only wait has none
	host   *Host
	joins  atomic.Uint32  // counts media sessions: the engine's generation, since a client's starts anew with each page
	ending sync.WaitGroup // media sessions that are being closed

	pairing pairing
	proof   *proof

	speaker sync.Map // by group, the *wire.Speaker that was told last

	lines sync.Mutex // held while telling how good a line is, so that the last word is the newest; comes before a seat's locks

	mu sync.Mutex // guards the following fields

	seats    map[room.Participant]*seat
	arrivals map[string]*rate.Limiter // by person or account: as many as were ever invited

	made   EngineRoom // what media made; nil before
	closed bool
	// entitled are the accounts that may open the room.
	entitled []lobby.AccountID
}

// NewLive makes the live room of what somebody has access to, and starts its loop.
func NewLive(host *Host, e Engine, access lobby.Access) (*Live, error) {
	l := &Live{Session: access.Room.Session, entitled: entitled(access.Room), host: host, seats: map[room.Participant]*seat{}, arrivals: map[string]*rate.Limiter{}}
	l.proof = newProof(host, access.Policy.Name)
	// The room's id may name a session before or after this one, whose media is still ending.
	id := string(access.Room.ID) + "/" + access.Room.Session
	l.media = sync.OnceValue(func() EngineRoom { return l.keep(e.Room(id, speakers{l})) })
	loop, err := room.NewLoop(room.LoopConfig{
		Room:      room.ConfigFor(access.Room, access.Policy),
		Forwarder: forwarder{l},
		Store:     store{host.Lobby, access.Room.Tenant, access.Room.ID, access.Room.Session, l.proof},
		Over:      l.proof.over,
		Failed:    func(recovered any, stack []byte) { host.Panicked("room", recovered, stack) },
	})
	if err != nil {
		return nil, fmt.Errorf("make the live room: %w", err)
	}
	l.loop = loop
	return l, nil
}

// mayArrive bounds how often one person or account signs on: each time is told to whoever moderates.
func (l *Live) mayArrive(who string, now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	of := l.arrivals[who]
	if of == nil {
		of = rate.NewLimiter(wire.SignOnsPerSecond, wire.SignOnBurst)
		l.arrivals[who] = of
	}
	return of.AllowN(now, 1)
}

// keep notes the engine's room so that Close can end it; after Close it is ended at once.
func (l *Live) keep(r EngineRoom) EngineRoom {
	l.mu.Lock()
	l.made = r
	closed := l.closed
	l.mu.Unlock()
	if closed {
		_ = r.Close()
	}
	return r
}

// Summary gives what a list of rooms shows, without waiting.
func (l *Live) Summary() room.Summary { return l.loop.Summary() }

// Unsaved gives how many durable writes of the room are open because the store failed.
func (l *Live) Unsaved() int { return l.loop.Stats().Unsaved }

// Done is closed when the room has come to its end.
func (l *Live) Done() <-chan struct{} { return l.loop.Done() }

func entitled(r lobby.Room) []lobby.AccountID {
	return append([]lobby.AccountID{r.Owner}, r.CoCounsellors...)
}

// End ends a room for all that was ended durably already, which left this. The token is for whoever asked for it, as for those who were
// in: it gives the receipt when that is made. It is "" where no session is live here.
func (l *Live) End(ctx context.Context, left lobby.Ended) (promise string, err error) {
	l.proof.wiped(left)
	if err := l.over(l.loop.Do(ctx, room.EndRoom{})); err != nil {
		return "", err
	}
	return l.proof.promise(true), nil
}

// EndStale ends a room for all that was ended durably already by somebody who is about to say so too: what it left is not known here,
// and there is no receipt.
func (l *Live) EndStale(ctx context.Context) error { return l.over(l.loop.Do(ctx, room.EndRoom{})) }

// Prove makes the receipt of a room that has ended. Call it when the room is taken down.
func (l *Live) Prove() { l.proof.prove() }

// Remove removes a person whose link was revoked durably already.
func (l *Live) Remove(ctx context.Context, p lobby.PersonID) error {
	return l.over(l.loop.Do(ctx, room.RemovePerson{Person: p}))
}

// ReplaceLink gives up the seats of a person who was given a new link durably already, with this generation.
func (l *Live) ReplaceLink(ctx context.Context, p lobby.PersonID, generation uint32) error {
	return l.over(l.loop.Do(ctx, room.ReplaceLink{Person: p, Generation: generation}))
}

// Invite tells those who moderate of a person who was invited durably already.
func (l *Live) Invite(ctx context.Context, p lobby.Person) error {
	return l.over(l.loop.Do(ctx, room.Invite{Person: p.ID, Role: p.Role, Label: p.Label}))
}

// StandIn tells those who wait that a colleague comes, whose room this is from now on, durably already.
func (l *Live) StandIn(ctx context.Context, r lobby.Room) error {
	l.mu.Lock()
	l.entitled = entitled(r)
	l.mu.Unlock()
	return l.over(l.loop.Do(ctx, room.StandIn{}))
}

// NotePIN tells those who moderate whether a person's PIN is locked, as it is in the store.
func (l *Live) NotePIN(ctx context.Context, p lobby.Person) error {
	return l.over(l.loop.Do(ctx, room.NotePIN{Invitee: room.InviteeOf(p), Locked: p.PIN.Locked()}))
}

// Settled waits until what the room decided by now is written, or was tried once.
func (l *Live) Settled(ctx context.Context) error { return l.loop.Settled(ctx) }

// Elsewhere tells those who wait whether a counsellor of this room is in another conversation. talking reports it of one account. It does
// nothing while nobody waits or a counsellor is here.
func (l *Live) Elsewhere(ctx context.Context, talking func(lobby.AccountID) bool) {
	m := l.Summary()
	if m.Waiting == 0 || len(m.Counsellors) > 0 {
		return
	}
	l.mu.Lock()
	counsellors := l.entitled
	l.mu.Unlock()
	on := slices.ContainsFunc(counsellors, talking)
	if on != m.Elsewhere {
		_ = l.loop.Do(ctx, room.Elsewhere{On: on}) // said again in a moment where it was not heard
	}
}

// over takes it for done that a room which no longer is has nobody in it.
func (l *Live) over(err error) error {
	if errors.Is(err, room.ErrEnded) || errors.Is(err, room.ErrClosed) {
		return nil
	}
	return err
}

// Close ends the room on this node, not the session: clients resume in another. It waits for the loop, its durable
// writes until ctx ends, and all media.
func (l *Live) Close(ctx context.Context) error {
	err := l.loop.Close(ctx)
	l.mu.Lock()
	l.closed = true
	made := l.made
	l.mu.Unlock()
	if made != nil {
		if closing := made.Close(); err == nil {
			err = closing
		}
	}
	l.ending.Wait()
	l.pairing.end(false)
	return err
}

// Listen reports to the room who was heard by his media since it was asked last: of those who moderate, because promise 4
// hangs on it, and of those whose socket is lost, because their seat does. Call it every [ListenEvery].
func (l *Live) Listen() {
	for _, x := range l.all() {
		if x.heardMedia() {
			l.loop.Heard(x.id)
		}
	}
}

func (l *Live) all() []*seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	seats := make([]*seat, 0, len(l.seats))
	for _, x := range l.seats {
		seats = append(seats, x)
	}
	return seats
}

// at works on the seat of a participant, which is made when there is none, and forgotten when nothing needs it afterwards.
// What f does is guarded by the seat's own locks.
func (l *Live) at(p room.Participant, f func(*seat)) {
	x := l.take(p)
	defer l.release(x)
	f(x)
}

func (l *Live) take(p room.Participant) *seat {
	l.mu.Lock()
	defer l.mu.Unlock()
	x := l.seats[p]
	if x == nil {
		x = &seat{live: l, id: p, renewed: rate.NewLimiter(wire.ConnectionsPerSecond, wire.ConnectionBurst)}
		l.seats[p] = x
	}
	x.users++
	return x
}

func (l *Live) release(x *seat) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if x.users--; x.users == 0 && x.unused() {
		delete(l.seats, x.id)
	}
}

// forwarder carries out what the room decides about media.
type forwarder struct{ *Live }

func (f forwarder) SetFlow(b room.Flow) {
	if b.Group == "" || !b.Audio || !b.Video {
		f.pairing.faded() // what is kept from others now may not pass there either
	}
	f.at(b.Participant, func(x *seat) { x.setFlow(b) })
}

func (f forwarder) Drop(p room.Participant) {
	if f.pairing.of(p) { // a room that failed says nothing of it
		f.part(false)
	}
	f.pairing.faded()
	f.at(p, func(x *seat) {
		if media := x.drop(); media != nil {
			f.ending.Go(func() { _ = media.Close() }) // nothing flows any more; to end the connection takes longer
		}
		x.forgetLine()
	})
}

// speakers tells everybody who speaks in his group.
type speakers struct{ *Live }

func (s speakers) Speaker(group, dominant string, speaking []string) {
	event := &wire.Speaker{Dominant: dominant, Speaking: slices.Clone(speaking)}
	s.speaker.Store(group, event)
	for _, x := range s.all() {
		x.tellSpeaker(group, event)
	}
}

// Panicked counts and logs a panic. What was recovered may hold anything, so its type alone is told.
func (h *Host) Panicked(where string, recovered any, stack []byte) {
	h.Counts.Panics.Add(1)
	h.Logger.Error("panic", slog.String("in", where), slog.String("kind", fmt.Sprintf("%T", recovered)), slog.String("stack", string(stack)))
}
