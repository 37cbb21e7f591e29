package main

import (
	"context"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/loadtest"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// visit is `loadtest join`: people for a room that somebody looks at.
func (p *program) visit() *cobra.Command {
	c := &cobra.Command{
		Use:   "join LINK...",
		Short: "Fill a room with people made by the program, one for each link",
		Long: `Join by personal links, one person for each, as people do: they wait until somebody lets them in, then send and receive as the scenario
says, until its time is over or the program is interrupted. With --picture they send a film that browsers can show.`,
		Example: "  anteroom loadtest join --scenario talk --duration 10m --picture film.ivf LINK LINK LINK",
		Args:    cobra.MinimumNArgs(1),
	}
	var f loadtestFlags
	f.scenarioFlags(c.Flags())
	f.outputFlags(c.Flags())
	picture := c.Flags().String("picture", "", "an IVF file with VP8 that everybody sends as the camera's picture")
	c.RunE = func(c *cobra.Command, links []string) error {
		s, err := scenario.Load(f.scenario)
		if err != nil {
			return explain(errUsage, "--scenario: %v", err)
		}
		if f.duration != 0 {
			s.Duration = scenario.Duration(f.duration)
		}
		if err := s.Check(); err != nil {
			return explain(errUsage, "the scenario cannot be run: %v", err)
		}
		if err := f.writable(); err != nil {
			return err
		}
		for _, link := range links {
			if !strings.Contains(link, "#") {
				return usageError("a personal link has its secret after a #; in a shell it wants quotes")
			}
		}
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		target := loadtest.Target{
			Metrics: f.metrics, Progress: newProgress(c.ErrOrStderr(), s.Name).tell, Options: client.Options{Loopback: true, HTTP: f.http()},
		}
		result, err := loadtest.Visit(ctx, target, links, s, *picture)
		if result == nil || ctx.Err() != nil && ctx.Err() != context.Canceled {
			return err
		}
		return p.write(f, result, nil)
	}
	return c
}
