package signaling_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/lobby/token"
	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/signaling/room"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// The counsellor is gone when neither his socket nor his media is heard: 3 s, and at most 1 s more until it is silent.
func TestCounsellorIsNotHeard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		media := h.offer(anna)
		time.Sleep(time.Minute) // pongs are heard, though nobody says a word
		none[*wire.Room](anna)

		start := time.Now()
		counsellor.freeze()
		expectThat(anna, func(r *wire.Room) bool { return r.Paused })
		if took := time.Since(start); took < room.LostAfter-time.Second || took > room.LostAfter+time.Second {
			t.Errorf("silent after %v", took)
		}
		if f, _ := media.state(); f.Group != "" {
			t.Errorf("media flows: %+v", f)
		}
		counsellor.comeBack(false)
		expectThat(anna, func(r *wire.Room) bool { return !r.Paused })
		media.flows(t, sfu.Flow{Group: "room", Audio: true, Video: true})
	})
}

// A restart does not save a session from its end: nobody comes back, and it is over when a paused room's time is.
func TestSessionEndsOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		session := func() string {
			r, _, err := h.lobby.Room(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID)
			must(t, err)
			return r.Session
		}
		restart := func() int {
			must(t, h.server.Close(t.Context()))
			h.open()
			begun, err := h.lobby.Begun(t.Context())
			must(t, err)
			must(t, h.server.Revive(begun))
			return len(begun)
		}
		h.join("anna", newDevice(t))
		equal(t, "sessions that have begun while people only wait", restart(), 0)
		h.call()
		equal(t, "sessions that have begun", restart(), 1)
		equal(t, "state", h.server.Live(h.room.ID).State, "paused")
		policy := lobby.ShippedPolicies()[h.room.Policy]
		time.Sleep(policy.EndAfter - time.Second)
		equal(t, "session", session(), h.room.Session)
		time.Sleep(2 * time.Second)
		if session() == h.room.Session {
			t.Error("the session has no end")
		}
		equal(t, "live rooms", h.server.Stats().Rooms, 0)
		equal(t, "sessions that have begun, after the end", restart(), 0)
	})
}

func TestCounsellorIsHeardByHisMedia(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		media := h.offer(counsellor)
		counsellor.freeze()
		for range 60 {
			media.speaks()
			time.Sleep(time.Second)
		}
		none[*wire.Room](anna)
		start := time.Now() // and now that is silent too
		expectThat(anna, func(r *wire.Room) bool { return r.Paused })
		if took := time.Since(start); took > room.LostAfter+time.Second {
			t.Errorf("silent after %v", took)
		}
	})
}

// A member whose socket is lost keeps his seat as long as his media goes on.
func TestMediaKeepsTheSeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		media := h.offer(anna)
		anna.drop()
		for range 5 * 60 {
			media.speaks()
			time.Sleep(time.Second)
		}
		none[*wire.MemberGone](counsellor)
		time.Sleep(room.SeatGrace + time.Second)
		equal(t, "reason", expect[*wire.MemberGone](counsellor).Reason, wire.ReasonLeft)
		if _, closed := media.state(); !closed {
			t.Error("the media session lives on")
		}
	})
}

func TestResumeTokensAreRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		_, anna := h.call()
		first := anna.resume
		for range 5 {
			time.Sleep(token.ResumeLife / 2)
			anna.resume = expect[*wire.Token](anna).Resume
		}
		anna.drop()
		old := h.dial(anna.device)
		m := hello()
		m.Resume, m.Proof = first, anna.device.prove(t, first)
		old.refused(m, wire.CodeToken)
		equal(t, "phase with the new token", anna.comeBack(false).self.Phase, wire.PhaseIn)
	})
}

// A room whose counsellor does not come back ends for everybody, also in the store.
func TestAbandonedRoomEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor, anna := h.call()
		ben := h.join("ben", newDevice(t))
		counsellor.ok(&wire.Leave{})
		paused := expectThat(anna, func(r *wire.Room) bool { return r.Paused })
		policy := lobby.ShippedPolicies()[h.room.Policy]
		equal(t, "end in sight", time.Until(time.UnixMilli(paused.EndsAt)).Round(time.Second), policy.EndAfter)
		time.Sleep(policy.EndAfter + time.Second)
		for _, p := range []*peer{anna, ben} {
			expect[*wire.Ended](p)
			p.closed(wire.CloseEnded)
		}
		synctest.Wait()
		now, _, err := h.lobby.Room(t.Context(), lobby.DefaultTenant, h.counsellor.ID, h.room.ID)
		if err != nil || now.Session == h.room.Session {
			t.Errorf("the store does not know: %v", err)
		}
		equal(t, "live rooms", h.server.Stats().Rooms, 0)
	})
}

// A room in which nobody was let in is forgotten when the last has gone.
func TestEmptyRoomIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor := h.counsel()
		anna := h.join("anna", newDevice(t))
		anna.drop()
		counsellor.ok(&wire.Leave{})
		counsellor.closed(wire.CloseLeft)
		time.Sleep(room.WaitingGrace / 2)
		equal(t, "live rooms while a place is kept", h.server.Stats().Rooms, 1)
		time.Sleep(room.WaitingGrace)
		equal(t, "live rooms", h.server.Stats().Rooms, 0)
	})
}

func TestKnockAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHouseInBubble(t)
		counsellor := h.counsel()
		anna := h.join("anna", newDevice(t))
		counsellor.ok(&wire.Decline{Participant: anna.id()})
		expect[*wire.Declined](anna)
		time.Sleep(wire.KnockAgainAfter)
		anna.ok(&wire.Knock{})
		expectThat(counsellor, func(w *wire.Waiting) bool { return w.State == wire.WaitWaiting && w.WaitedMS == 0 })
		time.Sleep(3 * time.Second)
		counsellor.admit(anna)
		if b := h.server.Stats().Waited; b.Sum != 3*time.Second {
			t.Errorf("waited for %v", b.Sum)
		}
	})
}
