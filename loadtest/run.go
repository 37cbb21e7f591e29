// Package loadtest puts a server under a known load and says what came of it.
//
// It is a black-box client: it signs in as a counsellor, makes rooms, joins them as people do, sends marked sound and pictures and reads the
// marks of what arrives. It imports nothing of the server.
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

	"github.com/anteroom-video/anteroom/loadtest/media"
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
}

// Run runs a scenario. It returns an error when the test could not be made; what went wrong for single people is in the result.
func Run(ctx context.Context, target Target, s scenario.Scenario) (*report.Result, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	account, err := client.SignIn(ctx, target.URL, target.Name, target.Password, target.Options)
	if err != nil {
		return nil, fmt.Errorf("signing in: %w", err)
	}
	run := &run{scenario: s, target: target, account: account, began: time.Now(), errors: map[string]int{}}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
		defer cancel()
		_ = account.SignOut(ctx) // it ends by itself
	}()
	over := make(chan struct{})
	var rooms, settled sync.WaitGroup
	for n := range s.Rooms {
		settled.Add(1)
		rooms.Go(func() { run.room(ctx, n, sync.OnceFunc(settled.Done), over) })
	}
	settled.Wait() // it ends with ctx
	run.measure(ctx)
	close(over)
	rooms.Wait()
	return run.result(), context.Cause(ctx)
}

type run struct {
	scenario scenario.Scenario
	target   Target
	account  *client.Account
	began    time.Time

	mu sync.Mutex // guards the following
	// people who joined, and the errors of those who did not.
	people []*person
	errors map[string]int

	// What was measured while everybody was in.
	seconds   float64
	sent      uint64
	came      media.Count
	latencies []time.Duration
}

func (r *run) since() time.Duration { return time.Since(r.began) }

func (r *run) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors[cause(err)]++
}

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

// joined notes somebody who is in a room.
func (r *run) joined(p *person) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.people = append(r.people, p)
}

func (r *run) everybody() []*person {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.people
}

// measure lets everybody send for the scenario's time and counts what comes of it.
func (r *run) measure(ctx context.Context) {
	people := r.everybody()
	sent, came := make([]uint64, len(people)), make([]media.Count, len(people))
	for i, p := range people {
		p.probe.Latencies() // those of the joins are not the load's
		sent[i], came[i] = p.sent.Load(), p.probe.Count()
	}
	began := time.Now()
	select {
	case <-time.After(time.Duration(r.scenario.Duration)):
	case <-ctx.Done():
	}
	r.seconds = time.Since(began).Seconds()
	for i, p := range people {
		r.sent += p.sent.Load() - sent[i]
		since := p.probe.Count().Minus(came[i])
		r.came.Received += since.Received
		r.came.Missing += since.Missing
		r.came.Repeated += since.Repeated
		r.came.Strange += since.Strange
		r.latencies = append(r.latencies, p.probe.Latencies()...)
	}
}

func (r *run) result() *report.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	result := &report.Result{
		Scenario: r.scenario, Joins: r.scenario.Rooms * r.scenario.Persons, Seconds: r.seconds, Errors: r.errors,
		Sent: r.sent, Received: r.came.Received, Missing: r.came.Missing, Repeated: r.came.Repeated, Strange: r.came.Strange,
		Latency: report.Of(r.latencies),
	}
	var joins, admissions []time.Duration
	for _, p := range r.people {
		if p.complete.Load() {
			result.Joined++
		}
		if first, ok := p.probe.FirstAt(); ok && p.admitted > 0 {
			joins, admissions = append(joins, first-p.began), append(admissions, first-p.admitted)
		}
	}
	result.JoinToMedia, result.AdmitToMedia = report.Of(joins), report.Of(admissions)
	result.Judge()
	return result
}
