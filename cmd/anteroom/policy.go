package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/control"
	"github.com/anteroom-video/anteroom/lobby"
)

func (p *program) policy() *cobra.Command {
	c := group("policy", "Show the rules that rooms may have")
	c.Long = `Show the rules that rooms may have: those of the node that runs, else those of the configuration.

Five are shipped. A service makes its own in the file that the key policies names: copies of a shipped one with changes.`
	s := p.addSettings(c, "state_dir", "store_key", "policies")
	c.AddCommand(p.policyList(s), p.policyShow(s))
	return c
}

// policyView is a policy as it is printed for programs; scripts rely on it.
type policyView struct {
	Name    string         `json:"name"`
	Title   string         `json:"title,omitempty"`
	Base    string         `json:"base,omitempty"`
	Offered bool           `json:"offered"`
	Default bool           `json:"default"`
	Columns map[string]any `json:"columns"`
	Locks   []string       `json:"locks"`
}

func policyViewOf(p lobby.Policy, all lobby.Catalogue) policyView {
	return policyView{
		p.Name, p.Title, p.Base, slices.Contains(all.Offered, p.Name), all.Offered[0] == p.Name, p.Values(), append([]string{}, p.Locks...),
	}
}

// catalogue asks the node, or reads the configuration where there is none and no store.
func (p *program) catalogue(ctx context.Context, s *settings) (all lobby.Catalogue, err error) {
	place, err := s.place(false)
	if err != nil {
		return all, err
	}
	client, err := control.Reach(ctx, place)
	if errors.Is(err, control.ErrNoStore) {
		return place.Policies()
	}
	if err != nil {
		return all, err
	}
	all, err = client.Policies(ctx)
	return all, errors.Join(err, client.Close())
}

func (p *program) policyList(s *settings) *cobra.Command {
	c := &cobra.Command{Use: "list", Short: "List the policies", Args: cobra.NoArgs}
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, _ []string) error {
		all, err := p.catalogue(c.Context(), s)
		if err != nil {
			return err
		}
		names := slices.Clone(all.Offered)
		for _, name := range slices.Sorted(maps.Keys(all.Policies)) {
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		rows, views := [][]string{{"POLICY", "TITLE", "COPY OF", "COUNSELLORS"}}, []policyView{}
		for _, name := range names {
			v := policyViewOf(all.Policies[name], all)
			views = append(views, v)
			offer := "cannot choose it"
			if v.Default {
				offer = "choose it, by default"
			} else if v.Offered {
				offer = "choose it"
			}
			rows = append(rows, []string{name, v.Title, cmp.Or(v.Base, "(shipped)"), offer})
		}
		if *asJSON {
			return p.printJSON(views)
		}
		return p.table(rows)
	}
	return c
}

func (p *program) policyShow(s *settings) *cobra.Command {
	c := &cobra.Command{Use: "show NAME", Short: "Show what a policy says, and what a copy of it cannot change", Args: cobra.ExactArgs(1)}
	asJSON := c.Flags().Bool("json", false, "for programs")
	c.RunE = func(c *cobra.Command, args []string) error {
		all, err := p.catalogue(c.Context(), s)
		if err != nil {
			return err
		}
		policy, known := all.Policies[args[0]]
		if !known {
			return explain(lobby.ErrNotFound, "there is no policy %s; there are %s", printable(args[0]), strings.Join(slices.Sorted(maps.Keys(all.Policies)), ", "))
		}
		if *asJSON {
			return p.printJSON(policyViewOf(policy, all))
		}
		rows := [][]string{{"COLUMN", "VALUE", "LOCKED", "MEANS", "ALLOWED"}}
		for _, column := range lobby.Columns() {
			locked := ""
			if slices.Contains(policy.Locks, column.Name) {
				locked = "locked"
			}
			rows = append(rows, []string{column.Name, column.Text(policy), locked, column.Help, column.Allowed})
		}
		if policy.Base != "" {
			fmt.Fprintf(p.out, "%s (%s), a copy of %s\n\n", printable(policy.Title), policy.Name, policy.Base)
		}
		return p.table(rows)
	}
	return c
}
