package sfu_test

import (
	"sync"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// fakeRoom is a room without a network.
func fakeRoom(t testing.TB, f *sfutest.Fakes, change func(*sfu.Config)) (*sfu.Server, *sfu.Room) {
	t.Helper()
	s := sfutest.NewServer(t, func(c *sfu.Config) {
		c.Transports = f
		if change != nil {
			change(c)
		}
	})
	return s, s.Room("room", nil)
}

var all = sfu.Flow{Group: "room", Audio: true, Video: true}

func TestNothingPassesWithoutAGroup(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	ada.Carries(t, 0, transport.Audio, func() { bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })

	for _, flow := range []sfu.Flow{
		{Group: "", Audio: true, Video: true},
		{Group: "elsewhere", Audio: true, Video: true},
		{Group: "room"},
		{},
	} {
		bob.Session.SetFlow(flow)
		audio, video := ada.Sent(0, transport.Audio).Count.Load(), ada.Sent(0, transport.Video).Count.Load()
		for range 20 {
			bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
			for _, p := range vp8.Frame(true, 2) {
				bob.Inject(sfutest.FakeCamera, 0, p)
			}
		}
		if a, v := ada.Sent(0, transport.Audio).Count.Load(), ada.Sent(0, transport.Video).Count.Load(); a != audio || v != video {
			t.Errorf("%+v: %d sounds and %d pictures passed", flow, a-audio, v-video)
		}
	}
	// And the other way: who has no group receives nothing.
	bob.Session.SetFlow(sfu.Flow{Audio: true, Video: true})
	sound := sfutest.NewOpus(3, 1)
	before := bob.Sent(0, transport.Audio).Count.Load()
	for range 20 {
		ada.Inject(sfutest.FakeMicrophone, 0, sound.Packet())
	}
	if n := bob.Sent(0, transport.Audio).Count.Load(); n != before {
		t.Errorf("%d packets reached somebody without a group", n-before)
	}
	if len(ada.Mapping().Slots) > 0 {
		ada.Events.Await(t, "bob leaves ada's slots", func() bool { return len(ada.Mapping().Slots) == 0 })
	}
	ada.Events.Await(t, "bob's publications are gone", func() bool { return len(ada.Publications()) == 0 })
	if stats := server.Stats(); stats.Dropped["flow"] == 0 {
		t.Error("nothing was counted as dropped")
	}
}

// TestSetFlowIsABarrier: once SetFlow has returned, no packet leaves under the rule before, whatever is on its way.
func TestSetFlowIsABarrier(t *testing.T) {
	sfutest.NoLeaks(t)
	for name, closed := range map[string]sfu.Flow{
		"muted": {Group: "room", Video: false}, "out of the group": {Audio: true, Video: true},
		"moved": {Group: "aside", Audio: true, Video: true},
	} {
		fakes := &sfutest.Fakes{}
		_, room := fakeRoom(t, fakes, nil)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		stream := ada.Sent(0, transport.Audio)
		stop := make(chan struct{})
		var sending sync.WaitGroup
		sending.Go(func() {
			opus := sfutest.NewOpus(1, 1)
			at := time.Now()
			for {
				select {
				case <-stop:
					return
				default:
					at = at.Add(20 * time.Millisecond)
					bob.InjectAt(sfutest.FakeMicrophone, 0, opus.Packet(), false, at)
				}
			}
		})
		for range 50 {
			bob.Session.SetFlow(all)
			before := stream.Count.Load()
			deadline := time.Now().Add(sfutest.Deadline)
			for stream.Count.Load() == before {
				if time.Now().After(deadline) {
					t.Fatalf("%s: nothing passes although it may", name)
				}
				time.Sleep(100 * time.Microsecond) // polling a counter of the other goroutine
			}
			bob.Session.SetFlow(closed)
			passed := stream.Count.Load()
			time.Sleep(time.Millisecond) // hundreds of packets are tried meanwhile
			if n := stream.Count.Load(); n != passed {
				t.Fatalf("%s: %d packets left after SetFlow had returned", name, n-passed)
			}
		}
		close(stop)
		sending.Wait()
	}
}

func TestWhatWasSaidWhileMutedIsNeverServed(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	vp8 := sfutest.NewVP8(7, 100, 640, 360)
	stream := ada.Sent(0, transport.Video)
	ada.Carries(t, 0, transport.Video, func() {
		for _, p := range vp8.Frame(true, 2) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	})
	hidden := map[uint16]bool{}
	bob.Session.SetFlow(sfu.Flow{Group: "room", Audio: true})
	for range 10 {
		for _, p := range vp8.Frame(true, 2) {
			hidden[p.SequenceNumber] = true
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	bob.Session.SetFlow(all)
	ada.Carries(t, 0, transport.Video, func() {
		for _, p := range vp8.Frame(true, 2) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	})
	// Ask for everything that a number could stand for.
	last := stream.All()[len(stream.All())-1].Seq
	for seq := last - 200; seq != last+10; seq++ {
		ada.Control(nack(stream.SSRC(), seq))
	}
	previous := uint16(0)
	for i, p := range stream.All() {
		mark, ok := sfutest.ReadMark(p.Payload)
		if !ok {
			t.Fatal("a packet that nobody sent")
		}
		if hidden[mark.Seq] {
			t.Errorf("packet %d was sent while muted and reached the other (rtx %v)", mark.Seq, p.RTX)
		}
		if !p.RTX {
			if i > 0 && p.Seq != previous+1 {
				t.Errorf("a gap from %d to %d", previous, p.Seq)
			}
			previous = p.Seq
		}
	}
}

func TestOthersSeeWhatTheyMaySee(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	if n := len(ada.Publications()); n != 0 {
		t.Errorf("%d publications before the first packet", n)
	}
	bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
	ada.Events.Await(t, "the sound", func() bool { return len(ada.Publications()) == 1 })
	bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0])
	ada.Events.Await(t, "the picture", func() bool { return len(ada.Publications()) == 2 })
	sound := ada.Publications()[0]
	if sound.Participant != "bob" || sound.Source != sfu.SourceMicrophone {
		t.Errorf("%+v", sound)
	}
	bob.Session.SetFlow(sfu.Flow{Group: "room", Video: true})
	ada.Events.Await(t, "the sound is gone", func() bool { return len(ada.Publications()) == 1 })
	bob.Session.SetFlow(all)
	ada.Events.Await(t, "the sound is back", func() bool { return len(ada.Publications()) == 2 })
	if again := ada.Publications()[1]; again != sound {
		t.Errorf("%+v came back as %+v", sound, again)
	}
	if n := len(bob.Publications()); n != 0 {
		t.Errorf("bob is told of %d publications, and ada sends nothing", n)
	}
	if err := bob.Session.Close(); err != nil {
		t.Fatal(err)
	}
	ada.Events.Await(t, "all gone with him", func() bool { return len(ada.Publications()) == 0 })
}
