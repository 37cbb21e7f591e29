package sfu_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// TestWhoGoesOverABoundEndsAlone: each way of sending too much ends the one who does it, is counted, and the others
// in the room go on.
func TestWhoGoesOverABoundEndsAlone(t *testing.T) {
	limits := sfu.Limits{
		SSRCs: 8, AudioPackets: 100, VideoPackets: 200, AudioBits: 100_000, VideoBits: 1_000_000, RTCPPackets: 50,
		Patience: 2 * time.Second,
	}
	// Each sends one second's worth at a time, at a time that the test makes up.
	for name, rude := range map[string]struct {
		reason string
		send   func(p *sfutest.FakePerson, at time.Time)
	}{
		"streams": {"ssrcs", func(p *sfutest.FakePerson, at time.Time) {
			for i := range uint32(9) {
				p.InjectAt(sfutest.FakeMicrophone, 0, sfutest.NewOpus(100+i, 1).Packet(), false, at)
			}
		}},
		"packets of sound": {"rate", func(p *sfutest.FakePerson, at time.Time) {
			o := sfutest.NewOpus(1, uint16(at.Unix()*200))
			for range 101 {
				p.InjectAt(sfutest.FakeMicrophone, 0, o.Packet(), false, at)
			}
		}},
		"bits of picture": {"rate", func(p *sfutest.FakePerson, at time.Time) {
			v := sfutest.NewVP8(2, uint16(at.Unix()*200), 640, 360)
			v.Size = 1300
			for _, packet := range v.Frame(true, 100) {
				p.InjectAt(sfutest.FakeCamera, 0, packet, false, at)
			}
		}},
		"packets of no line": {"rate", func(p *sfutest.FakePerson, at time.Time) {
			for i := range uint16(201) {
				p.InjectAt(-1, 0, &rtp.Packet{Header: rtp.Header{Version: 2, PayloadType: 97, SSRC: 3, SequenceNumber: i}}, false, at)
			}
		}},
		"control packets": {"control", func(p *sfutest.FakePerson, at time.Time) {
			for range 51 {
				p.ControlAt(&rtcp.ReceiverReport{SSRC: 1}, at)
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			sfutest.NoLeaks(t)
			fakes := &sfutest.Fakes{}
			server, room := fakeRoom(t, fakes, func(c *sfu.Config) { c.Limits = limits })
			ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
			bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
			bad := sfutest.JoinFake(t, fakes, room, "bad", 2, false)
			at := time.Now()
			// Once over is dropped, and no more.
			if rude.reason != "ssrcs" {
				rude.send(bad, at)
				if slices.Contains(bad.States(), sfu.ConnFailed) {
					t.Error("ended for a second's excess")
				}
			}
			for range 5 {
				at = at.Add(time.Second)
				rude.send(bad, at)
			}
			bad.Events.Await(t, "the end", func() bool { return slices.Contains(bad.States(), sfu.ConnFailed) })
			stats := server.Stats()
			if stats.Ended[rude.reason] != 1 || stats.Dropped["rate"]+stats.Dropped["control"] == 0 {
				t.Errorf("counted: ended %v, dropped %v", stats.Ended, stats.Dropped)
			}
			if _, err := bad.Session.Answer(t.Context(), sfutest.FakeOffer(3)); !errors.Is(err, sfu.ErrClosed) {
				t.Errorf("the ended session answers: %v", err)
			}
			opus := sfutest.NewOpus(50, 1)
			ada.Carries(t, 0, transport.Audio, func() { bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })
			if slices.Contains(ada.States(), sfu.ConnFailed) || slices.Contains(bob.States(), sfu.ConnFailed) {
				t.Error("somebody else was ended")
			}
		})
	}
}

// TestPausesDoNotLiftABound: who is over it for four seconds of six is ended, who is for one of four is not.
func TestPausesDoNotLiftABound(t *testing.T) {
	for _, c := range []struct {
		over, pause int
		ends        uint64
	}{{4, 2, 1}, {1, 3, 0}} {
		sfutest.NoLeaks(t)
		fakes := &sfutest.Fakes{}
		server, room := fakeRoom(t, fakes, func(c *sfu.Config) {
			c.Limits = sfu.Limits{AudioPackets: 100, Patience: 5 * time.Second}
		})
		bad := sfutest.JoinFake(t, fakes, room, "bad", 1, false)
		opus, at := sfutest.NewOpus(1, 1), time.Now()
		for range 8 {
			for range c.over * 10 {
				for range 11 {
					bad.InjectAt(sfutest.FakeMicrophone, 0, opus.Packet(), false, at)
				}
				at = at.Add(time.Second / 10)
			}
			at = at.Add(time.Duration(c.pause) * time.Second)
		}
		if n := server.Stats().Ended["rate"]; n != c.ends {
			t.Errorf("%d s over, %d s of pause: %d ended", c.over, c.pause, n)
		}
	}
}

func TestOrdinaryMediaIsWithinTheBounds(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	opus := sfutest.NewOpus(1, 1)
	var layers [3]*sfutest.VP8
	for i := range layers {
		layers[i] = sfutest.NewVP8(uint32(10+i), 1, sizes[i][0], sizes[i][1])
		layers[i].Size = 1150
	}
	at := time.Now()
	for range 10 * 50 { // ten seconds of 720p in three layers, half of it sent twice, and 20 ms of sound each
		at = at.Add(20 * time.Millisecond)
		bob.InjectAt(sfutest.FakeMicrophone, 0, opus.Packet(), false, at)
		for i, n := range []int{1, 2, 6} {
			for j, p := range layers[i].Frame(false, n) {
				bob.InjectAt(sfutest.FakeCamera, i, p, false, at)
				if j%2 == 0 {
					bob.InjectAt(sfutest.FakeCamera, i, p, true, at)
				}
			}
		}
	}
	if s := server.Stats(); s.Dropped["rate"] != 0 || s.Ended["rate"] != 0 {
		t.Errorf("dropped %v, ended %v", s.Dropped, s.Ended)
	}
}

func TestJoiningIsBounded(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, func(c *sfu.Config) { c.Limits = sfu.Limits{Sessions: 5, SessionsPerRoom: 3} })
	join := func(r *sfu.Room, name string, generation uint32) error {
		_, err := r.Join(name, generation, sfutest.NewEvents())
		return err
	}
	for _, name := range []string{"a", "b", "c"} {
		if err := join(room, name, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := join(room, "d", 1); !errors.Is(err, sfu.ErrTooManySessions) {
		t.Errorf("a fourth: %v", err)
	}
	if err := join(room, "a", 1); !errors.Is(err, sfu.ErrStale) {
		t.Errorf("the same generation: %v", err)
	}
	if err := join(room, "a", 2); err != nil {
		t.Errorf("the next generation of who is there: %v", err)
	}
	other := server.Room("other", nil)
	for _, name := range []string{"x", "y"} {
		if err := join(other, name, 1); err != nil {
			t.Fatal(err)
		}
	}
	if err := join(other, "z", 1); !errors.Is(err, sfu.ErrTooManySessions) {
		t.Errorf("a sixth of the server: %v", err)
	}
	if err := room.Close(); err != nil {
		t.Fatal(err)
	}
	if err := join(other, "z", 1); err != nil {
		t.Errorf("after a room closed: %v", err)
	}
	if err := join(room, "a", 9); !errors.Is(err, sfu.ErrClosed) {
		t.Errorf("into a closed room: %v", err)
	}
	if again := server.Room("room", nil); join(again, "a", 1) != nil {
		t.Error("a room of the same name cannot be made again")
	}
}

// busy is a Handler in a call of which the room's goroutine stays until it is let go.
type busy struct {
	*sfutest.Events
	within, release chan struct{}
	once            sync.Once
}

func (b *busy) State(sfu.ConnState) {
	b.once.Do(func() { close(b.within); <-b.release })
}

// Who closed a session himself is told nothing of it any more, although somebody else's had replaced it before.
func TestAClosedSessionIsToldNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		old := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		b := &busy{Events: sfutest.NewEvents(), within: make(chan struct{}), release: make(chan struct{})}
		ada, err := room.Join("ada", 1, b)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ada.Answer(t.Context(), sfutest.FakeOffer(1)); err != nil {
			t.Fatal(err)
		}
		<-b.within
		if _, err := room.Join("bob", 2, sfutest.NewEvents()); err != nil {
			t.Fatal(err)
		}
		if err := old.Session.Close(); err != nil {
			t.Fatal(err)
		}
		before := len(old.States())
		close(b.release)
		synctest.Wait()
		if told := old.States()[before:]; len(told) > 0 {
			t.Errorf("%v after Close", told)
		}
	})
}

