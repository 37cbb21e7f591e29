package signaling

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/session"
)

// rooms are the live rooms of this node. Each has a goroutine of its own here that listens for signs of life of its
// media and takes it down when it is over.
type rooms struct {
	host   *session.Host
	engine session.Engine

	watching sync.WaitGroup
	closed   chan struct{}

	mu sync.Mutex // guards the following fields and those of the entries

	closing bool
	last    context.Context // bounds the durable writes of rooms that are taken down while closing
	failed  error           // of rooms that could not be taken down cleanly
	live    map[lobby.RoomID]*entry
}

// entry is one live room in the list.
type entry struct {
	*session.Live
	users   int           // who hold it: the room is not forgotten
	leaving bool          // is being taken down; wait for gone
	gone    chan struct{} // closed when it is taken down
	left    chan struct{} // has a token when the last user left
}

func newRooms(h *session.Host, e session.Engine) *rooms {
	return &rooms{host: h, engine: e, closed: make(chan struct{}), live: map[lobby.RoomID]*entry{}}
}

// attempts bounds how often Enter meets a room in the moment in which it is taken down.
const attempts = 5

// Enter implements session.Rooms.
func (r *rooms) Enter(ctx context.Context, read func(context.Context) (lobby.Access, error)) (*session.Live, lobby.Access, func(), error) {
	access, err := read(ctx)
	if err != nil {
		return nil, lobby.Access{}, nil, err
	}
	for range attempts {
		e, leaving, err := r.hold(access)
		if err != nil {
			return nil, lobby.Access{}, nil, err
		}
		if leaving {
			if err := session.Wait(ctx, e.gone); err != nil {
				return nil, lobby.Access{}, nil, err
			}
			continue
		}
		// What was read may have ended before the room was held; from now on its end is seen here.
		leave := sync.OnceFunc(func() { r.leave(e) })
		if access, err = read(ctx); err != nil {
			leave()
			return nil, lobby.Access{}, nil, err
		}
		if access.Room.Session == e.Session {
			return e.Live, access, leave, nil
		}
		// A session of this room that is over in the store is still live here: it was ended a moment ago.
		err = e.EndStale(ctx)
		leave()
		if err == nil {
			err = session.Wait(ctx, e.gone)
		}
		if err != nil {
			return nil, lobby.Access{}, nil, err
		}
	}
	return nil, lobby.Access{}, nil, session.ErrUnavailable
}

// hold gives the live room, made if need be, and keeps it from being forgotten; or one that is leaving.
func (r *rooms) hold(access lobby.Access) (e *entry, leaving bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closing {
		return nil, false, session.ErrUnavailable
	}
	if e = r.live[access.Room.ID]; e != nil {
		select {
		case <-e.Done():
			e.leaving = true // watch will see it next
		default:
		}
		if !e.leaving {
			e.users++
		}
		return e, e.leaving, nil
	}
	live, err := session.NewLive(r.host, r.engine, access)
	if err != nil {
		return nil, false, err
	}
	e = &entry{Live: live, users: 1, gone: make(chan struct{}), left: make(chan struct{}, 1)}
	r.live[access.Room.ID] = e
	r.watching.Go(func() { r.watch(access.Room.ID, e) })
	return e, false, nil
}

func (r *rooms) leave(e *entry) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e.users--; e.users == 0 {
		select {
		case e.left <- struct{}{}:
		default:
		}
	}
}

// watch listens for media while the room lives, and takes it down.
func (r *rooms) watch(id lobby.RoomID, e *entry) {
	defer close(e.gone)
	tick := time.NewTicker(session.ListenEvery)
	defer tick.Stop()
	for over := false; !over; {
		select {
		case <-e.Done():
			over = r.giveUp(e, true)
		case <-r.closed:
			over = r.giveUp(e, true)
		case <-e.left:
			over = r.giveUp(e, false)
		case <-tick.C:
			e.Listen()
			e.Elsewhere(context.Background(), r.talking)
			over = r.giveUp(e, false)
		}
	}
	err := e.Close(r.patience())
	if err != nil {
		r.host.Logger.Error("room taken down", slog.String("error", err.Error()))
	}
	e.Prove() // when nothing of the room is left here
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, id)
	if r.closing {
		r.failed = errors.Join(r.failed, err)
	}
}

// giveUp decides whether a room is taken down, and lets nobody enter it any more then.
func (r *rooms) giveUp(e *entry, over bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	e.leaving = e.leaving || over || e.users == 0 && e.Summary().Idle
	return e.leaving
}

// patience bounds the durable writes of a room that is taken down.
func (r *rooms) patience() context.Context {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.last != nil {
		return r.last
	}
	return context.Background() // a room that ended by itself has written all it had to
}

// talking reports whether a signed-in counsellor is in a conversation in some live room of this node.
func (r *rooms) talking(account lobby.AccountID) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.live {
		if m := e.Summary(); m.Talking && slices.Contains(m.Counsellors, account) {
			return true
		}
	}
	return false
}

// find gives a live room and keeps it until leave is called; nil when there is none, or none any more.
func (r *rooms) find(id lobby.RoomID) (e *entry, leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e = r.live[id]
	if e == nil || e.leaving {
		return nil, func() {}
	}
	e.users++
	return e, func() { r.leave(e) }
}

// findLeaving is find that gives a room too that is being taken down.
func (r *rooms) findLeaving(id lobby.RoomID) (e *entry, leave func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if e = r.live[id]; e == nil {
		return nil, func() {}
	}
	e.users++
	return e, func() { r.leave(e) }
}

// each calls f for every live room.
func (r *rooms) each(f func(*session.Live)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, e := range r.live {
		f(e.Live)
	}
}

// close takes all rooms down and waits for it.
func (r *rooms) close(ctx context.Context) error {
	r.mu.Lock()
	if !r.closing {
		r.closing, r.last = true, ctx
		close(r.closed)
	}
	r.mu.Unlock()
	r.watching.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.failed
}
