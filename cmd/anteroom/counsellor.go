package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
	"github.com/anteroom-video/anteroom/signaling/client/credential"
)

// shortestPassword is what is accepted, in characters (NIST SP 800-63B asks for 8 at least).
const shortestPassword = 10

func (p *program) counsellor() *cobra.Command {
	c := group("counsellor", "Administer the accounts of counsellors")
	s := p.addSettings(c, "state_dir", "store_key", "public_url")
	c.AddCommand(p.counsellorAdd(s), p.counsellorList(s), p.counsellorReset(s), p.counsellorDisable(s))
	return c
}

// place is where the command looks for its node. A store is made only where somebody said that it belongs: an account in a store
// that no node serves helps nobody, and its link would point to another's.
func (s *settings) place(fresh bool) (control.Place, error) {
	cfg, logger, err := s.load()
	if err != nil {
		return control.Place{}, err
	}
	place := control.Place{Policies: cfg.Catalogue, StateDir: cfg.StateDir, StoreKey: cfg.StoreKey, Tenant: lobby.DefaultTenant, Logger: logger, Fresh: fresh && s.named()}
	switch origin, _ := cfg.Origin(); {
	case cfg.PublicURL != "":
		place.Origin = origin
	case s.dev || !cfg.Unplaced():
		place.Assumed = origin
	}
	return place, nil
}

// with calls f with a client of the node or of the store.
func (p *program) with(ctx context.Context, s *settings, fresh bool, f func(*control.Client) error) error {
	place, err := s.place(fresh)
	if err != nil {
		return err
	}
	client, err := control.Reach(ctx, place)
	if err != nil {
		return s.elsewhere(err)
	}
	return errors.Join(f(client), client.Close())
}

func (p *program) counsellorAdd(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "add NAME",
		Short: "Make an account",
		Long: `Make an account.

Without a password it prints a one-time link with which the counsellor chooses one; nobody else knows it then. With --password-stdin the
password is the first line of the standard input.`,
		Args: cobra.ExactArgs(1),
	}
	display := c.Flags().String("display-name", "", "what others see (default: the name)")
	fromStdin := c.Flags().Bool("password-stdin", false, "read the password from the standard input")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		password, err := p.password(*fromStdin)
		if err != nil {
			return err
		}
		return p.with(c.Context(), s, true, func(client *control.Client) error {
			in, err := credentials(c.Context(), client, args[0], *display, password)
			if err != nil {
				return err
			}
			made, err := client.AddCounsellor(c.Context(), in)
			if errors.Is(err, lobby.ErrConflict) {
				return explain(err, "there is a counsellor called %s already; for a new password use anteroom counsellor reset", printable(args[0]))
			}
			if err != nil {
				return err
			}
			return p.printCounsellor(c.Context(), made, *asJSON, "The account of %s is made; sign in with the password at %s\n", client)
		})
	}
	return c
}

func (p *program) counsellorReset(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "reset NAME",
		Short: "Give an account a new password",
		Long: `Give an account a new password, enable it, and end its sessions.

Without --password-stdin it prints a one-time link with which the counsellor chooses the new one. A password opens the account's keys:
who types the account's recovery phrase at that link keeps them. Otherwise, and with --password-stdin always, new keys are made, and
titles, labels and links that were sealed for the old ones can no longer be read. Rooms and links stay good.`,
		Args: cobra.ExactArgs(1),
	}
	fromStdin := c.Flags().Bool("password-stdin", false, "read the new password from the standard input")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		password, err := p.password(*fromStdin)
		if err != nil {
			return err
		}
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			// The display name is not changed by a new password.
			account, err := client.Counsellor(c.Context(), args[0])
			if err != nil {
				return noCounsellor(args[0], err)
			}
			in, err := credentials(c.Context(), client, args[0], account.DisplayName, password)
			if err != nil {
				return err
			}
			reset, err := client.ResetCounsellor(c.Context(), in)
			if err != nil {
				return noCounsellor(args[0], err)
			}
			return p.printCounsellor(c.Context(), reset, *asJSON, "%s has a new password; sign in with it at %s\n", client)
		})
	}
	return c
}

func (p *program) counsellorDisable(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "disable NAME",
		Short: "Let an account sign in no more",
		Long:  "Let an account sign in no more, and end its sessions and calls. Its rooms stay. anteroom counsellor reset enables it again.",
		Args:  cobra.ExactArgs(1),
	}
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			disabled, err := client.DisableCounsellor(c.Context(), args[0])
			if err != nil {
				return noCounsellor(args[0], err)
			}
			if *asJSON {
				return p.printJSON(disabled)
			}
			_, err = fmt.Fprintf(p.out, "%s can sign in no more.\n", printable(disabled.Name))
			return err
		})
	}
	return c
}

func (p *program) counsellorList(s *settings) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the accounts", Args: cobra.NoArgs}
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		return p.with(c.Context(), s, false, func(client *control.Client) error {
			list, err := client.Counsellors(c.Context())
			if err != nil {
				return err
			}
			if *asJSON {
				return p.printJSON(list)
			}
			rows := [][]string{{"NAME", "DISPLAY NAME", "MADE", "STATE"}}
			for _, a := range list {
				state := "active"
				if a.Disabled {
					state = "disabled"
				}
				rows = append(rows, []string{a.Name, a.DisplayName, a.CreatedAt.Local().Format("2006-01-02"), state})
			}
			return p.table(rows)
		})
	}
	return c
}

// password reads a password where one is to be read; empty is none.
func (p *program) password(fromStdin bool) (string, error) {
	if !fromStdin {
		return "", nil
	}
	line, err := bufio.NewReader(io.LimitReader(p.in, 4096)).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return "", fmt.Errorf("reading the password: %w", err)
	}
	password := strings.TrimRight(line, "\r\n")
	if utf8.RuneCountInString(password) < shortestPassword {
		return "", usageError(fmt.Sprintf("the password on the standard input is too short: it needs %d characters", shortestPassword))
	}
	return password, nil
}

// credentials derives an account's keys from a password here, so that the node never sees it. Without one there are no keys.
func credentials(ctx context.Context, client *control.Client, name, display, password string) (control.Credentials, error) {
	in := control.Credentials{Name: name, DisplayName: display}
	if password == "" {
		return in, nil
	}
	service, err := client.Service(ctx)
	if err != nil {
		return in, err
	}
	keys := credential.FromPassword(string(service.Tenant), name, password)
	account, err := credential.NewAccountKey(keys.Wrap)
	if err != nil {
		return in, err
	}
	in.Keys = &control.Keys{Auth: keys.Auth, PublicKey: account.Public, WrappedPrivateKey: account.Wrapped}
	return in, nil
}

func noCounsellor(name string, err error) error {
	if errors.Is(err, lobby.ErrNotFound) {
		return explain(err, "there is no counsellor called %s", printable(name))
	}
	return err
}

// printCounsellor prints an account: the link to finish it with, or the sentence that it is done.
func (p *program) printCounsellor(ctx context.Context, c control.Counsellor, asJSON bool, done string, client *control.Client) error {
	if asJSON {
		return p.printJSON(c)
	}
	if c.SetupLink != "" {
		_, err := fmt.Fprintf(p.out, "With this link %s chooses a password (it works once, within a day):\n\n  %s\n\n", printable(c.Name), c.SetupLink)
		return err
	}
	where, err := client.Origin(ctx)
	if errors.Is(err, control.ErrNoOrigin) {
		where, err = "the service's address", nil // the account is made all the same
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.out, done, printable(c.Name), where)
	return err
}
