package loadtest

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// Visit joins by links, one person for each, and behaves as the scenario says; who lets them in is not its concern. Picture, if not "", is a
// file (IVF with VP8) that is sent as everybody's camera, so that browsers have something to see. Once everybody has media of somebody else
// it measures for the scenario's time, of which the numbers of rooms and persons do not count.
func Visit(ctx context.Context, target Target, links []string, s scenario.Scenario, picture string) (*report.Result, error) {
	s.Rooms, s.Persons = 1, len(links)+1 // the first is somebody else
	run := newRun(target, s, nil)
	run.joins = len(links)
	var err error
	if picture != "" {
		if run.picture, err = os.ReadFile(picture); err != nil {
			return nil, fmt.Errorf("the picture: %w", err)
		}
	}
	if err := check(s, run.picture); err != nil {
		return nil, err
	}
	if run.server, err = newServer(ctx, target.Metrics); err != nil {
		return nil, err
	}
	life, end := context.WithCancel(ctx)
	var living, settled sync.WaitGroup
	defer living.Wait()
	defer end()
	for i, link := range links {
		p := newPerson(run, 0, i+1)
		if err := p.join(ctx, func(o client.Options) (*client.Call, error) { return client.Join(ctx, link, o) }); err != nil {
			return nil, fmt.Errorf("joining by link %d of %d: %w", i+1, len(links), err)
		}
		living.Go(func() { p.live(life) })
		settled.Go(func() {
			if !p.await(life, func(sounds, pictures int) bool { return sounds+pictures > 0 }) && ctx.Err() == nil {
				run.failed(errNoMedia)
			}
		})
	}
	return run.finish(ctx, &settled, func() {
		end()
		living.Wait()
	})
}
