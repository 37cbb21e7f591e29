package sfu_test

import (
	"testing"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// A shared screen has a permission of its own, a slot of its own, and gives both back.
func TestAScreenPassesWhileItMay(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 3, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 3, false)
	screenLine, soundLine := bob.Share(t)
	screen, sound := sfutest.NewVP8(0x900, 1, 1280, 720), sfutest.NewOpus(0x901, 1)
	camera := sfutest.NewVP8(0x902, 1, 640, 360)

	show := func() {
		for _, p := range screen.Frame(true, 1) {
			bob.Inject(screenLine, 0, p)
		}
		bob.Inject(soundLine, 0, sound.Packet())
	}
	for range 20 {
		show()
	}
	for slot := range 3 {
		for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
			if n := ada.Sent(slot, kind).Count.Load(); n != 0 {
				t.Fatalf("%d packets of a screen that may not be shown", n)
			}
		}
	}
	ada.Await(t, "bob has one slot", func() bool { return len(ada.Mapping().Slots) == 1 })

	may := all
	may.Screen = true
	bob.Session.SetFlow(may)
	slotOf := func() int {
		for _, s := range ada.Mapping().Slots {
			if s.Participant == "bob" && s.Source == sfu.SourceScreen {
				return s.Slot
			}
		}
		return -1
	}
	ada.Await(t, "the screen has a slot", func() bool { return slotOf() >= 0 })
	slot := slotOf()
	ada.Carries(t, slot, transport.Video, show)
	ada.Carries(t, slot, transport.Audio, show)
	sources := map[string]bool{}
	ada.Await(t, "it is told", func() bool {
		for _, p := range ada.Publications() {
			sources[p.Source] = true
		}
		return sources[sfu.SourceScreen] && sources[sfu.SourceScreenAudio]
	})

	// A muted camera and microphone are not the screen's concern, nor the other way round.
	bob.Session.SetFlow(sfu.Flow{Group: "room", Screen: true})
	ada.Carries(t, slot, transport.Video, show)
	bob.Session.SetFlow(all)
	before := ada.Sent(slot, transport.Video).Count.Load() + ada.Sent(slot, transport.Audio).Count.Load()
	for range 20 {
		show()
	}
	if after := ada.Sent(slot, transport.Video).Count.Load() + ada.Sent(slot, transport.Audio).Count.Load(); after != before {
		t.Errorf("%d packets of a screen that was stopped", after-before)
	}
	ada.Await(t, "its slot is given back", func() bool { return slotOf() < 0 })
	at := -1
	for _, s := range ada.Mapping().Slots {
		if s.Source == sfu.SourceCamera {
			at = s.Slot
		}
	}
	ada.Carries(t, at, transport.Video, func() { bob.Inject(sfutest.FakeCamera, 0, camera.Frame(true, 1)[0]) })
}
