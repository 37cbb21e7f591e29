package peerconnection_test

import (
	"net/netip"
	"testing"

	"github.com/anteroom-video/anteroom/sfu/transport"
	"github.com/anteroom-video/anteroom/sfu/transport/icemux"
	"github.com/anteroom-video/anteroom/sfu/transport/peerconnection"
	"github.com/anteroom-video/anteroom/sfu/transport/transporttest"
)

func open(tb testing.TB, at string) transport.Factory {
	tb.Helper()
	socket, err := icemux.OpenUDP(netip.MustParseAddrPort(at), 1<<20)
	if err != nil {
		tb.Fatal(err)
	}
	f, err := peerconnection.New(peerconnection.Config{Socket: socket})
	if err != nil {
		tb.Fatal(err)
	}
	return f
}

func TestConformance(t *testing.T) {
	transporttest.Run(t, func(tb testing.TB) transport.Factory { return open(tb, "127.0.0.1:0") })
}
