package bench_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// timed is a run of one cell with a sample each of some series; "read launcher request store" names one.
func timed(t *testing.T, values ...map[string]float64) ([]bench.Run, map[string]bench.Values) {
	t.Helper()
	var runs []bench.Run
	var samples []bench.Sample
	for i, one := range values {
		run := bench.Run{PlannedRun: bench.PlannedRun{ID: fmt.Sprintf("r%d", i), Cell: "c"}, Status: bench.OK}
		runs = append(runs, run)
		for name, value := range one {
			words := strings.Fields(name + " ")
			sample := bench.Sample{
				Run: run.ID, Request: bench.NoRequest, Operation: bench.Operation(words[0]), Component: bench.Component(words[1]),
				Metric: words[2], Value: value,
			}
			if len(words) > 3 {
				sample.Service = words[3]
			}
			sample.Unit = bench.UnitOf(sample.Series())
			samples = append(samples, sample)
		}
	}
	reduced, err := bench.Reduce(samples)
	if err != nil {
		t.Fatal(err)
	}
	return runs, reduced
}

func TestStackOf(t *testing.T) {
	read := bench.Series{Component: bench.IntegrationProcess, Operation: bench.Read, Metric: "read_act_total", Service: "store"}
	for name, test := range map[string]struct {
		total  bench.Series
		runs   []map[string]float64
		want   []string // part and its value, in order
		excess float64
	}{
		"steps, what is within them, rests": {
			total: read,
			runs: []map[string]float64{{
				"read integration_process read_act_total store": 100, "read integration_process encrypt store": 10,
				"read launcher request store": 60, "read digital_service verifyCertificate store": 20, "read digital_service encrypt store": 5,
				"read integration_process decrypt store": 8, "read launcher request taxi": 1000,
			}},
			want: []string{"encrypt 10", "verifyCertificate 20", "encrypt 5", "request (rest) 35", "decrypt 8", "read_act_total (rest) 22"},
		},
		"a median of runs": {
			total: bench.StartTotal(),
			runs: []map[string]float64{
				{"start launcher start_total": 50, "start launcher deploy": 10, "start launcher compile": 9000},
				{"start launcher start_total": 70, "start launcher deploy": 30},
				{"start launcher start_total": 60, "start launcher deploy": 20},
			},
			want: []string{"deploy 20", "start_total (rest) 40"},
		},
		"medians that exceed the whole": {
			total: bench.StartTotal(),
			runs: []map[string]float64{
				{"start launcher start_total": 30, "start launcher deploy": 20, "start launcher run": 1},
				{"start launcher start_total": 30, "start launcher deploy": 20, "start launcher run": 15},
				{"start launcher start_total": 30, "start launcher deploy": 1, "start launcher run": 15},
			},
			want: []string{"deploy 20", "run 15", "start_total (rest) 0"}, excess: 5,
		},
		"steps within that exceed their step": {
			total: bench.StartTotal(),
			runs: []map[string]float64{
				{"start launcher start_total": 30, "start launcher generateCertificate": 10, "start root_ca sign": 12},
			},
			want: []string{"sign 12", "generateCertificate (rest) 0", "start_total (rest) 18"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			runs, values := timed(t, test.runs...)
			stack, err := bench.StackOf(runs, values, "c", test.total)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			sum := 0.0
			for _, part := range stack.Parts {
				text := part.Series.Metric
				if part.Rest {
					text += " (rest)"
				}
				got = append(got, fmt.Sprint(text, " ", part.Value))
				sum += part.Value
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			if sum-stack.Excess != stack.Total || stack.Excess != test.excess || stack.N != len(test.runs) {
				t.Errorf("parts of %v, excess %v, total %v of %d runs", sum, stack.Excess, stack.Total, stack.N)
			}
		})
	}
	if _, err := bench.StackOf(nil, nil, "c", read); !errors.Is(err, statistics.ErrEmpty) {
		t.Errorf("no run: %v", err)
	}
}

func TestMemoryStackOf(t *testing.T) {
	runs, values := timed(t, map[string]float64{
		"memory integration_process proportional": 1000, "memory integration_process proportional_heap": 300,
		"memory integration_process proportional_executable": 600, "memory integration_process resident": 5000,
	})
	stack, err := bench.MemoryStackOf(runs, values, "c")
	if err != nil {
		t.Fatal(err)
	}
	if len(stack.Parts) != 3 || stack.Parts[0].Value != 600 || stack.Parts[1].Value != 300 || stack.Parts[2].Value != 100 {
		t.Errorf("%+v", stack)
	}
	runs, values = timed(t, map[string]float64{"memory integration_process proportional": 1000})
	if stack, err = bench.MemoryStackOf(runs, values, "c"); err != nil || len(stack.Parts) != 1 || stack.Parts[0].Value != 1000 {
		t.Errorf("without kinds: %+v, %v", stack, err)
	}
}

// A part is small if no stack shows it large, whatever the service.
func TestSmall(t *testing.T) {
	series := func(metric, service string) bench.Series {
		return bench.Series{Component: bench.Launcher, Operation: bench.Read, Metric: metric, Service: service}
	}
	stack := func(service string, lookup, certificate float64) bench.Stack {
		return bench.Stack{Total: 100, Parts: []bench.Part{
			{Series: series("lookupService", service), Value: lookup},
			{Series: series("getCertificate", service), Value: certificate},
			{Series: series("read_act_total", service), Rest: true, Value: 0},
		}}
	}
	got := bench.Small([]bench.Stack{stack("a", 0.5, 0.5), stack("b", 0.9, 40), stack("c", 0.1, 0.1)}, 0.01)
	if diff := cmp.Diff(map[bench.Series]bool{series("lookupService", ""): true}, got); diff != "" {
		t.Error(diff)
	}
}

func TestTotals(t *testing.T) {
	var samples []bench.Sample
	for _, step := range bench.Steps() {
		service := map[bench.Operation]string{bench.Read: "store", bench.Write: "taxi"}[step.Operation]
		samples = append(samples, bench.Sample{Operation: step.Operation, Component: step.Component, Metric: step.Metric, Service: service})
	}
	var got []string
	for _, series := range bench.Totals(samples) {
		got = append(got, series.Metric)
	}
	if diff := cmp.Diff([]string{"start_total", "read_act_total", "write_act_total"}, got); diff != "" {
		t.Error(diff)
	}
	if bench.IsLatency(bench.ExecuteTotal()) || bench.IsLatency(bench.StartTotal()) || bench.IsLatency(bench.PeakMemory()) {
		t.Error("what happens once a run is no latency")
	}
}
