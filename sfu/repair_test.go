package sfu_test

import (
	"bytes"
	"math/rand/v2"
	"net/netip"
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"pgregory.net/rapid"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/sfu/transport/peerconnection"
)

// watched is a room where a viewer gets bob's picture.
func watched(t testing.TB) (viewer, bob *sfutest.FakePerson, vp8 *sfutest.VP8) {
	t.Helper()
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	bob = sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	viewer = sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	vp8 = sfutest.NewVP8(7, 65000, 640, 360)
	viewer.Carries(t, 0, transport.Video, func() {
		for _, p := range vp8.Frame(true, 2) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	})
	return viewer, bob, vp8
}

// TestRequestsAreWithinTheBounds: numbers that are not to be had are looked for no more often than others.
func TestRequestsAreWithinTheBounds(t *testing.T) {
	sfutest.NoLeaks(t)
	viewer, bob, vp8 := watched(t)
	for _, p := range vp8.Frame(false, 3) {
		bob.Inject(sfutest.FakeCamera, 0, p)
	}
	stream := viewer.Sent(0, transport.Video)
	sent := stream.All()
	last := sent[len(sent)-1].Seq
	many := &rtcp.TransportLayerNack{MediaSSRC: stream.SSRC()}
	for i := range uint16(350) {
		many.Nacks = append(many.Nacks, rtcp.NackPair{PacketID: last + 1000 + 17*i, LostPackets: 0xffff})
	}
	at := time.Now().Add(-time.Second) // a second later than that the packets must be in memory still, which is one second long
	before := viewer.Session.Stats()
	viewer.ControlAt(many, at)
	viewer.ControlAt(nack(stream.SSRC(), last), at)
	if n := len(stream.All()) - len(sent); n != 0 {
		t.Errorf("%d answers after 5,950 numbers within a second", n)
	}
	after := viewer.Session.Stats()
	if n := after.NACKsIn - before.NACKsIn; n != 5951 || after.Dropped["repair"]-before.Dropped["repair"] != n {
		t.Errorf("%d asked for, %d dropped", n, after.Dropped["repair"]-before.Dropped["repair"])
	}
	viewer.ControlAt(nack(stream.SSRC(), last), at.Add(time.Second))
	if n := len(stream.All()) - len(sent); n != 1 {
		t.Errorf("%d answers a second later", n)
	}
}

