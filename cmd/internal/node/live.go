package node

import (
	"context"
	"errors"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling"
	"github.com/anteroom-video/anteroom/web/api"
)

// liveRooms is signalling as pages and commands ask it.
type liveRooms struct{ *signaling.Server }

// Room implements api.Live.
func (l liveRooms) Room(id lobby.RoomID) api.State {
	s := l.Live(id)
	return api.State{Members: s.Members, Waiting: s.Waiting, Is: s.State, WaitingPersons: s.WaitingPersons}
}

// SignOut implements control.Live.
func (l liveRooms) SignOut(_ context.Context, account lobby.AccountID) error {
	l.Server.SignOut(account)
	return nil
}

// How often what has expired is deleted: rooms so that nothing of them is there five seconds after their time, which costs one look at an index;
// everything else from time to time.
const (
	sweepRoomsEvery = 2 * time.Second
	sweepEvery      = 5 * time.Minute
)

// forgetEvery is how often receipts that nobody may fetch any more are taken out of the memory.
const forgetEvery = 10 * time.Second

// startSweeping deletes expired rooms, sessions and tokens, and forgets addresses.
func (n *Node) startSweeping() {
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		rooms, rest := time.NewTicker(sweepRoomsEvery), time.NewTicker(sweepEvery)
		defer rooms.Stop()
		defer rest.Stop()
		forget := time.NewTicker(forgetEvery)
		defer forget.Stop()
		for {
			select {
			case <-forget.C:
				n.receipts.Desk.Sweep(time.Now())
			case <-rooms.C:
				n.sweepRooms(ctx, time.Now())
			case <-rest.C:
				n.sweepRest(ctx, time.Now())
			case <-ctx.Done():
				return
			}
		}
	}()
	n.closing(func(context.Context) error { stop(); <-done; return nil })
}

func (n *Node) sweepRooms(ctx context.Context, now time.Time) {
	swept, err := n.lobby.Sweep(ctx, now)
	if err != nil {
		n.log.Error("expired rooms could not all be deleted; it is tried again", "err", err)
	}
	for _, s := range swept {
		if _, err := n.live.EndRoom(ctx, s.Room, lobby.Ended{Deleted: true, Copies: errors.Is(err, lobby.ErrErasurePending)}); err != nil {
			n.log.Error("an expired room could not be ended", "room", s.Room, "err", err)
		}
	}
}

func (n *Node) sweepRest(ctx context.Context, now time.Time) {
	if _, err := n.auth.Sweep(ctx, now); err != nil {
		n.log.Error("expired sessions could not all be deleted; it is tried again", "err", err)
	}
	n.api.Forget(now)
}
