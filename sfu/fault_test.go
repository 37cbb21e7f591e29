package sfu_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

func failed(p *sfutest.FakePerson) func() bool {
	return func() bool { return slices.Contains(p.States(), sfu.ConnFailed) }
}

// TestAFaultUnderALockEndsOneSession: the lock that was held is not left behind, so that those who watch go on.
func TestAFaultUnderALockEndsOneSession(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	vp8 := sfutest.NewVP8(2, 1, 640, 360)
	ada.Carries(t, 0, transport.Video, func() { bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0]) })
	bob.Session.FaultSizes()
	bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0])
	bob.Events.Await(t, "bob's end", failed(bob))
	// Those who watch him ask about his picture whenever they look anew.
	ada.Session.Views(nil)
	cem := sfutest.JoinFake(t, fakes, room, "cem", 2, false)
	opus := sfutest.NewOpus(3, 1)
	ada.Carries(t, 1, transport.Audio, func() { cem.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })
	if s := server.Stats(); s.Panics != 1 || s.Ended["panic"] != 1 || failed(ada)() {
		t.Errorf("panics %d, ended %v", s.Panics, s.Ended)
	}
}

// TestAFaultOverTheNewsEndsOneSession: what cannot be told to one is told to the others, and he himself is told that
// his session is over.
func TestAFaultOverTheNewsEndsOneSession(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	cem := sfutest.JoinFake(t, fakes, room, "cem", 2, false)
	ada.Session.FaultNews()
	opus := sfutest.NewOpus(1, 1)
	bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
	ada.Events.Await(t, "ada's end", failed(ada))
	cem.Events.Await(t, "bob's microphone", func() bool { return len(cem.Publications()) == 1 })
	if s := server.Stats(); s.Panics == 0 || s.Ended["panic"] != 1 || failed(bob)() || failed(cem)() {
		t.Errorf("panics %d, ended %v", s.Panics, s.Ended)
	}
}

// TestAFaultOfTheRoomEndsItsSessions: and neither another room's nor those that come after.
func TestAFaultOfTheRoomEndsItsSessions(t *testing.T) {
	// In a room of six it is decided who is heard, too.
	for _, present := range []int{2, 6} {
		t.Run(fmt.Sprint(present), func(t *testing.T) { faultOfTheRoom(t, present) })
	}
}

func faultOfTheRoom(t *testing.T, present int) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	f := &floor{}
	other := server.Room("other", f)
	dan := sfutest.JoinFake(t, fakes, other, "dan", 1, false)
	var people []*sfutest.FakePerson
	for i := range present {
		people = append(people, sfutest.JoinFake(t, fakes, room, string(rune('f'+i)), 1, false))
	}
	room.FaultSpeaker()
	for _, p := range people {
		p.Events.Await(t, p.Name+"'s end", failed(p))
		if err := p.Session.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if s := server.Stats(); s.Panics != 1 || s.Ended["panic"] != uint64(present) {
		t.Errorf("panics %d, ended %v", s.Panics, s.Ended)
	}
	cem := sfutest.JoinFake(t, fakes, room, "cem", 2, false)
	eva := sfutest.JoinFake(t, fakes, room, "eva", 2, false)
	opus := sfutest.NewOpus(1, 1)
	slot := -1
	cem.Events.Await(t, "eva's slot", func() bool {
		for _, s := range cem.Mapping().Slots {
			if s.Participant == "eva" {
				slot = s.Slot
			}
		}
		return slot >= 0
	})
	cem.Carries(t, slot, transport.Audio, func() { eva.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })
	sound := sfutest.NewOpus(2, 1)
	for end := time.Now().Add(sfutest.Deadline); ; time.Sleep(20 * time.Millisecond) { // the pace of sound
		dan.InjectLevel(sfutest.FakeMicrophone, sound.Packet(), 20, time.Now())
		if dominant, _, _ := f.now(); dominant == "dan" {
			break
		}
		if time.Now().After(end) {
			t.Fatal("the other room does not go on")
		}
	}
}
