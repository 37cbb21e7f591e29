package main

import (
	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/loadtest/report"
)

// results is `loadtest table`: runs side by side.
func (p *program) results() *cobra.Command {
	return &cobra.Command{
		Use:   "table RESULT...",
		Short: "Put results of the load test side by side, as a table in Markdown",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, files []string) error {
			var results []*report.Result
			for _, file := range files {
				r, err := readResult(file)
				if err != nil {
					return err
				}
				results = append(results, r)
			}
			return report.Table(p.out, results)
		},
	}
}
