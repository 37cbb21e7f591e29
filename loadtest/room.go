package loadtest

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/anteroom-video/anteroom/signaling/client"
	"github.com/anteroom-video/anteroom/signaling/wire"
)

// room is one room while it is run.
type room struct {
	run        *run
	number     int
	links      []client.Link
	counsellor *person
	clients    []*person

	life   context.Context // ends with the room
	living sync.WaitGroup
}

// room runs one room until over is closed; settled is called once everybody in it has media of the others, or cannot have it.
func (r *run) room(ctx context.Context, n int, settled func(), over <-chan struct{}) {
	defer settled()
	if ramp := time.Duration(r.scenario.Ramp); ramp > 0 && !pause(ctx, nil, ramp*time.Duration(n)/time.Duration(r.scenario.Rooms)) {
		return
	}
	invitations := make([]client.Invitation, r.scenario.Persons-1)
	for i := range invitations {
		invitations[i] = client.Invitation{Role: wire.RoleClient, Label: fmt.Sprintf("client %d", i+1)}
	}
	id, links, err := r.account.CreateRoom(ctx, client.NewRoom{Persons: invitations})
	if err != nil {
		r.failed(fmt.Errorf("making a room: %w", err))
		return
	}
	defer r.endRoom(ctx, id)
	life, end := context.WithCancel(ctx)
	m := &room{run: r, number: n, links: links, counsellor: newPerson(r, n, 0), life: life}
	defer m.living.Wait()
	defer end()
	if err := m.fill(id); err != nil {
		r.failed(fmt.Errorf("joining as counsellor: %w", err))
		return
	}
	settled()
	if every := time.Duration(r.scenario.Churn.Every); every > 0 {
		m.churn(over, every)
	}
	select {
	case <-over:
	case <-ctx.Done():
	}
}

// fill lets everybody join and waits until they have media.
func (m *room) fill(id string) error {
	within, cancel := context.WithTimeout(m.life, settleWithin)
	defer cancel()
	err := m.counsellor.join(within, func(o client.Options) (*client.Call, error) { return m.run.account.JoinRoom(within, id, o) })
	if err != nil {
		return err
	}
	m.living.Go(func() { m.counsellor.live(m.life) })
	for i := range m.links {
		if p := m.letIn(within, i+1); p != nil {
			m.clients = append(m.clients, p)
		}
	}
	people := append([]*person{m.counsellor}, m.clients...)
	for _, p := range people {
		if !p.settle(within, people) {
			m.run.failed(errNoMedia)
		}
	}
	return nil
}

// letIn lets the client of a seat join, and the counsellor let him in whom she sees; nil if he does not come so far.
func (m *room) letIn(ctx context.Context, seat int) *person {
	p := newPerson(m.run, m.number, seat)
	if err := p.join(ctx, func(o client.Options) (*client.Call, error) { return client.Join(ctx, m.links[seat-1].Link, o) }); err != nil {
		m.run.failed(fmt.Errorf("joining as client: %w", err))
		return nil
	}
	m.living.Go(func() { p.live(m.life) })
	m.counsellor.sees(ctx, p.call.Participant()) // where he does not, he is refused
	p.admitted = m.run.since()
	if err := m.counsellor.call.Admit(ctx, p.call.Participant()); err != nil {
		m.run.failed(fmt.Errorf("admitting: %w", err))
	}
	return p
}

// churn lets clients leave and come again, one after another, until over is closed.
func (m *room) churn(over <-chan struct{}, every time.Duration) {
	for turn := 0; len(m.clients) > 0 && pause(m.life, over, every); turn++ {
		i := turn % len(m.clients)
		seat := m.clients[i].seat
		m.clients[i].leave(m.life)
		if !pause(m.life, over, time.Duration(m.run.scenario.Churn.Away)) {
			return
		}
		p := m.letIn(m.life, seat)
		if p == nil {
			return // it has been said why
		}
		m.clients[i] = p
		m.living.Go(func() {
			within, cancel := context.WithTimeout(m.life, settleWithin)
			defer cancel()
			if p.settle(within, []*person{m.counsellor, p}) {
				return
			}
			if m.life.Err() != nil {
				m.run.figures.interrupted()
				return
			}
			m.run.failed(errNoMedia)
		})
	}
}

// pause waits; false if it is over before.
func pause(ctx context.Context, over <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-over:
	case <-ctx.Done():
	}
	return false
}

func (r *run) endRoom(ctx context.Context, room string) {
	ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), settleWithin)
	defer cancel()
	if _, err := r.account.EndRoom(ending, room); err != nil {
		r.failed(fmt.Errorf("ending a room: %w", err))
	}
}
