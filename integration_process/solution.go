package integration_process

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/internal/strictyaml"
)

// SolutionVersion is the version of the description's format (docs/formats/solution.md).
const SolutionVersion = 1

// Solution describes the digital services of one solution, so that services, launcher and runner need no code of their own for
// it.
type Solution struct {
	Version int `yaml:"version"`
	// Name is the solution's name and, among those that come with eaibench, its folder's.
	Name string `yaml:"solution"`
	// Program names the integration process's source, PROGRAM.c.
	Program string `yaml:"program"`
	// RunParameters are those that a run of this solution has beyond every solution's.
	RunParameters RunParameters `yaml:"run_parameters,omitempty"`
	Services      []Service     `yaml:"services"`
}

// Service describes one digital service: its data, what a read returns, what a write stores and answers.
type Service struct {
	Name string `yaml:"service"`
	// Database is the SQLite file's name inside the service's data folder.
	Database string `yaml:"database"`
	// Sizes are numbers that the seed script uses and an operator may change.
	Sizes map[string]Size `yaml:"sizes,omitempty"`
	// Schema is an SQL script that makes the tables and indexes with IF NOT EXISTS.
	Schema string `yaml:"schema"`
	// Seed is an SQL script that fills the empty tables, the same way each time for the same seed and sizes.
	Seed  string `yaml:"seed"`
	Read  *Read  `yaml:"read"`
	Write *Write `yaml:"write"`
}

// Size is a number of rows, or another number that the seed script refers to.
type Size struct {
	Default int64 `yaml:"default"`
	Min     int64 `yaml:"min"`
	Max     int64 `yaml:"max"`
}

// Read is what `POST /api/request` does.
type Read struct {
	Parameters Parameters `yaml:"parameters"`
	Reply      Reply      `yaml:"reply"`
	// Example is a plain text of a request that the seeded data answers.
	Example string `yaml:"example"`
	// Plain is how the read is asked for without sealing; nil: not at all.
	Plain *Plain `yaml:"plain"`
}

// Write is what `POST /api/post` does, in one transaction.
type Write struct {
	Parameters Parameters `yaml:"parameters"`
	// Requirement must hold before anything is stored; nil: nothing is required.
	Requirement *Requirement `yaml:"requirement"`
	// Person answers what was written; nil: nobody is asked.
	Person *Person `yaml:"person"`
	// Statements store the effect, in this order.
	Statements []string `yaml:"statements"`
	Reply      Reply    `yaml:"reply"`
	// Example is a plain text of a request that the seeded data answers.
	Example string `yaml:"example"`
	// Plain is how the write is asked for without sealing; nil: not at all.
	Plain *Plain `yaml:"plain"`
}

// Requirement is a query whose first row's columns become parameters of the statements and of the reply.
type Requirement struct {
	Query string `yaml:"query"`
	// Refusal is the text of the refusal when the query has no row.
	Refusal string `yaml:"refusal"`
}

// Reply makes the plain text of a reply from the only row of a query.
type Reply struct {
	Query string `yaml:"query"`
	// Members are the reply's members and their types; they are the query's columns.
	Members map[string]Type `yaml:"members"`
	// Refusal is the text of the refusal when the query has no row; empty: it must have one.
	Refusal string `yaml:"refusal,omitempty"`
}

// Person is a simulated person who answers a write.
type Person struct {
	// Parameter is the name under which statements and reply see the answer.
	Parameter string `yaml:"parameter"`
	// Outcomes by name, as an operator chooses one of them.
	Outcomes map[string]Outcome `yaml:"outcomes"`
	// Default is the outcome when the operator chooses none.
	Default string `yaml:"default"`
}

// Outcome is one way in which a person reacts.
type Outcome struct {
	Answer string `yaml:"answer"`
	// Weight is how often it comes up, relative to the others, when outcomes are drawn from the seed; 0: never.
	Weight int64 `yaml:"weight"`
	// Silent: the service waits until its limit of silence before it stores and replies.
	Silent bool `yaml:"silent,omitempty"`
}

// Type is the type of a parameter or of a member of a reply.
type Type string

// Types of parameters and members.
const (
	Text    Type = "text"    // JSON string, SQL TEXT
	Integer Type = "integer" // JSON number without fraction or exponent, SQL INTEGER
)

// DrawnOutcome is the reserved name of an outcome drawn from the seed for each write.
const DrawnOutcome = "seeded"

// LoadSolution returns the description of a solution that comes with eaibench. The error of an unknown one lists those there
// are.
func LoadSolution(name string) (*Solution, error) {
	if !slices.Contains(Solutions(), name) {
		return nil, fmt.Errorf("no solution %q; there are: %s", name, strings.Join(Solutions(), ", "))
	}
	file := "solutions/" + name + "/" + name + ".yaml"
	data, err := files.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("solution %q has no description: %w", name, err)
	}
	return ParseSolution(file, data)
}

// ParseSolution reads a description; the file's name is for messages. The error lists every fault with line and column.
func ParseSolution(file string, data []byte) (*Solution, error) {
	solution := new(Solution)
	if err := strictyaml.Decode(file, data, solution); err != nil {
		return nil, err
	}
	return solution, nil
}

// Service returns the description of one service.
func (s *Solution) Service(name string) (*Service, error) {
	var names []string
	for i := range s.Services {
		if s.Services[i].Name == name {
			return &s.Services[i], nil
		}
		names = append(names, s.Services[i].Name)
	}
	return nil, fmt.Errorf("solution %q has no service %q; it has: %s", s.Name, name, strings.Join(names, ", "))
}
