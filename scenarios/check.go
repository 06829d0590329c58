package scenarios

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"eaibench/bench"
	"eaibench/integration_process"
	"eaibench/internal/strictyaml"
	"eaibench/platform"
)

// Bounds that messages.md and the services give, and that a plan must have to be
// held in memory.
const (
	mostTitle       = 60 // characters: a figure's width
	mostRuns        = 10_000
	mostWarmUp      = 1_000
	mostPlannedRuns = 100_000
	mostRequests    = 1_000_000
	mostInterval    = time.Hour
	mostCustomer    = 200 // characters
	mostCustomerLen = 256 // bytes

	cryptoHPKE = "hpke"
	cryptoNone = "none"
)

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

type reporter = func(path, format string, args ...any)

// CheckYAML checks what needs more than one key, or knowledge of platforms and
// solutions.
func (s *Scenario) CheckYAML(report func(path, format string, args ...any)) {
	if s.Version != Version {
		report("version", "version %d is not known; this program reads %d", s.Version, Version)
	}
	if !namePattern.MatchString(s.Name) {
		report("name", "%q is not a name: lower-case letters, digits and -, at most 40", s.Name)
	}
	if s.Title != "" && !isTitle(s.Title) {
		report("title", "want one line of 1 to %d characters", mostTitle)
	}
	between(report, "runs", s.Runs, 1, mostRuns)
	between(report, "warm_up", s.WarmUp, 0, mostWarmUp)
	oneOf(report, "path", s.Path, []string{bench.Relayed})
	oneOf(report, "order", string(s.Order), []string{string(Blocks)})
	s.checkModes(report)
	s.checkSolution(report)
	s.checkMatrix(report)
	if planned := len(s.Modes) * s.Matrix.combinations() * (s.Runs + s.WarmUp); planned > mostPlannedRuns {
		report("", "%d runs would be planned; at most %d can be", planned, mostPlannedRuns)
	}
}

func isTitle(text string) bool {
	return strings.TrimSpace(text) != "" && len([]rune(text)) <= mostTitle && !strings.ContainsFunc(text, unicode.IsControl)
}

func (s *Scenario) checkModes(report reporter) {
	profile, err := platform.Load(besides(s.File, s.Platform))
	if err != nil {
		report("platform", "%v", err)
		return
	}
	if len(s.Modes) == 0 {
		report("modes", "want at least one; %s has %s", profile.Platform, strings.Join(profile.Chain(), ", "))
	}
	for i, mode := range s.Modes {
		path := fmt.Sprintf("modes[%d]", i)
		if slices.Contains(s.Modes[:i], mode) {
			report(path, "mode %q stands twice", mode)
		}
		oneOf(report, path, mode, profile.Chain())
	}
}

func (s *Scenario) checkSolution(report reporter) {
	names := integration_process.Solutions()
	oneOf(report, "solution", s.Solution, names)
	if !slices.Contains(names, s.Solution) {
		return
	}
	solution, err := integration_process.LoadSolution(s.Solution)
	if err != nil {
		report("solution", "%v", err)
		return
	}
	if s.Services.Outcome == "" {
		return
	}
	outcomes := outcomesOf(solution)
	if len(outcomes) == 0 {
		report("services.outcome", "no service of solution %s asks a person; remove the key", s.Solution)
		return
	}
	oneOf(report, "services.outcome", s.Services.Outcome, outcomes)
}

// outcomesOf lists how a simulated person of the solution may answer, sorted; nothing where nobody is asked.
func outcomesOf(solution *integration_process.Solution) []string {
	var outcomes []string
	for _, service := range solution.Services {
		if service.Write == nil || service.Write.Person == nil {
			continue
		}
		for outcome := range service.Write.Person.Outcomes {
			outcomes = append(outcomes, outcome)
		}
	}
	if len(outcomes) > 0 {
		outcomes = append(outcomes, integration_process.DrawnOutcome)
	}
	slices.Sort(outcomes)
	return slices.Compact(outcomes)
}

