package bench

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Expectation is what decides which steps a run must have.
type Expectation struct {
	Path, Platform string
	// Requests that the run carried out. Each reads at least once; whether it
	// writes is for the data to decide.
	Requests int
	// Compiled is true for the run for which its mode was compiled.
	Compiled bool
	// Unread are services that ran before the campaign: what their processes use nobody reads.
	Unread []string
}

// Absence is a step that a run should have timed and did not, or a reading that
// was not made.
type Absence struct {
	// Step is the table's row; of a reading, its names alone.
	Step Step
	// Request is NoRequest for steps of the whole run.
	Request int
	Service string
}

func (a Absence) String() string {
	text := fmt.Sprintf("%s %s of %s", a.Step.Operation, a.Step.Metric, a.Step.Component)
	if a.Request != NoRequest {
		text += fmt.Sprintf(", request %d", a.Request)
	}
	if a.Service != "" {
		text += ", service " + a.Service
	}
	return text
}

// Findings is how a run's samples differ from the tables of steps and readings.
type Findings struct {
	// Missing steps of the run, readings, then steps of requests, in their order,
	// each in the order of its table.
	Missing []Absence
	// Unknown series are in no row that exists on the run's path and platform,
	// or are repeated where they happen once.
	Unknown []Series
}

// Complete tells whether the samples are those the table asks for.
func (f Findings) Complete() bool { return len(f.Missing) == 0 && len(f.Unknown) == 0 }

// String names what was found, at most the first three of each, for a run's
// reason.
func (f Findings) String() string {
	var parts []string
	if n := len(f.Missing); n > 0 {
		parts = append(parts, listed("missing", n, func(i int) string { return f.Missing[i].String() }))
	}
	if n := len(f.Unknown); n > 0 {
		parts = append(parts, listed("unknown or repeated", n, func(i int) string {
			s := f.Unknown[i]
			return strings.TrimSuffix(fmt.Sprintf("%s %s of %s, service %s", s.Operation, s.Metric, s.Component, s.Service), ", service ")
		}))
	}
	return strings.Join(parts, "; ")
}

func listed(what string, n int, item func(int) string) string {
	const shown = 3
	var items []string
	for i := range min(n, shown) {
		items = append(items, item(i))
	}
	text := what + ": " + strings.Join(items, " + ")
	if n > shown {
		text += fmt.Sprintf(" and %d more", n-shown)
	}
	return text
}

// occasion is one read or write, a request's operation with one service; or a request as
// a whole, without a service.
type occasion struct {
	operation Operation
	request   int
	service   string
}

// stepKey tells rows of the table apart.
type stepKey struct {
	operation Operation
	component Component
	metric    string
}

// Examine compares the samples of one run with the tables of steps and of readings.
// A write is expected to be complete where any of it was timed; a request without a
// read is one that misses every step of it.
func Examine(samples []Sample, expected Expectation) Findings {
	table := map[stepKey]Step{}
	for _, step := range steps {
		if step.exists(expected.Path, expected.Platform) {
			table[stepKey{step.Operation, step.Component, step.Metric}] = step
		}
	}
	var found Findings
	once := map[stepKey]int{}
	occasions := map[occasion]map[stepKey]int{}
	reads := map[int]bool{}
	read, addressed := readingsFound{}, map[string]bool{}
	for _, sample := range samples {
		key := stepKey{sample.Operation, sample.Component, sample.Metric}
		step, known := table[key]
		switch {
		case sample.Operation == Memory || sample.Operation == Process:
			if !read.take(sample, expected.Platform) {
				found.Unknown = append(found.Unknown, sample.Series())
			}
		case !known, step.perRequest() != (sample.Request != NoRequest), sample.Request >= expected.Requests:
			found.Unknown = append(found.Unknown, sample.Series())
		case step.perRequest():
			at := occasion{sample.Operation, sample.Request, sample.Service}
			if occasions[at] == nil {
				occasions[at] = map[stepKey]int{}
			}
			if occasions[at][key]++; step.OncePerRequest && occasions[at][key] > 1 {
				found.Unknown = append(found.Unknown, sample.Series())
			}
			reads[sample.Request] = reads[sample.Request] || sample.Operation == Read
			if step.ofOperation() {
				addressed[sample.Service] = true
			}
		default:
			if once[key]++; once[key] > 1 {
				found.Unknown = append(found.Unknown, sample.Series())
			}
		}
	}
	for request := range expected.Requests {
		if !reads[request] {
			occasions[occasion{Read, request, ""}] = nil
		}
		// Each has what is timed of a request as a whole.
		if whole := (occasion{Execute, request, ""}); occasions[whole] == nil {
			occasions[whole] = nil
		}
	}
	for _, step := range steps {
		key := stepKey{step.Operation, step.Component, step.Metric}
		if _, ok := table[key]; !ok || step.perRequest() || (step.OncePerMode && !expected.Compiled) {
			continue
		}
		if once[key] == 0 {
			found.Missing = append(found.Missing, Absence{Step: step, Request: NoRequest})
		}
	}
	for _, service := range expected.Unread {
		delete(addressed, service)
	}
	found.Missing = append(found.Missing, read.missing(expected.Platform, addressed)...)
	found.Missing = append(found.Missing, incomplete(occasions, table)...)
	return found
}

// incomplete lists the steps that are missing from reads and writes. When a
// request addresses a service more than once, every step is there as often.
func incomplete(occasions map[occasion]map[stepKey]int, table map[stepKey]Step) []Absence {
	order := make([]occasion, 0, len(occasions))
	for at := range occasions {
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b occasion) int {
		return cmp.Or(cmp.Compare(a.request, b.request), cmp.Compare(a.operation, b.operation), cmp.Compare(a.service, b.service))
	})
	var missing []Absence
	for _, at := range order {
		times := 1
		for _, n := range occasions[at] {
			times = max(times, n)
		}
		for _, step := range steps {
			key := stepKey{step.Operation, step.Component, step.Metric}
			if _, ok := table[key]; !ok || step.Operation != at.operation || !step.perRequest() {
				continue
			}
			for range times - occasions[at][key] {
				missing = append(missing, Absence{Step: step, Request: at.request, Service: at.service})
			}
		}
	}
	return missing
}
