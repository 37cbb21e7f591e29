package sfu_test

import (
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/interceptor/pkg/twcc"
	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// Every packet to one receiver has a transport-wide number of its own, over all streams, retransmissions included.
func TestTransportWideNumbersAreUsedOnce(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{FeedsBack: true}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	slot := slotOf(t, ada, "bob")
	send := func() {
		bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
		for _, p := range vp8.Frame(true, 3) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	ada.Carries(t, slot, transport.Video, send)
	for range 20 {
		send()
	}
	video := ada.Sent(slot, transport.Video)
	sent := video.All()
	ada.Control(&rtcp.TransportLayerNack{MediaSSRC: video.SSRC(), Nacks: []rtcp.NackPair{{PacketID: sent[len(sent)-4].Seq, LostPackets: 3}}})
	seen := map[uint16]bool{}
	repaired := 0
	for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
		for _, p := range ada.Sent(slot, kind).All() {
			if seen[p.TransportSeq] {
				t.Fatalf("transport-wide number %d twice", p.TransportSeq)
			}
			seen[p.TransportSeq] = true
			if p.RTX {
				repaired++
			}
		}
	}
	if repaired != 3 {
		t.Errorf("%d packets were sent again, of 3 asked for", repaired)
	}
}

// report has a receiver say what of these fake streams came since packet after, each 20 ms after it was sent, and gives the last that it spoke of.
func report(p *sfutest.FakePerson, streams []*sfutest.FakeStream, after uint16) uint16 {
	recorder := twcc.NewRecorder(1)
	last := after
	for _, s := range streams {
		for _, sent := range s.All() {
			if int16(sent.TransportSeq-after) <= 0 {
				continue
			}
			if int16(sent.TransportSeq-last) > 0 {
				last = sent.TransportSeq
			}
			recorder.Record(1, sent.TransportSeq, sent.At.Add(20*time.Millisecond).UnixMicro())
		}
	}
	if recorder.PacketsHeld() == 0 {
		return after
	}
	for _, packet := range recorder.BuildFeedbackPacket() {
		p.Control(packet)
	}
	return last
}

// A peer that lies about what came, or about what it can take, gets less or what it got; it harms nobody else.
func TestLyingFeedbackIsBounded(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{FeedsBack: true}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	eve := sfutest.JoinFake(t, fakes, room, "eve", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	send := func() {
		bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
		bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0])
	}
	for _, p := range []*sfutest.FakePerson{ada, eve} {
		p.Carries(t, slotOf(t, p, "bob"), transport.Video, send)
	}
	lies := []rtcp.Packet{
		&rtcp.TransportLayerCC{BaseSequenceNumber: 40000, PacketStatusCount: 65535, FbPktCount: 1},
		&rtcp.TransportLayerCC{
			BaseSequenceNumber: 0, PacketStatusCount: 65535, ReferenceTime: 0xffffff,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: rtcp.TypeTCCPacketReceivedLargeDelta, RunLength: 8191}},
		},
		&rtcp.TransportLayerCC{
			BaseSequenceNumber: 1, PacketStatusCount: 2,
			PacketChunks: []rtcp.PacketStatusChunk{&rtcp.RunLengthChunk{PacketStatusSymbol: 3, RunLength: 2}},
			RecvDeltas:   []*rtcp.RecvDelta{{Type: 3, Delta: math.MinInt64}, {Type: 9, Delta: math.MaxInt64}, {}},
		},
		&rtcp.TransportLayerCC{PacketChunks: []rtcp.PacketStatusChunk{nil}, RecvDeltas: []*rtcp.RecvDelta{nil}, PacketStatusCount: 1},
	}
	for _, bits := range []float32{0, -1, 1 << 60, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())} {
		lies = append(lies, &rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: bits})
	}
	for range 20 {
		for _, lie := range lies {
			eve.Control(lie)
		}
		send()
	}
	if n := server.Stats().Panics; n != 0 {
		t.Fatalf("%d faults", n)
	}
	if n := eve.Session.Stats().Dropped["feedback"]; n == 0 {
		t.Error("no lie was counted")
	}
	// Sound still goes to who lies, and everything to who does not.
	eve.Carries(t, slotOf(t, eve, "bob"), transport.Audio, send)
	ada.Carries(t, slotOf(t, ada, "bob"), transport.Video, send)
	if ada.Paused() != nil {
		t.Error("the picture of somebody else was paused")
	}
}

