package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// camera sends three layers from a fake peer as a browser does: on its own clock, with a key frame in a layer for each
// one asked for.
type camera struct {
	peer   *sfutest.FakePerson
	layers [3]*sfutest.VP8
	active [3]bool
	asked  map[uint32]int
	began  bool
	since  time.Time
	base   [3]uint32
}

var sizes = [3][2]uint16{{320, 180}, {640, 360}, {1280, 720}}

func newCamera(p *sfutest.FakePerson) *camera {
	c := &camera{peer: p, active: [3]bool{true, true, true}, asked: map[uint32]int{}, since: time.Now()}
	for i := range c.layers {
		c.layers[i] = sfutest.NewVP8(uint32(0x100*(i+1)), uint16(1000*i), sizes[i][0], sizes[i][1])
		c.base[i] = c.layers[i].Header.Timestamp
	}
	return c
}

// frame sends one frame in each active layer.
func (c *camera) frame() {
	wanted := map[uint32]bool{}
	for _, p := range c.peer.RTCP() {
		if pli, ok := p.(*rtcp.PictureLossIndication); ok {
			wanted[pli.MediaSSRC] = true
			c.asked[pli.MediaSSRC]++
		}
	}
	for i, v := range c.layers {
		if !c.active[i] {
			continue
		}
		v.Header.Timestamp = c.base[i] + uint32(time.Since(c.since)*90000/time.Second) - v.Step
		for _, p := range v.Frame(wanted[v.Header.SSRC] || !c.began, i+1) {
			c.peer.Inject(sfutest.FakeCamera, i, p)
		}
	}
	c.began = true
}

// layerOf is the layer that a sent packet is of, by its mark.
func layerOf(t *testing.T, p *sfutest.Sent) int {
	t.Helper()
	mark, ok := sfutest.ReadMark(p.Payload)
	if !ok {
		t.Fatal("a packet that nobody sent")
	}
	return int(mark.SSRC/0x100) - 1
}

// watch sends frames until the viewer gets the layer.
func (c *camera) watch(t *testing.T, s *sfutest.FakeStream, layer int) {
	t.Helper()
	deadline := time.Now().Add(sfutest.Deadline)
	for {
		c.frame()
		sent := s.All()
		if n := len(sent); n > 0 && layerOf(t, &sent[n-1]) == layer {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("layer %d never came", layer)
		}
		time.Sleep(5 * time.Millisecond) // the camera's pace
	}
}

// continuous checks what any receiver relies on: numbers without gap or repetition, pictures one after the other, time
// that does not run backwards, layers that change with a key frame alone.
func continuous(t *testing.T, s *sfutest.FakeStream) (switches int) {
	t.Helper()
	var last *sfutest.Sent
	var picture codec.VP8
	layer := -1
	for i, p := range s.All() {
		if p.RTX {
			continue
		}
		v, err := codec.ParseVP8(p.Payload)
		if err != nil {
			t.Fatal(err)
		}
		at := layerOf(t, &p)
		if at != layer {
			if !v.Keyframe {
				t.Fatalf("packet %d: from layer %d to %d without a key frame", i, layer, at)
			}
			layer = at
			switches++
		}
		if last != nil {
			if p.Seq != last.Seq+1 {
				t.Fatalf("packet %d: sequence number %d after %d", i, p.Seq, last.Seq)
			}
			media := time.Duration(int32(p.Timestamp-last.Timestamp)) * time.Second / 90000
			if off := media - p.At.Sub(last.At); media < 0 || off.Abs() > 500*time.Millisecond {
				t.Fatalf("packet %d: timestamp moves by %v, %v later", i, media, p.At.Sub(last.At))
			}
			if step := (v.PictureID - picture.PictureID) & 0x7fff; v.FrameStart != (step == 1) || step > 1 {
				t.Fatalf("packet %d: picture %d after %d", i, v.PictureID, picture.PictureID)
			}
			if v.FrameStart != last.Marker {
				t.Fatalf("packet %d: a frame begins inside another", i)
			}
		}
		last, picture = &p, v
	}
	return switches
}

func view(p *sfutest.FakePerson, t *testing.T, width, height int) {
	t.Helper()
	id := ""
	p.Events.Await(t, "a picture to view", func() bool {
		for _, pub := range p.Publications() {
			if pub.Source == sfu.SourceCamera {
				id = pub.ID
			}
		}
		return id != ""
	})
	p.Session.Views([]sfu.View{{Publication: id, Width: width, Height: height}})
}

