package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/loadtest/report"
	"github.com/anteroom-video/anteroom/loadtest/scenario"
)

// compare is `loadtest compare`: what differs between two runs.
func (p *program) compare() *cobra.Command {
	c := &cobra.Command{
		Use:   "compare BEFORE NOW",
		Short: "Tell what differs between two runs of the load test",
		Long: `Tell what differs between two runs, both files that "anteroom loadtest --json" wrote. A figure is better or worse when it differs by more
than a fifth and by more than what matters to anybody. The exit code is 5 when something is worse.`,
		Args: cobra.ExactArgs(2),
	}
	html := c.Flags().String("html", "", "write the later run's report, with the comparison, to this file")
	c.RunE = func(_ *cobra.Command, args []string) error {
		before, err := readResult(args[0])
		if err != nil {
			return err
		}
		now, err := readResult(args[1])
		if err != nil {
			return err
		}
		if err := comparable(before.Scenario, now.Scenario); err != nil {
			return err
		}
		changes := report.Compare(before, now)
		if err := errors.Join(report.WriteChanges(p.out, changes), writeHTML(*html, now, before)); err != nil {
			return err
		}
		if worse := report.Worse(changes); len(worse) > 0 {
			return fmt.Errorf("%w: worse: %s", errBroken, strings.Join(worse, "; "))
		}
		return nil
	}
	return c
}

// comparable refuses to compare what was not the same test.
func comparable(before, now scenario.Scenario) error {
	if before.Name != now.Name || before.Rooms != now.Rooms || before.Persons != now.Persons {
		return usageError(fmt.Sprintf("%s with %d × %d people and %s with %d × %d are not the same test",
			before.Name, before.Rooms, before.Persons, now.Name, now.Rooms, now.Persons))
	}
	return nil
}

// readResult reads a file that --json wrote.
func readResult(name string) (*report.Result, error) {
	text, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var r report.Result
	if err := json.Unmarshal(text, &r); err != nil {
		return nil, fmt.Errorf("%s is no result of a load test: %w", name, err)
	}
	if r.Joins == 0 {
		return nil, fmt.Errorf("%s is no result of a load test: it has no joins", name)
	}
	return &r, nil
}
