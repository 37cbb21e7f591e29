package sfu_test

import (
	"context"
	"testing"

	"github.com/anteroom-video/anteroom/sfu/sfutest"
	"github.com/anteroom-video/anteroom/sfu/transport"
)

func TestTwoHearAndSeeEachOther(t *testing.T) {
	sfutest.NoLeaks(t)
	server := sfutest.NewServer(t, nil)
	room := server.Room("r", nil)
	ada := sfutest.Join(t, room, "ada", sfutest.Options{Microphone: true, Camera: []string{"q", "h", "f"}, Pairs: 1})
	bob := sfutest.Join(t, room, "bob", sfutest.Options{Microphone: true, Camera: []string{}, Pairs: 1})
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	for i, pair := range [][2]*sfutest.Person{{ada, bob}, {bob, ada}} {
		from, to := pair[0], pair[1]
		slot := to.Sees(t, from.Name)
		opus := sfutest.NewOpus(uint32(0x100+i), 1)
		vp8 := sfutest.NewVP8(uint32(0x200+i), 1, 640, 360)
		rid := ""
		if from == ada {
			rid = "q"
		}
		from.Send(transport.Microphone, "", opus.Packet())
		for _, p := range vp8.Frame(true, 2) {
			from.Send(transport.Camera, rid, p)
		}
		a, err := to.Slot(slot, transport.Audio).Next(ctx)
		if err != nil {
			t.Fatalf("%s hears nothing: %v %+v", to.Name, err, from.Session.Stats())
		}
		if m, ok := sfutest.ReadMark(a.Payload); !ok || m.SSRC != uint32(0x100+i) {
			t.Errorf("another sound: %v", m)
		}
		v, err := to.Slot(slot, transport.Video).Next(ctx)
		if err != nil {
			t.Fatalf("%s sees nothing: %v", to.Name, err)
		}
		if m, ok := sfutest.ReadMark(v.Payload); !ok || m.SSRC != uint32(0x200+i) {
			t.Errorf("another picture: %v", m)
		}
		to.Events.Await(t, "both publications are told", func() bool { return len(to.Publications()) == 2 })
	}
}
