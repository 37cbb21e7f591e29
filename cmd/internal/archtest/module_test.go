package archtest

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/anteroom-video/anteroom"

// pkg is what `go list` says about a package of ours.
type pkg struct {
	ImportPath string
	Dir        string
	Name       string
	Doc        string
	GoFiles    []string
	Imports    []string // of the package itself
	Deps       []string // all that it needs, however far
	Error      *struct{ Err string }
}

// path is the import path without the module's: "sfu/cache".
func (p pkg) path() string {
	return strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
}

// files parses the package's Go files, tests left out.
func (p pkg) files(t *testing.T) map[string]*ast.File {
	t.Helper()
	parsed := map[string]*ast.File{}
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.SkipObjectResolution|parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		parsed[p.path()+"/"+name] = file
	}
	return parsed
}

// packages are all packages of the module, listed once.
var packages = sync.OnceValues(func() ([]pkg, error) {
	list := exec.Command("go", "list", "-e", "-json=ImportPath,Dir,Name,Doc,GoFiles,Imports,Deps,Error", "./...")
	list.Dir = root
	list.Stderr = os.Stderr
	out, err := list.Output()
	if err != nil {
		return nil, err
	}
	var all []pkg
	for dec := json.NewDecoder(bytes.NewReader(out)); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all = append(all, p)
	}
})

const root = "../../.."

// each calls f for every package whose path matches one of the patterns.
func each(t *testing.T, patterns []string, f func(p pkg)) {
	t.Helper()
	all, err := packages()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range all {
		if p.Error != nil && len(p.GoFiles) > 0 {
			t.Fatalf("%s: %s", p.ImportPath, p.Error.Err)
		}
		if matches(p.path(), patterns) {
			f(p)
		}
	}
}

// matches reads patterns like `go` does: "sfu" is that package, "sfu/..." it and all below; "!sfu/x" takes out again.
func matches(path string, patterns []string) bool {
	in := false
	for _, pattern := range patterns {
		pattern, out := strings.CutPrefix(pattern, "!")
		below, tree := strings.CutSuffix(pattern, "/...")
		if path == below || tree && strings.HasPrefix(path, below+"/") || pattern == "..." {
			in = !out
		}
	}
	return in
}
