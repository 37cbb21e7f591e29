package e2e

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// gate lets a person's websocket and requests through while it is open; media goes another way.
type gate struct{ shut atomic.Bool }

var errShut = errors.New("the gate is shut")

func (g *gate) behind(o *client.Options) {
	dialer := &net.Dialer{}
	o.HTTP = &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
		if g.shut.Load() {
			return nil, errShut
		}
		return dialer.DialContext(ctx, network, address)
	}}}
}

// The node is restarted in the middle of a call. Who was admitted is back without knocking, hears nothing of the others before a
// counsellor is there, and everything when she is.
func TestRestartInTheMiddleOfACall(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben", "Cem")
	var door gate
	counsellor := join(t, a.counsellor, door.behind)
	anna, ben, cem := join(t, a.links[0]), join(t, a.links[1]), join(t, a.links[2])
	counsellor.admits(anna)
	counsellor.admits(ben)
	meet(counsellor, anna, ben)
	must(t, counsellor.Mute(counsellor.ctx(), anna.Participant(), wire.KindAudio))
	expect[*wire.Token](anna) // which says so
	knocks := len(unasked[*wire.Waiting](counsellor))

	door.shut.Store(true)
	s.restart()
	for _, p := range []*person{anna, ben} {
		back := expect[client.Reconnected](p)
		equal(t, "phase", back.Welcome.Phase, wire.PhaseIn)
		equal(t, "media kept", back.Kept, false)
		equal(t, "paused", back.Welcome.State.Room.Paused, true)
	}
	equal(t, "phase of who waited", expect[client.Reconnected](cem).Welcome.Phase, wire.PhaseWaiting)
	// Their media connections stand, and the server takes their packets: it passes none on.
	for _, p := range []*person{anna, ben} {
		expect(p, func(m client.MediaState) bool { return m.Generation == 2 && m.State == "connected" })
	}
	nothing(anna, both, []*person{ben}, func() {})
	nothing(ben, both, []*person{anna}, func() {})
	if taken := s.count("anteroom_media_packets_in_total"); taken < 2*enough {
		t.Errorf("%d packets reached the server", taken)
	}
	equal(t, "packets sent by the server", s.count("anteroom_media_packets_out_total"), 0)

	door.shut.Store(false)
	equal(t, "the counsellor's phase", expect[client.Reconnected](counsellor).Welcome.Phase, wire.PhaseIn)
	meet(counsellor, ben)
	anna.sees(counsellor)
	anna.sees(ben)
	// What was off before is off.
	nothing(anna, []int{sound}, []*person{counsellor, ben}, func() { counsellor.gets(anna, picture); ben.gets(anna, picture) })
	must(t, anna.Self(anna.ctx(), true, true))
	meet(counsellor, anna, ben)
	equal(t, "who waits is", cem.Phase(), wire.PhaseWaiting)
	equal(t, "knocks of those who were inside", len(unasked[*wire.Waiting](counsellor)), knocks)
	if got := cem.of(anna); got.packets != [2]int{} {
		t.Error("who waits saw somebody")
	}
}

// A room that was held is held after a restart, until a counsellor says otherwise.
func TestRestartWhileHeld(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, _ := counselled(s, 2)
	everybody := append([]*person{counsellor}, others...)
	must(t, counsellor.Hold(counsellor.ctx(), true))
	for _, p := range everybody {
		expect[*wire.Token](p)
	}
	s.restart()
	for _, p := range everybody {
		equal(t, "held", expect[client.Reconnected](p).Welcome.State.Room.Held, true)
		expect(p, func(m client.MediaState) bool { return m.Generation == 2 && m.State == "connected" })
	}
	for i, p := range everybody {
		nothing(p, both, []*person{everybody[(i+1)%3], everybody[(i+2)%3]}, func() {})
	}
	must(t, counsellor.Hold(counsellor.ctx(), false))
	meet(everybody...)
}

// unasked are the events of a type that came and were not asked for.
func unasked[E client.Event](p *person) (events []E) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, e := range p.events {
		if e, ok := e.(E); ok {
			events = append(events, e)
		}
	}
	return events
}

