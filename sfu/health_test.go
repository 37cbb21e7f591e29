package sfu_test

import (
	"context"
	"net/netip"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
)

func TestHealthCheckIsARoundTripOfMedia(t *testing.T) {
	sfutest.NoLeaks(t)
	for name, change := range map[string]func(*sfu.Config){
		"loopback": nil,
		// What clients are told need not be reachable from here.
		"wildcard behind an address of its own": func(c *sfu.Config) {
			c.UDP = netip.MustParseAddrPort("0.0.0.0:0")
			c.IPs = []netip.Addr{netip.MustParseAddr("192.0.2.7")}
		},
	} {
		server := sfutest.NewServer(t, change)
		ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
		for range 3 {
			begin := time.Now()
			if err := server.HealthCheck(ctx); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			t.Logf("%s: %v", name, time.Since(begin))
		}
		cancel()
		if stats := server.Stats(); stats.Rooms != 0 || stats.Sessions != 0 || stats.Socket.Media == 0 {
			t.Errorf("%s: left behind: %+v", name, stats)
		}
		ctx, cancel = context.WithTimeout(t.Context(), 200*time.Millisecond)
		if err := server.Close(ctx); err != nil {
			t.Fatal(err)
		}
		if err := server.HealthCheck(ctx); err == nil {
			t.Errorf("%s: a closed server is healthy", name)
		}
		cancel()
	}
}
