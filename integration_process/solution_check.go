package integration_process

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

var (
	namePattern       = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)
	identifierPattern = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	filePattern       = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}\.db$`)
	createdTable      = regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+`)
	createdIfMissing  = regexp.MustCompile(`(?i)\bCREATE\s+TABLE\s+IF\s+NOT\s+EXISTS\s+`)
	createdAsOurs     = regexp.MustCompile("(?i)\\bCREATE\\s+TABLE\\s+IF\\s+NOT\\s+EXISTS\\s+[\"`\\[]?eaibench_")
)

func isName(text string) bool { return namePattern.MatchString(text) }

// ReservedParameters are set by the service in every statement: `now` is the time of the request, UTC, as
// "2006-01-02 15:04:05"; `program`, `run` and `sequence` are the request's.
func ReservedParameters() []string { return []string{"now", "program", "run", "sequence"} }

// reserved says whether a description may not use the name for a parameter of its own.
func reserved(name string) bool { return slices.Contains(ReservedParameters(), name) }

// CheckYAML checks names, which files and messages are made of.
func (s *Solution) CheckYAML(report func(path, format string, args ...any)) {
	if s.Version != SolutionVersion {
		report("version", "version %d is not known; this program reads %d", s.Version, SolutionVersion)
	}
	for path, name := range map[string]string{"solution": s.Name, "program": s.Program} {
		if !isName(name) {
			report(path, "%q is not a name: lower-case letters, digits and -, at most 63", name)
		}
	}
	if len(s.Services) == 0 {
		report("services", "at least one service is needed")
	}
	services, databases := map[string]bool{}, map[string]bool{}
	for i, service := range s.Services {
		if services[service.Name] {
			report(fmt.Sprintf("services[%d].service", i), "service %q stands twice", service.Name)
		}
		if databases[service.Database] {
			report(fmt.Sprintf("services[%d].database", i), "database %q is another service's", service.Database)
		}
		services[service.Name], databases[service.Database] = true, true
	}
}

// CheckYAML checks what needs more than one key of the service. That its SQL is right is known only to SQLite: the service
// prepares all of it when it opens.
func (s *Service) CheckYAML(report func(path, format string, args ...any)) {
	if !isName(s.Name) {
		report("service", "%q is not a name: lower-case letters, digits and -, at most 63", s.Name)
	}
	if !filePattern.MatchString(s.Database) {
		report("database", "%q is not a file name of letters, digits, - and _ that ends in .db", s.Database)
	}
	if len(createdIfMissing.FindAllString(s.Schema, -1)) == 0 {
		report("schema", "no table: at least one CREATE TABLE IF NOT EXISTS is needed")
	} else if len(createdTable.FindAllString(s.Schema, -1)) != len(createdIfMissing.FindAllString(s.Schema, -1)) {
		report("schema", "a CREATE TABLE lacks IF NOT EXISTS; a database made elsewhere has the tables already")
	}
	if createdAsOurs.MatchString(s.Schema) {
		report("schema", "tables that begin with eaibench_ are the service's own; choose another name")
	}
	for name, size := range s.Sizes {
		switch {
		case !identifierPattern.MatchString(name):
			report("sizes."+name, "not a parameter's name: a lower-case letter, then letters, digits and _")
		case size.Min > size.Default || size.Default > size.Max:
			report("sizes."+name, "default %d is not between min %d and max %d", size.Default, size.Min, size.Max)
		}
	}
	if s.Read == nil && s.Write == nil {
		report("", "service %q has neither read nor write", s.Name)
	}
}

// CheckYAML checks that the example is a request of this read.
func (r *Read) CheckYAML(report func(path, format string, args ...any)) {
	if _, err := r.Parameters.Parse([]byte(r.Example)); err != nil {
		report("example", "%v", err)
	}
	r.Plain.check(methodOfReads, report)
}

// CheckYAML checks that the example is a request of this write and that no parameter is set twice.
func (w *Write) CheckYAML(report func(path, format string, args ...any)) {
	if _, err := w.Parameters.Parse([]byte(w.Example)); err != nil {
		report("example", "%v", err)
	}
	if len(w.Statements) == 0 {
		report("statements", "a write stores something: at least one statement is needed")
	}
	if w.Reply.Refusal != "" {
		report("reply.refusal", "what a write needs belongs into requirement: its reply comes after the effect")
	}
	w.Plain.check(methodOfWrites, report)
	if w.Person == nil {
		return
	}
	if _, twice := w.Parameters[w.Person.Parameter]; twice {
		report("person.parameter", "%q is a parameter of the request already", w.Person.Parameter)
	}
}

// CheckYAML checks the query's presence and the refusal's.
func (r *Requirement) CheckYAML(report func(path, format string, args ...any)) {
	if strings.TrimSpace(r.Query) == "" {
		report("query", "empty")
	}
	if strings.TrimSpace(r.Refusal) == "" {
		report("refusal", "empty: say what was not met, without data of a customer")
	}
}

// CheckYAML checks the names and types of the reply's members.
func (r *Reply) CheckYAML(report func(path, format string, args ...any)) {
	if strings.TrimSpace(r.Query) == "" {
		report("query", "empty")
	}
	if len(r.Members) == 0 {
		report("members", "at least one member is needed")
	}
	for name, kind := range r.Members {
		if !identifierPattern.MatchString(name) {
			report("members."+name, "not a member's name: a lower-case letter, then letters, digits and _")
		}
		if kind != Text && kind != Integer {
			report("members."+name, "type %q is not known; there are: %s, %s", kind, Text, Integer)
		}
	}
}

// CheckYAML checks that the default is an outcome and that the seed can draw one.
func (p *Person) CheckYAML(report func(path, format string, args ...any)) {
	if !identifierPattern.MatchString(p.Parameter) || reserved(p.Parameter) {
		report("parameter", "%q cannot name a parameter", p.Parameter)
	}
	if _, ok := p.Outcomes[p.Default]; !ok && p.Default != DrawnOutcome {
		report("default", "%q is neither an outcome nor %q", p.Default, DrawnOutcome)
	}
	var total int64
	for name, outcome := range p.Outcomes {
		if !isName(name) || name == DrawnOutcome {
			report("outcomes."+name, "not an outcome's name: lower-case letters, digits and -, not %q", DrawnOutcome)
		}
		const most = 1_000_000
		if outcome.Weight < 0 || outcome.Weight > most {
			report("outcomes."+name+".weight", "%d is not between 0 and %d", outcome.Weight, most)
		}
		total += outcome.Weight
	}
	if total == 0 {
		report("outcomes", "the weights sum to 0: none could be drawn")
	}
}
