package sfu_test

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

func nack(ssrc uint32, seqs ...uint16) *rtcp.TransportLayerNack {
	return &rtcp.TransportLayerNack{SenderSSRC: 9, MediaSSRC: ssrc, Nacks: rtcp.NackPairsFromSequenceNumbers(seqs)}
}

// TestNoFaceUnderAnothersName: the viewer has one slot, where bob was; cem takes it. For two seconds the viewer does
// not acknowledge, and all the while cem sends, and bob's packets are asked for again.
func TestNoFaceUnderAnothersName(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, true)
	audio, video := viewer.Sent(0, transport.Audio), viewer.Sent(0, transport.Video)
	send := func(p *sfutest.FakePerson, opus *sfutest.Opus, vp8 *sfutest.VP8) {
		p.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
		for _, packet := range vp8.Frame(true, 2) {
			p.Inject(sfutest.FakeCamera, 0, packet)
		}
	}
	const bobs, cems = 0x1000, 0x2000
	bobOpus, bobVP8 := sfutest.NewOpus(bobs, 1), sfutest.NewVP8(bobs+1, 1, 640, 360)
	viewer.Events.Await(t, "bob has the slot", func() bool { return len(viewer.Mapping().Slots) == 1 })
	send(bob, bobOpus, bobVP8)
	if audio.Count.Load()+video.Count.Load() != 0 {
		t.Fatal("a slot carries somebody before its mapping was acknowledged")
	}
	viewer.Session.AckSlots(viewer.Mapping().Seq)
	viewer.Carries(t, 0, transport.Video, func() { send(bob, bobOpus, bobVP8) })

	cem := sfutest.JoinFake(t, fakes, room, "cem", 1, false)
	if err := bob.Session.Close(); err != nil {
		t.Fatal(err)
	}
	viewer.Events.Await(t, "cem has the slot", func() bool {
		m := viewer.Mapping()
		return len(m.Slots) == 1 && m.Slots[0].Participant == "cem"
	})
	cemOpus, cemVP8 := sfutest.NewOpus(cems, 1), sfutest.NewVP8(cems+1, 1, 640, 360)
	mapping := viewer.Mapping()
	for begin := time.Now(); time.Since(begin) < 2*time.Second; time.Sleep(20 * time.Millisecond) {
		send(cem, cemOpus, cemVP8)
		viewer.Session.AckSlots(mapping.Seq - 1) // an old acknowledgement, once more
		viewer.Session.AckSlots(mapping.Seq + 1) // one of a mapping that never was
		for _, p := range video.All()[max(0, len(video.All())-3):] {
			viewer.Control(nack(video.SSRC(), p.Seq))
		}
	}
	owners := func(s *sfutest.FakeStream) map[uint32]int {
		n := map[uint32]int{}
		for _, p := range s.All() {
			mark, ok := sfutest.ReadMark(p.Payload)
			if !ok {
				t.Fatal("a packet that nobody sent")
			}
			n[mark.SSRC&^0xfff]++
		}
		return n
	}
	if a, v := owners(audio), owners(video); a[cems] != 0 || v[cems] != 0 {
		t.Fatalf("%d sounds and %d pictures of cem in what is still called bob", a[cems], v[cems])
	}
	bobsBefore := owners(video)[bobs]
	viewer.Session.AckSlots(mapping.Seq)
	viewer.Carries(t, 0, transport.Video, func() { send(cem, cemOpus, cemVP8) })
	// Bob's last packets are not to be had any more: the slot is cem's.
	for _, p := range video.All() {
		viewer.Control(nack(video.SSRC(), p.Seq))
	}
	if n := owners(video)[bobs]; n != bobsBefore {
		t.Errorf("%d packets of bob after the slot became cem's", n-bobsBefore)
	}
	if n := owners(video)[cems]; n == 0 {
		t.Error("nothing of cem")
	}
}

func TestSlotsStayAndGrowAheadOfNeed(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	viewer.Events.Await(t, "a mapping", func() bool { return viewer.Mapping().Pairs == 1 })
	people := map[string]*sfutest.FakePerson{}
	pairs := 1
	seat := map[string]int{}
	look := func() sfu.SlotMap {
		m := viewer.Mapping()
		for _, s := range m.Slots {
			if was, ok := seat[s.Participant]; ok && was != s.Slot {
				t.Fatalf("%s moved from slot %d to %d", s.Participant, was, s.Slot)
			}
			seat[s.Participant] = s.Slot
		}
		return m
	}
	for i, name := range []string{"a", "b", "c", "d", "e"} {
		people[name] = sfutest.JoinFake(t, fakes, room, name, 1, false)
		viewer.Events.Await(t, name+" has a slot at once", func() bool { return len(look().Slots) == i+1 })
		viewer.Events.Await(t, "one more pair is wanted", func() bool { return viewer.Mapping().Pairs > i+1 })
		if want := viewer.Mapping().Pairs; want > pairs {
			pairs = want
			if _, err := viewer.Session.Answer(t.Context(), sfutest.FakeOffer(pairs)); err != nil {
				t.Fatal(err)
			}
		}
	}
	free := seat["b"]
	if err := people["b"].Session.Close(); err != nil {
		t.Fatal(err)
	}
	viewer.Events.Await(t, "b is gone", func() bool { return len(look().Slots) == 4 })
	delete(seat, "b")
	sfutest.JoinFake(t, fakes, room, "f", 1, false)
	viewer.Events.Await(t, "f has a slot", func() bool { return len(look().Slots) == 5 })
	if seat["f"] != free {
		t.Errorf("f got slot %d, free was %d", seat["f"], free)
	}
}

// mapped is a Handler that counts the mappings it is told.
type mapped struct {
	*sfutest.Events
	times atomic.Int64
}

func (m *mapped) Slots(s sfu.SlotMap) {
	m.times.Add(1)
	m.Events.Slots(s)
}

// Each mapping takes an acknowledgement: who makes one connection after the other costs the others no more of them than they
// can give, and the last is told.
func TestMappingsAreToldAtABoundedPace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		ada := &mapped{Events: sfutest.NewEvents()}
		join := func(name string, generation uint32, h sfu.Handler) {
			s, err := room.Join(name, generation, h)
			if err != nil {
				t.Fatal(err)
			}
			s.SetFlow(all)
			if _, err := s.Answer(t.Context(), sfutest.FakeOffer(2)); err != nil {
				t.Fatal(err)
			}
		}
		join("ada", 1, ada)
		for generation := range uint32(100) {
			join("eve", generation+1, sfutest.NewEvents())
			time.Sleep(20 * time.Millisecond)
		}
		if n := ada.times.Load(); n < 5 || n > 25 {
			t.Errorf("%d mappings within two seconds", n)
		}
		join("bob", 1, sfutest.NewEvents())
		time.Sleep(time.Second)
		if n := len(ada.Mapping().Slots); n != 2 {
			t.Errorf("%d people in the last mapping", n)
		}
	})
}
