package sfu_test

import (
	"testing"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

// svc sends VP9 with three spatial layers in one stream, a key picture for each one asked for.
type svc struct {
	peer    *sfutest.FakePerson
	header  rtp.Header
	picture uint16
	began   bool
	since   time.Time
}

// frame sends one picture: three layers of two packets each.
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
	for sid := range byte(3) {
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
				structure = []byte{2<<5 | 0x10, 1, 64, 0, 180, 2, 128, 1, 104, 5, 0, 2, 208}
			}
			payload := append([]byte{first, 0x80 | byte(v.picture>>8), byte(v.picture), sid << 1, byte(v.picture)}, structure...)
			payload = append(payload, make([]byte, 200)...)
			h := v.header
			h.Marker = sid == 2 && part == 1
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
	v := &svc{peer: bob, header: rtp.Header{Version: 2, PayloadType: 98, SSRC: 77, SequenceNumber: 65500}, since: time.Now()}
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

// VP9 is asked for where everybody can, and given up when somebody comes who cannot.
func TestCodecOfARoom(t *testing.T) {
	sfutest.NoLeaks(t)
	fakes := &sfutest.Fakes{Speaks: []transport.Codec{transport.Opus, transport.VP8, transport.VP9}}
	_, room := fakeRoom(t, fakes, nil)
	join := func(name string, can bool) *sfutest.FakePerson {
		p := sfutest.JoinFake(t, fakes, room, name, 2, false)
		offer := sfutest.FakeOffer(2)
		offer.SVC = can
		if _, err := p.Session.Answer(t.Context(), offer); err != nil {
			t.Fatal(err)
		}
		return p
	}
	ada, bob := join("ada", true), join("bob", true)
	for _, p := range []*sfutest.FakePerson{ada, bob} {
		p.Await(t, "VP9 for all", func() bool { return p.VideoCodec() == sfu.CodecVP9 })
	}
	old := join("old", false)
	for _, p := range []*sfutest.FakePerson{ada, bob, old} {
		p.Await(t, "VP8 for all", func() bool { return p.VideoCodec() == sfu.CodecVP8 })
	}
	if err := old.Session.Close(); err != nil {
		t.Fatal(err)
	}
	ada.Await(t, "VP9 again", func() bool { return ada.VideoCodec() == sfu.CodecVP9 })
}
