package bench_test

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

func TestCompareCampaigns(t *testing.T) {
	now := []bench.CellRuns{runsOf("hybrid", around(100, 20)...), runsOf("purecap", around(160, 20)...), runsOf("new", around(1, 20)...), runsOf("failed")}
	before := []bench.CellRuns{runsOf("purecap", around(130, 20)...), runsOf("hybrid", around(100, 15)...), runsOf("old", around(1, 20)...), runsOf("failed", 1, 2)}
	comparisons, lacking, err := bench.CompareCampaigns(now, before, bench.Nanoseconds, bench.Options{Interleaved: true})
	if err != nil {
		t.Fatal(err)
	}
	type row struct {
		Mode    string
		Verdict bench.Verdict
		Family  int
		Pairs   int
	}
	var got []row
	for _, c := range comparisons {
		got = append(got, row{c.Cell.Mode, c.Verdict, c.Family, c.Pairs})
	}
	if diff := cmp.Diff([]row{{"hybrid", bench.NoDifference, 2, 0}, {"purecap", bench.Slower, 2, 0}}, got); diff != "" {
		t.Error(diff)
	}
	var modes []string
	for _, cell := range lacking {
		modes = append(modes, cell.Mode)
	}
	if diff := cmp.Diff([]string{"new", "failed", "old"}, modes); diff != "" {
		t.Error(diff)
	}
	if _, _, err := bench.CompareCampaigns(now, []bench.CellRuns{runsOf("hybrid", math.NaN())}, bench.Nanoseconds, bench.Options{}); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("NaN: %v", err)
	}
}

func TestExceeds(t *testing.T) {
	ratio := func(low, high float64) bench.Comparison {
		return bench.Comparison{Ratio: &statistics.Relation{Value: low, Interval: &statistics.Interval{Low: low, High: high}}}
	}
	for name, test := range map[string]struct {
		comparison bench.Comparison
		want       bool
	}{
		"all of it above": {ratio(1.06, 1.2), true},
		"reaching below":  {ratio(1.04, 1.2), false},
		"just at it":      {ratio(1.05, 1.2), false},
		"faster":          {ratio(0.5, 0.6), false},
		"no interval":     {bench.Comparison{Ratio: &statistics.Relation{Value: 2}}, false},
		"no ratio":        {bench.Comparison{}, false},
	} {
		if got := test.comparison.Exceeds(0.05); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
