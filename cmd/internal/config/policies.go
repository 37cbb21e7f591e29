package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/anteroom-video/anteroom/lobby"
)

// mostPolicies is how many policies of its own a service has at most.
const mostPolicies = 40

// policyName is how a policy of one's own is called.
var policyName = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Catalogue reads the service's policies: those of the file that the key policies names beside the shipped ones, which alone are there
// without one. The error joins every Problem there is.
func (c Config) Catalogue() (lobby.Catalogue, error) {
	if c.Policies == "" {
		return lobby.ShippedCatalogue(), nil
	}
	text, err := os.ReadFile(c.Policies)
	if err != nil {
		return lobby.Catalogue{}, fmt.Errorf("reading the policies: %w", err)
	}
	r := policyFile{name: c.Policies, Catalogue: lobby.ShippedCatalogue()}
	r.read(text)
	if len(r.problems) > 0 {
		return lobby.Catalogue{}, errors.Join(r.problems...)
	}
	return r.Catalogue, nil
}

// policyFile is a file of policies while it is read.
type policyFile struct {
	name string
	lobby.Catalogue
	problems []error
}

func (r *policyFile) wrong(at ast.Node, key, is, message string) {
	source := r.name
	if at != nil {
		source = fmt.Sprintf("%s line %d", r.name, at.GetToken().Position.Line)
	}
	r.problems = append(r.problems, Problem{Source: source, Key: key, Is: is, Message: message})
}

func (r *policyFile) read(text []byte) {
	file, err := parser.ParseBytes(text, 0)
	if err != nil {
		r.problems = append(r.problems, syntaxProblem(r.name, err))
		return
	}
	if len(file.Docs) > 1 {
		r.wrong(nil, "", "", "holds several documents; policies are one")
		return
	}
	shipped := slices.Sorted(maps.Keys(r.Policies))
	var offered ast.Node
	for key, value := range r.members(firstBody(file), "the file is offered: [NAME, …] and policies:") {
		switch name := key.GetToken().Value; name {
		case "offered":
			offered = value
		case "policies":
			for key, value := range r.members(value, "policies are lines of the form NAME: with columns below them") {
				r.copy(key, value, shipped)
			}
		default:
			r.wrong(key, "", "", fmt.Sprintf("there is no key %q; allowed are offered, policies", name))
		}
	}
	if offered != nil && len(r.problems) == 0 {
		r.offer(offered)
	}
}

// members are the lines of a mapping. An empty value is an empty mapping; anything else is a problem.
func (r *policyFile) members(node ast.Node, form string) func(yield func(ast.MapKeyNode, ast.Node) bool) {
	return func(yield func(ast.MapKeyNode, ast.Node) bool) {
		switch node := node.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			for _, entry := range node.Values {
				if !yield(entry.Key, entry.Value) {
					return
				}
			}
		default:
			r.wrong(node, "", "", form)
		}
	}
}

// copy reads one policy and adds it.
func (r *policyFile) copy(key ast.MapKeyNode, value ast.Node, shipped []string) {
	name := key.GetToken().Value
	_, taken := r.Policies[name]
	switch {
	case slices.Contains(shipped, name):
		r.wrong(key, "", "", fmt.Sprintf("%s is shipped and stays as it is: give the copy a name of its own", name))
		return
	case !policyName.MatchString(name):
		r.wrong(key, "", "", fmt.Sprintf("a policy cannot be called %q: allowed are up to 32 small letters, digits and hyphens", name))
		return
	case taken || len(r.Policies)-len(shipped) >= mostPolicies:
		r.wrong(key, "", "", fmt.Sprintf("there are more than %d policies, or two are called %s", mostPolicies, name))
		return
	}
	type line struct {
		column, text string
		at           ast.Node
	}
	var base, title string
	var texts lobby.ConsentTexts
	var changes []line
	for key, value := range r.members(value, "a policy is base: NAME and the columns that differ") {
		column := key.GetToken().Value
		if wording, ok := consentKeys()[column]; ok {
			texts = r.consent(texts, wording, name+"."+column, value)
			continue
		}
		text, ok := asText(value)
		switch {
		case !ok:
			r.wrong(key, name+"."+column, "", "has no value, or one that is no text, number or list")
		case column == "base":
			if base = text; !slices.Contains(shipped, base) {
				r.wrong(key, name+".base", base, "allowed are "+strings.Join(shipped, ", "))
				return
			}
		case column == "title":
			if title = text; !isLine(title, 80) {
				r.wrong(key, name+".title", title, "allowed are 1 to 80 printable characters")
			}
		default:
			changes = append(changes, line{column, text, key})
		}
	}
	if base == "" {
		r.wrong(key, name, "", "base is missing: the policy that it is a copy of; allowed are "+strings.Join(shipped, ", "))
		return
	}
	if title == "" {
		title = name
	}
	policy := r.Policies[base].Copy(name, title)
	policy.ConsentTexts = texts
	for _, change := range changes {
		changed, err := policy.With(change.column, change.text)
		if wrong, ok := errors.AsType[*lobby.ColumnError](err); ok {
			r.wrong(change.at, name+"."+wrong.Column, wrong.Value, wrong.Why)
		}
		policy = changed
	}
	r.Policies[name] = policy
	r.Offered = append(r.Offered, name)
}

// consentKeys are the keys below which a policy has its own words on the consent page.
func consentKeys() map[string]lobby.Wording {
	return map[string]lobby.Wording{"consent_text": lobby.WordingPlain, "consent_text_child": lobby.WordingChild}
}

// consent reads the texts of one wording, one for each language or register.
func (r *policyFile) consent(texts lobby.ConsentTexts, wording lobby.Wording, at string, value ast.Node) lobby.ConsentTexts {
	before := len(r.problems)
	none := true
	for key, value := range r.members(value, at+" is lines of the form LANGUAGE: TEXT") {
		none = false
		text, _ := asText(value)
		with, err := texts.With(wording, key.GetToken().Value, text)
		if wrong, ok := errors.AsType[*lobby.ColumnError](err); ok {
			r.wrong(key, at+"."+wrong.Column, wrong.Value, wrong.Why)
		}
		texts = with
	}
	if none && len(r.problems) == before {
		r.wrong(value, at, "", "has no text; it is lines of the form LANGUAGE: TEXT")
	}
	return texts
}

// offer reads what counsellors choose from.
func (r *policyFile) offer(value ast.Node) {
	text, ok := asText(value)
	if !ok || text == "" {
		r.wrong(value, "offered", "", "is a list of one or more policies' names")
		return
	}
	r.Offered = nil
	for name := range strings.SplitSeq(text, ",") {
		if _, known := r.Policies[name]; !known || slices.Contains(r.Offered, name) {
			r.wrong(value, "offered", name, "allowed are, each once, "+strings.Join(slices.Sorted(maps.Keys(r.Policies)), ", "))
			return
		}
		r.Offered = append(r.Offered, name)
	}
}
