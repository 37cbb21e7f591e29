// Package loadtest puts a server under a known load and says what came of it.
//
// It is a black-box client: it signs in as a counsellor, makes rooms, joins them as people do, sends marked sound and pictures and reads the
// marks of what arrives. It imports nothing of the server.
package loadtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/pion/rtp"

	"github.com/anteroom-video/anteroom/loadtest/media"
	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// settleWithin is how long everybody may take to get in and see the others, beyond the ramp.
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
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	everybodyIn := make(chan struct{})
	sending := make(chan struct{})
	var rooms sync.WaitGroup
	var settled sync.WaitGroup
	for n := range s.Rooms {
		settled.Add(1)
		rooms.Go(func() {
			run.room(ctx, n, settled.Done, sending)
		})
	}
	go func() { settled.Wait(); close(everybodyIn) }()
	select {
	case <-everybodyIn:
	case <-ctx.Done():
	}
	measured := time.Now()
	select {
	case <-time.After(time.Duration(s.Duration)):
	case <-ctx.Done():
	}
	run.seconds = time.Since(measured).Seconds()
	close(sending)
	rooms.Wait()
	return run.result(), context.Cause(ctx)
}

type run struct {
	scenario scenario.Scenario
	target   Target
	account  *client.Account
	began    time.Time
	seconds  float64

	mu sync.Mutex // guards the following
	// people who joined, and the errors of those who did not.
	people []*person
	errors map[string]int
}

func (r *run) since() time.Duration { return time.Since(r.began) }

func (r *run) failed(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.errors[err.Error()]++
}

// room runs one room until stop is closed; settled is called once everybody in it has media of everybody else, or cannot have it.
func (r *run) room(ctx context.Context, n int, settled func(), stop <-chan struct{}) {
	settled = sync.OnceFunc(settled)
	defer settled()
	if ramp := time.Duration(r.scenario.Ramp); ramp > 0 {
		select {
		case <-time.After(ramp * time.Duration(n) / time.Duration(r.scenario.Rooms)):
		case <-ctx.Done():
			return
		}
	}
	invitations := make([]client.Invitation, r.scenario.Persons-1)
	for i := range invitations {
		invitations[i] = client.Invitation{Role: wire.RoleClient, Label: fmt.Sprintf("client %d", i+1)}
	}
	room, links, err := r.account.CreateRoom(ctx, client.NewRoom{Persons: invitations})
	if err != nil {
		r.failed(fmt.Errorf("making a room: %w", err))
		return
	}
	defer func() {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
		defer cancel()
		if err := r.account.EndRoom(ending, room); err != nil {
			r.failed(fmt.Errorf("ending a room: %w", err))
		}
	}()
	life, end := context.WithCancel(ctx)
	defer end()
	var people sync.WaitGroup
	defer people.Wait()
	defer end()

	all := make([]*person, 0, r.scenario.Persons)
	within, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	counsellor := newPerson(r, n, 0)
	counsellor.call, err = r.account.JoinRoom(within, room, counsellor.options())
	if err != nil {
		r.failed(fmt.Errorf("joining as counsellor: %w", err))
		return
	}
	all = append(all, counsellor)
	people.Go(func() { counsellor.live(life) })
	for i, link := range links {
		p := newPerson(r, n, i+1)
		p.call, err = client.Join(within, link.Link, p.options())
		if err != nil {
			r.failed(fmt.Errorf("joining as client: %w", err))
			continue
		}
		all = append(all, p)
		people.Go(func() { p.live(life) })
	}
	for _, p := range all {
		r.mu.Lock()
		r.people = append(r.people, p)
		r.mu.Unlock()
	}
	want := 0
	for _, sends := range []bool{r.scenario.Audio, r.scenario.Video.Bitrate > 0} {
		if sends {
			want += len(all) - 1
		}
	}
	for _, p := range all {
		if err := p.waitFor(within, want); err != nil {
			r.failed(err)
		}
	}
	settled()
	select {
	case <-stop:
	case <-ctx.Done():
	}
}

func (r *run) result() *report.Result {
	r.mu.Lock()
	defer r.mu.Unlock()
	result := &report.Result{Scenario: r.scenario, Joins: r.scenario.Rooms * r.scenario.Persons, Seconds: r.seconds, Errors: r.errors}
	var joins, latencies []time.Duration
	for _, p := range r.people {
		if p.complete.Load() {
			result.Joined++
		}
		if first, ok := p.probe.FirstAt(); ok {
			joins = append(joins, first-time.Duration(p.in.Load()))
		}
		count := p.probe.Count()
		result.Received += count.Received
		result.Missing += count.Missing
		result.Repeated += count.Repeated
		result.Strange += count.Strange
		result.Sent += p.sent.Load()
		latencies = append(latencies, p.probe.Latencies()...)
	}
	result.JoinToMedia = report.Of(joins)
	result.Latency = report.Of(latencies)
	result.Judge()
	return result
}

var errNoMedia = errors.New("the media of somebody else never came")

// picture is the size that the pictures claim to have.
const pictureWidth, pictureHeight = 1280, 720

func packet(number uint16, timestamp uint32, payload []byte, marker bool) *rtp.Packet {
	return &rtp.Packet{Header: rtp.Header{Version: 2, Marker: marker, SequenceNumber: number, Timestamp: timestamp}, Payload: payload}
}

func randomStart() (uint16, uint32) { return uint16(rand.Uint32()), rand.Uint32() }

func pictureOf(v scenario.Video) *media.Picture {
	return &media.Picture{Width: pictureWidth, Height: pictureHeight, FrameBytes: v.Bitrate / 8 / v.FrameRate, PacketBytes: v.Packet}
}
