package config

import (
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/anteroom-video/anteroom/lobby"
)

func TestTheSampleOfPolicies(t *testing.T) {
	c, err := Config{Policies: "policies.yaml"}.Catalogue()
	if err != nil {
		t.Fatal(err)
	}
	own := c.Policies["beratungsstelle"]
	if own.Base != "erziehungsberatung" || own.Title != "Beratung" || own.Reentry != 5*time.Minute || own.Share != lobby.ShareCounsellors || own.Chat != lobby.ChatAll {
		t.Errorf("%+v", own)
	}
	if text := own.ConsentTexts[lobby.WordingPlain]["de"]; !strings.HasPrefix(text, "Das Gespräch") || !strings.Contains(text, "\n\nBild und Ton") || len(own.ConsentTexts) != 1 {
		t.Errorf("own words: %q", text)
	}
	if school := c.Policies["schulsozialarbeit"]; school.EndAfter != 3*time.Minute || !slices.Contains(school.Locks, "chat") {
		t.Errorf("%+v", school)
	}
	if len(c.Policies) != 7 || !slices.Equal(c.Offered, []string{"beratungsstelle", "schulsozialarbeit"}) {
		t.Errorf("%d policies, offered %v", len(c.Policies), c.Offered)
	}
}

func TestWithoutAFileTheShippedOnesAreOffered(t *testing.T) {
	none, err := Config{}.Catalogue()
	if err != nil || !reflect.DeepEqual(none, lobby.ShippedCatalogue()) {
		t.Errorf("%+v, %v", none, err)
	}
	own, err := Config{Policies: policies(t, "policies:\n  eigene:\n    base: gruppe\n")}.Catalogue()
	if err != nil || own.Offered[0] != lobby.DefaultPolicy || own.Offered[5] != "eigene" || own.Policies["eigene"].Title != "eigene" {
		t.Errorf("%+v, %v", own, err)
	}
	if _, err := (Config{Policies: filepath.Join(t.TempDir(), "none")}).Catalogue(); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that does not exist: %v", err)
	}
	empty, err := Config{Policies: policies(t, "")}.Catalogue()
	if err != nil || len(empty.Policies) != 5 {
		t.Errorf("an empty file: %v, %v", empty, err)
	}
}

