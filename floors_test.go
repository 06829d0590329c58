package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "eaibench"

// room is a package and those beneath it that are not rooms of their own. It imports only rooms of
// lower floors; its tests may use rooms of the same floor too, to have something real to work with.
type room struct {
	floor int
	// ignores lists what the room must not know: rooms ("." is all of eaibench's), and other import
	// paths with all beneath them.
	ignores []string
}

var (
	yamlLibrary       = "gopkg.in/yaml.v3"
	statisticsLibrary = []string{"github.com/montanaflynn/stats", "gonum.org/v1/gonum/stat", "github.com/aclements/go-moremath"}
)

// rooms is the project's floor plan. The command line's two packages, main.go and internal/cli,
// are one room. internal/adversary has tests alone, of attacks that go through several rooms.
func rooms() map[string]room {
	return map[string]room{
		"internal/cli":                     {floor: 4, ignores: []string{"net/http", yamlLibrary, "os/user"}},
		"internal/adversary":               {floor: 4},
		"runner":                           {floor: 3, ignores: []string{"net/http", yamlLibrary, "internal/strictyaml"}},
		"audit":                            {floor: 3, ignores: []string{"launcher", "mockservices", "attest/authority", "hosts", "hosts/inventory", "os/exec", "net"}},
		"plots":                            {floor: 3, ignores: []string{"launcher", "mockservices", "attest/authority", "hosts", "hosts/inventory", "os/exec", "net"}},
		"launcher":                         {floor: 2, ignores: []string{"scenarios", "results", "crypto/hpke"}},
		"mockservices":                     {floor: 2, ignores: []string{"launcher", "os/exec"}},
		"attest/authority":                 {floor: 2, ignores: []string{"scenarios"}},
		"scenarios":                        {floor: 2, ignores: []string{"hosts", "os/exec", "net", yamlLibrary}},
		"results":                          {floor: 2, ignores: statisticsLibrary},
		"bench":                            {floor: 1, ignores: []string{".", "net", "os", "database/sql", yamlLibrary}},
		"attest":                           {floor: 1, ignores: []string{"net/http", "os/exec", yamlLibrary}},
		"platform":                         {floor: 1, ignores: []string{"net/http", yamlLibrary}},
		"environment":                      {floor: 1, ignores: []string{".", "net", yamlLibrary}},
		"hosts":                            {floor: 1, ignores: []string{".", "net/http", yamlLibrary}},
		"links":                            {floor: 1, ignores: []string{".", "net/http", "os", "os/exec", yamlLibrary}},
		"hosts/inventory":                  {floor: 2, ignores: []string{"net/http", yamlLibrary}},
		"integration_process/conversation": {floor: 2},
		"integration_process":              {floor: 1, ignores: []string{"net", yamlLibrary}},
		"internal/strictyaml":              {floor: 0, ignores: []string{"."}},
		"internal/endpoint":                {floor: 1, ignores: []string{"internal/strictyaml", yamlLibrary}},
		"internal/latex":                   {floor: 0, ignores: []string{".", "os", yamlLibrary}},
		"internal/livepage":                {floor: 0, ignores: []string{".", yamlLibrary}},
		"internal/spreadsheet":             {floor: 0, ignores: []string{".", "os", yamlLibrary}},
		"internal/terminal":                {floor: 0, ignores: []string{".", "os", yamlLibrary}},
	}
}

// file is a Go file and what it imports.
type file struct {
	name    string // slash-separated, from the module's root
	imports []string
}

// roomOf finds the room with the longest path that holds a package, named from the module's root.
func roomOf(rooms map[string]room, folder string) (string, bool) {
	if folder == "." {
		return "internal/cli", true
	}
	for name := folder; name != "."; name = path.Dir(name) {
		if _, ok := rooms[name]; ok {
			return name, true
		}
	}
	return "", false
}

// faults lists every import that leaves the floor plan, with its file.
func faults(rooms map[string]room, files []file) []string {
	var found []string
	for _, f := range files {
		name, ok := roomOf(rooms, path.Dir(f.name))
		if !ok {
			found = append(found, fmt.Sprintf("%s: package %s has no floor: give it one in floors_test.go", f.name, path.Dir(f.name)))
			continue
		}
		for _, imported := range f.imports {
			if why := refuse(rooms, name, imported, strings.HasSuffix(f.name, "_test.go")); why != "" {
				found = append(found, fmt.Sprintf("%s: imports %s: %s", f.name, imported, why))
			}
		}
	}
	return found
}

