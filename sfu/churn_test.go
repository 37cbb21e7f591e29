package sfu_test

import (
	"context"
	"fmt"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/pion/webrtc/v4"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// TestJoiningAndLeavingLeavesNothing: 200 people come, connect, send a packet and go, four at a time, some by leaving
// and some by vanishing; the goroutines are those of before.
func TestJoiningAndLeavingLeavesNothing(t *testing.T) {
	sfutest.NoLeaks(t)
	server := sfutest.NewServer(t, nil)
	room := server.Room("r", nil)
	stays := sfutest.Join(t, room, "stays", sfutest.Options{Microphone: true, Pairs: 4})
	count := func() int {
		deadline := time.Now().Add(sfutest.Deadline)
		n := runtime.NumGoroutine()
		for last := 0; n != last && time.Now().Before(deadline); n = runtime.NumGoroutine() {
			last = n
			time.Sleep(20 * time.Millisecond) // goroutines that are ending end
		}
		return n
	}
	visit := func(round int) {
		var people []*sfutest.Person
		for i := range 4 {
			name := fmt.Sprintf("v%d", i)
			people = append(people, sfutest.Join(t, room, name, sfutest.Options{Microphone: true, Camera: []string{"q", "h"}, Pairs: 1}))
		}
		for i, p := range people {
			p.Send(transport.Microphone, "", sfutest.NewOpus(uint32(round*10+i), 1).Packet())
			if i%2 == 0 {
				p.Client.Close()
			}
			if err := p.Session.Close(); err != nil {
				t.Fatal(err)
			}
			p.Client.Close()
		}
	}
	visit(0)
	before := count()
	begin := time.Now()
	const rounds = 50
	for round := range rounds {
		visit(round + 1)
	}
	t.Logf("%v for each of %d visits", time.Since(begin)/(4*rounds), 4*rounds)
	if after := count(); after > before+4 {
		t.Errorf("%d goroutines, %d before", after, before)
	}
	if s := server.Stats(); s.Sessions != 1 || s.Publications != 1 {
		t.Errorf("left behind: %+v", s)
	}
	stays.Events.Await(t, "nobody else is shown", func() bool { return len(stays.Mapping().Slots) == 0 })
}

// TestMemoryGoesWithThePeople: what a session held in the engine is let go with it.
func TestMemoryGoesWithThePeople(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{Silent: true}
	server, room := fakeRoom(t, fakes, nil)
	sfutest.JoinFake(t, fakes, room, "stays", 4, false)
	visit := func(n int) {
		for i := range n {
			p := sfutest.JoinFake(t, fakes, room, "visitor", 1, false)
			vp8 := sfutest.NewVP8(uint32(i+1), 1, 640, 360)
			for _, packet := range vp8.Frame(true, 100) {
				p.Inject(sfutest.FakeCamera, 0, packet)
			}
			if err := p.Session.Close(); err != nil {
				t.Fatal(err)
			}
			fakes.Forget()
		}
	}
	heap := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	visit(100)
	before := heap()
	visit(2000)
	after := heap()
	if after > before+before/50+64<<10 {
		t.Errorf("%d KiB in use, %d KiB before", after>>10, before>>10)
	}
	if s := server.Stats(); s.Sessions != 1 {
		t.Errorf("%d sessions", s.Sessions)
	}
}

func TestWhereOnlyTCPPasses(t *testing.T) {
	sfutest.NoLeaks(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := sfutest.NewServer(t, func(c *sfu.Config) { c.TCP = listener })
	room := server.Room("r", nil)
	ada := sfutest.Join(t, room, "ada", sfutest.Options{Microphone: true, Pairs: 1, TCP: true})
	bob := sfutest.Join(t, room, "bob", sfutest.Options{Microphone: true, Pairs: 1})
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	for i, pair := range [][2]*sfutest.Person{{ada, bob}, {bob, ada}} {
		slot := pair[1].Sees(t, pair[0].Name)
		pair[0].Send(transport.Microphone, "", sfutest.NewOpus(uint32(7+i), 1).Packet())
		if _, err := pair[1].Slot(slot, transport.Audio).Next(ctx); err != nil {
			t.Fatalf("%s does not hear %s: %v", pair[1].Name, pair[0].Name, err)
		}
	}
}

// TestALostConnectionIsTold: a client that vanishes is told of as disconnected; the session and its slot stay, and it
// comes back with an ICE restart.
func TestALostConnectionIsTold(t *testing.T) {
	sfutest.NoLeaks(t)
	server := sfutest.NewServer(t, nil)
	room := server.Room("r", nil)
	ada := sfutest.Join(t, room, "ada", sfutest.Options{Microphone: true, Pairs: 1})
	bob := sfutest.Join(t, room, "bob", sfutest.Options{Microphone: true, Pairs: 1})
	slot := ada.Sees(t, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	opus := sfutest.NewOpus(1, 1)
	bob.Send(transport.Microphone, "", opus.Packet())
	if _, err := ada.Slot(slot, transport.Audio).Next(ctx); err != nil {
		t.Fatal(err)
	}
	heard := bob.Session.Stats().LastHeard
	if since := time.Since(heard); since < 0 || since > sfutest.Deadline {
		t.Errorf("last heard %v ago", since)
	}
	if err := bob.Restart(ctx, sfutest.Answer(bob.Session)); err != nil {
		t.Fatal(err)
	}
	if err := bob.Client.Await(ctx, webrtc.PeerConnectionStateConnected); err != nil {
		t.Fatal(err)
	}
	for got := false; !got; {
		_ = bob.TrySend(transport.Microphone, "", opus.Packet())
		select {
		case <-ada.Slot(slot, transport.Audio).Packets:
			got = true
		case <-time.After(10 * time.Millisecond): // the pace of the microphone
		case <-ctx.Done():
			t.Fatal("nothing after the restart")
		}
	}
}
