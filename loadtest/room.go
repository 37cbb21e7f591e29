package loadtest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// room runs one room until over is closed; settled is called once everybody in it has media of everybody else, or cannot have it.
func (r *run) room(ctx context.Context, n int, settled func(), over <-chan struct{}) {
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
	defer r.endRoom(ctx, room)
	within, cancel := context.WithTimeout(ctx, settleWithin)
	defer cancel()
	life, end := context.WithCancel(ctx)
	var living sync.WaitGroup
	defer living.Wait()
	defer end()

	counsellor := newPerson(r, n, 0)
	counsellor.call, err = r.join(within, counsellor, func() (*client.Call, error) { return r.account.JoinRoom(within, room, counsellor.options()) })
	if err != nil {
		r.failed(fmt.Errorf("joining as counsellor: %w", err))
		return
	}
	living.Go(func() { counsellor.live(life) })
	people := []*person{counsellor}
	for i, link := range links {
		p := newPerson(r, n, i+1)
		p.call, err = r.join(within, p, func() (*client.Call, error) { return client.Join(within, link.Link, p.options()) })
		if err != nil {
			r.failed(fmt.Errorf("joining as client: %w", err))
			continue
		}
		living.Go(func() { p.live(life) })
		people = append(people, p)
		p.admitted = r.since()
		if err := counsellor.call.Admit(within, p.call.Participant()); err != nil {
			r.failed(fmt.Errorf("admitting: %w", err))
		}
	}
	streams := 0
	for _, sends := range []bool{r.scenario.Audio, r.scenario.Video.Bitrate > 0} {
		if sends {
			streams += len(people) - 1
		}
	}
	for _, p := range people {
		r.joined(p)
		if err := p.waitFor(within, streams); err != nil {
			r.failed(err)
		}
	}
	settled()
	select {
	case <-over:
	case <-ctx.Done():
	}
}

func (r *run) endRoom(ctx context.Context, room string) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if err := r.account.EndRoom(ending, room); err != nil {
		r.failed(fmt.Errorf("ending a room: %w", err))
	}
}

// retryAfter is how long to wait when the server has enough of our address: a load from one machine is what it guards against.
const retryAfter = time.Second

// join tries until the server does not hold us back.
func (r *run) join(ctx context.Context, p *person, try func() (*client.Call, error)) (*client.Call, error) {
	for {
		p.began = r.since()
		call, err := try()
		if !heldBack(err) {
			return call, err
		}
		r.failed(err)
		select {
		case <-time.After(retryAfter):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// heldBack reports whether the server only wants us to wait.
func heldBack(err error) bool {
	if no, ok := errors.AsType[*client.HTTPError](err); ok {
		return no.Status == http.StatusTooManyRequests
	}
	no, ok := errors.AsType[*client.RequestError](err)
	return ok && no.Code == wire.CodeTooFast
}
