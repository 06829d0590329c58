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
	"eaibench/platform"
)

// Bounds of a figure's width, and those that a plan must have to be held in memory.
const (
	mostTitle       = 60 // characters: a figure's width
	mostRuns        = 10_000
	mostWarmUp      = 1_000
	mostPlannedRuns = 100_000

	modeKey = "mode"
)

var (
	paths    = bench.ByPath.Values()
	cryptos  = bench.ByCrypto.Values()
	verifies = bench.ByVerify.Values()
	orders   = []string{string(Blocks), string(Random), string(Sequential)}
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
	s.checkCounts(report)
	between(report, "warm_up", s.WarmUp, 0, mostWarmUp)
	oneOf(report, "order", string(s.Order), orders)
	s.checkModes(report)
	s.checkSolution(report)
	s.checkPlacement(report)
	s.checkMatrix(report)
	s.checkPlan(report)
	s.checkFigures(report)
}

func isTitle(text string) bool {
	return strings.TrimSpace(text) != "" && len([]rune(text)) <= mostTitle && !strings.ContainsFunc(text, unicode.IsControl)
}

func (s *Scenario) checkModes(report reporter) {
	profile, err := platform.Load(besides(s.platformFile, s.Platform))
	if err != nil {
		report("platform", "%v", err)
		return
	}
	where, modes := "modes", s.Modes
	switch {
	case s.Modes != nil && s.Matrix.Mode != nil:
		report("matrix.mode", "modes lists them too; keep one of them")
	case s.Matrix.Mode != nil:
		where, modes = "matrix.mode", s.Matrix.Mode
	case s.Modes == nil:
		report("", "missing key %q", "modes")
		return
	}
	if len(modes) == 0 {
		report(where, "want at least one; %s has %s", profile.Platform, strings.Join(profile.Chain(), ", "))
	}
	for i, mode := range modes {
		path := fmt.Sprintf("%s[%d]", where, i)
		if slices.Contains(modes[:i], mode) {
			report(path, "mode %q stands twice", mode)
		}
		oneOf(report, path, mode, profile.Chain())
	}
	for _, fault := range profile.CheckControls(s.Controls(), modes) {
		report(fault.Control, "%s", fault.Reason)
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

// checkMatrix checks each axis: its single value or its list, and what choices name.
func (s *Scenario) checkMatrix(report reporter) {
	axes := s.axes()
	standard := withDefaults(s.declared, nil)
	for i, usual := range standard.axes() {
		a := axes[i]
		single := "parameters." + a.name
		if a.name == "path" {
			single = a.name
		}
		switch {
		case a.values == nil && a.single == nil:
			_, ours := s.declared[a.name]
			if ours && !s.declared[a.name].Optional && slices.Contains(integration_process.Solutions(), s.Solution) {
				report("parameters", "missing key %q", a.name)
			}
		case a.values == nil:
			if err := a.check(a.single); err != nil {
				report(single, "%v", err)
			}
		case a.single != usual.single:
			report("matrix."+a.name, "%s has it too; keep one of them", strings.TrimSuffix(single, "."+a.name))
		case len(a.values) == 0:
			report("matrix."+a.name, "want at least one value")
		}
		for n, value := range a.values {
			path := fmt.Sprintf("matrix.%s[%d]", a.name, n)
			if slices.Contains(a.values[:n], value) {
				report(path, "%s stands twice", a.text(value))
			}
			if err := a.check(value); err != nil {
				report(path, "%v", err)
			}
		}
	}
	s.checkChoices(report, axes, "include", s.Matrix.Include)
	s.checkChoices(report, axes, "exclude", s.Matrix.Exclude)
}

// checkChoices checks that choices name axes and values that there can be.
func (s *Scenario) checkChoices(report reporter, axes []axis, which string, choices []Choice) {
	keys := []string{modeKey}
	for _, a := range axes {
		keys = append(keys, a.name)
	}
	for i, choice := range choices {
		where := fmt.Sprintf("matrix.%s[%d]", which, i)
		if len(choice) == 0 {
			report(where, "want at least one key")
		}
		for key, word := range choice {
			path := where + "." + key
			at := slices.IndexFunc(axes, func(a axis) bool { return a.name == key })
			switch {
			case key == modeKey:
				oneOf(report, path, string(word), s.modes())
			case at < 0:
				oneOf(report, path, key, keys)
			default:
				value, err := axes[at].parse(string(word))
				if err == nil {
					err = axes[at].check(value)
				}
				if err != nil {
					report(path, "%v", err)
				}
			}
		}
	}
}

// checkPlan bounds how many runs there are, and refuses what leaves none. Combinations are counted before they are made.
func (s *Scenario) checkPlan(report reporter) {
	planned := len(s.modes()) * (s.MostRuns() + s.WarmUp)
	for _, a := range s.axes() {
		if planned *= max(1, len(a.values)); planned > mostPlannedRuns {
			report("", "%d runs or more would be planned; at most %d can be", planned, mostPlannedRuns)
			return
		}
	}
	if !slices.ContainsFunc(s.Matrix.Exclude, Choice.empty) && len(s.Matrix.Exclude) > 0 && len(s.modes()) > 0 && len(s.expand()) == 0 {
		report("matrix.exclude", "it leaves no cell")
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

func between(report reporter, path string, value, least, most int) {
	if value < least || value > most {
		report(path, "%d is not between %d and %d", value, least, most)
	}
}

func oneOf(report reporter, path, value string, valid []string) {
	if err := known(value, valid); err != nil {
		report(path, "%v", err)
	}
}
