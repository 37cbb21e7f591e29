package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// readFile reads a file's keys as the text that stands there. Values are given their types later, by the same rules as those
// of the environment: so `tls: off` is a word and no boolean, and `service_phone: 030123` keeps its zero.
func readFile(name string, text []byte) (layer, []error) {
	l := layer{values: map[string]string{}}
	lines := map[string]int{}
	l.source = func(key string) string { return fmt.Sprintf("%s line %d", name, lines[key]) }

	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		return l, []error{syntaxProblem(name, err)}
	}
	var problems []error
	for _, entry := range entries(file) {
		line := entry.Key.GetToken().Position.Line
		at := fmt.Sprintf("%s line %d", name, line)
		key := entry.Key.GetToken().Value
		if _, known := new(Config).field(key); !known {
			problems = append(problems, Problem{Source: at, Message: unknownKey(key)})
			continue
		}
		value, ok := asText(entry.Value)
		if !ok {
			problems = append(problems, Problem{Source: at, Key: key, Message: "allowed is " + allowed(key)})
			continue
		}
		lines[key], l.values[key] = line, value
	}
	if len(file.Docs) > 1 {
		problems = append(problems, Problem{Source: name, Message: "holds several documents; a configuration is one"})
	}
	if body := firstBody(file); body != nil && body.Type() != ast.MappingType && body.Type() != ast.CommentType && body.Type() != ast.NullType {
		problems = append(problems, Problem{
			Source:  fmt.Sprintf("%s line %d", name, body.GetToken().Position.Line),
			Message: "a configuration is lines of the form key: value",
		})
	}
	return l, problems
}

func syntaxProblem(name string, err error) Problem {
	if at, ok := errors.AsType[yaml.Error](err); ok && at.GetToken() != nil && at.GetToken().Position != nil {
		return Problem{Source: fmt.Sprintf("%s line %d", name, at.GetToken().Position.Line), Message: at.GetMessage()}
	}
	return Problem{Source: name, Message: err.Error()}
}

func firstBody(file *ast.File) ast.Node {
	if len(file.Docs) == 0 {
		return nil
	}
	return file.Docs[0].Body
}

func entries(file *ast.File) []*ast.MappingValueNode {
	if mapping, ok := firstBody(file).(*ast.MappingNode); ok {
		return mapping.Values
	}
	return nil
}

// asText is a scalar as it stands in the file, or a list of scalars with commas between them.
func asText(node ast.Node) (string, bool) {
	switch node := node.(type) {
	case *ast.SequenceNode:
		var texts []string
		for _, item := range node.Values {
			text, ok := asText(item)
			if !ok || item.Type() == ast.SequenceType || text == "" || strings.Contains(text, ",") {
				return "", false
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, ","), true
	case *ast.LiteralNode:
		return node.Value.Value, true
	case *ast.StringNode:
		return node.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		return node.GetToken().Value, true
	default: // a mapping, nothing, an anchor, an alias, a tag
		return "", false
	}
}

func allowed(key string) string {
	for _, k := range Keys() {
		if k.Name == key {
			return k.Allowed
		}
	}
	return ""
}

// unknownKey says that there is no such key, and which there are.
func unknownKey(key string) string {
	var names []string
	for _, k := range Keys() {
		if strings.ReplaceAll(strings.ToLower(key), "-", "_") == k.Name {
			return fmt.Sprintf("there is no key %q; it is written %s", key, k.Name)
		}
		names = append(names, k.Name)
	}
	return fmt.Sprintf("there is no key %q; allowed are %s", key, strings.Join(names, ", "))
}
