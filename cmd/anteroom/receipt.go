package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby/receipt"
)

func (p *program) receipt() *cobra.Command {
	c := group("receipt", "Check deletion receipts")
	s := p.addSettings(c, "state_dir", "store_key")
	c.AddCommand(p.receiptVerify(s))
	return c
}

func (p *program) receiptVerify(s *settings) *cobra.Command {
	c := &cobra.Command{
		Use:   "verify FILE",
		Short: "Check that a deletion receipt was made by this installation and not changed",
		Long: `Check that a deletion receipt was made by an installation and not changed since: by this one, or with --key by the one whose key that is.
A key is what /.well-known/anteroom/receipt-key answers, as a file. It ends with 1 when the receipt is not genuine.`,
		Example: "  anteroom receipt verify Loeschprotokoll-ABCDEFGHIJKLMN.json",
		Args:    cobra.ExactArgs(1),
	}
	keyFile := c.Flags().String("key", "", "a file with the public key (default: this installation's)")
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		file, err := readUpTo(args[0], receipt.MaxFile+1)
		if err != nil {
			return err
		}
		signed, err := receipt.Parse(file)
		if err != nil {
			return explain(err, "%s is no deletion receipt of a version that is known here", printable(args[0]))
		}
		var key receipt.PublicKey
		if *keyFile != "" {
			raw, err := readUpTo(*keyFile, receipt.MaxFile)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(raw, &key); err != nil {
				return explain(err, "%s is no public key as /.well-known/anteroom/receipt-key answers it", printable(*keyFile))
			}
		} else if err := p.with(c.Context(), s, false, func(client *control.Client) (err error) {
			key, err = client.ReceiptKey(c.Context())
			return err
		}); err != nil {
			return err
		}
		switch err := signed.Verify(key); {
		case errors.Is(err, receipt.ErrKey):
			return explain(err, "the receipt was not signed with this key: it is another installation's")
		case err != nil:
			return explain(err, "the receipt is NOT genuine: it was changed after it was made")
		}
		if *asJSON {
			return p.printJSON(signed.Receipt)
		}
		fmt.Fprintln(p.out, "The receipt is genuine.")
		return p.printReceipt(signed.Receipt)
	}
	return c
}

func readUpTo(name string, most int64) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

func (p *program) printReceipt(r receipt.Receipt) error {
	at := func(t time.Time) string { return t.Format("2006-01-02 15:04 UTC") }
	rows := [][]string{{"session", r.Pseudonym}}
	if r.Began != nil {
		rows = append(rows, []string{"began", at(*r.Began)})
	}
	rows = append(rows, []string{"ended", at(r.Ended)}, []string{"policy", r.Policy}, []string{"software", r.Software})
	var people, gone, stays []string
	for role, n := range r.People {
		people = append(people, fmt.Sprintf("%s: %d", role, n))
	}
	slices.Sort(people)
	for _, d := range r.Deleted {
		gone = append(gone, d.What)
	}
	for _, s := range r.Stays {
		stays = append(stays, fmt.Sprintf("%s (%s)", s.What, s.Why))
	}
	if len(stays) == 0 {
		stays = []string{"nothing"}
	}
	if len(r.Deleted) > 0 {
		gone[len(gone)-1] += ", " + at(r.Deleted[0].At)
	}
	rows = append(rows, []string{"people", strings.Join(people, ", ")}, []string{"deleted", strings.Join(gone, ", ")}, []string{"stays", strings.Join(stays, ", ")})
	return p.table(rows)
}
