package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/cmd/internal/node"
)

// stopWithin is how long a node may take to stop: calls resume elsewhere or after the restart, requests are answered.
const stopWithin = 15 * time.Second

func (p *program) serve() *cobra.Command {
	c := &cobra.Command{
		Use:   "serve",
		Short: "Run a node: pages, signalling, waiting rooms and media",
		Long: `Run a node: pages, signalling, waiting rooms and media.

With --dev it serves http://localhost:8080 on this machine alone, keeps its state in ./var, and prints a one-time link for making the
first account. With --dev --tls dev it can be opened from phones in the same network.

It stops on SIGTERM and SIGINT: calls are told to resume, what must be kept is kept.`,
		Args: cobra.NoArgs,
	}
	settings := p.addSettings(c)
	c.RunE = func(c *cobra.Command, _ []string) error {
		cfg, logger, err := settings.load()
		if err != nil {
			return err
		}
		if err := noCoreDumps(); err != nil {
			return err
		}
		ctx, unhandle := signal.NotifyContext(c.Context(), syscall.SIGTERM, os.Interrupt)
		defer unhandle()
		n, err := node.Start(ctx, cfg, node.Options{Version: version(), Logger: logger})
		if err != nil {
			return err
		}
		err = p.announce(ctx, n, cfg, settings.dev)
		if err == nil {
			select {
			case <-ctx.Done():
			case err = <-n.Failed():
			}
		}
		unhandle() // a second signal ends the process at once
		stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		logger.Info("stopping")
		if closing := n.Close(stopping); err == nil {
			err = closing
		}
		return err
	}
	return c
}

// noCoreDumps keeps conversations and keys out of files that the system would write when the process crashes.
func noCoreDumps() error {
	if err := unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}); err != nil {
		return fmt.Errorf("switching core dumps off: %w", err)
	}
	return nil
}

// service is what clients read of whom they talk to, or what is missing for that.
func service(c config.Config) string {
	switch unnamed := c.ServiceName == config.Defaults(false).ServiceName; {
	case unnamed && c.ServicePhone == "":
		return "without a name and a telephone number for clients yet: set --service-name and --service-phone"
	case unnamed:
		return "without a name for clients yet: set --service-name"
	case c.ServicePhone == "":
		return c.ServiceName + ", without a telephone number for clients yet: set --service-phone"
	default:
		return c.ServiceName + ", " + c.ServicePhone
	}
}

// certificate is how far the node is with the one that it gets by itself.
func certificate(c control.Certificate) string {
	if c.Until.IsZero() {
		return "is being asked for; until it is there, which the log says, pages cannot be opened"
	}
	return "until " + c.Until.Format(time.DateOnly) + ", renewed before"
}

// announce tells a person at a terminal that the node is ready and how to go on.
func (p *program) announce(ctx context.Context, n *node.Node, c config.Config, dev bool) error {
	fmt.Fprintf(p.out, "Anteroom %s is ready.\n\n", version())
	w := tabwriter.NewWriter(p.out, 0, 0, 3, ' ', 0)
	fmt.Fprintf(w, "  Pages\t%s\n", n.Origin())
	for _, address := range n.Addresses() {
		if c.TLS == config.TLSDev && address != n.Origin() {
			fmt.Fprintf(w, "\t%s\n", address)
		}
	}
	media := "port %d, UDP and TCP"
	if c.TLS != config.TLSOff {
		media = "port %d, UDP; TCP by the port of the pages"
	}
	if c.TLS == config.TLSAuto {
		fmt.Fprintf(w, "  Certificate\t%s\n", certificate(n.Certificate()))
	}
	fmt.Fprintf(w, "  Media\t"+media+"\n", n.MediaPort())
	if admin := n.AdminURL(); admin != "" {
		fmt.Fprintf(w, "  Health\t%s/healthz\n", admin)
	}
	fmt.Fprintf(w, "  Service\t%s\n", service(c))
	fmt.Fprintf(w, "  State\t%s\n", c.StateDir)
	w.Flush()
	fmt.Fprintln(p.out)
	if c.TLS == config.TLSDev {
		fmt.Fprint(p.out, "The certificate is self-signed: browsers warn once; go on all the same.\n\n")
	}
	if !dev {
		return nil
	}
	link, err := n.FirstSetupLink(ctx)
	if err != nil || link == "" {
		return err
	}
	_, err = fmt.Fprintf(p.out, "Make the first account with this link (it works once, within a day):\n\n  %s\n\n", link)
	return err
}