func TestAReplacedSessionIsOver(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	old := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	opus := sfutest.NewOpus(1, 1)
	viewer.Carries(t, 0, transport.Audio, func() { old.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })
	e := sfutest.NewEvents()
	s, err := room.Join("bob", 2, e)
	if err != nil {
		t.Fatal(err)
	}
	next := fakes.Last()
	old.Events.Await(t, "the old one is told", func() bool { return slices.Contains(old.States(), sfu.ConnClosed) })
	before := viewer.Sent(0, transport.Audio).Count.Load()
	for range 10 {
		old.Inject(sfutest.FakeMicrophone, 0, opus.Packet())
	}
	if n := viewer.Sent(0, transport.Audio).Count.Load() - before; n != 0 {
		t.Errorf("%d packets of the replaced session", n)
	}
	old.Session.SetFlow(all) // and whatever its owner still does
	old.Session.AckSlots(100)
	old.Session.Views(nil)
	s.SetFlow(all)
	if _, err := s.Answer(t.Context(), sfutest.FakeOffer(1)); err != nil {
		t.Fatal(err)
	}
	again := sfutest.NewOpus(2, 1)
	viewer.Carries(t, 0, transport.Audio, func() { next.Inject(sfutest.FakeMicrophone, 0, again.Packet()) })
}

