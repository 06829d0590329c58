package bench_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"eaibench/bench"

	"github.com/google/go-cmp/cmp"
)

// everyStep gives the samples of a run on a path with one request that reads from store and writes to
// taxi, with every reading.
func everyStep(path string, compiled bool) []bench.Sample {
	var samples []bench.Sample
	for _, step := range bench.Steps() {
		if step.OncePerMode && !compiled || len(step.Paths) > 0 && !slices.Contains(step.Paths, path) {
			continue
		}
		sample := bench.Sample{
			Run: "r", Request: bench.NoRequest, Component: step.Component, Operation: step.Operation,
			Metric: step.Metric, Value: 1, Unit: bench.Nanoseconds, Program: "retail",
		}
		switch {
		case step.Operation == bench.Read:
			sample.Request, sample.Service = 0, "store"
		case step.Operation == bench.Write:
			sample.Request, sample.Service = 0, "taxi"
		case step.OncePerRequest:
			sample.Request = 0
		}
		samples = append(samples, sample)
	}
	for _, reading := range bench.Readings() {
		services := []string{""}
		if reading.Component == bench.DigitalService {
			services = []string{"store", "taxi"}
		}
		for _, service := range services {
			samples = append(samples, bench.Sample{
				Run: "r", Request: bench.NoRequest, Component: reading.Component, Operation: reading.Operation,
				Metric: reading.Metric, Value: 1, Unit: reading.Unit, Program: "retail", Service: service,
			})
		}
	}
	return samples
}

func without(samples []bench.Sample, operation bench.Operation, metric string) []bench.Sample {
	var kept []bench.Sample
	for _, sample := range samples {
		if sample.Operation != operation || (metric != "" && sample.Metric != metric) {
			kept = append(kept, sample)
		}
	}
	return kept
}

func TestExamine(t *testing.T) {
	once := bench.Expectation{Path: bench.Relayed, Platform: "linux", Requests: 1}
	whole := everyStep(bench.Relayed, false)
	onceDirect := bench.Expectation{Path: bench.Direct, Platform: "linux", Requests: 1}
	wholeDirect := everyStep(bench.Direct, false)
	extra := func(change func(*bench.Sample)) []bench.Sample {
		sample := whole[0]
		change(&sample)
		return append(append([]bench.Sample{}, whole...), sample)
	}
	for _, test := range []struct {
		name     string
		samples  []bench.Sample
		expected bench.Expectation
		want     string
	}{
		{"complete", whole, once, ""},
		{"complete, compiled", everyStep(bench.Relayed, true), bench.Expectation{Path: bench.Relayed, Platform: "linux", Requests: 1, Compiled: true}, ""},
		{"nothing written", without(whole, bench.Write, ""), once, ""},
		{
			"compile missing", whole,
			bench.Expectation{Path: bench.Relayed, Platform: "linux", Requests: 1, Compiled: true},
			"missing: start compile of launcher",
		},
		{"start step missing", without(whole, bench.Start, "sign"), once, "missing: start sign of root_ca"},
		{
			"write step missing", without(whole, bench.Write, "post"), once,
			"missing: write post of launcher, request 0, service taxi",
		},
		{
			"read missing", without(whole, bench.Read, ""), once,
			"missing: read encrypt of integration_process, request 0 + read lookupService of launcher, request 0 + read getCertificate of launcher, request 0 and 8 more",
		},
		{
			"second request missing", whole,
			bench.Expectation{Path: bench.Relayed, Platform: "linux", Requests: 2},
			"missing: execute request_total of integration_process, request 1 + read encrypt of integration_process, request 1 + read lookupService of launcher, request 1 and 9 more",
		},
		{
			"launcher's steps on another path", whole,
			bench.Expectation{Path: "elsewhere", Platform: "linux", Requests: 1},
			"unknown or repeated: read lookupService of launcher, service store + read getCertificate of launcher, service store + read getProgramPublicKey of launcher, service store and 4 more",
		},
		{
			"relayed steps on the path direct", whole, onceDirect,
			"missing: read request of integration_process, request 0, service store + write post of integration_process, request 0, service taxi; " +
				"unknown or repeated: read lookupService of launcher, service store + read getCertificate of launcher, service store + read getProgramPublicKey of launcher, service store and 4 more",
		},
		{"complete, direct", wholeDirect, onceDirect, ""},
		{
			"direct, post missing", without(wholeDirect, bench.Write, "post"), onceDirect,
			"missing: write post of integration_process, request 0, service taxi",
		},
		{
			"direct, what the service timed is missing", without(wholeDirect, bench.Read, "retrieveLocalData"), onceDirect,
			"missing: read retrieveLocalData of digital_service, request 0, service store",
		},
		{
			"direct steps on the path relayed", wholeDirect, once,
			"missing: read lookupService of launcher, request 0, service store + read getCertificate of launcher, request 0, service store + read getProgramPublicKey of launcher, request 0, service store and 4 more; " +
				"unknown or repeated: read request of integration_process, service store + write post of integration_process, service taxi",
		},
		{
			"unknown metric", extra(func(s *bench.Sample) { s.Metric = "warp" }), once,
			"unknown or repeated: start warp of launcher",
		},
		{
			"request's total missing", without(whole, bench.Execute, "request_total"), once,
			"missing: execute request_total of integration_process, request 0",
		},
		{
			"request's total twice", extra(func(s *bench.Sample) {
				s.Operation, s.Component, s.Metric, s.Request = bench.Execute, bench.IntegrationProcess, "request_total", 0
			}), once,
			"unknown or repeated: execute request_total of integration_process",
		},
		{
			"request's total of no request", extra(func(s *bench.Sample) {
				s.Operation, s.Component, s.Metric = bench.Execute, bench.IntegrationProcess, "request_total"
			}), once,
			"unknown or repeated: execute request_total of integration_process",
		},
		{"repeated", extra(func(*bench.Sample) {}), once, "unknown or repeated: start retrieveProgram of launcher"},
		{
			"start step of a request", extra(func(s *bench.Sample) { s.Request = 0 }), once,
			"unknown or repeated: start retrieveProgram of launcher",
		},
		{
			"a request too many", extra(func(s *bench.Sample) {
				s.Operation, s.Component, s.Metric, s.Request = bench.Read, bench.IntegrationProcess, "decrypt", 1
			}), once,
			"unknown or repeated: read decrypt of integration_process",
		},
		{
			"a second write to the service, in part", extra(func(s *bench.Sample) {
				s.Operation, s.Component, s.Metric, s.Request, s.Service = bench.Write, bench.IntegrationProcess, "decrypt", 0, "taxi"
			}), once,
			"missing: write getServicePublicKey of integration_process, request 0, service taxi + write encrypt of integration_process, request 0, service taxi + write lookupService of launcher, request 0, service taxi and 7 more",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			found := bench.Examine(test.samples, test.expected)
			if diff := cmp.Diff(test.want, found.String()); diff != "" {
				t.Error(diff)
			}
			if found.Complete() != (test.want == "") {
				t.Errorf("complete is %v", found.Complete())
			}
		})
	}
}

