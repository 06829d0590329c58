package integration_process

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const smallDescription = `version: 1
solution: small
program: small
services:
  - service: notes
    database: notes.db
    sizes:
      rows: {default: 3, min: 1, max: 9}
    schema: CREATE TABLE IF NOT EXISTS Notes (id INTEGER PRIMARY KEY, text TEXT)
    seed: INSERT INTO Notes (text) VALUES ('first')
    read:
      parameters:
        id: {type: integer, min: 1, max: 1000}
      reply:
        query: SELECT text FROM Notes WHERE id = :id
        members: {text: text}
        refusal: no such note
      example: '{"id": 1}'
      plain: {method: GET, path: /api/notes}
    write:
      parameters:
        text: {type: text, min: 1, max: 20}
      requirement:
        query: SELECT 1 AS one
        refusal: no room
      person:
        parameter: answer
        outcomes:
          agree: {answer: yes, weight: 1}
        default: agree
      statements:
        - INSERT INTO Notes (text) VALUES (:text)
      reply:
        query: SELECT last_insert_rowid() AS id
        members: {id: integer}
      example: '{"text": "second"}'
      plain: {method: POST, path: /api/notes}
`

func TestSmallDescriptionIsRead(t *testing.T) {
	solution, err := ParseSolution("small.yaml", []byte(smallDescription))
	if err != nil {
		t.Fatal(err)
	}
	service, err := solution.Service("notes")
	if err != nil {
		t.Fatal(err)
	}
	want := Reply{Query: "SELECT text FROM Notes WHERE id = :id", Members: map[string]Type{"text": Text}, Refusal: "no such note"}
	if diff := cmp.Diff(want, service.Read.Reply); diff != "" {
		t.Error(diff)
	}
	if _, err := solution.Service("letters"); err == nil || !strings.Contains(err.Error(), "it has: notes") {
		t.Errorf("unknown service: %v, want the known ones named", err)
	}
}

func TestFaultyDescriptionsAreRefused(t *testing.T) {
	for name, test := range map[string]struct{ from, to, want string }{
		"version":              {"version: 1", "version: 2", "version 2 is not known"},
		"solution's name":      {"solution: small", "solution: ../small", "is not a name"},
		"program's name":       {"program: small", "program: Small", "is not a name"},
		"service's name":       {"service: notes", "service: no/tes", "is not a name"},
		"no services":          {smallDescription[strings.Index(smallDescription, "services:"):], "services: []\n", "at least one service"},
		"path of database":     {"database: notes.db", "database: ../notes.db", "is not a file name"},
		"no table":             {"CREATE TABLE IF NOT EXISTS Notes (id INTEGER PRIMARY KEY, text TEXT)", "SELECT 1", "no table"},
		"table not optional":   {"CREATE TABLE IF NOT EXISTS", "CREATE TABLE", "at least one CREATE TABLE IF NOT EXISTS"},
		"second table":         {"text TEXT)", "text TEXT); create  table Other (id)", "lacks IF NOT EXISTS"},
		"table of ours":        {"EXISTS Notes", "EXISTS eaibench_notes", "are the service's own"},
		"size's name":          {"rows: {", "Rows: {", "not a parameter's name"},
		"size's bounds":        {"default: 3", "default: 10", "default 10 is not between"},
		"unknown key":          {"seed:", "sead:", "unknown key \"sead\""},
		"unknown type":         {"type: integer", "type: float", "type \"float\" is not known"},
		"parameter bounds":     {"min: 1, max: 1000", "min: 2, max: 1", "min 2 is above max 1"},
		"text bounds":          {"min: 1, max: 20}", "min: 1, max: 20000}", "length is bounded"},
		"negative length":      {"min: 1, max: 20}", "min: -1, max: 20}", "length is bounded"},
		"reserved parameter":   {"id: {type", "now: {type", "cannot name a parameter"},
		"bad example":          {`'{"id": 1}'`, `'{"id": 0}'`, `parameter "id" is not between`},
		"bad write example":    {`'{"text": "second"}'`, `'{}'`, `parameter "text" is missing`},
		"empty query":          {"query: SELECT 1 AS one", `query: ""`, "empty"},
		"empty refusal":        {"refusal: no room", `refusal: " "`, "say what was not met"},
		"member's name":        {"members: {text: text}", "members: {Text: text}", "not a member's name"},
		"member's type":        {"members: {text: text}", "members: {text: blob}", "type \"blob\" is not known"},
		"no members":           {"members: {text: text}", "members: {}", "at least one member"},
		"no statements":        {"statements:\n        - INSERT INTO Notes (text) VALUES (:text)", "statements: []", "at least one statement"},
		"refusal of a write":   {"members: {id: integer}", "members: {id: integer}\n        refusal: too late", "belongs into requirement"},
		"person's parameter":   {"parameter: answer", "parameter: text", "is a parameter of the request already"},
		"person's name":        {"parameter: answer", "parameter: run", "cannot name a parameter"},
		"default outcome":      {"default: agree", "default: refuse", "is neither an outcome nor"},
		"outcome's name":       {"agree: {", "seeded: {", "not an outcome's name"},
		"negative weight":      {"weight: 1", "weight: -1", "is not between 0 and"},
		"plain read's method":  {"method: GET", "method: POST", `"POST" is not GET`},
		"plain write's method": {"method: POST", "method: PUT", `"PUT" is not POST`},
		"plain path's pattern": {"GET, path: /api/notes", "GET, path: '/api/{id}'", "is not a path such as"},
		"plain path's end":     {"GET, path: /api/notes", "GET, path: /api/notes/", "is not a path such as"},
		"plain path of ours":   {"POST, path: /api/notes", "POST, path: /api/reset", "is every service's own"},
		"no plain path":        {"GET, path: /api/notes", "GET", "path"},
		"no weight":            {"weight: 1", "weight: 0", "none could be drawn"},
	} {
		t.Run(name, func(t *testing.T) {
			text := strings.Replace(smallDescription, test.from, test.to, 1)
			if text == smallDescription {
				t.Fatalf("%q is not in the description", test.from)
			}
			_, err := ParseSolution("small.yaml", []byte(text))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if err != nil && !strings.HasPrefix(err.Error(), "small.yaml:") {
				t.Errorf("no file and line: %v", err)
			}
		})
	}
}

