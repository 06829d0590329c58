package cli

import (
	"strings"
	"testing"

	"eaibench/bench"
)

// The column of the limit says no more than what it is about knows: what cannot be held against the limit is not kept to it.
func TestTheLimitIsNotKeptWhereNothingIsKnown(t *testing.T) {
	values := func(mode string, values ...float64) bench.CellRuns {
		runs := bench.CellRuns{Cell: bench.Cell{ID: mode, Mode: mode}, Values: values}
		for i := range values {
			runs.Blocks = append(runs.Blocks, i)
		}
		return runs
	}
	limit := 0.05
	for name, test := range map[string]struct {
		cell, baseline bench.CellRuns
		shown, fault   string
	}{
		"above":                      {values("purecap", 2, 4, 6, 8, 10), values("hybrid", 1, 2, 3, 4, 5), "above", ""},
		"kept":                       {values("purecap", 1, 2, 3, 4, 5), values("hybrid", 1, 2, 3, 4, 5), "kept", ""},
		"too few":                    {values("purecap", 2, 4, 6), values("hybrid", 1, 2, 3), absent, "too few runs"},
		"a median of 0":              {values("purecap", 1, 1, 1, 1, 1), values("hybrid", 0, 0, 0, 0, 0), absent, "no ratio"},
		"a median of 0 in resamples": {values("purecap", 1, 1, 1, 1, 1), values("hybrid", 0, 0, 1, 1, 1), absent, "the baseline's median is 0 in some resamples"},
	} {
		one, err := bench.CompareCells(test.cell, test.baseline, bench.Count, bench.Options{Interleaved: true})
		if err != nil {
			t.Fatal(err)
		}
		table := comparedTable{Comparisons: []comparedCell{{Comparison: one}}}
		c := &compared{Campaigns: make([]comparedCampaign, 1), FailAbove: &limit}
		c.hold(&table)
		if shown := table.Comparisons[0].limitText(); shown != test.shown {
			t.Errorf("%s: the limit is shown as %q, want %q", name, shown, test.shown)
		}
		if faults := strings.Join(c.Faults, "; "); (faults == "") != (test.fault == "") || !strings.Contains(faults, test.fault) {
			t.Errorf("%s: %q, want %q", name, faults, test.fault)
		}
	}
}

// A bootstrap of few runs is narrow because they are few: where one is shown, its legend says that it does not hold what it should.
func TestFewRunsAreToldOfTheRatiosInterval(t *testing.T) {
	for runs, want := range map[int]bool{1: false, 2: true, 4: true, 5: false} {
		values := make([]float64, runs)
		for i := range values {
			values[i] = float64(10 + i)
		}
		one, err := bench.CompareCells(bench.CellRuns{Values: values}, bench.CellRuns{Values: values}, bench.Nanoseconds, bench.Options{})
		if err != nil {
			t.Fatal(err)
		}
		terms := legend(comparisonTerms([]bench.Comparison{one}, false, false))
		if told := strings.Contains(terms, "fewer than 5 runs"); told != want {
			t.Errorf("%d runs: told %v, want %v:\n%s", runs, told, want, terms)
		}
	}
}
