package main

import (
	"bufio"
	"fmt"
	"net"
	"net/netip"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/loadtest/impair"
)

// relay is `loadtest relay`: a bad line for browsers.
func (p *program) relay() *cobra.Command {
	c := &cobra.Command{
		Use:   "relay",
		Short: "Put a bad line between browsers on this machine and a server's media port",
		Long: `Pass UDP packets on to a server's media port, as a bad line would: lost, late, slow. Whoever sends to the relay has a line of his own,
the same both ways. While it runs, lines of the standard input change it: a setting and its value ("loss 10%", "rate 300k"), or "clear".`,
		Example: "  anteroom loadtest relay --listen 127.0.0.1:0 --to 127.0.0.1:3478 --loss 5% --delay 50ms",
		Args:    cobra.NoArgs,
	}
	flags := c.Flags()
	listen := flags.String("listen", "127.0.0.1:0", "address that browsers send to; port 0 takes a free one")
	to := flags.String("to", "", "address of the server's media port")
	names := []string{"loss", "delay", "jitter", "rate", "queue"}
	values := map[string]*string{}
	for name, help := range map[string]string{
		"loss": "share of packets lost, such as 5%", "delay": "added each way, such as 50ms", "jitter": "added at random each way",
		"rate": "bits per second each way, such as 300k or 2M", "queue": "how long packets may wait for the rate (default 500ms)",
	} {
		values[name] = flags.String(name, "", help)
	}
	c.RunE = func(c *cobra.Command, _ []string) error {
		target, err := netip.ParseAddrPort(*to)
		if err != nil {
			address, err := net.ResolveUDPAddr("udp", *to)
			if err != nil || *to == "" {
				return usageError("--to names the server's media port, such as 127.0.0.1:3478")
			}
			target = address.AddrPort()
		}
		var s impair.Settings
		for _, name := range names {
			if *values[name] == "" {
				continue
			}
			if err := s.Set(name, *values[name]); err != nil {
				return usageError("--" + err.Error())
			}
		}
		relay, err := impair.Listen(*listen, target, s)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(c.Context(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		fmt.Fprintf(c.OutOrStdout(), "listening on %s\n", relay.Addr())
		// It ends with the program: nobody can be kept from typing.
		go func() {
			lines := bufio.NewScanner(c.InOrStdin())
			for lines.Scan() {
				name, value, _ := strings.Cut(strings.TrimSpace(lines.Text()), " ")
				next := s
				if name == "clear" {
					next = impair.Settings{}
				} else if err := next.Set(name, strings.TrimSpace(value)); err != nil {
					fmt.Fprintln(c.ErrOrStderr(), err)
					continue
				}
				s = next
				relay.Change(s)
			}
		}()
		return relay.Run(ctx)
	}
	return c
}
