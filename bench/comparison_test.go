package bench_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// runsOf has the values as runs of blocks 0, 1, …
func runsOf(mode string, values ...float64) bench.CellRuns {
	runs := bench.CellRuns{Cell: bench.Cell{ID: mode + "-relayed-hpke", Mode: mode}, Values: values}
	for i := range values {
		runs.Blocks = append(runs.Blocks, i)
	}
	return runs
}

// around gives n values within one percent of a middle, none twice.
func around(middle float64, n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = middle * (1 + 0.01*math.Sin(float64(i*i)+middle))
	}
	return values
}

// What disturbs a whole block does not disturb the comparison of pairs.
func TestPairsTakeBlocksOut(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var slow, fast []float64
	for range 30 {
		disturbed := 100 * math.Exp(math.Abs(random.NormFloat64()))
		fast, slow = append(fast, disturbed*(1+0.001*random.NormFloat64())), append(slow, 1.02*disturbed*(1+0.001*random.NormFloat64()))
	}
	pairs, err := bench.CompareCells(runsOf("purecap", slow...), runsOf("hybrid", fast...), bench.Nanoseconds, bench.Options{Interleaved: true})
	if err != nil {
		t.Fatal(err)
	}
	separate, err := bench.CompareCells(runsOf("purecap", slow...), runsOf("hybrid", fast...), bench.Nanoseconds, bench.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if pairs.P > 1e-6 || separate.P < 0.5 || pairs.Shift.Interval.HalfWidth() > separate.Shift.Interval.HalfWidth()/10 {
		t.Errorf("pairs p %v, %v; separate p %v, %v", pairs.P, pairs.Shift.Interval, separate.P, separate.Shift.Interval)
	}
	if ratio := pairs.PairRatio; ratio == nil || math.Abs(ratio.Value-1.02) > 0.001 || ratio.Interval.HalfWidth() >= pairs.Ratio.Interval.HalfWidth() || separate.PairRatio != nil {
		t.Errorf("ratio of pairs %+v, of medians %+v; separate %+v", ratio, pairs.Ratio, separate.PairRatio)
	}
	slow[3] = 0
	if without, err := bench.CompareCells(runsOf("purecap", slow...), runsOf("hybrid", fast...), bench.Nanoseconds, bench.Options{Interleaved: true}); err != nil || without.PairRatio != nil {
		t.Errorf("a value of 0: ratio of pairs %+v, %v", without.PairRatio, err)
	}
}

func TestPairing(t *testing.T) {
	with := func(blocks ...int) bench.CellRuns {
		return bench.CellRuns{Values: around(100, len(blocks)), Blocks: blocks}
	}
	for name, test := range map[string]struct {
		cell, baseline bench.CellRuns
		pairs          int
	}{
		"all":                      {with(3, 1, 2), with(1, 2, 3), 3},
		"a run was lost":           {with(1, 2, 3, 5), with(1, 3, 4, 5), 3},
		"half":                     {with(1, 2, 3, 4), with(3, 4, 5, 6), 2},
		"less than half":           {with(1, 2, 3, 4), with(4, 5, 6, 7), 0},
		"fewer than half of one":   {with(1, 2, 3, 4, 5), with(1, 2), 0},
		"a block twice":            {with(1, 1, 2), with(1, 2, 3), 0},
		"a baseline's twice":       {with(1, 2, 3), with(1, 1, 2), 0},
		"blocks are not known":     {bench.CellRuns{Values: []float64{1, 2}}, with(1, 2), 0},
		"nothing in common at all": {with(1), with(2), 0},
	} {
		got, err := bench.CompareCells(test.cell, test.baseline, bench.Nanoseconds, bench.Options{Interleaved: true})
		if err != nil || got.Pairs != test.pairs {
			t.Errorf("%s: %d pairs, want %d, %v", name, got.Pairs, test.pairs, err)
		}
	}
}

func TestCompareCellsRefuses(t *testing.T) {
	fine := runsOf("hybrid", 1, 2, 3)
	for name, test := range map[string]struct {
		cell    bench.CellRuns
		options bench.Options
		want    error
	}{
		"no values":  {runsOf("purecap"), bench.Options{}, statistics.ErrEmpty},
		"NaN":        {runsOf("purecap", 1, math.NaN()), bench.Options{Interleaved: true}, statistics.ErrNotFinite},
		"confidence": {fine, bench.Options{Confidence: 2}, statistics.ErrArgument},
		"precision":  {fine, bench.Options{Precision: -1}, statistics.ErrArgument},
		"resamples":  {fine, bench.Options{Resamples: 1}, statistics.ErrArgument},
	} {
		if _, err := bench.CompareCells(test.cell, fine, bench.Nanoseconds, test.options); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", name, err, test.want)
		}
	}
}