// Somebody is put back while his line is lost. His token says otherwise, and is not believed: he comes back into the waiting room.
func TestPutBackWhileTheLineIsLost(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna")
	var door gate
	counsellor, anna := join(t, a.counsellor), join(t, a.links[0], door.behind)
	counsellor.admits(anna)
	meet(counsellor, anna)
	door.shut.Store(true)
	anna.DropSocket()
	expect(counsellor, func(m *wire.Member) bool { return m.Connection == wire.ConnectionReconnecting })
	seat := anna.Participant()
	must(t, counsellor.PutBack(counsellor.ctx(), seat))
	nothing(counsellor, both, []*person{anna}, func() {})
	door.shut.Store(false)
	equal(t, "phase", expect[client.Reconnected](anna).Welcome.Phase, wire.PhaseWaiting)
	equal(t, "the seat", anna.Participant(), seat)
	counsellor.admits(anna)
	meet(counsellor, anna)
}

// A counsellor whose websocket alone is lost does not pause the room: she is there, she is heard.
func TestCounsellorsSocketAloneIsLost(t *testing.T) {
	t.Parallel()
	s := open(t)
	a := s.invite("Anna", "Ben")
	var door gate
	counsellor := join(t, a.counsellor, door.behind)
	anna, ben := join(t, a.links[0]), join(t, a.links[1])
	counsellor.admits(anna)
	counsellor.admits(ben)
	meet(counsellor, anna, ben)
	everybody := []*person{counsellor, anna, ben}
	for _, p := range everybody {
		for _, q := range everybody {
			p.fresh(q)
		}
	}
	door.shut.Store(true)
	counsellor.DropSocket()
	lost := time.Now()
	expect(anna, func(m *wire.Member) bool { return m.Connection == wire.ConnectionReconnecting })
	eventually(t, patience, "6 s are over", func() bool { return time.Since(lost) > 6*time.Second })
	meet(everybody...)
	if came[*wire.Room](anna) || came[*wire.Room](ben) {
		t.Error("the room was paused")
	}
	for _, p := range everybody {
		for _, q := range everybody {
			if gap := p.of(q).gap; p != q && gap > 2*time.Second {
				t.Errorf("nothing came for %v", gap)
			}
		}
	}
	door.shut.Store(false)
	equal(t, "media kept", expect[client.Reconnected](counsellor).Kept, true)
	meet(everybody...)
}

// The counsellor is gone, signalling and media: 3 s later she counts as gone, and within a second more nothing passes between the
// others. When she is back it goes on.
func TestWithoutACounsellorTheRoomIsSilent(t *testing.T) {
	t.Parallel()
	s := open(t)
	counsellor, others, a := counselled(s, 2)
	anna, ben := others[0], others[1]
	counsellor.end()
	gone := time.Now()
	for _, p := range others {
		paused := expect(p, func(r *wire.Room) bool { return r.Paused })
		if until := time.UnixMilli(paused.EndsAt); until.Before(gone.Add(time.Minute)) {
			t.Errorf("the room ends %v after the counsellor went", until.Sub(gone))
		}
	}
	nothing(anna, both, []*person{ben}, func() {})
	nothing(ben, both, []*person{anna}, func() {})
	for _, pair := range [][2]*person{{anna, ben}, {ben, anna}} {
		last := pair[0].of(pair[1]).at.Sub(gone)
		if last > 4*time.Second {
			t.Errorf("packets passed until %v after the counsellor went", last)
		}
		if last < 2*time.Second {
			t.Errorf("packets passed until %v after the counsellor went: a short loss is no reason to be silent", last)
		}
	}
	equal(t, "the clients are", [2]wire.Phase{anna.Phase(), ben.Phase()}, [2]wire.Phase{wire.PhaseIn, wire.PhaseIn})

	back := join(t, a.counsellor)
	equal(t, "phase", back.Phase(), wire.PhaseIn)
	meet(back, anna, ben)
	for _, p := range others {
		expect(p, func(r *wire.Room) bool { return !r.Paused && !r.Held })
	}
}
