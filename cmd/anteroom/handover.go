package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
)

func (p *program) roomHandOver(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "hand-over ROOM --to NAME",
		Short: "Give a room that is not running to another counsellor",
		Long: `Give a room that is not running to another counsellor, who stands in. Links of invited persons stay good; who waits reads that a colleague comes.
The first counsellor's own links are worth nothing from then on, and the room is gone for him, unless --keep leaves him in it as co-counsellor.

The room's secret is known to browsers alone, so it cannot be given to the stand-in here: he cannot read sealed titles, labels and links, and his calls say
"not yet verified" until he has compared two words with the person. They work all the same. A counsellor who hands the room over in the portal gives the secret too.`,
		Example: "  anteroom room hand-over K5Q2… --to ben --keep",
		Args:    cobra.ExactArgs(1),
	}
	to := c.Flags().String("to", "", "the name of the stand-in's account (needed)")
	keep := c.Flags().Bool("keep", false, "the first counsellor stays as co-counsellor")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *to == "" {
			return usageError("--to NAME is needed: the account of the stand-in")
		}
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			done, err := client.HandOver(c.Context(), control.HandOver{Room: lobby.RoomID(args[0]), To: *to, Keep: *keep})
			if err != nil {
				return handOverProblem(args[0], *to, err)
			}
			if *asJSON {
				return p.printJSON(done)
			}
			fmt.Fprintf(p.out, "The room is %s's now.\n", printable(done.Counsellor))
			if done.Kept {
				fmt.Fprintf(p.out, "%s stays as co-counsellor.\n", printable(done.First))
			}
			if done.Revoked > 0 {
				fmt.Fprintln(p.out, "The link of the first counsellor himself is worth nothing any more.")
			}
			if !done.Verified {
				fmt.Fprintln(p.out, "The room's secret could not be given along: calls say \"not yet verified\" until two words were compared, and sealed titles and labels stay closed.")
			}
			return nil
		})
	}
	return c
}

// handOverProblem says what stood in the way.
func handOverProblem(room, to string, err error) error {
	switch {
	case errors.Is(err, control.ErrNoCounsellor):
		return explain(err, "there is no counsellor called %s who can sign in", printable(to))
	case errors.Is(err, lobby.ErrNotFound):
		return explain(err, "there is no room %s", printable(room))
	case errors.Is(err, lobby.ErrRunning):
		return explain(err, "the room is running; hand it over when nobody is in it and before its session begins")
	case errors.Is(err, lobby.ErrNotAllowed):
		return explain(err, "the room's policy has no co-counsellors; hand it over without --keep")
	case errors.Is(err, lobby.ErrInvalid):
		return explain(err, "the room is %s's already", printable(to))
	}
	return err
}
