package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/loadtest"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// loadtestName is the account that a load test of a node on this machine makes for itself, and disables afterwards.
const loadtestName = "loadtest"

// loadtestFlags are what `loadtest` takes.
type loadtestFlags struct {
	scenario, counsellor, json string
	rooms, persons             int
	duration                   time.Duration
	insecure                   bool
}

func (p *program) loadtest() *cobra.Command {
	c := &cobra.Command{
		Use:   "loadtest URL",
		Short: "Put a server under load and measure what comes of it",
		Long: `Put a server under load and measure what comes of it: rooms are made, people join, are admitted, and send marked sound and
pictures to each other. It is a client like any other and knows nothing of the server's inside.

Rooms are made in the name of a counsellor: of the one named with --counsellor, whose password is the first line of the standard input, or
without that of an account of its own (loadtest) on the node that runs on this machine, which is disabled again at the end.

The exit code is 5 when a limit of the scenario was broken, and 1 when the test could not be made.`,
		Example: "  anteroom loadtest http://localhost:8080 --dev --scenario pairs --duration 10s",
		Args:    cobra.ExactArgs(1),
	}
	c.AddCommand(p.relay())
	s := p.addSettings(c, "state_dir", "store_key", "public_url")
	var f loadtestFlags
	flags := c.Flags()
	flags.StringVar(&f.scenario, "scenario", scenario.Names()[0], "a scenario that comes with the program ("+strings.Join(scenario.Names(), ", ")+") or a JSON file")
	flags.IntVar(&f.rooms, "rooms", 0, "rooms at the same time (default: the scenario's)")
	flags.IntVar(&f.persons, "persons", 0, "persons in each (default: the scenario's)")
	flags.DurationVar(&f.duration, "duration", 0, "how long everybody sends (default: the scenario's)")
	flags.StringVar(&f.counsellor, "counsellor", "", "the account in whose name rooms are made; needs --password-stdin")
	fromStdin := flags.Bool("password-stdin", false, "read the account's password from the standard input")
	flags.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate, for --tls dev")
	flags.StringVar(&f.json, "json", "", "write the result as JSON to this file (- for the standard output)")
	c.RunE = func(c *cobra.Command, args []string) error {
		load, err := f.load()
		if err != nil {
			return err
		}
		if *fromStdin != (f.counsellor != "") {
			return usageError("--counsellor and --password-stdin belong together")
		}
		password, err := p.password(*fromStdin)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt)
		defer stop()
		target := loadtest.Target{URL: args[0], Name: f.counsellor, Password: password, Options: client.Options{Loopback: true, HTTP: f.http()}}
		if f.counsellor != "" {
			return p.measure(ctx, f, target, load)
		}
		return p.with(ctx, s, false, func(node *control.Client) error {
			if target.Name, target.Password, err = ownAccount(ctx, node); err != nil {
				return err
			}
			err := p.measure(ctx, f, target, load)
			_, closing := node.DisableCounsellor(context.WithoutCancel(ctx), target.Name)
			return errors.Join(err, closing)
		})
	}
	return c
}

// load is the scenario with what the flags say otherwise.
func (f loadtestFlags) load() (scenario.Scenario, error) {
	s, err := scenario.Load(f.scenario)
	if err != nil {
		return s, explain(errUsage, "--scenario: %v", err)
	}
	if f.rooms > 0 {
		s.Rooms = f.rooms
	}
	if f.persons > 0 {
		s.Persons = f.persons
	}
	if f.duration > 0 {
		s.Duration = scenario.Duration(f.duration)
	}
	if err := s.Check(); err != nil {
		return s, explain(errUsage, "the scenario cannot be run: %v", err)
	}
	return s, nil
}

func (f loadtestFlags) http() *http.Client {
	if !f.insecure {
		return nil
	}
	return &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
}

// ownAccount makes the load test's account, or gives the one of the last time a new password.
func ownAccount(ctx context.Context, node *control.Client) (name, password string, err error) {
	password = rand.Text()
	in, err := credentials(ctx, node, loadtestName, "", password)
	if err != nil {
		return "", "", err
	}
	_, err = node.AddCounsellor(ctx, in)
	if errors.Is(err, lobby.ErrConflict) {
		_, err = node.ResetCounsellor(ctx, in)
	}
	return loadtestName, password, err
}

func (p *program) measure(ctx context.Context, f loadtestFlags, target loadtest.Target, s scenario.Scenario) error {
	result, err := loadtest.Run(ctx, target, s)
	if err != nil {
		return err
	}
	if f.json == "-" {
		err = p.printJSON(result)
	} else {
		err = result.Text(p.out)
	}
	if f.json != "" && f.json != "-" {
		text, encoding := json.MarshalIndent(result, "", "  ")
		err = errors.Join(err, encoding, os.WriteFile(f.json, append(text, '\n'), 0o644))
	}
	if err == nil && !result.Passed() {
		err = fmt.Errorf("%w: %s", errBroken, strings.Join(result.Broken, "; "))
	}
	return err
}
