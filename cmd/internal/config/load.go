package config

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

const (
	envPrefix = "ANTEROOM_"
	// FileEnv names the configuration file where no flag does. It is not a key: a file cannot name itself.
	FileEnv = envPrefix + "CONFIG"
)

// Input is what a configuration is read from.
type Input struct {
	Dev     bool              // begin with the defaults for trying out
	File    string            // a YAML file; empty: none, unless FileEnv names one
	Environ []string          // as os.Environ
	Flags   map[string]string // the flags that were given, by key
}

// Problem is one thing that is wrong with a configuration: an error that says where and what would be right.
type Problem struct {
	Source  string // "anteroom.yaml line 3", "environment variable ANTEROOM_TLS", "flag --tls"; empty: the whole
	Key     string // empty: it concerns no single key
	Is      string // the wrong value; empty: the key itself is wrong
	Message string // what is wrong or allowed, a sentence without its full stop
}

func (p Problem) Error() string {
	var b strings.Builder
	if p.Source != "" {
		b.WriteString(p.Source + ": ")
	}
	if p.Key != "" && p.Is != "" {
		fmt.Fprintf(&b, "%s cannot be %q: ", p.Key, p.Is)
	} else if p.Key != "" {
		b.WriteString(p.Key + ": ")
	}
	b.WriteString(p.Message)
	return b.String()
}

// Load reads a configuration. The error joins every Problem there is. The warnings are variables that look like ours and are
// none: they are not refused, because platforms set such variables themselves (Kubernetes does for a service of this name).
func Load(in Input) (c Config, warnings []string, err error) {
	c = Defaults(in.Dev)
	environ := env.ToMap(in.Environ)
	if in.File == "" {
		in.File = environ[FileEnv]
	}
	var problems []error
	var layers []layer
	if in.File != "" {
		text, err := os.ReadFile(in.File)
		if err != nil {
			return Config{}, nil, fmt.Errorf("reading the configuration: %w", err)
		}
		fromFile, wrong := readFile(in.File, text)
		problems = append(problems, wrong...)
		layers = append(layers, fromFile)
	}
	fromEnv, warnings := readEnviron(environ)
	layers = append(layers, fromEnv, readFlags(in.Flags))

	sources := map[string]string{}
	for _, l := range layers {
		problems = append(problems, l.apply(&c, sources)...)
	}
	c.derive()
	if len(problems) == 0 {
		problems = checkTogether(c, sources)
	}
	if len(problems) > 0 {
		return Config{}, warnings, errors.Join(problems...)
	}
	return c, warnings, nil
}

// layer is one place that values come from, all as text: lists are separated by commas. An empty text is no value.
type layer struct {
	values map[string]string
	source func(key string) string
}

// apply puts the layer's values over what c holds and notes where they came from.
func (l layer) apply(c *Config, sources map[string]string) (problems []error) {
	environ := make(map[string]string, len(l.values))
	for key, text := range l.values {
		environ[strings.ToUpper(key)] = text
	}
	unread := map[string]bool{}
	if err := env.ParseWithOptions(c, env.Options{Environment: environ}); err != nil {
		wrong := []error{err}
		if all, ok := errors.AsType[env.AggregateError](err); ok {
			wrong = all.Errors
		}
		for _, err := range wrong {
			parse, ok := errors.AsType[env.ParseError](err)
			if !ok {
				problems = append(problems, err)
				continue
			}
			field, _ := reflect.TypeFor[Config]().FieldByName(parse.Name)
			key := strings.ToLower(field.Tag.Get("env"))
			unread[key] = true
			problems = append(problems, Problem{l.source(key), key, l.values[key], "allowed is " + field.Tag.Get("allowed")})
		}
	}
	for _, key := range Keys() {
		text := l.values[key.Name]
		if text == "" || unread[key.Name] {
			continue
		}
		sources[key.Name] = l.source(key.Name)
		if !valid(key.Name, *c) {
			problems = append(problems, Problem{l.source(key.Name), key.Name, text, "allowed is " + key.Allowed})
		}
	}
	return problems
}

func readEnviron(environ map[string]string) (l layer, warnings []string) {
	values := map[string]string{}
	for name, text := range environ {
		key, ours := strings.CutPrefix(name, envPrefix)
		if !ours || name == FileEnv {
			continue
		}
		if _, known := new(Config).field(strings.ToLower(key)); !known {
			warnings = append(warnings, fmt.Sprintf("environment variable %s is no setting and has no effect", name))
			continue
		}
		values[strings.ToLower(key)] = text
	}
	slices.Sort(warnings)
	return layer{values, func(key string) string { return "environment variable " + Key{Name: key}.Env() }}, warnings
}

func readFlags(flags map[string]string) layer {
	return layer{maps.Clone(flags), func(key string) string { return "flag --" + Key{Name: key}.Flag() }}
}
