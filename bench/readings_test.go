package bench_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
)

func TestExamineReadings(t *testing.T) {
	const board = "cheribsd-morello"
	whole := everyStep(bench.Relayed, false)
	without := func(lacking ...bench.Sample) []bench.Sample {
		var kept []bench.Sample
		for _, sample := range whole {
			leave := false
			for _, one := range lacking {
				leave = leave || (sample.Series() == one.Series())
			}
			if !leave {
				kept = append(kept, sample)
			}
		}
		return kept
	}
	as := func(*bench.Sample) {}
	// reading is one that the whole run has, changed.
	reading := func(component bench.Component, metric, service string, change func(*bench.Sample)) bench.Sample {
		for _, sample := range whole {
			if sample.Component == component && sample.Metric == metric && sample.Service == service {
				change(&sample)
				return sample
			}
		}
		t.Fatalf("no reading %s of %s %s", metric, component, service)
		return bench.Sample{}
	}
	var proportional []bench.Sample
	for _, sample := range whole {
		onBoard := sample.Component == bench.IntegrationProcess || sample.Component == bench.Launcher || sample.Component == bench.Attester
		if onBoard && strings.HasPrefix(sample.Metric, "proportional") {
			proportional = append(proportional, sample)
		}
	}
	stolen, other := reading(bench.Host, "steal_time", "", as), reading(bench.Host, "other_cpu_time", "", as)
	for _, test := range []struct {
		name     string
		platform string
		samples  []bench.Sample
		want     string
	}{
		{"complete", "linux", whole, ""},
		{"another platform of the same readings", "mine", whole, ""},
		{"no proportional sets on a board", board, without(append(proportional, stolen)...), ""},
		{"a host that tells nothing", "linux", without(other, stolen), ""},
		{"stolen time on a board", board, without(proportional...), "unknown or repeated: process steal_time of host"},
		{
			"what a host tells, twice", "linux", append(without(), other),
			"unknown or repeated: process other_cpu_time of host",
		},
		{
			"proportional sets on a board", board, without(stolen),
			"unknown or repeated: memory proportional of integration_process + memory proportional_executable of integration_process + memory proportional_libraries of integration_process and 6 more",
		},
		{
			"no proportional sets where there are some", "linux", without(proportional...),
			"missing: memory proportional of integration_process + memory proportional_executable of integration_process + memory proportional_libraries of integration_process and 6 more",
		},
		{
			"the peak is missing", "linux", without(reading(bench.IntegrationProcess, "peak_resident", "", as)),
			"missing: memory peak_resident of integration_process",
		},
		{
			"CPU time of a service is missing", "linux", without(reading(bench.DigitalService, "cpu_time", "taxi", as)),
			"missing: process cpu_time of digital_service, service taxi",
		},
		{
			"a service that was addressed was not read", "linux", without(
				reading(bench.DigitalService, "cpu_time", "taxi", as), reading(bench.DigitalService, "resident", "taxi", as),
				reading(bench.DigitalService, "proportional", "taxi", as)),
			"missing: memory resident of digital_service, service taxi + memory proportional of digital_service, service taxi + process cpu_time of digital_service, service taxi",
		},
		{
			"repeated", "linux", append(without(), reading(bench.Launcher, "resident", "", as)),
			"unknown or repeated: memory resident of launcher",
		},
		{
			"unknown", "linux", append(without(), reading(bench.Launcher, "resident", "", func(s *bench.Sample) { s.Metric = "swap" })),
			"unknown or repeated: memory swap of launcher",
		},
		{
			"of a request", "linux", append(without(), reading(bench.Launcher, "resident", "", func(s *bench.Sample) { s.Request = 0 })),
			"unknown or repeated: memory resident of launcher",
		},
		{
			"in another unit", "linux", append(without(), reading(bench.DigitalService, "resident", "taxi", func(s *bench.Sample) {
				s.Unit, s.Service = bench.Count, "whatsapp"
			})),
			"unknown or repeated: memory resident of digital_service, service whatsapp",
		},
		{
			"of a service, where there is none", "linux", append(without(), reading(bench.Launcher, "resident", "", func(s *bench.Sample) { s.Service = "taxi" })),
			"unknown or repeated: memory resident of launcher, service taxi",
		},
		{
			"a service without its name", "linux", append(without(), reading(bench.DigitalService, "resident", "taxi", func(s *bench.Sample) { s.Service = "" })),
			"unknown or repeated: memory resident of digital_service",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := bench.Examine(test.samples, bench.Expectation{Path: bench.Relayed, Platform: test.platform, Requests: 1})
			if diff := cmp.Diff(test.want, found.String()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Of a service that ran before the campaign nothing is read, and nothing is missing; of the others all is.
func TestReadingsOfRunningServices(t *testing.T) {
	whole := everyStep(bench.Relayed, false)
	unread := slices.DeleteFunc(slices.Clone(whole), func(s bench.Sample) bool {
		return (s.Operation == bench.Memory || s.Operation == bench.Process) && s.Service == "store"
	})
	for _, test := range []struct {
		unread []string
		want   string
	}{
		{nil, "missing: memory resident of digital_service, service store + memory proportional of digital_service, service store + process cpu_time of digital_service, service store"},
		{[]string{"store"}, ""},
		{[]string{"taxi"}, "missing: memory resident of digital_service, service store + memory proportional of digital_service, service store + process cpu_time of digital_service, service store"},
	} {
		found := bench.Examine(unread, bench.Expectation{Path: bench.Relayed, Platform: "linux", Requests: 1, Unread: test.unread})
		if diff := cmp.Diff(test.want, found.String()); diff != "" {
			t.Errorf("unread %v: %s", test.unread, diff)
		}
	}
}

// A row of the table is complete and unlike the others and the steps; its unit is that of its series.
func TestReadings(t *testing.T) {
	seen := map[bench.Series]bool{}
	for _, r := range bench.Readings() {
		series := bench.Series{Component: r.Component, Operation: r.Operation, Metric: r.Metric}
		if _, step := bench.StepOf(series); step || seen[series] {
			t.Errorf("%v stands twice", series)
		}
		seen[series] = true
		if r.Meaning == "" || (r.Operation != bench.Memory && r.Operation != bench.Process) {
			t.Errorf("%v is incomplete", series)
		}
		if err := (bench.Sample{Run: "r", Request: bench.NoRequest, Component: r.Component, Operation: r.Operation, Metric: r.Metric, Unit: r.Unit}).Check(); err != nil {
			t.Error(err)
		}
		series.Service = "store"
		if unit := bench.UnitOf(series); unit != r.Unit {
			t.Errorf("%v is in %q, its row says %q", series, unit, r.Unit)
		}
	}
	if !seen[bench.PeakMemory()] {
		t.Error("the peak is no reading")
	}
	if unit := bench.UnitOf(bench.ExecuteTotal()); unit != bench.Nanoseconds {
		t.Errorf("execute_total is in %q", unit)
	}
}

// The page shows the table as it is.
func TestPageHasTheReadings(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/samples.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, r := range bench.Readings() {
		lacking := strings.Join(r.Lacking, ", ")
		rows = append(rows, "| "+strings.Join([]string{string(r.Operation), string(r.Component), r.Metric, string(r.Unit), r.Meaning, lacking}, " | ")+" |")
	}
	var shown []string
	for line := range strings.Lines(string(page)) {
		if strings.HasPrefix(line, "| memory | ") || strings.HasPrefix(line, "| process | ") {
			shown = append(shown, strings.TrimSpace(line))
		}
	}
	if diff := cmp.Diff(rows, shown); diff != "" {
		t.Errorf("docs/formats/samples.md should have these rows:\n%s\n%s", strings.Join(rows, "\n"), diff)
	}
}