// refuse says why a file of the room may not import the path, or nothing. Tests may use whatever
// is not of eaibench.
func refuse(rooms map[string]room, name, imported string, test bool) string {
	if imported == "C" {
		return "cgo: one static binary must cross-compile"
	}
	ignores := rooms[name].ignores
	folder, own := strings.CutPrefix(imported, module+"/")
	if !own {
		ignored := slices.ContainsFunc(ignores, func(path string) bool {
			return imported == path || strings.HasPrefix(imported, path+"/")
		})
		if ignored && !test {
			return name + " must not know it"
		}
		return ""
	}
	target, ok := roomOf(rooms, folder)
	switch {
	case !ok:
		return "it has no floor"
	case target == name:
		return ""
	case rooms[target].floor > rooms[name].floor, rooms[target].floor == rooms[name].floor && !test:
		return fmt.Sprintf("%s is on floor %d, %s on floor %d: only lower floors may be imported", name, rooms[name].floor, target, rooms[target].floor)
	case slices.Contains(ignores, target), slices.Contains(ignores, "."):
		return name + " must not know it"
	}
	return ""
}

// filesOf reads the imports of every Go file of the module, whatever system it is for.
func filesOf(t *testing.T, root string) []file {
	t.Helper()
	var files []file
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		base := entry.Name()
		if entry.IsDir() && name != root && (base == "testdata" || base == "out" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !strings.HasSuffix(base, ".go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		one := file{name: filepath.ToSlash(name)}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			one.imports = append(one.imports, imported)
		}
		files = append(files, one)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEveryRoomImportsOnlyLowerFloors(t *testing.T) {
	files := filesOf(t, ".")
	if len(files) < 2 {
		t.Fatalf("only %d files found", len(files))
	}
	for _, fault := range faults(rooms(), files) {
		t.Error(fault)
	}
}

// The floor plan above has no room that nobody moved into, so that a renamed package is noticed.
func TestEveryRoomIsThere(t *testing.T) {
	there := map[string]bool{}
	for _, f := range filesOf(t, ".") {
		if name, ok := roomOf(rooms(), path.Dir(f.name)); ok {
			there[name] = true
		}
	}
	for _, name := range slices.Sorted(maps.Keys(rooms())) {
		if !there[name] {
			t.Errorf("room %s is not in the tree", name)
		}
	}
}

func TestFloorFaultsAreFound(t *testing.T) {
	for _, test := range []struct {
		file, imported string
		want           string // part of the fault, empty: none
	}{
		{"main.go", "eaibench/internal/cli", ""},
		{"internal/cli/run.go", "eaibench/runner", ""},
		{"runner/run.go", "eaibench/launcher", ""},
		{"bench/published/t.go", "eaibench/bench", ""},
		{"attest/authority/s.go", "eaibench/attest", ""},
		{"attest/authority/s.go", "eaibench/attest/authority/inner", ""},
		{"launcher/s.go", "eaibench/attest", ""},
		{"plots/a.go", "eaibench/results", ""},
		{"audit/a.go", "eaibench/attest", ""},
		{"results/r.go", "eaibench/bench", ""},
		{"launcher/s.go", "eaibench/runner", "launcher is on floor 2, runner on floor 3"},
		{"launcher/s.go", "eaibench/mockservices", "launcher is on floor 2, mockservices on floor 2"},
		{"launcher/s_test.go", "eaibench/mockservices", ""},
		{"launcher/s_test.go", "eaibench/runner", "launcher is on floor 2, runner on floor 3"},
		{"attest/a.go", "eaibench/attest/authority", "attest is on floor 1, attest/authority on floor 2"},
		{"bench/b.go", "eaibench/internal/livepage", "bench must not know it"},
		{"bench/published/b.go", "os/exec", "bench must not know it"},
		{"runner/r.go", "net/http", "runner must not know it"},
		{"runner/r.go", "net/http/httptest", "runner must not know it"},
		{"runner/r.go", "net/url", ""},
		{"audit/a.go", "eaibench/attest/authority", "audit must not know it"},
		{"results/r.go", "gonum.org/v1/gonum/stat/distuv", "results must not know it"},
		{"launcher/l.go", "crypto/hpke", "launcher must not know it"},
		{"bench/b.go", "os", "bench must not know it"},
		{"bench/b_test.go", "os", ""},
		{"bench/b_test.go", "eaibench/internal/endpoint", "bench must not know it"},
		{"runner/r.go", "networks", ""},
		{"environment/tuning/t.go", "eaibench/environment", ""},
		{"environment/e.go", "eaibench/hosts", "environment is on floor 1, hosts on floor 1"},
		{"links/l.go", "eaibench/hosts", "links is on floor 1, hosts on floor 1"},
		{"links/l.go", "eaibench/launcher", "links is on floor 1, launcher on floor 2"},
		{"hosts/h.go", "C", "cgo"},
		{"helpers/h.go", "fmt", "package helpers has no floor"},
		{"internal/helpers/h.go", "fmt", "package internal/helpers has no floor"},
		{"runner/r.go", "eaibench/helpers", "it has no floor"},
	} {
		got := strings.Join(faults(rooms(), []file{{name: test.file, imports: []string{test.imported}}}), "\n")
		if (got == "") != (test.want == "") || !strings.Contains(got, test.want) {
			t.Errorf("%s importing %s: got %q, want %q", test.file, test.imported, got, test.want)
		}
	}
}
