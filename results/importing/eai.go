package importing

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"eaibench/bench"
)

func eaiLayout() layout {
	return layout{
		solution: "integration-process", title: "Published: an integration process inside a compartment and outside", known: eaiKnown(),
		about:   "an integration process inside a compartment and outside; gca-research-group/ISC2-2026, evaluation",
		columns: []string{"ts", "run_id", "component", "operation", "metric", "value_ms", "program_id", "service_id"},
		modes:   eaiModes(), files: map[string]string{"inside.csv": inside, "outside.csv": outside},
		series: []bench.Series{
			bench.ExecuteTotal(),
			{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "read_act_total", Service: "store-service"},
		},
		read: readEAI,
	}
}

// reading is a row of an integration process, before it is known which run it is of.
type reading struct {
	line         int
	run, program string
	value        value
}

// readEAI brings the rows of each run together. A row names a run, or a program alone: where all rows of a program name
// one run at most, they are of that run; else one that names none is of the next run that is named, since a service
// and the launcher write before the process ends.
func readEAI(t *table) {
	var readings []reading
	for _, one := range t.rows {
		var found reading
		if _, ok := t.read(one, func(r *row) run { found = eaiReading(r); return run{} }); ok {
			readings = append(readings, found)
		}
	}
	named := map[string]map[string]bool{}
	for _, one := range readings {
		if named[one.program] == nil {
			named[one.program] = map[string]bool{}
		}
		if one.run != "" {
			named[one.program][one.run] = true
		}
	}
	type key struct{ program, run string }
	var order []key
	gathered := map[key][]reading{}
	next := map[string]string{}
	for _, one := range slices.Backward(readings) {
		at := key{program: one.program}
		if len(named[one.program]) > 1 {
			at.run = cmp.Or(one.run, next[one.program])
			next[one.program] = at.run
		}
		if gathered[at] == nil {
			order = append(order, at)
		}
		gathered[at] = append(gathered[at], one)
	}
	slices.Reverse(order)
	for _, at := range order {
		rows := gathered[at]
		slices.Reverse(rows)
		t.runs = append(t.runs, eaiRun(t.file.Mode, rows))
	}
}

// eaiRun makes a run of its rows. What shows its path is who was timed: the launcher that relays, or the process that
// connects.
func eaiRun(mode string, rows []reading) run {
	found := run{mode: mode, requests: 1, processes: 1}
	for _, one := range rows {
		found.values = append(found.values, one.value)
		switch {
		case one.value.series.Component == bench.Launcher && one.value.series.Metric == "lookupService":
			found.path = bench.Relayed
		case one.value.series.Component == bench.IntegrationProcess && one.value.series.Metric == "read_tls_setup":
			found.path = bench.Direct
		}
	}
	return found
}

func eaiReading(r *row) reading {
	metric, _ := r.at("metric")
	base, ok := strings.CutSuffix(metric, "_ms")
	if !ok || base == "" {
		r.fail("metric is %q, want a name that ends in _ms", metric)
	}
	service, _ := r.at("service_id")
	if service != "" {
		service = r.word("service_id")
	}
	series := bench.Series{
		Component: bench.Component(r.word("component")), Operation: bench.Operation(r.word("operation")), Metric: base, Service: service,
	}
	r.word("metric")
	found := r.value(series, r.milliseconds("value_ms"), bench.Nanoseconds)
	found.at = r.moment("ts")
	found.program = r.word("program_id")
	id, _ := r.at("run_id")
	if id != "" {
		id = r.word("run_id")
	}
	return reading{line: r.line, run: id, program: found.program, value: found}
}

// moment reads a time since 1970: the process writes whole seconds, launcher and services milliseconds.
func (r *row) moment(column string) time.Time {
	const firstInMilliseconds = 100_000_000_000 // as seconds it were the year 5138
	field, name := r.at(column)
	n, err := strconv.ParseInt(field, 10, 64)
	switch {
	case err != nil || n <= 0 || n > 10_000_000_000_000:
		r.fail("%s is %q, want seconds or milliseconds since 1970", name, field)
		return time.Time{}
	case n < firstInMilliseconds:
		return time.Unix(n, 0).UTC()
	default:
		return time.UnixMilli(n).UTC()
	}
}