func TestLostPacketsAreSentAgainOverRTX(t *testing.T) {
	sfutest.NoLeaks(t)
	viewer, bob, vp8 := watched(t)
	for range 20 {
		for _, p := range vp8.Frame(false, 3) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	stream := viewer.Sent(0, transport.Video)
	sent := stream.All()
	asked := []uint16{sent[5].Seq, sent[6].Seq, sent[40].Seq}
	viewer.Control(nack(stream.SSRC(), asked...))
	again := stream.All()[len(sent):]
	if len(again) != len(asked) {
		t.Fatalf("%d packets for %d asked for", len(again), len(asked))
	}
	for i, index := range []int{5, 6, 40} {
		was, is := sent[index], again[i]
		if !is.RTX || is.Seq != was.Seq || is.Timestamp != was.Timestamp || is.Marker != was.Marker ||
			!bytes.Equal(is.Payload, was.Payload) {
			t.Errorf("packet %d came again as another: %+v, was %+v", index, is, was)
		}
	}
	// At once again: nothing, the answer is on its way.
	viewer.Control(nack(stream.SSRC(), asked...))
	if n := len(stream.All()) - len(sent); n != len(asked) {
		t.Errorf("%d answers to a request that was repeated at once", n-len(asked))
	}
	// Numbers that were never sent, and a stream that is not ours.
	viewer.Control(nack(stream.SSRC(), sent[len(sent)-1].Seq+100))
	viewer.Control(nack(stream.SSRC()+99, asked...))
	if n := len(stream.All()) - len(sent); n != len(asked) {
		t.Errorf("%d packets that nobody can have asked for", n-len(asked))
	}
	if s := viewer.Session.Stats(); s.Retransmitted != 3 || s.NACKsIn != 7 || s.Dropped["repair"] != 4 {
		t.Errorf("%+v", s)
	}
}

func TestRequestsForPacketsAreBounded(t *testing.T) {
	sfutest.NoLeaks(t)
	viewer, bob, vp8 := watched(t)
	for range 100 {
		for _, p := range vp8.Frame(false, 3) {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	stream := viewer.Sent(0, transport.Video)
	last := stream.All()[len(stream.All())-1].Seq
	begin := time.Now()
	for range 400 {
		var seqs []uint16
		for i := range uint16(250) {
			seqs = append(seqs, last-i)
		}
		viewer.Control(nack(stream.SSRC(), seqs...))
	}
	seconds := 1 + int(time.Since(begin)/time.Second)
	if n := viewer.Session.Stats().Retransmitted; int(n) > seconds*sfu.DefaultLimits().NACKedPackets {
		t.Errorf("%d packets sent again in %d s", n, seconds)
	}
}

// TestThePublisherIsAskedForWhatIsMissing, and what comes takes its place in the numbering.
func TestThePublisherIsAskedForWhatIsMissing(t *testing.T) {
	sfutest.NoLeaks(t)
	viewer, bob, vp8 := watched(t)
	stream := viewer.Sent(0, transport.Video)
	before := len(stream.All())
	bob.RTCP()
	frames := append(vp8.Frame(false, 3), vp8.Frame(false, 3)...)
	lost := frames[2]
	for _, p := range frames {
		if p != lost {
			bob.Inject(sfutest.FakeCamera, 0, p)
		}
	}
	deadline := time.Now().Add(sfutest.Deadline)
	for asked := false; !asked; {
		for _, p := range bob.RTCP() {
			if n, ok := p.(*rtcp.TransportLayerNack); ok && n.MediaSSRC == 7 {
				for i := range n.Nacks {
					for _, seq := range n.Nacks[i].PacketList() {
						if seq != lost.SequenceNumber {
							t.Fatalf("asked for %d, lost was %d", seq, lost.SequenceNumber)
						}
						asked = true
					}
				}
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("never asked")
		}
		time.Sleep(time.Millisecond) // the room's clock ticks each 20 ms
	}
	repair := *lost
	repair.SSRC = 8
	bob.InjectAt(sfutest.FakeCamera, 0, &repair, true, time.Now())
	sent := stream.All()[before:]
	if len(sent) != 6 {
		t.Fatalf("%d of 6 packets", len(sent))
	}
	late := sent[5]
	mark, _ := sfutest.ReadMark(late.Payload)
	if mark.Seq != lost.SequenceNumber || late.Seq != sent[1].Seq+1 || late.Seq != sent[2].Seq-1 || late.RTX {
		t.Errorf("the late packet has number %d between %d and %d", late.Seq, sent[1].Seq, sent[2].Seq)
	}
	// The same once more is a probe: not media.
	bob.InjectAt(sfutest.FakeCamera, 0, &repair, true, time.Now())
	bob.Inject(sfutest.FakeCamera, 0, frames[0])
	if n := len(stream.All()) - before; n != 6 {
		t.Errorf("%d packets that were here before were forwarded", n-6)
	}
	if s := bob.Session.Stats(); s.Dropped["duplicate"] != 2 {
		t.Errorf("%d counted as duplicates", s.Dropped["duplicate"])
	}
}

// TestSealedOnce: whatever order packets come in, however often, from however many layers and with whatever pauses,
// no number is sent twice on the primary stream, and every number stands for one packet.
func TestSealedOnce(t *testing.T) {
	sent, switches := 0, uint64(0)
	defer func() {
		t.Logf("%d packets and %d switches", sent, switches)
		if sent < 500 || switches < 20 {
			t.Errorf("too little was looked at")
		}
	}()
	rapid.Check(t, func(rt *rapid.T) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes, Limits: sfu.Limits{VideoPackets: 1 << 20, VideoBits: 1 << 30}})
		if err != nil {
			rt.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("r", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
		stream := viewer.Sent(0, transport.Video)
		var layers [3]*sfutest.VP8
		for i := range layers {
			layers[i] = sfutest.NewVP8(uint32(10+i), uint16(rapid.IntRange(0, 65535).Draw(rt, "seq")), 640, 360)
		}
		viewer.Carries(t, 0, transport.Video, func() {
			for i := range layers {
				bob.Inject(sfutest.FakeCamera, i, layers[i].Frame(true, 1)[0])
			}
		})
		camera := ""
		viewer.Events.Await(t, "the camera", func() bool {
			for _, p := range viewer.Publications() {
				camera = p.ID
			}
			return camera != ""
		})
		type pending struct {
			layer  int
			packet *rtp.Packet
		}
		var wire []pending
		for range rapid.IntRange(20, 200).Draw(rt, "steps") {
			layer := rapid.IntRange(0, 2).Draw(rt, "layer")
			switch rapid.IntRange(0, 24).Draw(rt, "what") {
			case 0:
				bob.Session.SetFlow(sfu.Flow{Group: "room", Audio: true})
			case 1, 2:
				bob.Session.SetFlow(all)
			case 3, 5, 6, 7:
				size := rapid.IntRange(0, 1300).Draw(rt, "tile")
				viewer.Session.Views([]sfu.View{{Publication: camera, Width: size, Height: size}})
			case 4:
				layers[layer].Header.SequenceNumber += uint16(rapid.IntRange(0, 3000).Draw(rt, "jump"))
			default:
				for _, p := range layers[layer].Frame(rapid.IntRange(0, 2).Draw(rt, "key") == 0, rapid.IntRange(1, 5).Draw(rt, "packets")) {
					if rapid.IntRange(0, 9).Draw(rt, "lost") > 0 {
						wire = append(wire, pending{layer, p})
					}
					if rapid.IntRange(0, 4).Draw(rt, "twice") == 0 {
						wire = append(wire, pending{layer, p})
					}
				}
			}
			for len(wire) > rapid.IntRange(0, 8).Draw(rt, "held") {
				i := rapid.IntRange(0, min(3, len(wire)-1)).Draw(rt, "which")
				bob.Inject(sfutest.FakeCamera, wire[i].layer, wire[i].packet)
				wire = append(wire[:i], wire[i+1:]...)
			}
			if out := stream.All(); len(out) > 0 {
				viewer.Control(nack(stream.SSRC(), out[len(out)-1].Seq-uint16(rapid.IntRange(0, 20).Draw(rt, "nack"))))
			}
		}
		sent += len(stream.All())
		switches += viewer.Session.Stats().LayerSwitches
		primary := map[uint16]sfutest.Mark{}
		for _, p := range stream.All() {
			mark, ok := sfutest.ReadMark(p.Payload)
			if !ok {
				rt.Fatal("a packet that nobody sent")
			}
			was, known := primary[p.Seq]
			if !p.RTX && known {
				rt.Fatalf("number %d was sent twice: for %v and %v", p.Seq, was, mark)
			}
			if p.RTX && known && was != mark {
				rt.Fatalf("number %d is %v, and %v when asked for again", p.Seq, was, mark)
			}
			if !p.RTX {
				primary[p.Seq] = mark
			}
		}
	})
}

// TestEverythingArrivesInSpiteOfLoss: a tenth of all media packets is lost on each of the four ways, requests and
// repairs included.
func TestEverythingArrivesInSpiteOfLoss(t *testing.T) {
	sfutest.NoLeaks(t)
	socket, err := icemux.OpenUDP(netip.MustParseAddrPort("127.0.0.1:0"), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	lossy := sfutest.NewLossy(socket, 1)
	factory, err := peerconnection.New(peerconnection.Config{Socket: lossy})
	if err != nil {
		t.Fatal(err)
	}
	server := sfutest.NewServer(t, func(c *sfu.Config) { c.Transports = factory })
	room := server.Room("r", nil)
	ada := sfutest.Join(t, room, "ada", sfutest.Options{Camera: []string{}, Pairs: 1})
	var viewers []*sfutest.Person
	for _, name := range []string{"bob", "cem"} {
		viewers = append(viewers, sfutest.Join(t, room, name, sfutest.Options{Microphone: true, Pairs: 2, Plain: true}))
	}
	ssrc, _ := ada.SSRC(transport.Camera)
	vp8 := sfutest.NewVP8(ssrc, uint16(rand.Uint32()), 640, 360)
	type progress struct {
		slot *sfutest.Nacker
		got  map[uint16]bool
		rtx  int
	}
	state := map[string]*progress{}
	for _, v := range viewers {
		state[v.Name] = &progress{slot: sfutest.NewNacker(v.Client, v.Sees(t, "ada")), got: map[uint16]bool{}}
	}
	collect := func() {
		for _, s := range state {
			for _, p := range s.slot.Take() {
				if mark, ok := sfutest.ReadMark(p.Payload); ok {
					s.got[mark.Seq] = true
					if p.RTX {
						s.rtx++
					}
				}
			}
		}
	}
	send := func(key bool, n int) (sent []uint16) {
		for _, p := range vp8.Frame(key, n) {
			ada.Send(transport.Camera, "", p)
			sent = append(sent, p.SequenceNumber)
		}
		return sent
	}
	pace := time.NewTicker(5 * time.Millisecond) // of a camera, faster
	defer pace.Stop()
	// Until both get the picture: the streams' beginnings are nobody's loss.
	for len(state["bob"].got) == 0 || len(state["cem"].got) == 0 {
		send(true, 1)
		<-pace.C
		collect()
	}
	lossy.SetRate(0.1)
	var want []uint16
	for range 300 {
		want = append(want, send(false, 2)...)
		<-pace.C
		collect()
	}
	deadline := time.Now().Add(sfutest.Deadline)
	for _, v := range viewers {
		s := state[v.Name]
		for missing := len(want); missing > 0; {
			send(false, 1) // the stream goes on: a loss at its end shows by what comes after
			<-pace.C
			collect()
			missing = 0
			for _, seq := range want {
				if !s.got[seq] {
					missing++
				}
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s lacks %d of %d packets; server %+v", v.Name, missing, len(want), server.Stats())
			}
		}
		if s.rtx == 0 {
			t.Errorf("%s got everything without a single repair", v.Name)
		}
	}
	t.Logf("lost %d of %d; server asked for %d, was asked for %d, sent again %d",
		lossy.Lost.Load(), lossy.Lost.Load()+lossy.Passed.Load(),
		server.Stats().NACKsOut, server.Stats().NACKsIn, server.Stats().Retransmitted)
}
