package bench_test

import (
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

func TestAlike(t *testing.T) {
	cell := func(change func(*bench.Cell)) bench.Cell {
		c := bench.Cell{ID: "a", Mode: "hybrid", Processes: 1, Parameters: bench.Parameters{Requests: 5, Arguments: bench.Arguments{"threshold_cents": int64(1)}}}
		change(&c)
		return c
	}
	for name, test := range map[string]struct {
		change func(*bench.Cell)
		want   bool
	}{
		"nothing":      {func(*bench.Cell) {}, true},
		"the ID":       {func(c *bench.Cell) { c.ID = "b" }, true},
		"the mode":     {func(c *bench.Cell) { c.Mode = "purecap" }, false},
		"requests":     {func(c *bench.Cell) { c.Parameters.Requests = 6 }, false},
		"an argument":  {func(c *bench.Cell) { c.Parameters.Arguments = bench.Arguments{"threshold_cents": int64(2)} }, false},
		"no arguments": {func(c *bench.Cell) { c.Parameters.Arguments = nil }, false},
	} {
		if got := cell(func(*bench.Cell) {}).Alike(cell(test.change)); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
	if !(bench.Cell{}).Alike(bench.Cell{Parameters: bench.Parameters{Arguments: bench.Arguments{}}}) {
		t.Error("no arguments are not like none")
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
