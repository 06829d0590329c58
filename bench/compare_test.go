package bench_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"

	"github.com/google/go-cmp/cmp"
)

func TestReduce(t *testing.T) {
	sample := func(run string, request int, metric string, value float64) bench.Sample {
		return bench.Sample{Run: run, Request: request, Component: bench.Launcher, Operation: bench.Read, Metric: metric, Value: value, Unit: bench.Nanoseconds, Service: "store"}
	}
	got, err := bench.Reduce([]bench.Sample{
		sample("a", 0, "request", 10), sample("a", 1, "request", 90), sample("a", 2, "request", 20),
		sample("b", 0, "request", 7), sample("b", 0, "lookupService", 1),
	})
	if err != nil {
		t.Fatal(err)
	}
	series := func(metric string) bench.Series {
		return bench.Series{Component: bench.Launcher, Operation: bench.Read, Metric: metric, Service: "store"}
	}
	want := map[string]bench.Values{
		"a": {series("request"): 20},
		"b": {series("request"): 7, series("lookupService"): 1},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for name, bad := range map[string]bench.Sample{
		"NaN": sample("a", 0, "x", math.NaN()), "negative": sample("a", 0, "x", -1), "no run": sample("", 0, "x", 1),
		"no metric": sample("a", 0, "", 1), "request": sample("a", -2, "x", 1),
		"unit": {Run: "a", Component: bench.Launcher, Operation: bench.Read, Metric: "x", Unit: "ms"},
	} {
		if _, err := bench.Reduce([]bench.Sample{bad}); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// What is in two units, or in another than its step or reading, has no median.
func TestReduceRefusesUnits(t *testing.T) {
	in := func(series bench.Series, unit bench.Unit) bench.Sample {
		return bench.Sample{Run: "a", Component: series.Component, Operation: series.Operation, Metric: series.Metric, Value: 1, Unit: unit}
	}
	own := bench.Series{Component: bench.Launcher, Operation: bench.Read, Metric: "own"}
	for _, test := range []struct {
		name    string
		samples []bench.Sample
		want    string
	}{
		{"a step in ns", []bench.Sample{in(bench.ExecuteTotal(), bench.Nanoseconds)}, ""},
		{"a step in bytes", []bench.Sample{in(bench.ExecuteTotal(), bench.Bytes)}, "sample execute_total of run a is in B, want ns"},
		{"memory in bytes", []bench.Sample{in(bench.PeakMemory(), bench.Bytes)}, ""},
		{"memory in ns", []bench.Sample{in(bench.PeakMemory(), bench.Nanoseconds)}, "is in ns, want B"},
		{"what no table has, in one", []bench.Sample{in(own, bench.Count), in(own, bench.Count)}, ""},
		{"what no table has, in two", []bench.Sample{in(own, bench.Count), in(own, bench.Bytes)}, "sample own of run a is in B, want 1"},
	} {
		if _, err := bench.Reduce(test.samples); (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", test.name, err)
		}
	}
}

func TestCellValues(t *testing.T) {
	run := func(id, cell string, status bench.Status, warmUp bool) bench.Run {
		return bench.Run{PlannedRun: bench.PlannedRun{ID: id, Cell: cell, WarmUp: warmUp}, Status: status}
	}
	runs := []bench.Run{
		run("w", "c", bench.OK, true), run("a", "c", bench.OK, false), run("f", "c", bench.Failed, false),
		run("o", "other", bench.OK, false), run("b", "c", bench.OK, false), run("n", "c", bench.OK, false),
	}
	compile := bench.Series{Component: bench.Launcher, Operation: bench.Start, Metric: "compile"}
	values := map[string]bench.Values{
		"w": {bench.ExecuteTotal(): 100, compile: 5}, "a": {bench.ExecuteTotal(): 1}, "f": {bench.ExecuteTotal(): 50, compile: 6},
		"o": {bench.ExecuteTotal(): 60}, "b": {bench.ExecuteTotal(): 2}, "n": {},
	}
	if diff := cmp.Diff([]float64{1, 2}, bench.CellValues(runs, values, "c", bench.ExecuteTotal())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]float64{5}, bench.CellValues(runs, values, "c", compile)); diff != "" {
		t.Errorf("a step timed once a mode: %s", diff)
	}
}

// withValues are the runs of cells whose values are given by the cells' IDs.
func withValues(cells []bench.Cell, values map[string][]float64) []bench.CellRuns {
	var runs []bench.CellRuns
	for _, cell := range cells {
		runs = append(runs, bench.CellRuns{Cell: cell, Values: values[cell.ID]})
	}
	return runs
}

func TestCompare(t *testing.T) {
	chain := []bench.Mode{{Name: "hybrid"}, {Name: "purecap", Baseline: "hybrid"}, {Name: "compartment", Baseline: "purecap"}}
	cell := func(mode string) bench.Cell { return bench.Cell{ID: mode + "-relayed-hpke", Mode: mode} }
	cells := []bench.Cell{cell("compartment"), cell("hybrid"), cell("purecap")}
	type row struct {
		Mode, Previous, First string
		ToPrevious, ToFirst   float64
	}
	for _, test := range []struct {
		name   string
		cells  []bench.Cell
		values map[string][]float64
		want   []row
	}{
		{"link by link and end to end", cells, map[string][]float64{
			"hybrid-relayed-hpke": {4, 2, 3}, "purecap-relayed-hpke": {6}, "compartment-relayed-hpke": {9},
		}, []row{{Mode: "hybrid"}, {"purecap", "hybrid", "hybrid", 2, 2}, {"compartment", "purecap", "hybrid", 1.5, 3}}},
		{"a link has no values", cells, map[string][]float64{
			"hybrid-relayed-hpke": {2}, "compartment-relayed-hpke": {9},
		}, []row{{Mode: "hybrid"}, {Mode: "purecap"}, {"compartment", "", "hybrid", 0, 4.5}}},
		{"a link was left out", []bench.Cell{cell("hybrid"), cell("compartment")}, map[string][]float64{
			"hybrid-relayed-hpke": {2}, "compartment-relayed-hpke": {9},
		}, []row{{Mode: "hybrid"}, {"compartment", "", "hybrid", 0, 4.5}}},
		{"the first is 0", cells[1:], map[string][]float64{
			"hybrid-relayed-hpke": {0}, "purecap-relayed-hpke": {9},
		}, []row{{Mode: "hybrid"}, {Mode: "purecap"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			links, err := bench.Compare(withValues(test.cells, test.values), chain, bench.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []row
			for _, link := range links {
				r := row{Mode: link.Cell.Mode, Previous: link.Previous, First: link.First}
				if link.ToPrevious != nil {
					r.ToPrevious = *link.ToPrevious
				}
				if link.ToFirst != nil {
					r.ToFirst = *link.ToFirst
				}
				got = append(got, r)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if _, err := bench.Compare(withValues(cells, map[string][]float64{"purecap-relayed-hpke": {math.NaN()}}), chain, bench.Options{}); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
	beyond := map[string][]float64{"hybrid-relayed-hpke": {0.1}, "purecap-relayed-hpke": {math.MaxFloat64}}
	if _, err := bench.Compare(withValues(cells, beyond), chain, bench.Options{}); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("a ratio beyond float64: %v", err)
	}
	circle := []bench.Mode{{Name: "a", Baseline: "b"}, {Name: "b", Baseline: "a"}}
	if _, err := bench.Compare([]bench.CellRuns{{Cell: bench.Cell{ID: "a", Mode: "a"}, Values: []float64{1}}}, circle, bench.Options{}); err != nil {
		t.Errorf("a chain without a first: %v", err)
	}
}

func TestGroups(t *testing.T) {
	cells := []bench.Cell{
		{ID: "purecap-relayed-hpke-low", Mode: "purecap"},
		{ID: "purecap-relayed-hpke", Mode: "purecap"},
		{ID: "purecap-benchmark-relayed-hpke-low", Mode: "purecap-benchmark"},
	}
	want := [][]bench.Cell{{cells[0], cells[2]}, {cells[1]}}
	if diff := cmp.Diff(want, bench.Groups(cells)); diff != "" {
		t.Error(diff)
	}
}

func TestDistinctions(t *testing.T) {
	cell := func(path, crypto string, p bench.Parameters) []bench.Cell {
		return []bench.Cell{{Path: path, Crypto: crypto, Parameters: p}}
	}
	for name, test := range map[string]struct {
		groups [][]bench.Cell
		want   []string
	}{
		"one": {[][]bench.Cell{cell("relayed", "hpke", bench.Parameters{Requests: 1})}, []string{""}},
		"one aspect": {
			[][]bench.Cell{cell("relayed", "hpke", bench.Parameters{Arguments: bench.Arguments{"threshold_cents": int64(15005)}}), cell("relayed", "hpke", bench.Parameters{Arguments: bench.Arguments{"threshold_cents": int64(99)}})},
			[]string{"threshold 150.05", "threshold 0.99"},
		},
		"all aspects": {
			[][]bench.Cell{
				cell("relayed", "hpke", bench.Parameters{Requests: 1, Arguments: bench.Arguments{"customer": "Ana Souza", "payload_bytes": int64(16384)}}),
				cell("direct", "none", bench.Parameters{Requests: 2, IntervalMS: 5}),
			},
			[]string{
				"path relayed, crypto hpke, 1 request, interval 0 ms, customer Ana Souza, payload 16 KiB",
				"path direct, crypto none, 2 requests, interval 5 ms, no customer, no payload",
			},
		},
	} {
		if diff := cmp.Diff(test.want, bench.Distinctions(test.groups)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
