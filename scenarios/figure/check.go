package figure

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"eaibench/bench"
	"eaibench/internal/strictyaml"
)

const mostCaption = 500 // characters

var (
	idPattern   = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,59}$`)
	namePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_.-]{0,79}$`)
)

type reporter = func(path, format string, args ...any)

// CheckYAML checks the version.
func (f *File) CheckYAML(report func(path, format string, args ...any)) {
	if f.Version != Version {
		report("version", "version %d is not known; this program reads %d", f.Version, Version)
	}
}

// CheckYAML refuses no figures, and two of one ID.
func (e *Entries) CheckYAML(report func(path, format string, args ...any)) {
	if len(*e) == 0 {
		report("", "want at least one figure")
	}
	seen := map[string]bool{}
	for i, entry := range *e {
		if seen[entry.ID] {
			report(fmt.Sprintf("[%d].id", i), "%q stands twice", entry.ID)
		}
		seen[entry.ID] = true
	}
}

// CheckYAML checks the keys, and which of them the kind has.
func (e *Entry) CheckYAML(report func(path, format string, args ...any)) {
	if !idPattern.MatchString(e.ID) {
		report("id", "%q is not an ID: lower-case letters, digits, - and _, at most 60", e.ID)
	}
	e.checkMetrics(report)
	e.checkAxes(report)
	e.checkFilter(report)
	oneOf(report, "scale", string(e.Scale), []string{"", string(Auto), string(Linear), string(Logarithmic)})
	if e.Caption != "" && (strings.TrimSpace(e.Caption) == "" || len([]rune(e.Caption)) > mostCaption || strings.ContainsFunc(e.Caption, unicode.IsControl)) {
		report("caption", "want one paragraph of 1 to %d characters", mostCaption)
	}
	described, known := e.Kind.describe()
	if !known {
		var names []string
		for _, one := range kinds {
			names = append(names, string(one.Kind))
		}
		oneOf(report, "kind", string(e.Kind), names)
		return
	}
	e.checkKind(report, described)
}

// checkKind checks what the kind asks for, or has no use for.
func (e *Entry) checkKind(report reporter, described Description) {
	switch {
	case described.along == needed && e.Along == "":
		report("", "missing key %q: what a figure of kind %s runs along", "along", e.Kind)
	case described.along == refused && e.Along != "":
		report("along", "a figure of kind %s runs along nothing; remove the key", e.Kind)
	case e.Along != "" && e.Along == e.By():
		report("along", "%s is what is compared; the axis must be another", e.Along)
	case !described.anyAlong && slices.Contains([]bench.Axis{bench.ByMode, bench.ByPath, bench.ByCrypto, bench.ByVerify}, e.Along):
		report("along", "%s is no number; an axis runs along payload, processes, requests, interval or a run parameter", e.Along)
	}
	switch {
	case described.right && e.Right == "":
		report("", "missing key %q: the metric of the right-hand axis", "right")
	case !described.right && e.Right != "":
		report("right", "a figure of kind %s has no right-hand axis; remove the key", e.Kind)
	}
	if described.right && len(e.Metric) > 1 {
		report("metric", "want one metric; the right-hand axis has the other")
	}
	if described.linearOnly && e.Scale == Logarithmic {
		report("scale", "a figure of kind %s has no logarithmic axis", e.Kind)
	}
	if slices.Contains(e.Metric, Throughput) && slices.Contains([]Kind{ECDF, Stacked, Forest}, e.Kind) {
		report("metric", "a figure of kind %s cannot be of %s", e.Kind, Throughput)
	}
}

func (e *Entry) checkMetrics(report reporter) {
	if len(e.Metric) == 0 {
		report("metric", "want at least one")
	}
	names := metricNames()
	for i, metric := range e.Metric {
		path := fmt.Sprintf("metric[%d]", i)
		if len(e.Metric) == 1 {
			path = "metric"
		}
		if slices.Contains(e.Metric[:i], metric) {
			report(path, "%s stands twice", metric)
		}
		nameOrNear(report, path, metric, names)
	}
	if e.Right != "" {
		nameOrNear(report, "right", e.Right, names)
	}
}

// metricNames are those of the tables of steps and readings, alone and behind their operation.
func metricNames() []string {
	names := []string{Throughput}
	add := func(operation bench.Operation, metric string) {
		names = append(names, metric, string(operation)+"."+metric)
	}
	for _, step := range bench.Steps() {
		add(step.Operation, step.Metric)
	}
	for _, reading := range bench.Readings() {
		add(reading.Operation, reading.Metric)
	}
	return names
}

func (e *Entry) checkAxes(report reporter) {
	known := parameters()
	for _, axis := range bench.CommonAxes() {
		known = append(known, string(axis))
	}
	for path, axis := range map[string]bench.Axis{"along": e.Along, "grouping": e.Grouping} {
		if axis != "" {
			nameOrNear(report, path, string(axis), known)
		}
	}
}

func (e *Entry) checkFilter(report reporter) {
	known := filterKeys()
	for _, key := range slices.Sorted(maps.Keys(e.Filter)) {
		nameOrNear(report, "filter."+key, key, known)
		if len(e.Filter[key]) == 0 {
			report("filter."+key, "want at least one value")
		}
		for i, word := range e.Filter[key] {
			path := fmt.Sprintf("filter.%s[%d]", key, i)
			if len(e.Filter[key]) == 1 {
				path = "filter." + key
			}
			word.check(report, path, bench.Axis(key))
		}
	}
}

// nameOrNear refuses what is no name, and what is next to a known one: a slip. Other names are let pass, since campaigns that
// were imported have metrics and parameters of their own; whoever draws says what a campaign does not have.
func nameOrNear(report reporter, path, name string, known []string) {
	if slices.Contains(known, name) {
		return
	}
	if nearest := strictyaml.Nearest(name, known); nearest != "" {
		report(path, "%q is not known; did you mean %q?", name, nearest)
	} else if !namePattern.MatchString(name) {
		report(path, "%.40q is not a name", name)
	}
}

func oneOf(report reporter, path, value string, valid []string) {
	if slices.Contains(valid, value) {
		return
	}
	valid = slices.DeleteFunc(slices.Clone(valid), func(one string) bool { return one == "" })
	if nearest := strictyaml.Nearest(value, valid); nearest != "" {
		report(path, "%q is not known; did you mean %q?", value, nearest)
		return
	}
	report(path, "%q is not known; there are: %s", value, strings.Join(valid, ", "))
}
