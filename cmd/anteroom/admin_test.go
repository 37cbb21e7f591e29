package main

import (
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/anteroom-video/anteroom/cmd/internal/config"
	"github.com/anteroom-video/anteroom/lobby/sqlstore"
)

// The commands do the same with a node and without.
func TestCommands(t *testing.T) {
	for name, withNode := range map[string]bool{"with a node": true, "without": false} {
		t.Run(name, func(t *testing.T) {
			p := newPlace(t)
			if withNode {
				p.serve()
			}
			p.counsellor("ada")
			if out := p.ok("", "counsellor", "add", "bea", "--display-name", "Bea B."); !strings.Contains(out, p.url+"/setup#") {
				t.Errorf("no link to choose a password with: %s", out)
			}
			var list []struct {
				Name     string
				Disabled bool
			}
			if err := json.Unmarshal([]byte(p.ok("", "counsellor", "list", "--json")), &list); err != nil || len(list) != 1 || list[0].Name != "ada" {
				t.Errorf("%+v %v", list, err)
			}
			if out := p.ok("", "counsellor", "list"); !strings.Contains(out, "ada") || !strings.Contains(out, "active") {
				t.Error(out)
			}

			made := p.room("--policy", "schule", "--person", "client:A", "--starts-at", "2030-01-02T15:04", "--title", "t", "--lang", "tr")
			if out := p.ok("", "room", "create", "--counsellor", "ada", "--person", "companion:C\x1b[31m", "--series"); !strings.Contains(out, p.url+"/j#") || strings.Contains(out, "\x1b") {
				t.Errorf("%q", out)
			}
			large := p.room("--lines", "1080", "--sound-only")
			var kept []struct {
				Room      string
				Lines     int
				SoundOnly bool `json:"sound_only"`
			}
			if err := json.Unmarshal([]byte(p.ok("", "room", "list", "--json")), &kept); err != nil || len(kept) != 3 || kept[0].Lines != 0 || kept[2].Room != large.Room || kept[2].Lines != 1080 || kept[0].SoundOnly || !kept[2].SoundOnly {
				t.Errorf("%+v %v", kept, err)
			}
			rooms := p.ok("", "room", "list", "--counsellor", "ada")
			if !strings.Contains(rooms, made.Room) || !strings.Contains(rooms, "2030-01-02 15:04") || !strings.Contains(rooms, "series") {
				t.Error(rooms)
			}
			p.ok(password, "counsellor", "add", "bea", "--password-stdin")
			if r := p.run("", "room", "hand-over", made.Room, "--to", "bea", "--keep"); r.code != exitFailed || !strings.Contains(r.err, "no co-counsellors") {
				t.Errorf("staying where the policy has nobody else: %d %s", r.code, r.err)
			}
			if out := p.ok("", "room", "hand-over", made.Room, "--to", "bea"); !strings.Contains(out, "The room is bea's now.") || !strings.Contains(out, "link of the first counsellor") || !strings.Contains(out, "not yet verified") {
				t.Error(out)
			}
			if out := p.ok("", "room", "hand-over", made.Room, "--to", "ada", "--json"); !strings.Contains(out, `"first":"bea"`) || !strings.Contains(out, `"verified":false`) {
				t.Error(out)
			}
			if out := p.ok("", "room", "end", made.Room); !strings.Contains(out, "deleted") {
				t.Error(out)
			}
			if out := p.ok("", "counsellor", "reset", "ada"); !strings.Contains(out, "/setup#") {
				t.Error(out)
			}
			p.ok("", "counsellor", "disable", "ada")
			p.ok(password, "counsellor", "reset", "ada", "--password-stdin", "--json")

			for _, wrong := range []struct {
				code int
				in   string
				args []string
				say  string
			}{
				{exitUsage, "", []string{"room", "create"}, "--counsellor NAME is needed"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--person", "M."}, "it is ROLE:LABEL"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--person", "boss:M."}, "one of the roles"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--policy", "x"}, "allowed are erziehungsberatung"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--lines", "900"}, "--lines 900: a camera's picture has at most 720 or 1080 lines"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--lines", "tall"}, "--lines tall: a camera's picture has at most 720 or 1080 lines"},
				{exitUsage, "", []string{"room", "create", "--counsellor", "ada", "--starts-at", "soon"}, "a time is written"},
				{exitUsage, "short\n", []string{"counsellor", "add", "cem", "--password-stdin"}, "too short"},
				{exitUsage, "", []string{"counsellor", "add", "\n"}, "name"},
				{exitUsage, "", []string{"counsellor", "add"}, "accepts 1 arg"},
				{exitUsage, "", []string{"frobnicate"}, "unknown command"},
				{exitUsage, "", []string{"serve", "--frobnicate"}, "unknown flag"},
				{exitNotFound, "", []string{"room", "create", "--counsellor", "nobody"}, "there is no counsellor called nobody"},
				{exitUsage, "", []string{"room", "hand-over", "nowhere"}, "--to NAME is needed"},
				{exitNotFound, "", []string{"room", "hand-over", "nowhere", "--to", "ada"}, "there is no room nowhere"},
				{exitNotFound, "", []string{"room", "hand-over", "nowhere", "--to", "nobody"}, "there is no counsellor called nobody who can sign in"},
				{exitNotFound, "", []string{"room", "end", "nowhere"}, "there is no room nowhere"},
				{exitNotFound, "", []string{"counsellor", "disable", "nobody"}, "there is no counsellor called nobody"},
				{exitNotFound, "", []string{"counsellor", "reset", "nobody"}, "there is no counsellor called nobody"},
				{exitConflict, password, []string{"counsellor", "add", "ADA", "--password-stdin"}, "there is a counsellor called ADA already"},
				{exitFailed, "", []string{"room", "create", "--counsellor", "ada", "--policy", "schule", "--series"}, "does not allow"},
			} {
				r := p.run(wrong.in, wrong.args...)
				if r.code != wrong.code || !strings.Contains(r.err, wrong.say) || !strings.HasPrefix(r.err, "anteroom: ") || r.out != "" {
					t.Errorf("anteroom %q: exit code %d, want %d\n%s%s", wrong.args, r.code, wrong.code, r.out, r.err)
				}
			}
		})
	}
}