// A row of the table is complete, unlike the others, and nested in one that exists.
func TestSteps(t *testing.T) {
	names := map[string]bool{}
	seen := map[bench.Series]bool{}
	for _, step := range bench.Steps() {
		names[step.Metric] = true
	}
	for _, step := range bench.Steps() {
		series := bench.Series{Component: step.Component, Operation: step.Operation, Metric: step.Metric}
		if seen[series] {
			t.Errorf("%v stands twice", series)
		}
		seen[series] = true
		if step.First == "" || step.Last == "" || step.Component == "" {
			t.Errorf("%s is incomplete", step.Metric)
		}
		if step.Within != "" && !names[step.Within] {
			t.Errorf("%s is within %s, which is no step", step.Metric, step.Within)
		}
		if found, ok := bench.StepOf(series); !ok || found.First != step.First {
			t.Errorf("StepOf(%v) = %v, %v", series, found, ok)
		}
	}
	for _, total := range []bench.Series{bench.ExecuteTotal(), bench.StartTotal()} {
		if !seen[total] {
			t.Errorf("%v is no step", total)
		}
	}
}

// The page shows the table as it is.
func TestPageHasTheTable(t *testing.T) {
	page, err := os.ReadFile("../docs/formats/samples.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, step := range bench.Steps() {
		within := step.Within
		if step.OncePerMode {
			within = strings.TrimPrefix(within+", once a mode", ", ")
		}
		if step.OncePerRequest {
			within += "; once a request"
		}
		if len(step.Paths) > 0 {
			within = strings.TrimPrefix(within+"; path "+strings.Join(step.Paths, ", "), "; ")
		}
		rows = append(rows, "| "+strings.Join([]string{string(step.Operation), string(step.Component), step.Metric, step.First, step.Last, within}, " | ")+" |")
	}
	var shown []string
	for line := range strings.Lines(string(page)) {
		for _, operation := range []string{"start", "read", "write", "execute"} {
			if strings.HasPrefix(line, "| "+operation+" | ") {
				shown = append(shown, strings.TrimSpace(line))
			}
		}
	}
	if diff := cmp.Diff(rows, shown); diff != "" {
		t.Errorf("docs/formats/samples.md should have these rows:\n%s\n%s", strings.Join(rows, "\n"), diff)
	}
}
