package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestEveryPackageSaysWhatItPromises(t *testing.T) {
	each(t, []string{"..."}, func(p pkg) {
		if len(p.GoFiles) == 0 {
			return
		}
		want := "Package " + p.Name + " "
		if p.Name == "main" {
			want = "Command " + filepath.Base(p.Dir) + " "
		}
		if !strings.HasPrefix(p.Doc, want) {
			t.Errorf("%s: the package's comment must begin with %q and say what the package promises; it is %q", p.path(), want, p.Doc)
		}
		if slices.Contains([]string{"util", "utils", "common", "helper", "helpers", "misc", "shared", "types"}, p.Name) {
			t.Errorf("%s: a package is named for what it holds", p.path())
		}
	})
}

func TestNoGoFilesAtTheRoot(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(root, "*.go"))
	if err != nil || len(files) > 0 {
		t.Errorf("Go files stand at the root, where none should: %v %v", files, err)
	}
}

// Code that decides is given the time; reading the clock would make its tests wait.
func TestPureCodeReadsNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick", "Sleep"}
	pure := append([]string{"signaling/room", "signaling/wire", "signaling/client/credential", "signaling/client/sealer", "lobby/receipt"}, leaves...)
	each(t, pure, func(p pkg) {
		for name, file := range p.files(t) {
			if strings.HasPrefix(filepath.Base(name), "loop") && p.path() == "signaling/room" {
				continue // the loop owns a room and its timers; State beside it is the pure part
			}
			forbid(t, name, file, "time", clock, "pure code is given the time")
		}
	})
}

// Media and conversation reach no disk because the code that has them opens no file for writing.
func TestMediaAndSignallingOpenNoFile(t *testing.T) {
	server := []string{"sfu/...", "!sfu/sfutest", "turn/...", "signaling/...", "!signaling/client/..."}
	each(t, server, func(p pkg) {
		for name, file := range p.files(t) {
			const why = "never records: nothing here may open a file for writing"
			forbid(t, name, file, "os", []string{"Create", "CreateTemp", "OpenFile", "WriteFile", "MkdirTemp", "Mkdir", "MkdirAll", "NewFile", "Pipe", "OpenRoot", "Rename", "Link", "Symlink"}, why)
			forbid(t, name, file, "syscall", []string{"Open", "Openat", "Creat", "Mknod", "Exec", "ForkExec"}, why)
			forbid(t, name, file, "golang.org/x/sys/unix", []string{"Open", "Openat", "Openat2", "Creat", "MemfdCreate"}, why)
			for _, spec := range file.Imports {
				if path := strings.Trim(spec.Path.Value, `"`); path == "io/ioutil" || path == "os/exec" {
					t.Errorf("%s imports %s\n\tbut %s", name, path, why)
				}
			}
		}
	})
}

// forbid complains about every use of the names from the package.
func forbid(t *testing.T, name string, file *ast.File, path string, names []string, why string) {
	t.Helper()
	local := ""
	for _, spec := range file.Imports {
		if strings.Trim(spec.Path.Value, `"`) == path {
			local = path[strings.LastIndex(path, "/")+1:]
			if spec.Name != nil {
				local = spec.Name.Name
			}
		}
	}
	if local == "" {
		return
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == local && slices.Contains(names, sel.Sel.Name) {
				t.Errorf("%s uses %s.%s\n\tbut %s", name, local, sel.Sel.Name, why)
			}
		}
		return true
	})
}

// mayVary are package variables that something changes or that change by themselves, each with its reason.
var mayVary = map[string]string{}

// A node is a value: three of them run in one process, so nothing may live in a package. Variables that are never written
// (errors, tables, compiled expressions, embedded files) are values with another keyword.
func TestNoPackageLevelState(t *testing.T) {
	each(t, []string{"..."}, func(p pkg) {
		variables := map[string]string{} // name → file
		files := p.files(t)
		for name, file := range files {
			for _, decl := range file.Decls {
				gen, ok := decl.(*ast.GenDecl)
				if !ok || gen.Tok != token.VAR {
					continue
				}
				for _, spec := range gen.Specs {
					value := spec.(*ast.ValueSpec)
					for i, ident := range value.Names {
						if ident.Name == "_" {
							continue
						}
						variables[ident.Name] = name
						if kind := statefulKind(value, i); kind != "" && mayVary[p.path()+"."+ident.Name] == "" {
							t.Errorf("%s: %s is %s at package level\n\tbut a test runs three nodes in one process", name, ident.Name, kind)
						}
					}
				}
			}
		}
		for name, file := range files {
			for _, written := range writes(file) {
				if variables[written] != "" && mayVary[p.path()+"."+written] == "" {
					t.Errorf("%s writes the package's variable %s\n\tbut a test runs three nodes in one process", name, written)
				}
			}
		}
	})
}

