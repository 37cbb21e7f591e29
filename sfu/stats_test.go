package sfu_test

import (
	"maps"
	"slices"
	"testing"
	"testing/synctest"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// counted are all numbers of the server that may not fall, by name.
func counted(s sfu.Stats) map[string]uint64 {
	all := map[string]uint64{
		"packets in": s.PacketsIn, "bytes in": s.BytesIn, "packets out": s.PacketsOut, "bytes out": s.BytesOut,
		"nacks in": s.NACKsIn, "nacks out": s.NACKsOut, "retransmitted": s.Retransmitted,
		"plis in": s.PLIsIn, "plis out": s.PLIsOut, "switches": s.LayerSwitches, "panics": s.Panics,
	}
	for reason, n := range s.Dropped {
		all["dropped: "+reason] = n
	}
	for reason, n := range s.Ended {
		all["ended: "+reason] = n
	}
	return all
}

// TestCountsNeverFall: over every way in which a session goes, at every moment of it, with a connection that takes its
// time to close. A count that falls is read as a server that began anew.
func TestCountsNeverFall(t *testing.T) {
	for name, leave := range map[string]func(t *testing.T, room *sfu.Room, p *sfutest.FakePerson){
		"the session is closed": func(t *testing.T, _ *sfu.Room, p *sfutest.FakePerson) { _ = p.Session.Close() },
		"it is replaced": func(t *testing.T, room *sfu.Room, p *sfutest.FakePerson) {
			if _, err := room.Join(p.Name, 2, sfutest.NewEvents()); err != nil {
				t.Error(err)
			}
		},
		"its connection fails": func(t *testing.T, _ *sfu.Room, p *sfutest.FakePerson) { p.SetState(transport.Failed) },
		"the room is closed":   func(t *testing.T, room *sfu.Room, _ *sfutest.FakePerson) { _ = room.Close() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				hold := make(chan struct{})
				fakes := &sfutest.Fakes{Closing: func() { <-hold }}
				server, room := fakeRoom(t, fakes, nil)
				sfutest.JoinFake(t, fakes, room, "ada", 1, false)
				bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
				synctest.Wait()
				opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
				for range 5 {
					bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
					bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0])
				}
				bob.Control(&rtcp.PictureLossIndication{MediaSSRC: 1})
				synctest.Wait()
				before := counted(server.Stats())
				if before["packets in"] != 10 || before["plis in"] != 1 {
					t.Fatalf("not counted: %v", before)
				}
				check := func(when string) {
					now := counted(server.Stats())
					for _, what := range slices.Sorted(maps.Keys(before)) {
						if now[what] < before[what] {
							t.Errorf("%s: %s fell from %d to %d", when, what, before[what], now[what])
						}
					}
					if now["packets in"] != before["packets in"] {
						t.Errorf("%s: %d packets in, %d before", when, now["packets in"], before["packets in"])
					}
					before = now
				}
				go leave(t, room, bob)
				synctest.Wait()
				check("while its connection closes")
				close(hold)
				synctest.Wait()
				check("when its connection has closed")
				_ = bob.Session.Close()
				synctest.Wait()
				check("when it has gone")
			})
		})
	}
}
