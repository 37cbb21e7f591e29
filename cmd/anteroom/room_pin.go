package main

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
)

func (p *program) roomPIN(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "pin ROOM [PERSON]",
		Short: "Give a person a new PIN, or unlock it; without PERSON, list the people and how it stands with theirs",
		Long: `Give a person a new PIN, or unlock it; without PERSON, list the people and how it stands with theirs.

A PIN has six digits. It is told by telephone and sent with no link; its person types it before the link lets him knock. It is printed this once. After five
wrong ones it is locked, until there is a new one or it is unlocked.`,
		Args: cobra.RangeArgs(1, 2),
	}
	unlock := c.Flags().Bool("unlock", false, "keep the PIN, and give its person all tries again")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		if *unlock && len(args) == 1 {
			return usageError("--unlock is of one PERSON")
		}
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			of := control.RoomPerson{Room: lobby.RoomID(args[0])}
			var out any
			var err error
			var say func() error
			switch {
			case len(args) == 1:
				var list []control.Person
				list, err = client.Persons(c.Context(), of.Room)
				out, say = list, func() error { return p.printPersons(list) }
			case *unlock:
				of.Person = lobby.PersonID(args[1])
				out, err = client.UnlockPIN(c.Context(), of)
				say = func() error { return p.say("All tries are there again.") }
			default:
				of.Person = lobby.PersonID(args[1])
				var person control.Person
				person, err = client.NewPIN(c.Context(), of)
				out = person
				say = func() error {
					return p.say(spoken(person.NewPIN) + "\n\nTell it by telephone, and send it with no link. It is shown this once.")
				}
			}
			switch {
			case errors.Is(err, lobby.ErrNotFound):
				return explain(err, "there is no such room, or no such person in it; anteroom room list and anteroom room pin ROOM name them")
			case errors.Is(err, lobby.ErrNotAllowed):
				return explain(err, "the room's policy has no PINs")
			case err != nil:
				return err
			case *asJSON:
				return p.printJSON(out)
			}
			return say()
		})
	}
	return c
}

func (p *program) say(words string) error {
	_, err := fmt.Fprintln(p.out, words)
	return err
}

func (p *program) printPersons(list []control.Person) error {
	rows := [][]string{{"PERSON", "ROLE", "LABEL", "PIN"}}
	for _, one := range list {
		rows = append(rows, []string{string(one.ID), string(one.Role), cmp.Or(one.Label, "(sealed)"), cmp.Or(one.PIN, "none")})
	}
	return p.table(rows)
}

// spoken is a PIN as it is said: in three and three.
func spoken(pin lobby.PIN) string {
	if pin == "" {
		return ""
	}
	return string(pin[:3]) + " " + string(pin[3:])
}
