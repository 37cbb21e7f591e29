package lobby

import (
	"fmt"
	"slices"
	"strings"
)

// Copy gives a policy of a service's own: p under another name, to be changed by [Policy.With]. What p locks stays locked.
func (p Policy) Copy(name, title string) Policy {
	p.Base, p.Name, p.Title, p.Locks = p.Name, name, title, slices.Clone(p.Locks)
	return p
}

// With gives the policy with one column changed, by its name and as operators write it. Error: [ColumnError].
func (p Policy) With(column, text string) (Policy, error) {
	columns := Columns()
	i := slices.IndexFunc(columns, func(c Column) bool { return c.Name == column })
	if i < 0 {
		return p, &ColumnError{Column: column, Why: "there is no such column; allowed are " + strings.Join(names(columns), ", ")}
	}
	c := columns[i]
	changed := p
	valid := c.set(&changed, text)
	switch locked := slices.Contains(p.Locks, column); {
	case locked && (!valid || c.Text(changed) != c.Text(p)):
		return p, &ColumnError{column, text, fmt.Sprintf("%s locks it: it stays %s", p.Base, c.Text(p))}
	case !valid:
		return p, &ColumnError{column, text, "allowed is " + c.Allowed}
	}
	return changed, nil
}

func names(columns []Column) []string {
	all := make([]string, len(columns))
	for i, c := range columns {
		all[i] = c.Name
	}
	return all
}

// ColumnError is a change of a column that cannot be.
type ColumnError struct {
	Column string
	Value  string // empty: the column itself is wrong
	Why    string // a sentence without its full stop: what is allowed
}

func (e *ColumnError) Error() string {
	if e.Value == "" {
		return fmt.Sprintf("%s: %s", e.Column, e.Why)
	}
	return fmt.Sprintf("%s cannot be %q: %s", e.Column, e.Value, e.Why)
}

// Catalogue is what a service has: its policies, shipped and own, and the names of those that its counsellors choose from. The first
// is that of a room which names none.
type Catalogue struct {
	Policies Policies
	Offered  []string
}

// ShippedCatalogue is the one of a service that has decided nothing.
func ShippedCatalogue() Catalogue {
	return Catalogue{ShippedPolicies(), []string{DefaultPolicy, "jobcenter", "gruppe", "schule", "schutz"}}
}