func TestServicesMayNotShare(t *testing.T) {
	second := smallDescription[strings.Index(smallDescription, "  - service:"):]
	_, err := ParseSolution("small.yaml", []byte(smallDescription+second))
	for _, want := range []string{"stands twice", "is another service's"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestServiceNeedsAnOperation(t *testing.T) {
	_, err := ParseSolution("small.yaml", []byte(smallDescription[:strings.Index(smallDescription, "    read:")]))
	if err == nil || !strings.Contains(err.Error(), "neither read nor write") {
		t.Errorf("got %v", err)
	}
}

func TestEverySolutionHasADescriptionOfItsName(t *testing.T) {
	for _, name := range Solutions() {
		solution, err := LoadSolution(name)
		if err != nil {
			t.Fatal(err)
		}
		if solution.Name != name {
			t.Errorf("the description of %s is of %s", name, solution.Name)
		}
	}
	if _, err := LoadSolution("no-such"); err == nil || !strings.Contains(err.Error(), "retail") {
		t.Errorf("unknown solution: %v, want the known ones named", err)
	}
}

// Source and description of a solution speak of the same services, run parameters and members of requests.
func TestSourceAndDescriptionAgree(t *testing.T) {
	for _, name := range Solutions() {
		solution, err := LoadSolution(name)
		if err != nil {
			t.Fatal(err)
		}
		source, err := Source(name)
		if err != nil {
			t.Fatal(err)
		}
		said, runParameters := map[string]string{}, map[string]bool{}
		for key, parameter := range solution.RunParameters {
			said[parameter.Member(key)], runParameters[parameter.Member(key)] = "run parameter", true
		}
		for _, service := range solution.Services {
			said[service.Name] = "service"
			if service.Read != nil {
				for parameter := range service.Read.Parameters {
					said[parameter] = "parameter of " + service.Name
				}
			}
			if service.Write != nil {
				for parameter := range service.Write.Parameters {
					said[parameter] = "parameter of " + service.Name
				}
			}
		}
		for word, what := range said {
			if !bytes.Contains(source, []byte(strconv.Quote(word))) {
				t.Errorf("%s.c does not name the %s %q", name, what, word)
			}
		}
		declared := regexp.MustCompile(`\{\.name = "([a-z_]+)"`).FindAllSubmatch(source, -1)
		if len(declared) != len(solution.RunParameters) {
			t.Errorf("%s.c declares %d run parameters, its description %d", name, len(declared), len(solution.RunParameters))
		}
		for _, one := range declared {
			if !runParameters[string(one[1])] {
				t.Errorf("%s.c declares %s, which its description does not", name, one[1])
			}
		}
	}
}

func FuzzParseSolution(f *testing.F) {
	f.Add([]byte(smallDescription))
	f.Fuzz(func(t *testing.T, data []byte) {
		solution, err := ParseSolution("fuzz.yaml", data)
		if err != nil {
			return
		}
		// What is accepted is safe to make files, flags and SQL parameters of.
		for _, service := range solution.Services {
			if !isName(service.Name) || filepath.Base(service.Database) != service.Database {
				t.Errorf("accepted service %q with database %q", service.Name, service.Database)
			}
			if service.Read != nil {
				if _, err := service.Read.Parameters.Parse([]byte(service.Read.Example)); err != nil {
					t.Errorf("accepted an example that its parameters refuse: %v", err)
				}
			}
		}
	})
}
