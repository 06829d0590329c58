package scenarios

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"eaibench/integration_process"
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
	source, err := read(nameOrFile)
	if err != nil {
		return nil, err
	}
	return Parse(source.File, []byte(source.Text))
}

// isPath tells a file's path from the name of a shipped scenario.
func isPath(nameOrFile string) bool {
	return strings.ContainsAny(nameOrFile, `/\`) || strings.HasSuffix(nameOrFile, ".yaml") || strings.HasSuffix(nameOrFile, ".yml")
}

func read(nameOrFile string) (Source, error) { return readAs("a scenario", nameOrFile) }

// readAs reads what was asked for as such: a word for the error of a file that cannot be read.
func readAs(what, nameOrFile string) (Source, error) {
	if isPath(nameOrFile) {
		text, err := readFile(nameOrFile)
		if err != nil {
			return Source{}, fmt.Errorf("reading %s: %w", what, err)
		}
		return Source{nameOrFile, text}, nil
	}
	data, err := shipped.ReadFile(nameOrFile + ".yaml")
	if err != nil {
		hint := "shipped are " + strings.Join(Shipped(), ", ")
		if nearest := strictyaml.Nearest(nameOrFile, Shipped()); nearest != "" {
			hint = fmt.Sprintf("did you mean %q?", nearest)
		}
		return Source{}, fmt.Errorf("no scenario %q is shipped; %s (a file's name ends in .yaml)", nameOrFile, hint)
	}
	return Source{"scenarios/" + nameOrFile + ".yaml", string(data)}, nil
}

// readFile reads a regular file: a device or a pipe, which a scenario could name, might never end.
func readFile(name string) (string, error) {
	// Without waiting: to open a pipe would wait for whoever writes to it.
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return "", err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is not a regular file", name)
	}
	// One byte more than is read as YAML, which says that it is too long.
	data, err := io.ReadAll(io.LimitReader(file, strictyaml.MaxSize+1))
	return string(data), err
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

// Parse reads a scenario from data, the content of the named file, and what it extends from the files it names. The error is a
// strictyaml.Faults: everything wrong with it, each with its file, line and column.
func Parse(file string, data []byte) (*Scenario, error) {
	return parse(Source{file, string(data)}, found)
}

// found opens what a scenario extends: a path from its folder, or a shipped one.
func found(from, name string) (Source, error) {
	if isPath(name) && !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(from), name)
	}
	return read(name)
}

// Restore reads a scenario from its sources as they were when it was read, its own first.
func Restore(sources []Source) (*Scenario, error) {
	if len(sources) == 0 {
		return nil, errNoSource
	}
	return parse(sources[0], kept(sources[1:]))
}

var errNoSource = errors.New("a scenario without a source")

// kept opens what a scenario extends from sources, in order.
func kept(left []Source) func(from, name string) (Source, error) {
	return func(_, name string) (Source, error) {
		if len(left) == 0 {
			return Source{}, fmt.Errorf("%s is not among the sources kept", name)
		}
		next := left[0]
		left = left[1:]
		return next, nil
	}
}

// mostExtended is how many files may extend each other.
const mostExtended = 8

// parse reads a scenario; open reads what the key extends of a file names.
func parse(source Source, open func(from, name string) (Source, error)) (*Scenario, error) {
	document, sources, err := layered(source, open)
	if err != nil {
		return nil, err
	}
	solution := document.Text("solution")
	scenario := withDefaults(declaredBy(solution), servicesOf(solution))
	scenario.Sources = sources
	scenario.platformFile = document.FileOf("platform")
	for _, key := range document.Keys("") {
		switch key {
		case untilKey:
			scenario.Until = defaultUntil()
			fallthrough
		case runsKey:
			scenario.counts = append(scenario.counts, key)
		}
	}
	if err := document.Decode(&scenario); err != nil {
		return nil, err
	}
	if scenario.Title == "" {
		scenario.Title = scenario.Name
	}
	scenario.Platform = besides(scenario.platformFile, scenario.Platform)
	return &scenario, nil
}

// layered lays a file over those that it extends, one after the other.
func layered(source Source, open func(from, name string) (Source, error)) (*strictyaml.Document, []Source, error) {
	var document *strictyaml.Document
	var sources []Source
	for {
		layer, err := strictyaml.Parse(source.File, []byte(source.Text))
		if err != nil {
			return nil, nil, err
		}
		sources = append(sources, source)
		extended := layer.Text(extendsKey)
		fault := func(format string, args ...any) error { return layer.Fault(extendsKey, "extends: "+format, args...) }
		own := layer.Without("", extendsKey)
		if document == nil {
			document = own
		} else {
			document = document.Over(yielding(own, document))
		}
		if extended == "" {
			return document, sources, nil
		}
		if len(sources) == mostExtended {
			return nil, nil, fault("more than %d files extend each other", mostExtended)
		}
		next, err := open(source.File, extended)
		if err != nil {
			return nil, nil, fault("%v", err)
		}
		if slices.ContainsFunc(sources, func(s Source) bool { return s.File == next.File }) {
			return nil, nil, fault("%s extends this file itself", next.File)
		}
		source = next
	}
}

// Keys of a scenario that this file has to know.
const (
	extendsKey = "extends"
	runsKey    = "runs"
	untilKey   = "until"
)

// yielding takes from what is extended the list of values where the file over it gives one value, the one value where that
// gives a list, and of runs and until, and of a service's host and url, the one that it does not have: both would be a fault, in a file that its reader cannot
// change.
func yielding(under, over *strictyaml.Document) *strictyaml.Document {
	for _, key := range over.Keys("parameters") {
		under = under.Without("matrix", key)
	}
	for _, key := range over.Keys("matrix") {
		switch key {
		case modeKey:
			under = under.Without("", "modes")
		case "path":
			under = under.Without("", "path")
		default:
			under = under.Without("parameters", key)
		}
	}
	for _, key := range over.Keys("") {
		switch key {
		case "modes":
			under = under.Without("matrix", modeKey)
		case "path":
			under = under.Without("matrix", "path")
		case runsKey:
			under = under.Without("", untilKey)
		case untilKey:
			under = under.Without("", runsKey)
		}
	}
	for _, service := range over.Keys("services") {
		place := "services." + service
		for _, key := range over.Keys(place) {
			switch key {
			case "host":
				under = under.Without(place, "url")
			case "url":
				under = under.Without(place, "host")
			}
		}
	}
	return under
}

// declaredBy gives the run parameters of a solution. Of one that is not known, which the check reports, they are those of every
// solution: its keys are no fault besides.
func declaredBy(solution string) integration_process.RunParameters {
	declared := integration_process.RunParameters{}
	for _, name := range solutionsNamed(solution) {
		if described, err := integration_process.LoadSolution(name); err == nil { // else the check reports it
			maps.Copy(declared, described.RunParameters)
		}
	}
	return declared
}

// solutionsNamed is the solution of that name, or every one.
func solutionsNamed(solution string) []string {
	names := integration_process.Solutions()
	if slices.Contains(names, solution) {
		return []string{solution}
	}
	return names
}

//go:embed scenario.schema.json
var schema []byte

// Schema is the JSON Schema (draft 2020-12) of a scenario file, for editors. It knows less than the check does: nothing of
// platforms, and of solutions only which run parameters there are.
func Schema() []byte { return schema }