// rudeHandler panics in whatever it is told.
type rudeHandler struct{ *sfutest.Events }

func (rudeHandler) Slots(sfu.SlotMap) { panic("a fault in a handler") }

// TestAFaultEndsOneSession: a fault in the engine's handling of one peer, here provoked by a stream that faults, ends
// that peer; a fault in a Handler ends nothing.
func TestAFaultEndsOneSession(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 2, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 2, false)
	if _, err := room.Join("rude", 1, rudeHandler{sfutest.NewEvents()}); err != nil {
		t.Fatal(err)
	}
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	ada.Carries(t, 0, transport.Audio, func() { bob.Inject(sfutest.FakeMicrophone, 0, opus.Packet()) })
	bob.Fault() // its next packet faults inside the engine
	for _, p := range vp8.Frame(true, 1) {
		bob.Inject(sfutest.FakeCamera, 0, p)
	}
	bob.Events.Await(t, "bob's end", func() bool { return slices.Contains(bob.States(), sfu.ConnFailed) })
	cem := sfutest.JoinFake(t, fakes, room, "cem", 2, false)
	sound := sfutest.NewOpus(3, 1)
	ada.Carries(t, 1, transport.Audio, func() { cem.Inject(sfutest.FakeMicrophone, 0, sound.Packet()) })
	for deadline := time.Now().Add(sfutest.Deadline); server.Stats().Panics < 2; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the handler's fault was not counted")
		}
	}
	if s := server.Stats(); s.Ended["panic"] != 1 {
		t.Errorf("ended %v", s.Ended)
	}
}

func TestMalformedMediaIsDropped(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	vp8 := sfutest.NewVP8(2, 1, 640, 360)
	ada.Carries(t, 0, transport.Video, func() { bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0]) })
	before := ada.Sent(0, transport.Video).Count.Load()
	for i, payload := range []string{"\x80", "\xff\xff", "\x90\xe0\x80", strings.Repeat("\x90", 1600)} {
		p := vp8.Frame(false, 1)[0]
		p.Payload = []byte(payload)
		bob.Inject(sfutest.FakeCamera, 0, p)
		if n := server.Stats().Dropped["malformed"]; int(n) != i+1 {
			t.Errorf("payload %d: %d counted", i, n)
		}
	}
	if n := ada.Sent(0, transport.Video).Count.Load() - before; n != 0 {
		t.Errorf("%d malformed packets were forwarded", n)
	}
}

