package node

import (
	"context"
	"crypto/rand"
	"net"
	"strconv"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/turn"
)

// mediaWithin is how long a round trip of media may take.
const mediaWithin = 3 * time.Second

// diagnosis is the node as `anteroom doctor` asks it. It implements control.Node.
type diagnosis struct {
	node    *Node
	version string
	pages   net.Addr

	// mu guards the following field.
	mu     sync.Mutex
	ending *time.Timer // of the last rehearsal; nil: none
	ended  func()
}

// Status implements control.Node.
func (d *diagnosis) Status(context.Context) (control.Status, error) {
	s := control.Status{
		Version: d.version, Origin: d.node.origin, Service: d.node.config.ServiceName, Pages: d.pages.String(), MediaPort: d.node.MediaPort(), Certificate: d.node.Certificate(),
	}
	if d.node.admin != nil {
		s.Admin = d.node.admin.Addr().String()
	}
	return s, nil
}

// Rehearse implements control.Node. There is one rehearsal at a time: the next one ends it.
func (d *diagnosis) Rehearse(context.Context) (control.Rehearsal, error) {
	n := d.node
	r := control.Rehearsal{Datagrams: n.media.Told(), TLS: n.config.TLS != config.TLSOff}
	if r.TLS {
		r.Stream = net.JoinHostPort(n.publicHost(), strconv.Itoa(n.publicPort()))
	} else if len(r.Datagrams) > 0 {
		r.Stream = r.Datagrams[0].String()
	}
	call := rand.Text() // no other grant has it
	var grants [2]*turn.Grant
	for i := range grants {
		grants[i] = n.relay.Grant(turn.Scope{Call: call, Person: strconv.Itoa(i)})
		r.Persons[i] = control.Credential{Username: grants[i].Username, Password: grants[i].Password}
	}
	d.replace(func() {
		for _, g := range grants {
			g.Close()
		}
	})
	return r, nil
}

// end ends the rehearsal, if there is one.
func (d *diagnosis) end() { d.replace(nil) }

// replace makes another rehearsal the one that is under way, and ends the one before.
func (d *diagnosis) replace(by func()) {
	var timer *time.Timer
	if by != nil {
		timer = time.AfterFunc(control.GrantLife, by)
	}
	d.mu.Lock()
	ending, ended := d.ending, d.ended
	d.ending, d.ended = timer, by
	d.mu.Unlock()
	if ending != nil && ending.Stop() {
		ended()
	}
}

// Media implements control.Node.
func (d *diagnosis) Media(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, mediaWithin)
	defer cancel()
	return d.node.probe.Check(ctx)
}