// Together with others that show nothing, a comparison needs a smaller p-value.
func TestFamily(t *testing.T) {
	family := func() []bench.Comparison {
		var all []bench.Comparison
		for i, values := range [][]float64{around(130, 6), around(100, 6), around(101, 6)} {
			c, err := bench.CompareCells(runsOf(fmt.Sprint(i), values...), runsOf("hybrid", around(100.5, 6)...), bench.Nanoseconds, bench.Options{Interleaved: true, Precision: 0.5})
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, c)
		}
		return all
	}
	all := family()
	if all[0].Verdict != bench.Slower || all[0].P != 0.03125 {
		t.Fatalf("alone: %s, p %v", all[0].Verdict, all[0].P)
	}
	if err := bench.Family(all, bench.Options{Precision: 0.5}); err != nil {
		t.Fatal(err)
	}
	if all[0].Verdict != bench.TooFew || all[0].AdjustedP != 3*0.03125 || all[0].Family != 3 || all[0].RunsNeeded != 7 {
		t.Errorf("with two others: %s, adjusted p %v of %d, %d runs needed", all[0].Verdict, all[0].AdjustedP, all[0].Family, all[0].RunsNeeded)
	}
	if err := bench.Family(nil, bench.Options{}); err != nil {
		t.Error(err)
	}
	again := family()
	if err := bench.Family(again, bench.Options{Precision: 0.5}); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(all, again); diff != "" {
		t.Errorf("the same values give other results: %s", diff)
	}
}

