package scenario

import (
	"embed"
	"fmt"
	"os"
	"path"
	"strings"
)

//go:embed shipped/*.json
var shipped embed.FS

// Names of the scenarios that come with the program, from the lightest.
func Names() []string {
	return []string{"pair", "pairs", "fours", "talk", "screen", "churn", "loss5", "line300", "weak-lines", "twelve"}
}

// Named gives a scenario that comes with the program.
func Named(name string) (Scenario, bool) {
	data, err := shipped.ReadFile(path.Join("shipped", name+".json"))
	if err != nil {
		return Scenario{}, false
	}
	s, err := Parse(data)
	return s, err == nil
}

// Load gives the scenario of that name, or reads it from a JSON file.
func Load(nameOrFile string) (Scenario, error) {
	if s, ok := Named(nameOrFile); ok {
		return s, nil
	}
	data, err := os.ReadFile(nameOrFile)
	if err != nil {
		return Scenario{}, fmt.Errorf("%q is neither a scenario (%s) nor a file that can be read: %w", nameOrFile, strings.Join(Names(), ", "), err)
	}
	return Parse(data)
}
