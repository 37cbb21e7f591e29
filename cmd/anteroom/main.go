// Command anteroom runs a video-counselling service, and administers it: accounts, rooms, invitations.
//
// Output is for people on a terminal, or with --json for programs. It ends with one of the exit codes in exit.go.
package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
)

func main() {
	p := &program{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	os.Exit(p.run(context.Background(), os.Args[1:]))
}

// program is one call of the command: a value, so that tests can make several.
type program struct {
	in       io.Reader
	out, err io.Writer
	environ  []string
	started  bool // the arguments were understood; what fails from here on is no wrong use
}

// run executes the arguments and returns the exit code.
func (p *program) run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "anteroom",
		Short:         "Video counselling with a waiting room, in one program",
		Long:          "Video counselling with a waiting room, in one program. It never records.\n\n" + exitCodes,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.NoArgs,
		RunE:          func(c *cobra.Command, _ []string) error { return c.Help() },
		PersistentPreRun: func(*cobra.Command, []string) {
			p.started = true
		},
	}
	root.AddCommand(p.serve(), p.counsellor(), p.room(), p.policy(), p.receipt(), p.doctor(), p.loadtest(), p.version())
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return exitOK
	}
	for line := range strings.Lines(err.Error()) {
		fmt.Fprintln(p.err, "anteroom:", strings.TrimRight(line, "\n"))
	}
	if !p.started {
		fmt.Fprintln(p.err, "anteroom: see anteroom --help")
		return exitUsage
	}
	return exitCode(err)
}

// group is a command that only has others below it.
func group(use, short string, below ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.NoArgs, RunE: func(c *cobra.Command, _ []string) error { return c.Help() }}
	c.AddCommand(below...)
	return c
}