// numbered is a packet with a transport-wide number.
func numbered(tb testing.TB, p *rtp.Packet, line int, number uint16, at time.Time) *transport.Received {
	tb.Helper()
	raw, err := p.Marshal()
	if err != nil {
		tb.Fatal(err)
	}
	packet, err := codec.ParseRTP(raw)
	if err != nil {
		tb.Fatal(err)
	}
	return &transport.Received{
		Packet: packet, Raw: raw, Arrival: at, Line: line, Codec: transport.Opus, Size: len(raw),
		HasTransportSeq: true, TransportSeq: number,
	}
}

// acknowledged waits for transport feedback about the number and counts the packets that all feedback until then speaks
// of, and those that it calls received.
func acknowledged(t *testing.T, p *sfutest.FakePerson, last uint16) (spoken, received int) {
	t.Helper()
	for end := time.Now().Add(sfutest.Deadline); ; time.Sleep(10 * time.Millisecond) { // the pace of feedback
		for _, packet := range p.RTCP() {
			cc, ok := packet.(*rtcp.TransportLayerCC)
			if !ok {
				continue
			}
			spoken += int(cc.PacketStatusCount)
			received += len(cc.RecvDeltas)
			if last-cc.BaseSequenceNumber < cc.PacketStatusCount {
				return spoken, received
			}
		}
		if time.Now().After(end) {
			t.Fatal("no feedback")
		}
	}
}

// TestFeedbackIsWithinTheBounds: what is over a rate costs no more than to be dropped, and a jump of the transport-wide
// number costs no more than any packet.
func TestFeedbackIsWithinTheBounds(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, func(c *sfu.Config) { c.Limits = sfu.Limits{AudioPackets: 100, VideoPackets: 50} })
	opus, at := sfutest.NewOpus(1, 1), time.Now()
	for line, limit := range map[int]int{sfutest.FakeMicrophone: 100, -1: 50} {
		p := sfutest.JoinFake(t, fakes, room, fmt.Sprintf("bob %d", line), 1, false)
		for i := range uint16(200) {
			p.Receive(numbered(t, opus.Packet(), line, i, at))
		}
		p.Receive(numbered(t, opus.Packet(), line, 200, at.Add(time.Second)))
		if _, received := acknowledged(t, p, 200); received > limit+1 {
			t.Errorf("line %d: feedback about %d packets, %d are within the bounds", line, received, limit)
		}
	}
	p := sfutest.JoinFake(t, fakes, room, "jumps", 1, false)
	number := uint16(7)
	for range 50 {
		number += 30000
		p.Receive(numbered(t, opus.Packet(), sfutest.FakeMicrophone, number, at))
	}
	if spoken, _ := acknowledged(t, p, number); spoken > 1000 {
		t.Errorf("feedback names %d packets for 50", spoken)
	}
}

// TestControlPacketsThatCannotBeReadEndTheSender: a few are borne with, who goes on is ended; over a real connection,
// for it is Pion's SRTP session that meets them first.
func TestControlPacketsThatCannotBeReadEndTheSender(t *testing.T) {
	sfutest.NoLeaks(t)
	server := sfutest.NewServer(t, nil)
	bad := sfutest.Join(t, server.Room("room", nil), "bad", sfutest.Options{Pairs: 1})
	// Transport-wide feedback on 65,535 packets, in 36 bytes, without what it says of them.
	bomb := rtcp.RawPacket{0x8f, 205, 0, 8, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0xff, 0xff, 0, 0, 0, 0}
	for range 8 {
		bomb = append(bomb, 0x3f, 0xff)
	}
	write := func() {
		if err := bad.PC.WriteRTCP([]rtcp.Packet{&bomb}); err != nil {
			t.Fatal(err)
		}
	}
	for n := range uint64(10) {
		write()
		for deadline := time.Now().Add(sfutest.Deadline); server.Stats().Socket.Garbled <= n; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("not counted")
			}
		}
	}
	if slices.Contains(bad.States(), sfu.ConnFailed) {
		t.Fatal("ended for a few")
	}
	for range 100 {
		write()
	}
	bad.Events.Await(t, "the end", func() bool { return slices.Contains(bad.States(), sfu.ConnFailed) })
}

