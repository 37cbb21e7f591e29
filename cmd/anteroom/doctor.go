package main

import (
	"errors"
	"fmt"
	"net/url"
	"slices"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/doctor"
)

// errIll: a check failed; what it is stands in the output already.
var errIll = errors.New("something must be done before this node is right; the lines with fail say what")

// diagnosis is what `doctor --json` prints; scripts rely on it.
type diagnosis struct {
	Healthy  bool             `json:"healthy"` // nothing failed
	Findings []doctor.Finding `json:"findings"`
}

func (p *program) doctor() *cobra.Command {
	c := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong with a node, and say what to do",
		Long: `Find out what is wrong with a node, and say what to do. Give it the settings that serve has, as the same user, on the same machine.

Before the first start it looks at settings, state folder, ports, certificate, public address, UDP buffers, open files and clock. While the
node runs it also opens pages and a websocket through the public address, sends packets through the relay over UDP, TCP and TLS, and
media through the node.

Each check is one line: ok, warn, fail, or skip for what was not checked. The exit code is 1 when one failed. It sees what this machine
sees: whether a firewall lets others in, only a device in another network can tell.`,
		Args: cobra.NoArgs,
	}
	s := p.addSettings(c)
	asJSON := c.Flags().Bool("json", false, "for programs")
	clockURL := c.Flags().String("clock-url", "", "a web server that the clock is compared with, such as https://www.example.org (default: the CA with --tls auto)")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if u, err := url.Parse(*clockURL); *clockURL != "" && (err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http") {
			return usageError("--clock-url is the address of a web server, such as https://www.example.org")
		}
		var findings []doctor.Finding
		each := func(f doctor.Finding) {
			findings = append(findings, f)
			if !*asJSON {
				p.printFinding(f)
			}
		}
		cfg, warnings, err := s.read()
		for _, f := range settingsFindings(warnings, err) {
			each(f)
		}
		if err == nil {
			doctor.Examine(c.Context(), doctor.Patient{Config: cfg, ClockURL: *clockURL, Each: each})
		}
		ill := slices.ContainsFunc(findings, func(f doctor.Finding) bool { return f.Result == doctor.Fail })
		if *asJSON {
			if err := p.printJSON(diagnosis{!ill, findings}); err != nil {
				return err
			}
		}
		if ill {
			return errIll
		}
		return nil
	}
	return c
}

// settingsFindings are what is wrong with the settings, each by itself.
func settingsFindings(warnings []string, err error) (findings []doctor.Finding) {
	const check = "settings"
	for _, w := range warnings {
		findings = append(findings, doctor.Finding{Check: check, Result: doctor.Warn, Said: w, Do: "correct or remove it"})
	}
	if err == nil {
		return append(findings, doctor.Finding{Check: check, Result: doctor.OK, Said: "they can be read and fit together"})
	}
	problems := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		problems = joined.Unwrap()
	}
	for _, problem := range problems {
		f := doctor.Finding{Check: check, Result: doctor.Fail, Said: problem.Error(), Do: "correct it; anteroom serve --help lists each setting"}
		if _, ours := errors.AsType[config.Problem](problem); !ours {
			f.Do = "name a file that this user can read with --config"
		}
		findings = append(findings, f)
	}
	return findings
}

func (p *program) printFinding(f doctor.Finding) {
	line := fmt.Sprintf("%-4s  %-14s  %s", f.Result, f.Check, f.Said)
	if f.Do != "" {
		line += " → " + f.Do
	}
	fmt.Fprintln(p.out, printable(line))
}
