package doctor

import (
	"context"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
)

// Result is how a check ended.
type Result string

// The results. Skip: it was not checked.
const (
	OK   Result = "ok"
	Warn Result = "warn"
	Fail Result = "fail"
	Skip Result = "skip"
)

// Finding is what a check found.
type Finding struct {
	Check  string `json:"check"`
	Result Result `json:"result"`
	// Said is what is so, Do what helps; both without a full stop. Do is empty where there is nothing to do.
	Said string `json:"said"`
	Do   string `json:"do,omitempty"`
}

// Patient is what is looked at.
type Patient struct {
	Config config.Config
	// ClockURL is what the clock is compared with; "": the CA's directory with tls: auto, else nothing.
	ClockURL string
	// Now is the time.
	Now func() time.Time
	// Each is called with each finding as soon as it is there; it may be nil.
	Each func(Finding)
}

// examination is one run of all checks.
type examination struct {
	Patient
	findings []Finding
	// node is the running one, status what it says of itself; nil: none runs.
	node   *control.Client
	status *control.Status
	// roots are trusted; nil: the system's.
	roots *x509.CertPool
}

// patience bounds each try over the network.
const patience = 5 * time.Second

// Examine runs all checks, one after the other, and returns what was found. It takes a second when all is well, and up to some five
// seconds for each thing that does not answer.
func Examine(ctx context.Context, p Patient) []Finding {
	if p.Now == nil {
		p.Now = time.Now
	}
	e := &examination{Patient: p}
	e.state()
	e.find(ctx)
	if e.node != nil {
		defer e.node.Close()
	}
	e.ports(ctx)
	e.trust()
	e.certificate(ctx)
	e.address(ctx)
	e.buffers()
	e.files()
	e.clock(ctx)
	e.site(ctx)
	e.relay(ctx)
	e.media(ctx)
	return e.findings
}

func (e *examination) report(check string, r Result, do, said string, args ...any) {
	f := Finding{check, r, fmt.Sprintf(said, args...), do}
	e.findings = append(e.findings, f)
	if e.Each != nil {
		e.Each(f)
	}
}

func (e *examination) ok(check, said string, args ...any) { e.report(check, OK, "", said, args...) }
func (e *examination) warn(check, do, said string, args ...any) {
	e.report(check, Warn, do, said, args...)
}
func (e *examination) fail(check, do, said string, args ...any) {
	e.report(check, Fail, do, said, args...)
}
func (e *examination) skip(check, why string, args ...any) {
	e.report(check, Skip, "", "not checked: "+why, args...)
}

// find looks for the node that runs.
func (e *examination) find(ctx context.Context) {
	const check = "node"
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	client, err := control.Running(ctx, e.Config.StateDir)
	switch {
	case err != nil:
		e.fail(check, "see what the process with that folder does, or end it", "%v", err)
		return
	case client == nil:
		e.skip(check, "none runs on %s; start it with anteroom serve and ask again: then pages, relay and media are tried", e.Config.StateDir)
		return
	}
	status, err := client.Status(ctx)
	if err != nil {
		e.fail(check, "start the node again with this version", "it runs and does not tell of itself: %v", err)
		_ = client.Close()
		return
	}
	e.node, e.status = client, &status
	if origin, known := e.Config.Origin(); known && origin != status.Origin {
		e.warn(check, "ask with the settings that it was started with, or start it again", "it runs as %s, and the settings say %s", status.Origin, origin)
		return
	}
	e.ok(check, "version %s runs as %s", status.Version, status.Origin)
}

// running tells whether there is a node to try a check on, and says so where there is none.
func (e *examination) running(check string) bool {
	if e.node == nil {
		e.skip(check, "no node answers on the state folder")
		return false
	}
	return true
}
