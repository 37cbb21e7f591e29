package sfu_test

import (
	"slices"
	"testing"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// A reserved camera reaches who is entrusted and nobody else, its sound reaches all; and nothing of that time is served once it is
// reserved no longer, whatever is asked for.
func TestAReservedCameraIsForTheEntrustedAlone(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	cleo := sfutest.JoinFake(t, fakes, room, "cleo", 2, false)
	trusted, reserved := all, all
	trusted.Entrusted, reserved.VideoReserved = true, true
	ada.Session.SetFlow(trusted)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(7, 100, 640, 360)
	hidden := map[uint16]bool{}
	picture := func() {
		for _, p := range vp8.Frame(true, 2) {
			hidden[p.SequenceNumber] = true
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	slot := func(p *sfutest.FakePerson) int { return slotOf(t, p, "bob") }
	seen, kept := ada.Sent(slot(ada), transport.Video), cleo.Sent(slot(cleo), transport.Video)
	ada.Carries(t, slot(ada), transport.Video, picture)
	cleo.Carries(t, slot(cleo), transport.Video, picture)

	toldOf := func() bool {
		return slices.ContainsFunc(cleo.Publications(), func(p sfu.Publication) bool { return p.Participant == "bob" && p.Source == transport.Camera.String() })
	}
	cleo.Events.Await(t, "cleo is told of the picture", toldOf)
	bob.Session.SetFlow(reserved)
	clear(hidden)
	passed := kept.Count.Load()
	before := seen.Count.Load()
	for range 10 {
		picture()
	}
	if n := kept.Count.Load(); n != passed {
		t.Fatalf("%d packets of a reserved camera reached who is not entrusted", n-passed)
	}
	if seen.Count.Load() == before {
		t.Fatal("nothing of it reached who is entrusted")
	}
	cleo.Events.Await(t, "the picture is gone from what cleo is told of", func() bool { return !toldOf() })
	cleo.Carries(t, slot(cleo), transport.Audio, func() { bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })

	// Whoever sends a reserved camera gets no other's by it.
	hers := sfutest.NewVP8(9, 100, 640, 360)
	cleo.Session.SetFlow(reserved)
	other := bob.Sent(slotOf(t, bob, "cleo"), transport.Video)
	none := other.Count.Load()
	for _, p := range hers.Frame(true, 2) {
		cleo.Inject(sfutest.FakeCamera, 0, p)
	}
	if n := other.Count.Load(); n != none {
		t.Fatalf("%d packets went from one reserved camera to another's person", n-none)
	}

	during := map[uint16]bool{}
	for seq := range hidden {
		during[seq] = true
	}
	bob.Session.SetFlow(all)
	cleo.Carries(t, slot(cleo), transport.Video, picture)
	last := kept.All()[len(kept.All())-1].Seq
	for seq := last - 200; seq != last+10; seq++ {
		cleo.Control(nack(kept.SSRC(), seq))
	}
	for _, p := range kept.All() {
		if mark, ok := sfutest.ReadMark(p.Payload); !ok || during[mark.Seq] {
			t.Errorf("packet %d was sent while the camera was reserved and reached who was kept from it (rtx %v)", mark.Seq, p.RTX)
		}
	}
}
