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
	"syscall"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/loadtest"
	"github.com/anteroom-video/anteroom/loadtest/floor"
	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client"
)

// loadtestName is the account that a load test of a node on this machine makes for itself, and disables afterwards.
const loadtestName = "loadtest"

// loadtestFlags are what `loadtest` takes.
type loadtestFlags struct {
	scenario, counsellor, json, html string
	metrics, against                 string
	rooms, persons                   int
	duration                         time.Duration
	insecure, floor                  bool
}

func (p *program) loadtest() *cobra.Command {
	c := &cobra.Command{
		Use:   "loadtest URL",
		Short: "Put a server under load and measure what comes of it",
		Long: `Put a server under load and measure what comes of it: rooms are made, people join, are admitted, and send marked sound and
pictures to each other, on lines as bad as the scenario says. It is a client like any other and knows nothing of the server's inside.
` + shippedScenarios() + `
Rooms are made in the name of a counsellor: of the one named with --counsellor, whose password is the first line of the standard input, or
without that of an account of its own (loadtest) on the node that runs on this machine, which is disabled again at the end.

The exit code is 5 when a limit of the scenario was broken, and 1 when the test could not be made.`,
		Example: `  anteroom loadtest https://talk.example.org --scenario pairs --counsellor ada --password-stdin <password.txt
  anteroom loadtest http://localhost:8080 --dev --scenario pairs --html report.html --metrics http://127.0.0.1:9090/metrics --floor`,
		Args: cobra.ExactArgs(1),
	}
	c.AddCommand(p.relay(), p.floor(), p.compare(), p.visit(), p.results())
	s := p.addSettings(c, "state_dir", "store_key", "public_url")
	var f loadtestFlags
	flags := c.Flags()
	f.scenarioFlags(flags)
	f.outputFlags(flags)
	flags.IntVar(&f.rooms, "rooms", 0, "rooms at the same time (default: the scenario's)")
	flags.IntVar(&f.persons, "persons", 0, "persons in each (default: the scenario's)")
	flags.StringVar(&f.counsellor, "counsellor", "", "the account in whose name rooms are made; needs --password-stdin")
	fromStdin := flags.Bool("password-stdin", false, "read the account's password from the standard input")
	flags.StringVar(&f.against, "against", "", "compare with the result of an earlier run, a file that --json wrote")
	flags.BoolVar(&f.floor, "floor", false, "measure first what this machine takes for a packet, and tell the server's cost in multiples of it")
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
		ctx, stop := signal.NotifyContext(c.Context(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		target := loadtest.Target{
			Metrics: f.metrics, Progress: newProgress(c.ErrOrStderr(), load.Name).tell,
			URL: args[0], Name: f.counsellor, Password: password, Options: client.Options{Loopback: true, HTTP: f.http()},
		}
		if f.counsellor != "" {
			return p.measure(ctx, f, target, load)
		}
		err = p.with(ctx, s, false, func(node *control.Client) error {
			if target.Name, target.Password, err = ownAccount(ctx, node); err != nil {
				return err
			}
			err := p.measure(ctx, f, target, load)
			_, closing := node.DisableCounsellor(context.WithoutCancel(ctx), target.Name)
			return errors.Join(err, closing)
		})
		if _, ok := errors.AsType[*control.FolderError](err); ok {
			return explain(err, "%v. A load test needs an account: it makes one on a node of this machine, or takes that of --counsellor NAME, whose password "+
				"--password-stdin reads from the standard input", err)
		}
		return err
	}
	return c
}

// scenarioFlags are the flags that say what is done, and on what server.
func (f *loadtestFlags) scenarioFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.scenario, "scenario", scenario.Names()[0], "a scenario that comes with the program ("+strings.Join(scenario.Names(), ", ")+") or a JSON file")
	flags.DurationVar(&f.duration, "duration", 0, "how long everybody sends (default: the scenario's)")
	flags.BoolVar(&f.insecure, "insecure", false, "accept any TLS certificate, for --tls dev")
	flags.StringVar(&f.metrics, "metrics", "", "the server's metrics, to measure what it uses, such as http://127.0.0.1:9090/metrics")
}

// outputFlags are the flags that say what is written.
func (f *loadtestFlags) outputFlags(flags *pflag.FlagSet) {
	flags.StringVar(&f.json, "json", "", "write the result as JSON to this file (- for the standard output)")
	flags.StringVar(&f.html, "html", "", "write a report with curves to this file: one page that needs nothing else")
}

// load is the scenario with what the flags say otherwise.
func (f loadtestFlags) load() (scenario.Scenario, error) {
	s, err := scenario.Load(f.scenario)
	if err != nil {
		return s, explain(errUsage, "--scenario: %v", err)
	}
	if f.rooms != 0 {
		s.Rooms = f.rooms
	}
	if f.persons != 0 {
		s.Persons = f.persons
	}
	if f.duration != 0 {
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

// shippedScenarios lists what comes with the program.
func shippedScenarios() string {
	var list strings.Builder
	list.WriteString("\nThese scenarios come with the program; a file of one's own looks like what --json writes of them:\n\n")
	for _, name := range scenario.Names() {
		s, _ := scenario.Named(name)
		fmt.Fprintf(&list, "  %-11s %s\n", name, s.About)
	}
	return list.String()
}

// floorTime is how long the floor is measured before a run.
const floorTime = 2 * time.Second

func (p *program) measure(ctx context.Context, f loadtestFlags, target loadtest.Target, s scenario.Scenario) error {
	var earlier *report.Result
	var err error
	if f.against != "" {
		if earlier, err = readResult(f.against); err != nil {
			return err
		}
		if err := comparable(earlier.Scenario, s); err != nil {
			return err
		}
	}
	if f.floor {
		if target.Floor, err = floor.Measure(ctx, floorTime); err != nil {
			return err
		}
	}
	if err := f.writable(); err != nil {
		return err
	}
	result, err := loadtest.Run(ctx, target, s)
	if err != nil {
		return err
	}
	if err := p.write(f, result, earlier); err != nil {
		return err
	}
	if !result.Passed() {
		return fmt.Errorf("%w: %s", errBroken, strings.Join(result.Broken, "; "))
	}
	return nil
}

// writable finds out before the test, and not after it, that a result could not be written. Files that are there stay as they are.
func (f loadtestFlags) writable() error {
	for _, name := range []string{f.json, f.html} {
		if name == "" || name == "-" {
			continue
		}
		file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE, 0o644)
		if err != nil {
			return err
		}
		if err := file.Close(); err != nil {
			return err
		}
	}
	return nil
}

// write writes the result in every form that was asked for.
func (p *program) write(f loadtestFlags, result, earlier *report.Result) error {
	if f.json == "-" {
		return errors.Join(p.printJSON(result), writeHTML(f.html, result, earlier))
	}
	err := result.Text(p.out)
	if earlier != nil {
		err = errors.Join(err, report.WriteChanges(p.out, report.Compare(earlier, result)))
	}
	if f.json != "" {
		text, encoding := json.MarshalIndent(result, "", "  ")
		err = errors.Join(err, encoding, os.WriteFile(f.json, append(text, '\n'), 0o644))
	}
	return errors.Join(err, writeHTML(f.html, result, earlier))
}

// writeHTML writes a report to a file; "" is none.
func writeHTML(name string, result, earlier *report.Result) error {
	if name == "" {
		return nil
	}
	file, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(result.HTML(file, earlier), file.Close())
}
