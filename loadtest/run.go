// Package loadtest puts a server under a known load and says what came of it.
//
// It is a black-box client: it signs in as a counsellor, makes rooms, joins them as people do, on lines as people have them, sends marked sound
// and pictures and judges what arrives as a person would: by what is late, what is missing, what stands still. It imports nothing of the
// server.
//
//   - **Joins are measured from the beginning to the first packet of somebody else**, everything in between included; load is measured
//     once everybody is in.
//   - **Nothing is left behind**: every room that was made is ended, also when the test is broken off.
package loadtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// settleWithin is how long everybody may take to get in and see the others, beyond the ramp; cleaning up may take as long.
const settleWithin = 30 * time.Second

// Target is the server and the counsellor in whose name rooms are made.
type Target struct {
	URL            string
	Name, Password string
	Options        client.Options // HTTP and Loopback are used
	// Metrics is the URL of the server's metrics, "" where they are not to be read.
	Metrics string
	// Floor is what the machine takes for a packet, to tell the server's cost in multiples of it; nil where it was not measured.
	Floor *report.Floor
	// Progress is told what is going on, every second and from one goroutine at a time; nil for nobody.
	Progress func(Progress)
}

// Progress is where a test stands. Second is nil while people are still joining.
type Progress struct {
	Joined, Joins int
	Done, Whole   time.Duration
	Second        *report.Second
}

// Run runs a scenario. It returns an error when the test could not be made; what went wrong for single people is in the result.
func Run(ctx context.Context, target Target, s scenario.Scenario) (*report.Result, error) {
	if err := check(s, nil); err != nil {
		return nil, err
	}
	account, err := client.SignIn(ctx, target.URL, target.Name, target.Password, target.Options)
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
		defer cancel()
		_ = account.SignOut(ctx) // it ends by itself
	}()
	run := newRun(target, s, account)
	if run.server, err = newServer(ctx, target.Metrics); err != nil {
		return nil, err
	}
	over := make(chan struct{})
	var rooms, settled sync.WaitGroup
	for n := range s.Rooms {
		settled.Add(1)
		rooms.Go(func() { run.room(ctx, n, sync.OnceFunc(settled.Done), over) })
	}
	return run.finish(ctx, &settled, func() {
		close(over)
		rooms.Wait()
	})
}

// check says what of a scenario cannot be run with the picture that there is, nil for none.
func check(s scenario.Scenario, picture []byte) error {
	if err := s.Check(); err != nil {
		return err
	}
	if s.Sealed && s.Camera.Share > 0 && picture == nil {
		return errors.New("scenario: camera.share: sealed cameras need a picture from a file (loadtest join --picture): there are no frames in the test's own")
	}
	return nil
}

type run struct {
	scenario scenario.Scenario
	target   Target
	account  *client.Account
	server   *server // nil where its metrics are not read
	joins    int     // that are to come at first
	began    time.Time
	picture  []byte // an IVF file that is sent as everybody's camera; nil for pictures that only programs read
	figures  figures
}

func newRun(target Target, s scenario.Scenario, account *client.Account) *run {
	return &run{scenario: s, target: target, account: account, joins: s.Rooms * s.Persons, began: time.Now(), figures: figures{errors: map[string]int{}}}
}

// finish measures once everybody is in, ends what runs by end, and judges.
func (r *run) finish(ctx context.Context, everybody *sync.WaitGroup, end func()) (*report.Result, error) {
	r.settle(everybody)
	result := r.measure(ctx)
	end()
	r.figures.into(result)
	result.Floor = r.target.Floor
	result.Judge()
	return result, context.Cause(ctx)
}

func (r *run) since() time.Duration { return time.Since(r.began) }

// failed notes what went wrong for somebody.
func (r *run) failed(err error) { r.figures.failed(cause(err)) }

// cause is what an error says without what differs from one person to the next.
func cause(err error) string {
	for next := err; next != nil; next = errors.Unwrap(next) {
		switch next.(type) {
		case *client.HTTPError, *client.RequestError:
			return next.Error()
		}
		err = next
	}
	return err.Error()
}
