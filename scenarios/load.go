package scenarios

import (
	"embed"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"eaibench/internal/strictyaml"
)

//go:embed *.yaml
var shipped embed.FS

// Shipped lists the names of the scenarios that are part of the program, sorted.
func Shipped() []string {
	entries, err := shipped.ReadDir(".")
	if err != nil {
		panic(err) // the folder is part of the program
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = strings.TrimSuffix(entry.Name(), ".yaml")
	}
	return names
}

// Load reads a scenario: a shipped one by its name ("smoke"), else the file of that
// path, which has a slash or ends in .yaml or .yml. The error of a faulty scenario is a
// strictyaml.Faults.
func Load(nameOrFile string) (*Scenario, error) {
	if strings.ContainsAny(nameOrFile, `/\`) || strings.HasSuffix(nameOrFile, ".yaml") || strings.HasSuffix(nameOrFile, ".yml") {
		data, err := os.ReadFile(nameOrFile)
		if err != nil {
			return nil, fmt.Errorf("reading a scenario: %w", err)
		}
		return Parse(nameOrFile, data)
	}
	data, err := shipped.ReadFile(nameOrFile + ".yaml")
	if err != nil {
		hint := "shipped are " + strings.Join(Shipped(), ", ")
		if nearest := strictyaml.Nearest(nameOrFile, Shipped()); nearest != "" {
			hint = fmt.Sprintf("did you mean %q?", nearest)
		}
		return nil, fmt.Errorf("no scenario %q is shipped; %s (a file's name ends in .yaml)", nameOrFile, hint)
	}
	return Parse("scenarios/"+nameOrFile+".yaml", data)
}

// besides gives the platform that a scenario's file names: a shipped one by its name, else the path, from the
// file's folder.
func besides(file, named string) string {
	if !strings.ContainsAny(named, `./\`) || filepath.IsAbs(named) {
		return named
	}
	path := filepath.Join(filepath.Dir(file), named)
	if !strings.ContainsAny(path, `./\`) {
		return "./" + path // a path still, and no name
	}
	return path
}

// Parse reads a scenario from data, the content of the named file. The error is a
// strictyaml.Faults: everything wrong with it, each with its line and column.
func Parse(file string, data []byte) (*Scenario, error) {
	scenario := withDefaults()
	scenario.File, scenario.Text = file, string(data)
	if err := strictyaml.Decode(file, data, &scenario); err != nil {
		return nil, err
	}
	if scenario.Title == "" {
		scenario.Title = scenario.Name
	}
	scenario.Platform = besides(file, scenario.Platform)
	return &scenario, nil
}
