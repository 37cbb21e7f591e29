package web

import (
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	comment = regexp.MustCompile(`(?s)/\*.*?\*/|(?m)^\s*//.*$`)
	// Everything that makes a browser load another file: imports, static and lazy, and addresses relative to the module.
	loads = regexp.MustCompile(`(?:[\s}*]from\s+|\bimport\s+|\bimport\(\s*|\bnew URL\(\s*)['"` + "`" + `]([^'"` + "`" + `]+)['"` + "`" + `]`)
	// A text that begins like an absolute address.
	foreign = regexp.MustCompile(`['"` + "`(=]" + `\s*((?:https?:|wss?:)?//[^'"` + "`" + `)\s]+)`)
	styled  = regexp.MustCompile(`@import|url\(`)
	// A style sheet that a module brings with it; that it is there, TestEveryImportResolves says.
	laterStyle = regexp.MustCompile(`\bnew URL\('([^']+\.css)', import\.meta\.url\)`)
)

// The names of XML vocabularies look like addresses and are never asked.
func isNamespace(url string) bool { return strings.HasPrefix(url, "http://www.w3.org/") }

func TestEveryImportResolves(t *testing.T) {
	tree, err := readTree(client())
	if err != nil {
		t.Fatal(err)
	}
	imports := 0
	for name, file := range tree.files {
		if path.Ext(name) != ".js" {
			continue
		}
		code := comment.ReplaceAllString(string(file.content), "")
		for _, match := range loads.FindAllStringSubmatch(code, -1) {
			target := match[1]
			if strings.Contains(target, "${") { // a file per language: one of them shows that the folder is right
				target = strings.ReplaceAll(target, "${code}", "en")
			}
			if !strings.HasPrefix(target, "./") && !strings.HasPrefix(target, "../") {
				if strings.HasPrefix(name, "third_party/") {
					continue // words in texts of others
				}
				t.Errorf("%s imports %q, which is no relative path", name, target)
				continue
			}
			imports++
			resolved := path.Join(path.Dir(name), target)
			found := tree.files[resolved]
			if found == nil {
				t.Errorf("%s imports %s, which is not served", name, resolved)
			} else if path.Ext(resolved) == ".js" && !strings.HasPrefix(found.mimeType, "text/javascript") {
				t.Errorf("%s is served as %s", resolved, found.mimeType)
			}
		}
	}
	if imports < 10 {
		t.Errorf("only %d imports were found: the test does not read the client", imports)
	}
}

func TestNoFileNamesAnotherOrigin(t *testing.T) {
	tree, err := readTree(client())
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range tree.files {
		text := string(file.content)
		if path.Ext(name) != ".svg" {
			text = comment.ReplaceAllString(text, "")
		}
		for _, match := range foreign.FindAllStringSubmatch(text, -1) {
			if !isNamespace(match[1]) {
				t.Errorf("%s names %s", name, match[1])
			}
		}
		if path.Ext(name) == ".css" && styled.MatchString(text) {
			t.Errorf("%s loads another file; style sheets stand on the page", name)
		}
	}
}

func TestPagesHaveTheirFiles(t *testing.T) {
	tree, err := readTree(client())
	if err != nil {
		t.Fatal(err)
	}
	var styles []string
	for _, p := range []page{portalPage(), joinPage(), officePage()} {
		for _, name := range append(p.styles, p.entry) {
			if tree.files[name] == nil {
				t.Errorf("a page names %s, which is not there", name)
			}
		}
		styles = append(styles, p.styles...)
	}
	// What is loaded later brings its own.
	for name, file := range tree.files {
		for _, match := range laterStyle.FindAllSubmatch(file.content, -1) {
			styles = append(styles, path.Join(path.Dir(name), string(match[1])))
		}
	}
	for name := range tree.files {
		if path.Ext(name) == ".css" && !slices.Contains(styles, name) {
			t.Errorf("no page has %s", name)
		}
	}
}

// The weight of the client's page: what a phone on a weak line waits for (DESIGN section 12: at most 150 kB compressed), in the register that takes most.
func TestWeightOfTheClientsPage(t *testing.T) {
	tree, err := readTree(client())
	if err != nil {
		t.Fatal(err)
	}
	p := joinPage()
	for i, coding := range []string{"br", "gzip"} {
		total := 0
		for _, name := range append(append(tree.modules(p.entry), p.styles...), "i18n/locales/de.json", "i18n/locales/de-x-einfach.json") {
			if a := tree.files[name]; a != nil {
				if smaller := a.packed[i].content(); smaller != nil {
					total += len(smaller)
				} else {
					total += len(a.content)
				}
			}
		}
		t.Logf("the client's page weighs %d bytes in %s", total, coding)
		// Every browser that can hold a call takes Brotli over https; gzip is for a machine's own localhost.
		if limit := [...]int{150_000, 165_000}[i]; total > limit {
			t.Errorf("the client's page weighs %d bytes in %s; %d is the limit", total, coding, limit)
		}
	}
}
