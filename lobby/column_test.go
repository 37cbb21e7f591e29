package lobby

import (
	"errors"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// Whoever adds a field to Policy says how operators write it, what it means and what is allowed.
func TestEveryFieldIsAColumn(t *testing.T) {
	about := []string{"Name", "Title", "Base", "Locks", "ConsentTexts"} // of the policy, and none of its rules
	columns := Columns()
	i := 0
	for field := range reflect.TypeFor[Policy]().Fields() {
		if slices.Contains(about, field.Name) {
			continue
		}
		if field.Tag.Get("column") == "" {
			t.Errorf("Policy.%s names no column: give it the tags column, help and, where its type does not say it, allowed", field.Name)
			continue
		}
		c := columns[i]
		i++
		if !regexp.MustCompile(`^[a-z][a-z_]+$`).MatchString(c.Name) || c.Help == "" || c.Allowed == "" {
			t.Errorf("Policy.%s is the column %+v", field.Name, c)
		}
		for _, p := range ShippedPolicies() {
			back := p
			if !c.set(&back, c.Text(p)) || !reflect.DeepEqual(back, p) {
				t.Errorf("%s of %s is written %q and read as %v", c.Name, p.Name, c.Text(p), c.Text(back))
			}
		}
	}
	seen := map[string]bool{}
	for _, c := range columns {
		if seen[c.Name] {
			t.Errorf("two columns are called %s", c.Name)
		}
		seen[c.Name] = true
	}
}

// What a base locks is a column, once.
func TestLocksAreColumns(t *testing.T) {
	known := names(Columns())
	for _, p := range ShippedPolicies() {
		for i, lock := range p.Locks {
			if !slices.Contains(known, lock) || slices.Contains(p.Locks[:i], lock) {
				t.Errorf("%s locks %q", p.Name, lock)
			}
		}
	}
	catalogue := ShippedCatalogue()
	if offered := slices.Sorted(slices.Values(catalogue.Offered)); !slices.Equal(offered, slices.Sorted(maps.Keys(catalogue.Policies))) || catalogue.Offered[0] != DefaultPolicy {
		t.Errorf("a service that has decided nothing offers %v", catalogue.Offered)
	}
}

func TestCopy(t *testing.T) {
	table := ShippedPolicies()
	own, err := table["erziehungsberatung"].Copy("beratung", "Beratung").With("reentry", "1h30m")
	if err != nil || own.Reentry != 90*time.Minute || own.Name != "beratung" || own.Base != "erziehungsberatung" || own.Chat != ChatAll {
		t.Errorf("a copy is %+v, %v", own, err)
	}
	if table["erziehungsberatung"].Reentry != 10*time.Minute {
		t.Error("a copy changed its base")
	}
	school := table["schule"].Copy("gymnasium", "")
	if same, err := school.With("chat", "counsellors"); err != nil || same.Chat != ChatCounsellors {
		t.Errorf("what is locked may be said as it is: %v", err)
	}
	if other, err := school.With("end_after", "2m"); err != nil || other.EndAfter != 2*time.Minute {
		t.Errorf("what is not locked may be changed: %v", err)
	}
	for _, wrong := range []struct{ column, value, says string }{
		{"chat", "all", "schule locks it: it stays counsellors"},
		{"reentry", "10m", "stays 0"},
		{"series", "on", "stays off"},
		{"sealed_only", "maybe", "stays on"},
		{"colour", "red", "there is no such column; allowed are reentry, consent"},
		{"end_after", "0", "allowed is a time"},
		{"end_after", "1500ms", "allowed is a time"},
		{"end_after", "25h", "up to 24h"},
		{"waiting_per_link", "0", "allowed is 1 to 10"},
		{"waiting_per_room", "many", "allowed is 1 to 100"},
		{"lines", "480", "allowed is 720 or 1080"},
		{"peer_to_peer", "sometimes", "allowed is off, relay or direct"},
	} {
		got, err := school.With(wrong.column, wrong.value)
		if e, ok := errors.AsType[*ColumnError](err); !ok || e.Column != wrong.column || !strings.Contains(e.Error(), wrong.says) {
			t.Errorf("%s: %s is answered with %v", wrong.column, wrong.value, err)
		}
		if !reflect.DeepEqual(got, school) {
			t.Errorf("%s: %s changed something", wrong.column, wrong.value)
		}
	}
}
