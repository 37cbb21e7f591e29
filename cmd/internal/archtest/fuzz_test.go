package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// unfuzzed are the readers that have no fuzz target, with the reason.
var unfuzzed = map[string]string{
	"signaling/room.DecodeEvent":         "reads what another node of the same service wrote",
	"sfu/transport.ParseUse":             "a word of a fixed list",
	"loadtest/scenario.Parse":            "reads the file of who starts the load test",
	"loadtest/media.ReadMark":            "reads what the load test itself has sent",
	"sfu/sfutest.ReadMark":               "reads what a test itself has sent",
	"signaling/client/frame.ParseHeader": "FuzzOpen opens frames, of which it reads the beginning",
}

// Whoever reads bytes or text that come from outside has a fuzz target that reads them too.
func TestReadersAreFuzzed(t *testing.T) {
	readers := 0
	known := map[string]bool{}
	each(t, []string{"...", "!cmd/..."}, func(p pkg) {
		fuzzed := p.namesInFuzzTargets(t)
		for _, file := range p.files(t) {
			for _, d := range file.Decls {
				f, is := d.(*ast.FuncDecl)
				if !is || f.Recv != nil || !reads(f) {
					continue
				}
				name := p.path() + "." + f.Name.Name
				readers++
				known[name] = true
				if _, exempt := unfuzzed[name]; !fuzzed[f.Name.Name] && !exempt {
					t.Errorf("no fuzz target of its package reads by %s", name)
				} else if exempt && fuzzed[f.Name.Name] {
					t.Errorf("%s has a fuzz target: it needs no reason", name)
				}
			}
		}
	})
	for name := range unfuzzed {
		if !known[name] {
			t.Errorf("there is no %s", name)
		}
	}
	if readers < 15 {
		t.Errorf("only %d readers are found", readers)
	}
}

// reads reports whether a function is named as a reader and is given bytes or text.
func reads(f *ast.FuncDecl) bool {
	named := false
	for _, verb := range []string{"Parse", "Decode", "Read"} {
		named = named || strings.HasPrefix(f.Name.Name, verb)
	}
	if !named || f.Type.Params.NumFields() == 0 {
		return false
	}
	switch first := f.Type.Params.List[0].Type.(type) {
	case *ast.Ident:
		return first.Name == "string"
	case *ast.ArrayType:
		of, is := first.Elt.(*ast.Ident)
		return is && of.Name == "byte"
	}
	return false
}

// namesInFuzzTargets are the names that stand in a package's fuzz targets.
func (p pkg) namesInFuzzTargets(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{}
	tests, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range tests {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			f, is := d.(*ast.FuncDecl)
			if !is || !strings.HasPrefix(f.Name.Name, "Fuzz") {
				continue
			}
			ast.Inspect(f, func(n ast.Node) bool {
				if id, is := n.(*ast.Ident); is {
					names[id.Name] = true
				}
				return true
			})
		}
	}
	return names
}