func TestTheTileChoosesTheLayer(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	server, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	c := newCamera(sfutest.JoinFake(t, fakes, room, "bob", 1, false))
	stream := viewer.Sent(0, transport.Video)
	c.watch(t, stream, 0) // a thumbnail as long as nothing is known
	for _, step := range []struct{ width, height, layer int }{
		{1280, 720, 2}, {640, 360, 1},
	} {
		view(viewer, t, step.width, step.height)
		c.watch(t, stream, step.layer)
	}
	if n := continuous(t, stream); n != 3 {
		t.Errorf("%d layers seen", n)
	}
	if stats := server.Stats(); stats.LayerSwitches != 2 || stats.PLIsOut == 0 {
		t.Errorf("counted %d switches, %d requests", stats.LayerSwitches, stats.PLIsOut)
	}
}

func TestWhatIsNotShownIsNotSent(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
	c := newCamera(sfutest.JoinFake(t, fakes, room, "bob", 1, false))
	stream := viewer.Sent(0, transport.Video)
	c.watch(t, stream, 0)
	view(viewer, t, 1280, 720)
	c.watch(t, stream, 2)
	viewer.Session.Views(nil)
	before := stream.Count.Load()
	for range 20 {
		c.frame()
	}
	if n := stream.Count.Load() - before; n != 0 {
		t.Errorf("%d packets of a picture that is not shown", n)
	}
	view(viewer, t, 640, 360)
	c.watch(t, stream, 1)
	// A layer that goes away is replaced by what there is, and taken again when it comes back.
	c.active[1], c.active[2] = false, false
	c.watch(t, stream, 0)
	c.active[1] = true
	c.watch(t, stream, 1)
	continuous(t, stream)
}

// TestRequestsForKeyFramesAreMerged: many watchers who cannot go on cost the sender few key frames.
func TestRequestsForKeyFramesAreMerged(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	c := newCamera(sfutest.JoinFake(t, fakes, room, "bob", 1, false))
	var viewers []*sfutest.FakePerson
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		v := sfutest.JoinFake(t, fakes, room, name, 8, false)
		c.watch(t, v.Sent(0, transport.Video), 0)
		viewers = append(viewers, v)
	}
	c.frame()
	clear(c.asked)
	begin := time.Now()
	for time.Since(begin) < time.Second {
		for _, v := range viewers {
			s := v.Sent(0, transport.Video)
			v.Control(&rtcp.PictureLossIndication{MediaSSRC: s.SSRC()})
			v.Control(&rtcp.FullIntraRequest{FIR: []rtcp.FIREntry{{SSRC: s.SSRC()}}})
		}
		c.frame()
		time.Sleep(10 * time.Millisecond) // the camera's pace
	}
	if n := c.asked[0x100]; n == 0 || n > 6 {
		t.Errorf("%d key frames in a second, asked for 100 times by each of six", n)
	}
}

// TestNewcomersGetAKeyFrameAtOnce: the request goes out with the subscription, not with the next tick or PLI.
func TestNewcomersGetAKeyFrameAtOnce(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{}
	_, room := fakeRoom(t, fakes, nil)
	bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
	c := newCamera(bob)
	for range 10 {
		c.frame()
		time.Sleep(5 * time.Millisecond)
	}
	bob.RTCP()
	viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, true)
	viewer.Events.Await(t, "a slot", func() bool { return len(viewer.Mapping().Slots) == 1 })
	c.frame()
	if n := len(c.asked); n != 0 {
		t.Fatalf("a key frame was asked for before the slot was acknowledged: %v", c.asked)
	}
	viewer.Session.AckSlots(viewer.Mapping().Seq)
	asked := false
	for _, p := range bob.RTCP() {
		_, pli := p.(*rtcp.PictureLossIndication)
		asked = asked || pli
	}
	if !asked {
		t.Error("no key frame was asked for when the slot was acknowledged")
	}
}

// TestACameraWithoutLayers: one stream, whatever size is wanted; and the layer that a client never sends is not waited
// for.
func TestACameraWithoutLayers(t *testing.T) {
	sfutest.NoLeaks(t)
	for name, active := range map[string][3]bool{
		"the lowest alone": {true, false, false}, "the middle alone": {false, true, false}, "the highest alone": {false, false, true},
		"two": {true, true, false}, "all but the lowest": {false, true, true},
	} {
		fakes := &sfutest.Fakes{}
		_, room := fakeRoom(t, fakes, nil)
		viewer := sfutest.JoinFake(t, fakes, room, "viewer", 1, false)
		c := newCamera(sfutest.JoinFake(t, fakes, room, "bob", 1, false))
		c.active = active
		stream := viewer.Sent(0, transport.Video)
		deadline := time.Now().Add(sfutest.Deadline)
		for _, height := range []int{90, 180, 360, 720, 1080} {
			before := stream.Count.Load()
			for stream.Count.Load() < before+4 {
				if time.Now().After(deadline) {
					t.Fatalf("%s: nothing comes in a tile of %d", name, height)
				}
				c.frame()
				time.Sleep(2 * time.Millisecond) // the camera's pace
			}
			view(viewer, t, height*16/9, height)
		}
		continuous(t, stream)
	}
}