func TestWhatIsWrongWithPoliciesIsSaidWithItsLine(t *testing.T) {
	const head = "policies:\n  a:\n"
	for name, test := range map[string]struct {
		file string
		want []string
	}{
		"unknown key":              {"policy: x\n", []string{`line 1: there is no key "policy"; allowed are offered, policies`}},
		"no base":                  {head + "    reentry: 5m\n", []string{"line 2: a: base is missing", "allowed are erziehungsberatung, gruppe"}},
		"unknown base":             {head + "    base: strict\n", []string{`line 3: a.base cannot be "strict": allowed are erziehungsberatung`}},
		"copy of a copy":           {"policies:\n  b: {base: schule}\n  a:\n    base: b\n", []string{`line 4: a.base cannot be "b"`}},
		"unknown column":           {head + "    base: schule\n    recording: on\n", []string{"line 4: a.recording: there is no such column; allowed are reentry, consent"}},
		"locked":                   {head + "    base: schule\n    chat: all\n", []string{`line 4: a.chat cannot be "all": schule locks it: it stays counsellors`}},
		"locked, violence":         {head + "    base: schutz\n    peer_to_peer: direct\n", []string{"schutz locks it: it stays off"}},
		"bad value":                {head + "    base: gruppe\n    reentry: soon\n", []string{`line 4: a.reentry cannot be "soon": allowed is a time in whole seconds such as 90s`}},
		"bad word":                 {head + "    base: gruppe\n    consent: maybe\n", []string{`line 4: a.consent cannot be "maybe": allowed is on or off`}},
		"a mapping":                {head + "    base: gruppe\n    share: {a: b}\n", []string{"line 4: a.share: has no value"}},
		"nothing":                  {head + "    base: gruppe\n    share:\n", []string{"line 4: a.share: has no value"}},
		"words in French":          {head + "    base: gruppe\n    consent_text:\n      fr: Bonjour\n", []string{"line 5: a.consent_text.fr: there is no such language; allowed are de, de-x-du, de-x-einfach, en"}},
		"no words":                 {head + "    base: gruppe\n    consent_text_child: {de: \"\"}\n", []string{"line 4: a.consent_text_child.de: allowed is a text of 1 to 4000"}},
		"words for nobody":         {head + "    base: gruppe\n    consent_text: {}\n", []string{"a.consent_text: has no text"}},
		"words without a language": {head + "    base: gruppe\n    consent_text: Hallo\n", []string{"line 4: a.consent_text is lines of the form LANGUAGE: TEXT"}},
		"shipped name":             {"policies:\n  schule:\n    base: gruppe\n", []string{"line 2: schule is shipped and stays as it is"}},
		"bad name":                 {"policies:\n  Meine Schule:\n    base: gruppe\n", []string{`line 2: a policy cannot be called "Meine Schule"`}},
		"bad title":                {head + "    base: gruppe\n    title: \"a\\u202Eb\"\n", []string{"line 4: a.title cannot be"}},
		"no table":                 {"policies: [a]\n", []string{"line 1: policies are lines of the form NAME:"}},
		"no columns":               {"policies:\n  a: schule\n", []string{"line 2: a policy is base: NAME"}},
		"only text":                {"hello\n", []string{"line 1: the file is offered:"}},
		"twice":                    {head + "    base: gruppe\n    base: schule\n", []string{"line 4:"}},
		"not YAML":                 {"policies:\n\t: [\n", []string{"line 2:"}},
		"two documents":            {"policies:\n---\npolicies:\n", []string{"several documents"}},
		"offers another":           {"offered: [schule, eigene]\n", []string{`line 1: offered cannot be "eigene": allowed are, each once, erziehungsberatung`}},
		"offers twice":             {"offered: [schule, schule]\n", []string{`line 1: offered cannot be "schule"`}},
		"offers nothing":           {"offered: []\n", []string{"line 1: offered: is a list"}},
		"all at once":              {head + "    base: schule\n    chat: all\n    lines: 5\n", []string{"line 4: a.chat", `line 5: a.lines cannot be "5": allowed is 720 or 1080`}},
	} {
		t.Run(name, func(t *testing.T) {
			c, err := Config{Policies: policies(t, test.file)}.Catalogue()
			if err == nil {
				t.Fatalf("accepted as %+v", c)
			}
			if c.Policies != nil {
				t.Error("refused policies came back")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q is not in:\n%v", want, err)
				}
			}
		})
	}
}

// Whatever a file holds: policies or problems with their place, and what a base locks stays.
func FuzzPolicies(f *testing.F) {
	sample, err := os.ReadFile("policies.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(sample), "offered: x", "- a", "policies: &x {a: *x}", "? a\n: b", "policies:\n  a: {base: schule, chat: counsellors}"} {
		f.Add([]byte(seed))
	}
	shipped := lobby.ShippedPolicies()
	f.Fuzz(func(t *testing.T, text []byte) {
		r := policyFile{name: "f", Catalogue: lobby.ShippedCatalogue()}
		r.read(text)
		for _, err := range r.problems {
			if p, ok := errors.AsType[Problem](err); !ok || p.Source == "" || p.Message == "" {
				t.Errorf("%q gives a problem without place or words: %#v", text, err)
			}
		}
		for name, p := range r.Policies {
			base, own := shipped[p.Base]
			if !own && !reflect.DeepEqual(p, shipped[name]) {
				t.Errorf("%q changed %s, which is shipped", text, name)
			}
			for _, c := range lobby.Columns() {
				if slices.Contains(base.Locks, c.Name) && c.Text(p) != c.Text(base) {
					t.Errorf("%q changed %s of %s, which is locked", text, c.Name, name)
				}
			}
		}
	})
}

func policies(t *testing.T, text string) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "policies.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
