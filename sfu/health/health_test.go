package health_test

import (
	"context"
	"net/netip"
	"reflect"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/sfu"
	"github.com/anteroom-video/anteroom/sfu/health"
	"github.com/anteroom-video/anteroom/sfu/sfutest"
)

func TestACheckIsARoundTripOfMedia(t *testing.T) {
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
			if err := health.New(server).Check(ctx); err != nil {
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
		if err := health.New(server).Check(ctx); err == nil {
			t.Errorf("%s: a closed server is healthy", name)
		}
		cancel()
	}
}

// TestAFullServerIsHealthy: a probe that a full server refused would have it restarted under everybody it serves.
func TestAFullServerIsHealthy(t *testing.T) {
	sfutest.NoLeaks(t)
	server := sfutest.NewServer(t, func(c *sfu.Config) { c.Limits = sfu.Limits{Sessions: 1, SessionsPerRoom: 1} })
	if _, err := server.Room("r", nil).Join("ada", 1, sfutest.NewEvents()); err != nil {
		t.Fatal(err)
	}
	before := server.Stats()
	ctx, cancel := context.WithTimeout(t.Context(), sfutest.Deadline)
	defer cancel()
	if err := health.New(server).Check(ctx); err != nil {
		t.Fatal(err)
	}
	after := server.Stats()
	if after.Socket.Media == before.Socket.Media {
		t.Error("nothing went through the media port")
	}
	after.Socket = before.Socket
	if !reflect.DeepEqual(before, after) {
		t.Errorf("the probe is in the counts: %+v, before %+v", after, before)
	}
}