func TestCommandsWithoutAStore(t *testing.T) {
	p := newPlace(t)
	r := p.run("", "room", "list")
	if r.code != exitFailed || !strings.Contains(r.err, p.state+" holds no store") {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	p.counsellor("ada")
	file := filepath.Join(p.state, sqlstore.FileName)
	if err := os.WriteFile(file, []byte(strings.Repeat("damaged", 500)), 0o600); err != nil {
		t.Fatal(err)
	}
	r = p.run("", "counsellor", "list")
	if r.code != exitFailed || strings.Count(r.err, "\n") != 1 || !strings.Contains(r.err, file) {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// Links of commands lead to the node's public address also when it does not run; what is said for one command wins.
func TestLinksBeginWithTheAddressOfTheNode(t *testing.T) {
	p := newPlace(t)
	p.counsellor("ada")
	environ := p.environ
	links := func(origin string, flags ...string) {
		t.Helper()
		for _, command := range [][]string{{"counsellor", "add", "bea"}, {"counsellor", "reset", "ada"}, {"room", "create", "--counsellor", "ada"}} {
			out := p.ok("", append(command, flags...)...)
			if !strings.Contains(out, origin+"/setup#") && !strings.Contains(out, origin+"/j#") {
				t.Errorf("anteroom %q: no link of %s:\n%s", command, origin, out)
			}
		}
	}
	node := p.serve("--public-url", "https://talk.example.org/")
	links("https://talk.example.org")
	links("https://a.example.org", "--public-url", "https://a.example.org")
	node.stop(t, os.Interrupt)
	links("https://talk.example.org")
	links("https://a.example.org", "--public-url", "https://a.example.org")
	p.environ = append(environ, "ANTEROOM_PUBLIC_URL=https://b.example.org")
	links("https://b.example.org")
	// As whoever copies the command has it: the folder and nothing else.
	p.environ = []string{"ANTEROOM_STORE_KEY=" + filepath.Join(filepath.Dir(p.state), "key")}
	links("https://talk.example.org", "--state-dir", p.state)
}

// A link that leads nowhere is worse than none.
func TestWithoutAnAddressThereIsNoLink(t *testing.T) {
	p := newPlace(t)
	p.environ = []string{"ANTEROOM_STATE_DIR=" + p.state}
	if out := p.ok(password, "counsellor", "add", "ada", "--password-stdin"); !strings.Contains(out, "is made") || strings.Contains(out, "localhost") {
		t.Error(out)
	}
	for _, command := range [][]string{{"counsellor", "add", "bea"}, {"counsellor", "reset", "ada"}, {"room", "create", "--counsellor", "ada"}} {
		if r := p.run("", command...); r.code != exitFailed || r.out != "" || !strings.Contains(r.err, "--public-url") {
			t.Errorf("anteroom %q: exit code %d: %s%s", command, r.code, r.out, r.err)
		}
	}
	p.ok(password, "counsellor", "reset", "ada", "--password-stdin") // the refused reset has changed nothing that this needs
	if out := p.ok("", "counsellor", "add", "bea", "--public-url", "https://a.example.org"); !strings.Contains(out, "https://a.example.org/setup#") {
		t.Error(out)
	}
	p.environ = append(p.environ, "ANTEROOM_LISTEN=localhost:8081")
	if out := p.ok("", "counsellor", "add", "bea"); !strings.Contains(out, "http://localhost:8081/setup#") {
		t.Errorf("where the node listens is said: %s", out)
	}
}

// Right after make run the commands are told where the store is, and of what --dev means elsewhere.
func TestTheStoreOfANodeForTryingOutIsPointedAt(t *testing.T) {
	t.Chdir(t.TempDir())
	p := newPlace(t)
	folder, err := filepath.Abs(config.Defaults(true).StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if r := p.run("", "room", "list"); r.code != exitFailed || strings.Contains(r.err, "--dev") {
		t.Errorf("there is none: exit code %d: %s", r.code, r.err)
	}
	p.environ = nil
	if r := p.run("", "room", "list", "--dev"); r.code != exitFailed || !strings.Contains(r.err, "--dev means "+folder) {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
	if out := p.ok("", "counsellor", "add", "ada", "--dev"); !strings.Contains(out, "http://localhost:8080/setup#") {
		t.Error(out)
	}
	p.environ = []string{"ANTEROOM_STATE_DIR=" + p.state}
	for _, command := range [][]string{{"room", "list"}, {"room", "create", "--counsellor", "ada"}, {"loadtest", "http://localhost:8080"}} {
		if r := p.run("", command...); r.code != exitFailed || !strings.Contains(r.err, "exists in "+folder+", and --dev uses it") {
			t.Errorf("anteroom %q: exit code %d: %s", command, r.code, r.err)
		}
	}
}

// Whoever has just been added has no account yet: the message says what is missing.
func TestARoomForSomebodyWithoutAPassword(t *testing.T) {
	p := newPlace(t)
	p.ok("", "counsellor", "add", "ada")
	r := p.run("", "room", "create", "--counsellor", "ada")
	if r.code != exitNotFound || !strings.Contains(r.err, "must first open the link") || r.out != "" {
		t.Errorf("exit code %d: %s", r.code, r.err)
	}
}

// A store is made where somebody said that it belongs, and never in the default folder because nothing was said.
func TestAStoreIsMadeOnlyWhereItIsNamed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "anteroom.yaml")
	if err := os.WriteFile(file, []byte("state_dir: /srv/a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		environ, flags []string
		folder         string
		fresh          bool
	}{
		{nil, nil, config.Defaults(false).StateDir, false},
		{[]string{"ANTEROOM_STATE_DIR="}, nil, config.Defaults(false).StateDir, false},
		{nil, []string{"--public-url", "https://a.example.org"}, config.Defaults(false).StateDir, false},
		{[]string{"ANTEROOM_STATE_DIR=/srv/a"}, nil, "/srv/a", true},
		{[]string{config.FileEnv + "=" + file}, nil, "/srv/a", true},
		{nil, []string{"--config", file}, "/srv/a", true},
		{nil, []string{"--state-dir", "/var/lib/anteroom"}, "/var/lib/anteroom", true},
		{nil, []string{"--dev"}, config.Defaults(true).StateDir, true},
	} {
		command := &cobra.Command{}
		s := (&program{err: io.Discard, environ: c.environ}).addSettings(command, "state_dir", "store_key", "public_url")
		if err := command.PersistentFlags().Parse(c.flags); err != nil {
			t.Fatal(err)
		}
		place, err := s.place(true)
		if err != nil || place.StateDir != c.folder || place.Fresh != c.fresh {
			t.Errorf("%q %q: %s, made %v, %v", c.environ, c.flags, place.StateDir, place.Fresh, err)
		}
		if place, err := s.place(false); err != nil || place.Fresh {
			t.Errorf("%q %q: a command that only reads makes a store, %v", c.environ, c.flags, err)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	p := newPlace(t)
	if out := p.ok("", "version"); !strings.HasPrefix(out, "anteroom ") {
		t.Error(out)
	}
	var v struct{ Version, Go, System string }
	if err := json.Unmarshal([]byte(p.ok("", "version", "--json")), &v); err != nil || v.Version == "" || v.Go == "" || v.System == "" {
		t.Errorf("%+v %v", v, err)
	}
	if out := p.ok("", "--help"); !strings.Contains(out, "Exit codes:") {
		t.Error(out)
	}
	if out := p.ok("", "room", "create", "--help"); !strings.Contains(out, "--lines") || !strings.Contains(out, "720 or 1080") {
		t.Error(out)
	}
	if out := p.ok("", "serve", "--help"); !strings.Contains(out, "--media-port") || !strings.Contains(out, "ANTEROOM_MEDIA_PORT") {
		t.Error(out)
	}
}

// What a service may choose is shown for people and for programs, without a store too; rooms are made under its own policies, also where
// no node runs.
func TestPolicyCommands(t *testing.T) {
	p := newPlace(t)
	file := filepath.Join(t.TempDir(), "policies.yaml")
	if err := os.WriteFile(file, []byte("offered: [gymnasium]\npolicies:\n  gymnasium:\n    base: schule\n    title: Gymnasium Nord\n    end_after: 3m\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.environ = append(p.environ, "ANTEROOM_POLICIES="+file)
	for _, store := range []bool{false, true} {
		if store {
			p.counsellor("ada")
		}
		list := p.ok("", "policy", "list")
		if !regexp.MustCompile(`(?m)^gymnasium +Gymnasium Nord +schule +choose it, by default$`).MatchString(list) || !regexp.MustCompile(`(?m)^schutz +\(shipped\) +cannot choose it$`).MatchString(list) {
			t.Errorf("the list is\n%s", list)
		}
		show := p.ok("", "policy", "show", "gymnasium")
		for _, line := range []string{`^Gymnasium Nord \(gymnasium\), a copy of schule$`, `^chat +counsellors +locked +who may write`, `^end_after +3m +how long`} {
			if !regexp.MustCompile("(?m)" + line).MatchString(show) {
				t.Errorf("%s is not in\n%s", line, show)
			}
		}
		var view policyView
		if err := json.Unmarshal([]byte(p.ok("", "policy", "show", "gymnasium", "--json")), &view); err != nil || view.Base != "schule" || !view.Default || view.Columns["end_after_ms"] != 180_000.0 || !slices.Contains(view.Locks, "chat") {
			t.Errorf("for programs: %+v, %v", view, err)
		}
		var views []policyView
		if err := json.Unmarshal([]byte(p.ok("", "policy", "list", "--json")), &views); err != nil || len(views) != 6 || views[0].Name != "gymnasium" || views[1].Offered {
			t.Errorf("for programs: %+v, %v", views, err)
		}
		if r := p.run("", "policy", "show", "none"); r.code != exitNotFound || !strings.Contains(r.err, "there is no policy none; there are erziehungsberatung, gruppe, gymnasium") {
			t.Errorf("%d %s", r.code, r.err)
		}
	}
	p.ok("", "room", "create", "--counsellor", "ada", "--person", "client:A")
	p.ok("", "room", "create", "--counsellor", "ada", "--policy", "gruppe")
	if rooms := p.ok("", "room", "list"); !strings.Contains(rooms, " gymnasium ") || !strings.Contains(rooms, " gruppe ") {
		t.Errorf("the rooms are\n%s", rooms)
	}
	if r := p.run("", "room", "create", "--counsellor", "ada", "--series"); r.code != exitFailed || !strings.Contains(r.err, "the policy gymnasium does not allow such a room") {
		t.Errorf("%d %s", r.code, r.err)
	}
	if err := os.WriteFile(file, []byte("policies:\n  gymnasium:\n    base: schule\n    chat: all\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := p.run("", "policy", "list"); r.code != exitUsage || !strings.Contains(r.err, `line 4: gymnasium.chat cannot be "all": schule locks it: it stays counsellors`) {
		t.Errorf("%d %s", r.code, r.err)
	}
}
