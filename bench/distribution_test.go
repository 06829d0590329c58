package bench_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
)

func TestDistribution(t *testing.T) {
	for _, test := range []struct {
		sorted []float64
		most   int
		want   []bench.Point
	}{
		{nil, 10, nil},
		{[]float64{7}, 10, []bench.Point{{7, 1}}},
		{[]float64{1, 2, 2, 5}, 10, []bench.Point{{1, 0.25}, {2, 0.5}, {2, 0.75}, {5, 1}}},
		{[]float64{1, 2, 3, 4, 5, 6, 7, 8}, 4, []bench.Point{{1, 0.125}, {3, 0.375}, {5, 0.625}, {7, 0.875}, {8, 1}}},
	} {
		if diff := cmp.Diff(test.want, bench.Distribution(test.sorted, test.most)); diff != "" {
			t.Errorf("%v: %s", test.sorted, diff)
		}
	}
	if n := len(bench.Distribution(make([]float64, 1_000_000), 1000)); n > 1001 {
		t.Errorf("%d points", n)
	}
}

// Every request of the runs that count, none of others.
func TestRequestValues(t *testing.T) {
	series := bench.Series{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "read_act_total", Service: "store"}
	other := series
	other.Service = "taxi"
	var runs []bench.Run
	var samples []bench.Sample
	for i, run := range []bench.Run{
		{Status: bench.OK, PlannedRun: bench.PlannedRun{Cell: "c", WarmUp: true}},
		{Status: bench.OK, PlannedRun: bench.PlannedRun{Cell: "c"}},
		{Status: bench.Failed, PlannedRun: bench.PlannedRun{Cell: "c"}},
		{Status: bench.OK, PlannedRun: bench.PlannedRun{Cell: "d"}},
		{Status: bench.OK, PlannedRun: bench.PlannedRun{Cell: "c"}},
	} {
		run.ID = fmt.Sprint("r", i)
		runs = append(runs, run)
		for request, of := range []bench.Series{series, series, other} {
			samples = append(samples, bench.Sample{
				Run: run.ID, Request: request, Component: of.Component, Operation: of.Operation, Metric: of.Metric, Service: of.Service,
				Value: float64(10*i - request),
			})
		}
	}
	if diff := cmp.Diff(map[string][]float64{"c": {9, 10, 39, 40}, "d": {29, 30}}, bench.RequestValues(runs, samples, series)); diff != "" {
		t.Error(diff)
	}
}

// The requests of all processes, over the time from the first that began to the last that ended.
func TestThroughput(t *testing.T) {
	cell := bench.Cell{ID: "c", Processes: 2, Parameters: bench.Parameters{Requests: 30}}
	runs := []bench.Run{
		{PlannedRun: bench.PlannedRun{ID: "a", Cell: "c"}, Status: bench.OK},
		{PlannedRun: bench.PlannedRun{ID: "b", Cell: "c", WarmUp: true}, Status: bench.OK},
		{PlannedRun: bench.PlannedRun{ID: "d", Cell: "c"}, Status: bench.OK},
		{PlannedRun: bench.PlannedRun{ID: "e", Cell: "c"}, Status: bench.OK},
	}
	values := map[string]bench.Values{}
	for run, span := range map[string]float64{"a": 2e9, "b": 1e9, "d": 5e8, "e": 0} {
		values[run] = bench.Values{bench.Span(): span}
	}
	if diff := cmp.Diff([]float64{30, 120}, bench.Throughput(runs, values, cell)); diff != "" {
		t.Error(diff)
	}
}
