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

// FuzzPeer: whatever one peer sends, as media or as control, faults nothing, and what the others get has numbers
// that are used once.
func FuzzPeer(f *testing.F) {
	opus, vp8 := sfutest.NewOpus(1, 1), sfutest.NewVP8(2, 1, 640, 360)
	sound, err := opus.Packet().Marshal()
	if err != nil {
		f.Fatal(err)
	}
	picture, err := vp8.Frame(true, 1)[0].Marshal()
	if err != nil {
		f.Fatal(err)
	}
	control, err := rtcp.Marshal([]rtcp.Packet{
		&rtcp.SenderReport{SSRC: 2, NTPTime: 1 << 40, Reports: []rtcp.ReceptionReport{{SSRC: 0x10004}}},
		nack(0x10004, 1, 2, 3), &rtcp.PictureLossIndication{MediaSSRC: 0x10004},
	})
	if err != nil {
		f.Fatal(err)
	}
	for line, raw := range [][]byte{sound, picture} {
		f.Add(raw, control, int8(line), uint8(0), false)
	}
	f.Fuzz(func(t *testing.T, raw, control []byte, line int8, layer uint8, rtx bool) {
		fakes := &sfutest.Fakes{}
		server, err := sfu.New(sfu.Config{Transports: fakes})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = server.Close(t.Context()) }()
		room := server.Room("r", nil)
		bob := sfutest.JoinFake(t, fakes, room, "bob", 1, false)
		ada := sfutest.JoinFake(t, fakes, room, "ada", 1, false)
		good := sfutest.NewVP8(9, 1, 640, 360)
		ada.Carries(t, 0, transport.Video, func() { bob.Inject(sfutest.FakeCamera, 0, good.Frame(true, 1)[0]) })
		if _, err := codec.ParseRTP(raw); err == nil {
			for range 3 {
				bob.InjectRaw(max(int(line), -1), int(layer), raw, rtx, time.Now())
			}
		}
		if packets, err := rtcp.Unmarshal(control); err == nil {
			for _, p := range packets {
				ada.Control(p)
				bob.Control(p)
			}
		}
		bob.Inject(sfutest.FakeCamera, 0, good.Frame(true, 1)[0])
		if n := server.Stats().Panics; n != 0 {
			t.Fatalf("%d faults", n)
		}
		for _, kind := range []transport.Kind{transport.Audio, transport.Video} {
			seen := map[uint16]bool{}
			for _, p := range ada.Sent(0, kind).All() {
				if !p.RTX && seen[p.Seq] {
					t.Fatalf("%s: number %d twice", kind, p.Seq)
				}
				seen[p.Seq] = true
			}
		}
	})
}