// A picture that is paused is not sent, so nobody can measure it: it comes back on a line that carries what it cost, though not what
// one would guess of it.
func TestAPausedPictureCostsWhatItCost(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{FeedsBack: true}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	slot := slotOf(t, ada, "bob")
	sound, picture := ada.Sent(slot, transport.Audio), ada.Sent(slot, transport.Video)
	opus, c := sfutest.NewOpus(1, 1), newCamera(bob)
	takes := float32(0) // bits per second that ada takes; 0 says nothing
	last := uint16(0)
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * sfutest.Deadline); !ok(); {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s (%+v)", what, ada.Session.Stats())
			}
			bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
			if len(ada.Paused()) == 0 { // a browser sends what is watched
				c.frame()
			}
			time.Sleep(20 * time.Millisecond)
			if takes != 0 {
				ada.Control(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: takes})
			}
			last = report(ada, []*sfutest.FakeStream{sound, picture}, last)
		}
	}
	until("the picture comes", func() bool { return picture.Count.Load() > 100 })
	takes = 50_000
	until("the picture is paused", func() bool { return len(ada.Paused()) == 1 })
	paused := time.Now()
	until("what is measured is forgotten", func() bool { return time.Since(paused) > 2*time.Second })
	// Sound takes some 30,000 of it and the smallest layer took less than 100,000; a guess would be 170,000 for that alone.
	takes = 180_000
	before := picture.Count.Load()
	until("the picture comes back", func() bool { return len(ada.Paused()) == 0 && picture.Count.Load() > before+20 })
}

// What cannot be carried is paused and said so; sound goes on, and the picture comes back when there is room.
func TestAThinLinePausesThePictureAndNotTheSound(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{FeedsBack: true}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	slot := slotOf(t, ada, "bob")
	opus, c := sfutest.NewOpus(1, 1), newCamera(bob)
	streams := []*sfutest.FakeStream{ada.Sent(slot, transport.Audio), ada.Sent(slot, transport.Video)}
	last := uint16(0)
	// While the line is thin, the peer says that it takes no more than this.
	thin := false
	turn := func() {
		bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
		c.frame()
		time.Sleep(20 * time.Millisecond) // the pace of sound
		if thin {
			ada.Control(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: 80_000})
		}
		last = report(ada, streams, last)
	}
	until := func(what string, ok func() bool) {
		t.Helper()
		for deadline := time.Now().Add(2 * sfutest.Deadline); !ok(); {
			if time.Now().After(deadline) {
				t.Fatalf("never: %s (%+v)", what, ada.Session.Stats())
			}
			turn()
		}
	}
	until("the picture comes", func() bool { return streams[1].Count.Load() > 20 })
	thin = true
	until("the picture is paused", func() bool { return len(ada.Paused()) == 1 })
	if server.Stats().Paused != 1 || server.Stats().Pauses == 0 {
		t.Error("the pause is not counted")
	}
	before, sound := streams[1].Count.Load(), streams[0].Count.Load()
	for range 10 {
		turn()
	}
	if n := streams[0].Count.Load() - sound; n < 10 {
		t.Errorf("%d packets of sound out of 10", n)
	}
	if n := len(picturesSince(streams[1], before)); n > 0 {
		t.Errorf("%d packets of a picture that is paused", n)
	}
	until("the line is said to be worse", func() bool { return ada.LineQuality() != sfu.LineGood })
	thin = false
	until("the picture comes back", func() bool { return len(ada.Paused()) == 0 && streams[1].Count.Load() > before+20 })
}

// picturesSince are the packets of a stream from the n-th on that are no probes.
func picturesSince(s *sfutest.FakeStream, n uint64) []sfutest.Sent {
	var pictures []sfutest.Sent
	for _, p := range s.All()[n:] {
		if !p.RTX {
			pictures = append(pictures, p)
		}
	}
	return pictures
}

// Where not all pictures have room, who had the floor last is seen, in whichever slot he is.
func TestAThinLinePausesWhoDoesNotSpeak(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{FeedsBack: true}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
		cem := sfutest.JoinFake(t, fakes, room, "cem", 2, false)
		people := []*sfutest.FakePerson{bob, cem}
		sounds, cameras := []*sfutest.Opus{sfutest.NewOpus(1, 1), sfutest.NewOpus(2, 1)}, []*camera{newCamera(bob), newCamera(cem)}
		var streams []*sfutest.FakeStream
		for slot := range 2 {
			streams = append(streams, ada.Sent(slot, transport.Audio), ada.Sent(slot, transport.Video))
		}
		last, carries := uint16(0), float32(1_000_000)
		// speak lets one of them speak for some seconds, and gives whose pictures are paused then.
		speak := func(who string) (paused []string) {
			for begin := time.Now(); time.Since(begin) < 5*time.Second; time.Sleep(20 * time.Millisecond) {
				for i, p := range people {
					level := uint8(90)
					if p.Name == who {
						level = 20
					}
					p.InjectLevel(sfutest.FakeMicrophone, sounds[i].Packet(), level, time.Now())
					cameras[i].frame()
				}
				ada.Control(&rtcp.ReceiverEstimatedMaximumBitrate{Bitrate: carries})
				last = report(ada, streams, last)
			}
			for _, p := range ada.Publications() {
				if slices.Contains(ada.Paused(), p.ID) {
					paused = append(paused, p.Participant)
				}
			}
			return paused
		}
		if paused := speak("bob"); len(paused) > 0 {
			t.Fatalf("%v are paused on a good line", paused)
		}
		carries = 260_000 // two voices and one picture
		for _, c := range []struct{ speaks, paused string }{{"cem", "bob"}, {"bob", "cem"}} {
			if paused := speak(c.speaks); !slices.Equal(paused, []string{c.paused}) {
				t.Errorf("%s speaks, and paused are %v", c.speaks, paused)
			}
		}
	})
}
