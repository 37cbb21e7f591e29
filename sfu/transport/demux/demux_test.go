package demux_test

import (
	"testing"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/sfu/codec"
	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/demux"
	"github.com/anteroom-video/anteroom/sfu/transport/offer"
)

const (
	opus, vp8, rtx           = 111, 96, 97
	idMID, idRID, idRepaired = 4, 10, 11
)

// line makes an m-line of a description.
func line(mid string, use transport.Use, rids []string, sources ...offer.Source) offer.Line {
	return offer.Line{
		Line: transport.Line{Mid: mid, Use: use}, RIDs: rids, Sources: sources, RTX: use.Kind() == transport.Video,
	}
}

func describe(lines ...offer.Line) *offer.Description {
	return &offer.Description{
		Lines:        lines,
		PayloadTypes: offer.PayloadTypes{Opus: opus, VP8: vp8, RTX: rtx},
		Extensions:   offer.Extensions{MID: idMID, RID: idRID, RepairedRID: idRepaired},
	}
}

// packet makes a packet with the given extensions.
func packet(t *testing.T, ssrc uint32, payloadType uint8, extensions map[uint8]string) *codec.Packet {
	t.Helper()
	p := rtp.Packet{Header: rtp.Header{Version: 2, SSRC: ssrc, PayloadType: payloadType}, Payload: []byte{1, 2, 3, 4}}
	for id, v := range extensions {
		if err := p.SetExtension(id, []byte(v)); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := p.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	view, err := codec.ParseRTP(raw)
	if err != nil {
		t.Fatal(err)
	}
	return &view
}

type ext = map[uint8]string

func TestAssign(t *testing.T) {
	all := describe(
		line("a", transport.Microphone, nil, offer.Source{SSRC: 10}),
		line("c", transport.Camera, []string{"q", "h", "f"}, offer.Source{SSRC: 20}),
		line("s", transport.Screen, nil, offer.Source{SSRC: 30}, offer.Source{SSRC: 31, RepairOf: 30}),
		line("sa", transport.ScreenAudio, nil),
		line("ra", transport.SlotAudio, nil),
		line("rv", transport.SlotVideo, nil),
	)
	alone := describe(line("a", transport.Microphone, nil), line("c", transport.Camera, nil), line("rv", transport.SlotVideo, nil))
	for name, c := range map[string]struct {
		d    *offer.Description
		ssrc uint32
		pt   uint8
		ext  ext
		want demux.Stream
	}{
		"by mid":                            {all, 1, opus, ext{idMID: "sa"}, demux.Stream{Line: 3, Codec: transport.Opus}},
		"by mid and rid":                    {all, 2, vp8, ext{idMID: "c", idRID: "h"}, demux.Stream{Line: 1, Layer: 1, Codec: transport.VP8}},
		"repair, by mid and repaired rid":   {all, 3, rtx, ext{idMID: "c", idRepaired: "f"}, demux.Stream{Line: 1, Layer: 2, RTX: true, Codec: transport.VP8}},
		"by declaration":                    {all, 10, opus, nil, demux.Stream{Line: 0, Codec: transport.Opus}},
		"picture by declaration":            {all, 30, vp8, nil, demux.Stream{Line: 2, Codec: transport.VP8}},
		"repair by declaration":             {all, 31, rtx, nil, demux.Stream{Line: 2, RTX: true, Codec: transport.VP8}},
		"the only line of its kind":         {alone, 5, vp8, nil, demux.Stream{Line: 1, Codec: transport.VP8}},
		"two lines it could be":             {all, 6, opus, nil, demux.Stream{Line: -1}},
		"layers without rid":                {all, 7, vp8, ext{idMID: "c"}, demux.Stream{Line: -1}},
		"layers by an SSRC once declared":   {all, 20, vp8, nil, demux.Stream{Line: -1}},
		"an unknown rid":                    {all, 8, vp8, ext{idMID: "c", idRID: "x"}, demux.Stream{Line: -1}},
		"repair with a rid that is not its": {all, 8, rtx, ext{idMID: "c", idRID: "q"}, demux.Stream{Line: -1}},
		"an unknown mid":                    {all, 10, opus, ext{idMID: "x"}, demux.Stream{Line: -1}},
		"a mid of a slot":                   {all, 9, opus, ext{idMID: "ra"}, demux.Stream{Line: -1}},
		"sound on a line of pictures":       {all, 9, opus, ext{idMID: "c", idRID: "q"}, demux.Stream{Line: -1}},
		"an unknown payload type":           {all, 10, 100, nil, demux.Stream{Line: -1}},
		"the probe SSRC":                    {alone, 0, vp8, nil, demux.Stream{Line: -1}},
	} {
		if got := demux.New(c.d).Assign(packet(t, c.ssrc, c.pt, c.ext)); got != c.want {
			if got.Line == -1 && c.want.Line == -1 {
				continue
			}
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
		}
	}
}

func TestOnceSaidIsKept(t *testing.T) {
	table := demux.New(describe(line("a", transport.Microphone, nil), line("c", transport.Camera, []string{"q", "h"})))
	first := table.Assign(packet(t, 5, vp8, ext{idMID: "c", idRID: "h"}))
	later := packet(t, 5, vp8, nil) // browsers stop saying it when we have reported on the stream
	if again := table.Assign(later); again != first || first.Line != 1 || first.Layer != 1 {
		t.Errorf("%+v, then %+v", first, again)
	}
	// It cannot be said anew by the same stream, and not by another codec on its SSRC.
	if other := table.Assign(packet(t, 5, vp8, ext{idMID: "c", idRID: "q"})); other != first {
		t.Errorf("moved to %+v", other)
	}
	if other := table.Assign(packet(t, 5, opus, nil)); other.Line != -1 {
		t.Errorf("sound on the SSRC of the camera: %+v", other)
	}
	table.Update(describe(
		line("a", transport.Microphone, nil), line("c", transport.Camera, []string{"q", "h"}), line("rv", transport.SlotVideo, nil),
	))
	if again := table.Assign(later); again != first {
		t.Errorf("forgotten when the pool grew: %+v", again)
	}
	if allocs := testing.AllocsPerRun(100, func() { table.Assign(later) }); allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
