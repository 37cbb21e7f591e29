package wire

import (
	"encoding/json"
	"go/ast"
	goparser "go/parser"
	"go/token"
	"maps"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// examples are the fenced json blocks of the protocol's document.
func examples(t testing.TB) []string {
	t.Helper()
	doc, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for i, part := range strings.Split(string(doc), "```") {
		if text, ok := strings.CutPrefix(part, "json\n"); ok && i%2 == 1 {
			out = append(out, strings.TrimSpace(text))
		}
	}
	if len(out) == 0 {
		t.Fatal("no examples in PROTOCOL.md")
	}
	return out
}

type decoder func([]byte) (Message, error)

// decodeExample decodes an example in the one direction in which it can be meant.
func decodeExample(t *testing.T, example string) (Message, decoder, string) {
	t.Helper()
	request, asRequest := DecodeRequest([]byte(example))
	update, asUpdate := DecodeUpdate([]byte(example))
	switch {
	case asRequest != nil && asUpdate != nil:
		t.Fatalf("%s\nneither a request (%v)\nnor an update (%v)", example, asRequest, asUpdate)
	case asRequest == nil && asUpdate == nil:
		t.Fatalf("%s\nis both a request and an update", example)
	case asRequest == nil:
		return request, DecodeRequest, "request"
	}
	return update, DecodeUpdate, "update"
}

func TestExamplesOfTheDocument(t *testing.T) {
	for _, example := range examples(t) {
		m, decode, _ := decodeExample(t, example)
		t.Run(m.Body.Type(), func(t *testing.T) {
			data, err := Encode(m)
			if err != nil {
				t.Fatal(err)
			}
			var want, got any
			if err := json.Unmarshal([]byte(example), &want); err != nil {
				t.Fatal(err)
			}
			if err := json.Unmarshal(data, &got); err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("encoded again\ngot  %s\nwant %s", data, example)
			}
			again, err := decode(data)
			if err != nil || !reflect.DeepEqual(again, m) {
				t.Errorf("decoded again: %+v, %v; want %+v", again, err, m)
			}
		})
	}
}

// TestEveryTypeHasAnExample reads from the source which types each direction knows, and holds them against the document.
func TestEveryTypeHasAnExample(t *testing.T) {
	shown := map[string]map[string]bool{"request": {}, "update": {}}
	for _, example := range examples(t) {
		m, _, direction := decodeExample(t, example)
		shown[direction][m.Body.Type()] = true
	}
	file, err := goparser.ParseFile(token.NewFileSet(), "message.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for direction, newBody := range map[string]func(string) Body{"request": request, "update": update} {
		known := map[string]bool{}
		ast.Inspect(file.Scope.Lookup(direction).Decl.(*ast.FuncDecl), func(n ast.Node) bool {
			if c, ok := n.(*ast.CaseClause); ok {
				name, err := strconv.Unquote(c.List[0].(*ast.BasicLit).Value)
				if err != nil {
					t.Fatal(err)
				}
				known[name] = true
				if got := newBody(name).Type(); got != name {
					t.Errorf("%s %q gives a message of type %q", direction, name, got)
				}
			}
			return true
		})
		if got, want := slices.Sorted(maps.Keys(shown[direction])), slices.Sorted(maps.Keys(known)); !slices.Equal(got, want) {
			t.Errorf("%s: examples of %v\ncode knows  %v", direction, got, want)
		}
	}
}

// The tables of the document are the constants of the code.
func TestTablesOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	closes := map[CloseCode]string{}
	for line := range strings.Lines(string(doc)) {
		cells := strings.Split(line, "|")
		if len(cells) < 4 {
			continue
		}
		first, second := strings.TrimSpace(cells[1]), strings.Trim(strings.TrimSpace(cells[2]), "`")
		if n, err := strconv.Atoi(first); err == nil {
			closes[CloseCode(n)] = second
		} else if strings.HasPrefix(first, "`") {
			codes = append(codes, strings.Trim(first, "`"))
		}
	}
	file, err := goparser.ParseFile(token.NewFileSet(), "codes.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var wantCodes []string
	wantCloses := map[CloseCode]string{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || spec.Type == nil {
			return true
		}
		literal := spec.Values[0].(*ast.BasicLit).Value
		switch spec.Type.(*ast.Ident).Name {
		case "Code":
			wantCodes = append(wantCodes, strings.Trim(literal, `"`))
		case "CloseCode":
			n, err := strconv.Atoi(literal)
			if err != nil {
				t.Fatal(err)
			}
			wantCloses[CloseCode(n)] = CloseCode(n).Reason()
		}
		return true
	})
	if !slices.Equal(codes, wantCodes) {
		t.Errorf("codes of the document %v\nof the code %v", codes, wantCodes)
	}
	if !maps.Equal(closes, wantCloses) {
		t.Errorf("close codes of the document %v\nof the code %v", closes, wantCloses)
	}
}
