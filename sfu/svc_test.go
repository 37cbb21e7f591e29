package sfu_test

import (
	"slices"
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

// svc sends VP9 with spatial layers in one stream, a key picture for each one asked for.
type svc struct {
	peer    *sfutest.FakePerson
	layers  byte // 1 to 3
	thin    bool // the line has no room but for the smallest
	header  rtp.Header
	picture uint16
	began   bool
	since   time.Time
}

// obey leaves out the layers above the highest demanded, of those that it has, as a browser does: the stream says how
// many there are, and begins anew.
func (v *svc) obey(has byte) {
	demanded, said := v.peer.Demanded("camera")
	layers := has
	if said && len(demanded) > 0 {
		layers = min(has, byte(slices.Max(demanded))+1)
	}
	if layers != v.layers {
		v.layers, v.began = layers, false
	}
}

// frame sends one picture: its layers of two packets each.
func (v *svc) frame() {
	key := !v.began
	for _, p := range v.peer.RTCP() {
		if _, ok := p.(*rtcp.PictureLossIndication); ok {
			key = true
		}
	}
	v.began = true
	v.picture = (v.picture + 1) & 0x7fff
	v.header.Timestamp = uint32(time.Since(v.since) * 90000 / time.Second)
	top := v.layers
	if v.thin {
		top = 1
	}
	for sid := range top {
		for part := range byte(2) {
			first := byte(0x80 | 0x20)
			if !key {
				first |= 0x40
			}
			if part == 0 {
				first |= 0x08
			} else {
				first |= 0x04
			}
			structure := []byte(nil)
			if key && sid == 0 && part == 0 {
				first |= 0x02
				structure = append([]byte{(v.layers-1)<<5 | 0x10}, []byte{1, 64, 0, 180, 2, 128, 1, 104, 5, 0, 2, 208}[:4*v.layers]...)
			}
			payload := append([]byte{first, 0x80 | byte(v.picture>>8), byte(v.picture), sid << 1, byte(v.picture)}, structure...)
			payload = append(payload, make([]byte, 200)...)
			h := v.header
			h.Marker = sid == top-1 && part == 1
			v.peer.Inject(sfutest.FakeCamera, 0, &rtp.Packet{Header: h, Payload: payload})
			v.header.SequenceNumber++
		}
	}
}

// Spatial layers are chosen within one stream: the numbers of what is left out are closed up, all layers of a picture keep
// one id, and each picture ends with a marker.
func TestSpatialLayersOfOneStream(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.VP8, transport.VP9}}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	v := &svc{peer: bob, layers: 3, header: rtp.Header{Version: 2, PayloadType: 98, SSRC: 77, SequenceNumber: 65500}, since: time.Now()}
	stream := ada.Sent(slotOf(t, ada, "bob"), transport.Video)
	highest := func() int {
		sent := stream.All()
		top := -1
		for _, p := range sent[max(0, len(sent)-12):] {
			if d, err := codec.ParseVP9(p.Payload); err == nil {
				top = max(top, int(d.SID))
			}
		}
		return top
	}
	until := func(want int) {
		t.Helper()
		for deadline := time.Now().Add(sfutest.Deadline); highest() != want; {
			if time.Now().After(deadline) {
				t.Fatalf("layer %d never came, %d does", want, highest())
			}
			v.frame()
			time.Sleep(5 * time.Millisecond) // the camera's pace
		}
	}
	until(0) // a thumbnail
	view := func(width, height int) {
		for _, p := range ada.Publications() {
			ada.Session.Views([]sfu.View{{Publication: p.ID, Width: width, Height: height, Stage: true}})
		}
	}
	ada.Await(t, "the camera is told", func() bool { return len(ada.Publications()) > 0 })
	view(1280, 720)
	until(2)
	view(320, 180)
	until(0)
	view(640, 360)
	until(1)
	var last *sfutest.Sent
	var id uint16
	ended := true
	for i, p := range stream.All() {
		if p.Codec != transport.VP9 {
			t.Fatalf("packet %d is sent as %d", i, p.Codec)
		}
		d, err := codec.ParseVP9(p.Payload)
		if err != nil {
			t.Fatal(err)
		}
		if last != nil {
			if p.Seq != last.Seq+1 {
				t.Fatalf("packet %d: number %d after %d", i, p.Seq, last.Seq)
			}
			if ended != (d.PictureID != id) || ended && d.PictureID != (id+1)&0x7fff {
				t.Fatalf("packet %d: picture %d after %d, which had ended: %v", i, d.PictureID, id, ended)
			}
		}
		last, id, ended = &p, d.PictureID, p.Marker
	}
}

