package node

import (
	"net"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
)

// What a node tells of itself over the socket that its owner alone can open.
func TestDiagnosis(t *testing.T) {
	c := settings(t)
	c.TLS = config.TLSDev
	n := start(t, c)
	client, err := control.Running(t.Context(), c.StateDir)
	if err != nil || client == nil {
		t.Fatal(client, err)
	}
	defer client.Close()
	s, err := client.Status(t.Context())
	if err != nil || s.Version != "v0" || s.Origin != n.Origin() || s.MediaPort != n.MediaPort() || "http://"+s.Admin != n.AdminURL() || s.OpenFiles == 0 ||
		s.Service != c.ServiceName || "https://"+s.Pages != n.Addresses()[0] {
		t.Errorf("%+v %v", s, err)
	}
	if err := client.Media(t.Context()); err != nil {
		t.Error(err)
	}
	// However often it is asked, two may use the relay, and none when the node has stopped.
	var last control.Rehearsal
	for range 3 {
		r, err := client.Rehearse(t.Context())
		if err != nil || !r.TLS || len(r.Datagrams) == 0 || r.Stream != s.Pages || r.Persons[0] == r.Persons[1] || r.Persons == last.Persons {
			t.Errorf("%+v %v", r, err)
		}
		last = r
		if got := n.relay.Stats().Grants; got != 2 {
			t.Errorf("%d grants", got)
		}
	}
	stop(t, n)
	if got := n.relay.Stats().Grants; got != 0 {
		t.Errorf("%d grants are left", got)
	}
}

func TestARehearsalEndsByItself(t *testing.T) {
	n := start(t, settings(t))
	d := &diagnosis{node: n, version: "v0", pages: &net.TCPAddr{}}
	if _, err := d.Rehearse(t.Context()); err != nil {
		t.Fatal(err)
	}
	d.mu.Lock()
	d.ending.Reset(0)
	d.mu.Unlock()
	within(t, "it ends", func() bool { return n.relay.Stats().Grants == 0 })
	d.end() // again is nothing
	if control.GrantLife > time.Minute {
		t.Error("it may be used for too long")
	}
}