// statefulKind names a variable that is made to be changed: a lock, a counter, a channel, a pool, a client, made empty.
func statefulKind(spec *ast.ValueSpec, i int) string {
	found := ""
	look := func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false
		case *ast.ChanType:
			found = "a channel"
		case *ast.SelectorExpr:
			if x, ok := n.X.(*ast.Ident); ok {
				switch x.Name {
				case "sync":
					if !strings.HasPrefix(n.Sel.Name, "Once") { // a value computed late is still a value
						found = "a sync." + n.Sel.Name
					}
				case "atomic", "expvar", "rand":
					found = "of package " + x.Name
				}
			}
		}
		return true
	}
	if spec.Type != nil {
		ast.Inspect(spec.Type, look)
		if i >= len(spec.Values) && found == "" && !isEmbedded(spec) {
			found = "declared without a value"
		}
	}
	if i < len(spec.Values) {
		ast.Inspect(spec.Values[i], look)
	}
	return found
}

func isEmbedded(spec *ast.ValueSpec) bool {
	sel, ok := spec.Type.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := sel.X.(*ast.Ident)
	return ok && x.Name == "embed"
}

// writes are the names that a file assigns to, counts up, takes the address of, or deletes and stores in, where no
// declaration in the same function hides the package's name.
func writes(file *ast.File) (names []string) {
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Body == nil {
			continue
		}
		local := map[string]bool{}
		ast.Inspect(fn, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.Field:
				for _, ident := range n.Names {
					local[ident.Name] = true
				}
			case *ast.AssignStmt:
				if n.Tok == token.DEFINE {
					for _, left := range n.Lhs {
						local[base(left)] = true
					}
				}
			case *ast.RangeStmt:
				if n.Tok == token.DEFINE {
					local[base(n.Key)], local[base(n.Value)] = true, true
				}
			case *ast.ValueSpec:
				for _, ident := range n.Names {
					local[ident.Name] = true
				}
			}
			return true
		})
		ast.Inspect(fn.Body, func(n ast.Node) bool {
			var targets []ast.Expr
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					targets = n.Lhs
				}
			case *ast.IncDecStmt:
				targets = []ast.Expr{n.X}
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					targets = []ast.Expr{n.X}
				}
			case *ast.CallExpr:
				if f, ok := n.Fun.(*ast.Ident); ok && (f.Name == "delete" || f.Name == "clear") && len(n.Args) > 0 {
					targets = n.Args[:1]
				}
			}
			for _, target := range targets {
				if name := base(target); name != "" && name != "_" && !local[name] {
					names = append(names, name)
				}
			}
			return true
		})
	}
	return names
}

// base is the variable that an expression writes into: x in x, x[i], x.f and *x.
func base(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.IndexExpr:
		return base(e.X)
	case *ast.SelectorExpr:
		return base(e.X)
	case *ast.StarExpr:
		return base(e.X)
	case *ast.ParenExpr:
		return base(e.X)
	}
	return ""
}

// The checks above find what they are for: each line of this source breaks a rule, but the last ones.
func TestTheChecksFind(t *testing.T) {
	source := `package p
import ("sync"; "errors")
var a = errors.New("a")
var b = map[string]int{}
var c sync.Mutex
var d = make(chan int)
var e int
var f = &sync.Pool{}
var once = sync.OnceValue(func() int { var mu sync.Mutex; _ = mu; return 1 })
func w(x int) { b["x"] = 1; e++; g(&a); delete(b, "y"); x = 2; y := 3; y = 4; _ = y }
`
	file, err := parser.ParseFile(token.NewFileSet(), "p.go", source, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	var stateful []string
	for _, decl := range file.Decls {
		if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.VAR {
			if spec := gen.Specs[0].(*ast.ValueSpec); statefulKind(spec, 0) != "" {
				stateful = append(stateful, spec.Names[0].Name)
			}
		}
	}
	if want := []string{"c", "d", "e", "f"}; !slices.Equal(stateful, want) {
		t.Errorf("found %v, want %v", stateful, want)
	}
	if got, want := writes(file), []string{"b", "e", "a", "b"}; !slices.Equal(got, want) {
		t.Errorf("found writes to %v, want %v", got, want)
	}
}
