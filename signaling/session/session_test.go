package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

func TestCodes(t *testing.T) {
	for err, want := range map[error]wire.Code{
		refusal(wire.CodeVersion): wire.CodeVersion,
		room.ErrBadCommand:        wire.CodeBadMessage,
		room.ErrNotAllowed:        wire.CodeNotAllowed,
		room.ErrNotFound:          wire.CodeNotFound,
		room.ErrWrongState:        wire.CodeWrongState,
		room.ErrTooFast:           wire.CodeTooFast,
		room.ErrLinkFull:          wire.CodeLinkFull,
		room.ErrRoomFull:          wire.CodeRoomFull,
		room.ErrStale:             wire.CodeToken,
		room.ErrRemoved:           wire.CodeLinkInvalid,
		room.ErrEnded:             wire.CodeWrongState,
		room.ErrNotSaved:          wire.CodeNotSaved,
		room.ErrBusy:              wire.CodeUnavailable,
		room.ErrClosed:            wire.CodeUnavailable,
		room.Refusal("new"):       wire.CodeInternal,
		token.ErrToken:            wire.CodeToken,
		token.ErrProof:            wire.CodeProof,
		token.ErrFull:             wire.CodeUnavailable,
		lobby.ErrNotFound:         wire.CodeLinkInvalid,
		lobby.ErrRevoked:          wire.CodeLinkInvalid,
		sfu.ErrBadOffer:           wire.CodeBadMessage,
		sfu.ErrClosed:             wire.CodeWrongState,
		sfu.ErrStale:              wire.CodeWrongState,
		sfu.ErrTooManySessions:    wire.CodeUnavailable,
		ErrUnavailable:            wire.CodeUnavailable,
		context.Canceled:          wire.CodeUnavailable,
		errors.New("disk full"):   wire.CodeInternal,
	} {
		if got := codeOf(fmt.Errorf("doing something: %w", err)); got != want {
			t.Errorf("%v: got %q, want %q", err, got, want)
		}
	}
	for reason, want := range map[room.Reason]wire.CloseCode{
		room.ReasonLeft: wire.CloseLeft, room.ReasonRemoved: wire.CloseRemoved, room.ReasonReplaced: wire.CloseReplaced,
		room.ReasonEnded: wire.CloseEnded, room.ReasonInternal: wire.CloseInternal,
	} {
		if got := closeCode(reason); got != want {
			t.Errorf("%s: got %d, want %d", reason, got, want)
		}
	}
}

func TestHistogram(t *testing.T) {
	h := newHistogram(time.Second, time.Minute)
	for _, d := range []time.Duration{0, time.Second, time.Second + 1, time.Minute, time.Hour} {
		h.add(d)
	}
	b := h.Buckets()
	if got := fmt.Sprint(b.Counts); got != "[2 2 1]" {
		t.Errorf("counts %s", got)
	}
	if want := 2*time.Second + 1 + time.Minute + time.Hour; b.Sum != want {
		t.Errorf("sum %v, want %v", b.Sum, want)
	}
}

// registry answers like a lobby in which one person has a generation.
type registry struct {
	Lobby
	generation uint32
	err        error
	raised     int
}

func (r *registry) PersonAccess(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) (lobby.Access, error) {
	return lobby.Access{Person: lobby.Person{Generation: r.generation}}, r.err
}

func (r *registry) RaiseGeneration(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) (uint32, error) {
	r.raised++
	r.generation++
	return r.generation, nil
}

func (r *registry) Revoke(context.Context, lobby.TenantID, lobby.RoomID, lobby.PersonID) error {
	return r.err
}

func (r *registry) BeginSession(context.Context, lobby.TenantID, lobby.RoomID, string) error {
	return r.err
}

func (r *registry) EndSession(context.Context, lobby.TenantID, lobby.RoomID, string) (lobby.Ended, error) {
	return lobby.Ended{}, r.err
}

func TestStoreMayBeAskedTwice(t *testing.T) {
	r := &registry{generation: 1}
	s := store{lobby: r, proof: newProof(&Host{Clock: time.Now}, "")}
	for range 2 {
		if err := s.Raise(t.Context(), "p", 3); err != nil {
			t.Fatal(err)
		}
	}
	if r.generation != 3 || r.raised != 2 {
		t.Errorf("generation %d after %d raises", r.generation, r.raised)
	}
	for err, want := range map[error]bool{
		lobby.ErrNotFound: true, lobby.ErrRevoked: true, lobby.ErrErasurePending: true, errors.New("disk full"): false,
	} {
		r.err = err
		for name, write := range map[string]error{
			"raise": s.Raise(t.Context(), "p", 9), "revoke": s.Revoke(t.Context(), "p"), "delete": s.Delete(t.Context()), "begin": s.Begin(t.Context()),
		} {
			if (write == nil) != want {
				t.Errorf("%s with %v: %v", name, err, write)
			}
		}
	}
}

func TestQueue(t *testing.T) {
	var got []int32
	started, release := make(chan struct{}), make(chan struct{})
	q := queue{run: func(m wire.Message) bool {
		if m.ID == 1 {
			close(started)
			<-release
		}
		got = append(got, m.ID)
		return m.ID != 100
	}}
	if !q.add(wire.Message{ID: 1}, 1) {
		t.Fatal("full at the start")
	}
	<-started
	for i := range queueLength {
		if !q.add(wire.Message{ID: int32(i + 2)}, 1) {
			t.Fatalf("full after %d", i)
		}
	}
	if q.add(wire.Message{}, 1) {
		t.Error("never full")
	}
	close(release)
	q.working.Wait()
	if len(got) != 100 || !slices.IsSorted(got) {
		t.Errorf("ran %v, want 1 to 100 in order and nothing after a fault", got)
	}
	q.close()
}

// TestQueueBytes: what waits is bounded by its size too, and what has run makes room again.
func TestQueueBytes(t *testing.T) {
	ran, release := make(chan struct{}), make(chan struct{})
	q := queue{run: func(wire.Message) bool { ran <- struct{}{}; <-release; return true }}
	defer q.close()
	q.add(wire.Message{}, wire.MaxLargeMessage)
	<-ran
	n := 0
	for q.add(wire.Message{}, wire.MaxLargeMessage) {
		n++
	}
	if n != queueBytes/wire.MaxLargeMessage {
		t.Errorf("%d large requests wait", n)
	}
	release <- struct{}{}
	<-ran
	if !q.add(wire.Message{}, wire.MaxLargeMessage) {
		t.Error("no room after one has run")
	}
	close(release)
	for range n {
		<-ran
	}
}

func TestQueueEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, ended := make(chan struct{}), false
		n := 0
		q := queue{run: func(wire.Message) bool { n++; <-release; return true }}
		q.add(wire.Message{}, 1)
		q.add(wire.Message{}, 1)
		synctest.Wait()
		go func() { q.close(); ended = true }()
		synctest.Wait()
		if ended {
			t.Error("did not wait for the request under way")
		}
		close(release)
		synctest.Wait()
		q.add(wire.Message{}, 1)
		if !ended || n != 1 {
			t.Errorf("ended: %v; %d requests ran, want the one that had begun", ended, n)
		}
	})
}