// TestOffersWithoutAConnectionAreBounded: who offers on and on and never connects is told so, and may join anew.
func TestOffersWithoutAConnectionAreBounded(t *testing.T) {
	sfutest.NoLeaks(t)
	room := sfutest.NewServer(t, nil).Room("room", nil)
	session, err := room.Join("bad", 1, sfutest.NewEvents())
	if err != nil {
		t.Fatal(err)
	}
	offer, err := sfutest.NewClient(t, sfutest.Options{Pairs: 1}).Offer()
	if err != nil {
		t.Fatal(err)
	}
	answer, sdp := sfutest.Answer(session), offer.SDP
	for i := 0; err == nil; i++ {
		if i > 100 {
			t.Fatal("no end of offers")
		}
		offer.SDP = strings.ReplaceAll(sdp, "a=ice-ufrag:", fmt.Sprintf("a=ice-ufrag:%d", i))
		_, err = answer(t.Context(), offer)
	}
	if !errors.Is(err, sfu.ErrStale) {
		t.Fatal(err)
	}
	if session, err = room.Join("bad", 2, sfutest.NewEvents()); err != nil {
		t.Fatal(err)
	}
	if _, err := sfutest.Answer(session)(t.Context(), offer); err != nil {
		t.Error(err)
	}
}

// What was granted to a picture is what it cost before: a sender who then sends many times of it is left out at the receiver,
// whose line is not his, and comes back when he sends what he may.
func TestAFloodDoesNotReachTheReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
		eve := sfutest.JoinFake(t, fakes, room, "eve", 1, false)
		synctest.Wait()
		vp8 := sfutest.NewVP8(2, 1, 320, 180)
		vp8.Size = 1100
		stream := ada.Sent(0, transport.Video)
		// calm sends pictures as they should be for some seconds, and tells how many came.
		calm := func() uint64 {
			before := stream.Count.Load()
			for range 50 {
				asked := slices.ContainsFunc(eve.RTCP(), func(p rtcp.Packet) bool { _, pli := p.(*rtcp.PictureLossIndication); return pli })
				eve.Inject(sfutest.FakeCamera, 0, vp8.Frame(asked, 1)[0])
				time.Sleep(100 * time.Millisecond)
			}
			return stream.Count.Load() - before
		}
		if n := calm(); n < 45 {
			t.Fatalf("%d of 50 pictures came", n)
		}
		before := stream.Count.Load()
		for range 1000 { // 1.1 megabytes
			eve.Inject(sfutest.FakeCamera, 0, vp8.Frame(false, 1)[0])
		}
		if n := stream.Count.Load() - before; n > 180 || eve.Session.Stats().Dropped["rate"] > 0 {
			t.Errorf("%d of 1000 packets came through", n)
		}
		if ada.Session.Stats().Dropped["flood"] == 0 {
			t.Error("nothing is counted")
		}
		calm()
		if n := calm(); n < 45 {
			t.Errorf("%d of 50 pictures came after it", n)
		}
	})
}

// Who looks away and back all the time makes no more key frames than who looks.
func TestLookingAwayAndBackIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		eve := sfutest.JoinFake(t, fakes, room, "eve", 1, false)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		c := newCamera(bob)
		asked := 0
		for i := range 500 {
			c.frame()
			if i%5 == 0 {
				eve.Session.Choose([]sfu.Choice{sfu.ChoiceSound, sfu.ChoiceAuto}[i/5%2])
			}
			time.Sleep(40 * time.Millisecond) // the camera's pace, 20 s in all
		}
		for _, n := range c.asked {
			asked += n
		}
		if asked > 18 {
			t.Errorf("%d key frames within 20 s", asked)
		}
	})
}