// Layers that nobody watches are left out of the stream, and come back when they are wanted: that a stream is without them
// now does not say that its sender has none. Of a camera that is too small for them the largest is shown, whatever is
// wanted.
func TestLayersLeftOutOfAStreamComeBack(t *testing.T) {
	for has := byte(1); has <= 3; has++ {
		synctest.Test(t, func(t *testing.T) {
			fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.VP8, transport.VP9}}
			server, err := sfu.New(sfu.Config{Transports: fakes})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close(t.Context()) }()
			room := server.Room("room", nil)
			ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
			bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
			v := &svc{peer: bob, header: rtp.Header{Version: 2, PayloadType: 98, SSRC: 77}, since: time.Now()}
			stream := ada.Sent(slotOf(t, ada, "bob"), transport.Video)
			// show sends pictures for so long, and tells the highest layer that came in the last second of it.
			show := func(d time.Duration) int {
				top := -1
				for begin := time.Now(); time.Since(begin) < d; time.Sleep(40 * time.Millisecond) { // the camera's pace
					v.obey(has)
					v.frame()
				}
				for _, p := range stream.All() {
					if d, err := codec.ParseVP9(p.Payload); err == nil && time.Since(p.At) < time.Second {
						top = max(top, int(d.SID))
					}
				}
				return top
			}
			show(2 * sfu.DemandLinger)
			for _, step := range []struct{ width, height, layer int }{
				{1280, 720, 2}, {160, 90, 0}, {640, 360, 1}, {160, 90, 0}, {1280, 720, 2},
			} {
				for _, p := range ada.Publications() {
					ada.Session.Views([]sfu.View{{Publication: p.ID, Width: step.width, Height: step.height, Stage: true}})
				}
				want := min(step.layer, int(has)-1)
				if got := show(2 * sfu.DemandLinger); got != want {
					t.Errorf("of %d layers, in %d by %d: %d is shown, not %d", has, step.width, step.height, got, want)
				}
				if int(v.layers) != want+1 {
					t.Errorf("of %d layers, in %d by %d: %d are sent", has, step.width, step.height, v.layers)
				}
			}
		})
	}
}

// A sender whose line is still thin leaves out layers of which his stream says that it has them: they stay demanded, so that
// they come as soon as there is room.
func TestLayersThatHaveNoRoomYetStayDemanded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.VP8, transport.VP9}}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		v := &svc{peer: bob, layers: 3, thin: true, header: rtp.Header{Version: 2, PayloadType: 98, SSRC: 77}, since: time.Now()}
		stream := ada.Sent(slotOf(t, ada, "bob"), transport.Video)
		show := func(d time.Duration) {
			for begin := time.Now(); time.Since(begin) < d; time.Sleep(40 * time.Millisecond) { // the camera's pace
				v.frame()
			}
		}
		show(time.Second)
		for _, p := range ada.Publications() {
			ada.Session.Views([]sfu.View{{Publication: p.ID, Width: 1280, Height: 720, Stage: true}})
		}
		show(10 * time.Second)
		if got, _ := bob.Demanded("camera"); !slices.Contains(got, 2) && got != nil {
			t.Errorf("demanded are %v", got)
		}
		v.thin = false
		show(time.Second)
		sent := stream.All()
		if d, err := codec.ParseVP9(sent[len(sent)-1].Payload); err != nil || d.SID != 2 {
			t.Errorf("layer %d is shown (%v)", d.SID, err)
		}
	})
}

// VP9 is asked for where everybody can, and given up when somebody comes who cannot; it does not come again before there was
// calm, so that nobody makes all encoders begin anew as often as he likes.
func TestCodecOfARoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.VP8, transport.VP9}}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("room", nil)
		can := func(p *sfutest.FakePerson, svc bool) {
			offer := sfutest.FakeOffer(3)
			offer.SVC = svc
			if _, err := p.Session.Answer(t.Context(), offer); err != nil {
				t.Fatal(err)
			}
		}
		var people []*sfutest.FakePerson
		join := func(name string) *sfutest.FakePerson {
			p := sfutest.JoinFake(t, fakes, room, name, 3, false)
			people = append(people, p)
			return p
		}
		told := func(what, codec string) {
			t.Helper()
			synctest.Wait()
			for _, p := range people {
				if got := p.VideoCodec(); got != codec {
					t.Errorf("%s: %s is told %s", what, p.Name, got)
				}
			}
		}
		ada, bob := join("ada"), join("bob")
		can(ada, true)
		told("one of two can", sfu.CodecVP8)
		can(bob, true)
		told("both can", sfu.CodecVP9)
		old := join("old")
		told("one came who cannot", sfu.CodecVP8)
		if err := old.Session.Close(); err != nil {
			t.Fatal(err)
		}
		people = people[:2]
		told("he has just gone", sfu.CodecVP8)
		time.Sleep(12 * time.Second)
		told("there was calm", sfu.CodecVP9)
		can(bob, false)
		told("one cannot any more", sfu.CodecVP8)
		can(bob, true)
		told("he says that he can again", sfu.CodecVP8)
	})
}

// Who did not negotiate the codec of a picture is not sent it, and none of its numbers are used up for him: else he would
// miss them, and his line would be taken for one that loses everything.
func TestNothingOfACodecThatWasNotNegotiated(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
	fakes.Speaks = []transport.Codec{transport.Opus, transport.VP8, transport.VP9}
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	vp8 := sfutest.NewVP8(2, 1, 640, 360)
	stream := ada.Sent(slotOf(t, ada, "bob"), transport.Video)
	frame := func() { bob.Inject(sfutest.FakeCamera, 0, vp8.Frame(true, 1)[0]) }
	ada.Carries(t, slotOf(t, ada, "bob"), transport.Video, frame)
	before := stream.All()
	v := &svc{peer: bob, layers: 3, header: rtp.Header{Version: 2, PayloadType: 98, SSRC: 77}, since: time.Now()}
	for range 20 {
		v.frame()
		time.Sleep(5 * time.Millisecond) // the camera's pace
	}
	ada.Carries(t, slotOf(t, ada, "bob"), transport.Video, frame)
	sent := stream.All()
	if last, next := before[len(before)-1], sent[len(before)]; next.Codec != transport.VP8 || next.Seq != last.Seq+1 {
		t.Errorf("after number %d came %d, codec %d", last.Seq, next.Seq, next.Codec)
	}
}
