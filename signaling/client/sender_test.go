package client

import (
	"testing"

	"github.com/pion/rtp"
)

// Every packet of a layer says of which source and which layer it is (RFC 8852): nothing else tells the server.
func TestPacketsOfLayersAreNamed(t *testing.T) {
	b := newBinding(nil, "7", "h", map[string]uint8{midURI: 3, ridURI: 10})
	var p rtp.Packet
	if err := b.name(&p); err != nil || string(p.GetExtension(3)) != "7" || string(p.GetExtension(10)) != "h" {
		t.Errorf("%+v %v", p.Header, err)
	}
	var whole rtp.Packet
	if err := newBinding(nil, "7", "", map[string]uint8{midURI: 3}).name(&whole); err != nil || whole.Extension {
		t.Errorf("a source without layers: %+v %v", whole.Header, err)
	}
	if err := newBinding(nil, "7", "h", map[string]uint8{midURI: 3}).name(&rtp.Packet{}); err == nil {
		t.Error("a layer is sent without its name")
	}
}

// It is done for every packet of a picture, on the machine whose processor a load test measures.
func BenchmarkName(b *testing.B) {
	place := newBinding(nil, "1", "h", map[string]uint8{midURI: 3, ridURI: 10})
	extensions := make([]rtp.Extension, 0, 2)
	for b.Loop() {
		p := rtp.Packet{Header: rtp.Header{Version: 2, Extensions: extensions}}
		if err := place.name(&p); err != nil {
			b.Fatal(err)
		}
	}
}