func (s *Scenario) checkMatrix(report reporter) {
	standard := withDefaults().Parameters
	for _, axis := range []struct {
		name string
		both bool
	}{
		{"requests", s.Matrix.Requests != nil && s.Parameters.Requests != standard.Requests},
		{"interval", s.Matrix.Interval != nil && s.Parameters.Interval != standard.Interval},
		{"threshold", s.Matrix.Threshold != nil && s.Parameters.Threshold != standard.Threshold},
		{"customer", s.Matrix.Customer != nil && s.Parameters.Customer != standard.Customer},
	} {
		if axis.both {
			report("matrix."+axis.name, "it is in parameters too; keep one of them")
		}
	}
}

// CheckYAML checks each parameter's range.
func (p *Parameters) CheckYAML(report func(path, format string, args ...any)) {
	between(report, "requests", p.Requests, 1, mostRequests)
	checkInterval(report, "interval", p.Interval)
	if p.Customer != "" {
		checkCustomer(report, "customer", p.Customer)
	}
	oneOf(report, "crypto", p.Crypto, []string{cryptoHPKE, cryptoNone})
}

// CheckYAML checks each value's range and that none stands twice.
func (m *Matrix) CheckYAML(report func(path, format string, args ...any)) {
	each(report, "requests", m.Requests, func(path string, value int) { between(report, path, value, 1, mostRequests) })
	each(report, "interval", m.Interval, func(path string, value time.Duration) { checkInterval(report, path, value) })
	each(report, "threshold", m.Threshold, func(string, Amount) {})
	each(report, "customer", m.Customer, func(path, value string) { checkCustomer(report, path, value) })
}

func each[T comparable](report reporter, name string, values []T, check func(path string, value T)) {
	if values != nil && len(values) == 0 {
		report(name, "want at least one value")
	}
	for i, value := range values {
		path := fmt.Sprintf("%s[%d]", name, i)
		if slices.Contains(values[:i], value) {
			report(path, "%v stands twice", value)
		}
		check(path, value)
	}
}

// CheckYAML checks the range; which outcomes there are depends on the solution.
func (s *Services) CheckYAML(report func(path, format string, args ...any)) {
	if s.SilenceLimit < 0 || s.SilenceLimit > time.Minute {
		report("silence_limit", "%v is not between 0s and 1m", s.SilenceLimit)
	}
}

// CheckYAML checks the ranges; 0 stands for a key that is not there.
func (l *Limits) CheckYAML(report func(path, format string, args ...any)) {
	if l.Time != 0 && (l.Time < time.Millisecond || l.Time > 24*time.Hour) {
		report("time", "%v is not between 1ms and 24h", l.Time)
	}
	if l.Memory != 0 && l.Memory < 4<<20 {
		report("memory", "want at least 4MiB")
	}
	if l.Processes != 0 {
		between(report, "processes", l.Processes, 1, 1<<15)
	}
	if l.Output != 0 && l.Output < 1<<10 {
		report("output", "want at least 1KiB")
	}
}

func checkInterval(report reporter, path string, interval time.Duration) {
	switch {
	case interval < 0 || interval > mostInterval:
		report(path, "%v is not between 0s and 1h", interval)
	case interval%time.Millisecond != 0:
		report(path, "%v is not a whole number of milliseconds", interval)
	}
}

func checkCustomer(report reporter, path, name string) {
	if name == "" || len(name) > mostCustomerLen || len([]rune(name)) > mostCustomer || strings.ContainsFunc(name, unicode.IsControl) {
		report(path, "want a name of 1 to %d characters, none of them a control character", mostCustomer)
	}
}

func between(report reporter, path string, value, least, most int) {
	if value < least || value > most {
		report(path, "%d is not between %d and %d", value, least, most)
	}
}

func oneOf(report reporter, path, value string, valid []string) {
	if slices.Contains(valid, value) {
		return
	}
	if nearest := strictyaml.Nearest(value, valid); nearest != "" {
		report(path, "%q is not known; did you mean %q?", value, nearest)
		return
	}
	report(path, "%q is not known; there are: %s", value, strings.Join(valid, ", "))
}