func TestCompareChain(t *testing.T) {
	chain := []bench.Mode{{Name: "hybrid"}, {Name: "purecap", Baseline: "hybrid"}, {Name: "compartment", Baseline: "purecap"}}
	hybrid, purecap, compartment := runsOf("hybrid", around(100, 20)...), runsOf("purecap", around(130, 20)...), runsOf("compartment", around(180, 20)...)
	for name, test := range map[string]struct {
		cells []bench.CellRuns
		want  []string
		modes int
	}{
		"link by link and end to end": {[]bench.CellRuns{compartment, hybrid, purecap}, []string{"purecap hybrid", "compartment purecap", "compartment hybrid"}, 3},
		"a link has no values":        {[]bench.CellRuns{hybrid, runsOf("purecap"), compartment}, []string{"compartment hybrid"}, 2},
		"a link was left out":         {[]bench.CellRuns{hybrid, compartment}, []string{"compartment hybrid"}, 2},
		"the first was left out":      {[]bench.CellRuns{purecap, compartment}, []string{"compartment purecap"}, 2},
		"one mode":                    {[]bench.CellRuns{purecap}, nil, 0},
		"single runs":                 {[]bench.CellRuns{runsOf("hybrid", 1), runsOf("purecap", 2)}, []string{"purecap hybrid"}, 0},
		"nothing":                     {[]bench.CellRuns{runsOf("hybrid"), runsOf("purecap")}, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			table, err := bench.CompareChain(test.cells, chain, bench.Nanoseconds, bench.Options{Interleaved: true})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, c := range table.Comparisons {
				got = append(got, c.Cell.Mode+" "+c.Baseline.Mode)
				if c.Family != len(test.want) {
					t.Errorf("family of %d", c.Family)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			switch {
			case (table.AllModes == nil) != (test.modes == 0):
				t.Errorf("all modes: %v", table.AllModes)
			case table.AllModes != nil && (table.AllModes.Groups != test.modes || table.AllModes.P > 0.001):
				t.Errorf("all modes: %+v", *table.AllModes)
			}
		})
	}
}

func TestRunsOf(t *testing.T) {
	run := func(id string, block int, status bench.Status, warmUp bool) bench.Run {
		return bench.Run{PlannedRun: bench.PlannedRun{ID: id, Cell: "c", Block: block, WarmUp: warmUp}, Status: status}
	}
	runs := []bench.Run{run("w", 0, bench.OK, true), run("b", 2, bench.OK, false), run("f", 3, bench.Failed, false), run("a", 1, bench.OK, false)}
	values := map[string]bench.Values{}
	for i, one := range runs {
		values[one.ID] = bench.Values{bench.ExecuteTotal(): float64(10 * i)}
	}
	values["n"] = bench.Values{}
	runs = append(runs, run("n", 4, bench.OK, false), run("i", 5, bench.Invalid, true), run("s", 6, bench.Aborted, false))
	want := bench.CellRuns{
		Cell: bench.Cell{ID: "c"}, Values: []float64{10, 30}, Blocks: []int{2, 1}, IDs: []string{"b", "a"},
		LeftOut: bench.LeftOut{WarmUp: 1, Failed: 1, Invalid: 1, Aborted: 1, WithoutValue: 1},
	}
	if got, want := want.LeftOut.String(), "1 warm-up, 1 failed, 1 invalid, 1 aborted, 1 without a value"; got != want {
		t.Error(got)
	}
	if diff := cmp.Diff(want, bench.RunsOf(runs, values, bench.Cell{ID: "c"}, bench.ExecuteTotal())); diff != "" {
		t.Error(diff)
	}
}

// large are two samples of 10,000 lognormal values.
func large() (cell, baseline bench.CellRuns) {
	random := rand.New(rand.NewPCG(1, 1))
	draw := func(middle float64) []float64 {
		values := make([]float64, 10_000)
		for i := range values {
			values[i] = middle * math.Exp(0.2*random.NormFloat64())
		}
		return values
	}
	return runsOf("purecap", draw(101)...), runsOf("hybrid", draw(100)...)
}

// processorTime is for how long this process has had processors.
func processorTime(t *testing.T) time.Duration {
	t.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		t.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// A full comparison of two samples of 10,000 takes less than a second of a processor, of independent
// ones and of pairs; the best of three, or of twenty while others use the machine.
func TestSpeedOfComparison(t *testing.T) {
	const limit = time.Second
	cell, baseline := large()
	for _, interleaved := range []bool{false, true} {
		var took []time.Duration
		for len(took) < 3 || (slices.Min(took) > limit && len(took) < 20) {
			start := processorTime(t)
			if _, err := bench.CompareCells(cell, baseline, bench.Nanoseconds, bench.Options{Interleaved: interleaved}); err != nil {
				t.Fatal(err)
			}
			took = append(took, processorTime(t)-start)
		}
		t.Logf("interleaved %v: %v", interleaved, slices.Min(took))
		if slices.Min(took) > limit {
			t.Errorf("interleaved %v: %v", interleaved, took)
		}
	}
}

func BenchmarkCompareCells(b *testing.B) {
	cell, baseline := large()
	for _, n := range []int{30, 10_000} {
		for _, interleaved := range []bool{false, true} {
			b.Run(fmt.Sprintf("n=%d/interleaved=%v", n, interleaved), func(b *testing.B) {
				x, y := runsOf("x", cell.Values[:n]...), runsOf("y", baseline.Values[:n]...)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := bench.CompareCells(x, y, bench.Nanoseconds, bench.Options{Interleaved: interleaved}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// Every interval is of the confidence that was asked for, and the bootstrap is of the seed.
func TestComparisonsHaveTheConfidenceAskedFor(t *testing.T) {
	x, y := runsOf("purecap", around(103, 20)...), runsOf("hybrid", around(100, 20)...)
	for _, interleaved := range []bool{false, true} {
		compared := func(confidence float64, seed uint64) []*statistics.Interval {
			c, err := bench.CompareCells(x, y, bench.Nanoseconds, bench.Options{Interleaved: interleaved, Confidence: confidence, Seed: seed, Resamples: 100})
			if err != nil {
				t.Fatal(err)
			}
			all := []*statistics.Interval{c.Ratio.Interval, c.Shift.Interval, c.Effect.Interval}
			if interleaved {
				all = append(all, c.PairRatio.Interval)
			}
			return all
		}
		wide, narrow := compared(0.95, 1), compared(0.5, 1)
		for i, interval := range narrow {
			if interval.Confidence != 0.5 || wide[i].Confidence != 0.95 || interval.Method != wide[i].Method {
				t.Errorf("%s: confidence %v and %v, want 0.5 and 0.95", interval.Method, interval.Confidence, wide[i].Confidence)
			}
			if i != 2 && interval.HalfWidth() >= wide[i].HalfWidth() { // δ may be 1, with the width 0
				t.Errorf("%s: ± %v at 50 %%, ± %v at 95 %%", interval.Method, interval.HalfWidth(), wide[i].HalfWidth())
			}
		}
		if other := compared(0.95, 2); *other[0] == *wide[0] {
			t.Errorf("interleaved %v: another seed gives the same bootstrap", interleaved)
		}
	}
}
