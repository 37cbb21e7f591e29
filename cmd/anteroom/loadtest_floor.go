package main

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/loadtest/floor"
)

// floor is `loadtest floor`: what the machine takes for a packet.
func (p *program) floor() *cobra.Command {
	c := &cobra.Command{
		Use:   "floor",
		Short: "Measure what this machine takes for a packet: sealing it and sending it in batches",
		Long: `Measure what this machine takes for a packet that no server can do without: sealing it (SRTP, AES-128-GCM) and handing it to the kernel,
many at a time. A server's cost for a packet in multiples of that compares between machines.`,
		Args: cobra.NoArgs,
	}
	duration := c.Flags().Duration("duration", floorTime, "how long to measure")
	asJSON := c.Flags().Bool("json", false, "write JSON")
	c.RunE = func(c *cobra.Command, _ []string) error {
		if *duration < 10*time.Millisecond || *duration > time.Hour {
			return usageError("--duration: from 10ms to 1h")
		}
		f, err := floor.Measure(c.Context(), *duration)
		if err != nil {
			return err
		}
		if *asJSON {
			return p.printJSON(f)
		}
		_, err = fmt.Fprintf(p.out, "a packet of %d bytes: %.0f ns, of it %.0f ns for sealing; %.0f packets a second on one core\n",
			f.PacketBytes, f.PerPacket, f.Seal, 1e9/f.PerPacket)
		return err
	}
	return c
}
