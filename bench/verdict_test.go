package bench_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

func TestVerdicts(t *testing.T) {
	interleaved := bench.Options{Interleaved: true}
	wide := bench.Options{Precision: 0.5}
	equal := []float64{7, 7, 7, 7, 7, 7, 7, 7}
	hundreds := slices.Repeat([]float64{100}, 240)
	for _, test := range []struct {
		name           string
		cell, baseline []float64
		unit           bench.Unit
		options        bench.Options
		test           string
		pairs          int
		want           bench.Verdict
	}{
		{"slower", around(130, 20), around(100, 20), bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.Slower},
		{"faster", around(100, 20), around(130, 20), bench.Nanoseconds, interleaved, bench.Wilcoxon, 20, bench.Faster},
		{"more memory", around(130, 20), around(100, 20), bench.Bytes, interleaved, bench.Wilcoxon, 20, bench.More},
		{"less memory", around(100, 20), around(130, 20), bench.Bytes, bench.Options{}, bench.MannWhitney, 0, bench.Less},
		{"fewer faults", around(100, 20), around(130, 20), bench.Count, bench.Options{}, bench.MannWhitney, 0, bench.Fewer},
		{"more faults than none", around(100, 20), make([]float64, 20), bench.Count, bench.Options{}, bench.MannWhitney, 0, bench.More},
		{"nothing at all", make([]float64, 20), make([]float64, 20), bench.Count, bench.Options{}, bench.MannWhitney, 0, bench.NoDifference},
		{"the same", around(100, 30), around(100, 30), bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.NoDifference},
		{"all equal", equal, equal, bench.Bytes, interleaved, bench.Wilcoxon, 8, bench.NoDifference},
		{"wider than asked", []float64{80, 90, 100, 110, 120, 101, 99}, []float64{81, 92, 103, 107, 119, 98, 102}, bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.TooFew},
		{"as precise as asked", []float64{80, 90, 100, 110, 120, 101, 99}, []float64{81, 92, 103, 107, 119, 98, 102}, bench.Nanoseconds, wide, bench.MannWhitney, 0, bench.NoDifference},
		{"three runs show nothing", around(200, 3), around(100, 3), bench.Nanoseconds, wide, bench.MannWhitney, 0, bench.TooFew},
		{"five pairs show nothing", around(200, 5), around(100, 5), bench.Nanoseconds, bench.Options{Interleaved: true, Precision: 0.5}, bench.Wilcoxon, 5, bench.TooFew},
		{"the medians are one way, most pairs the other", slices.Concat(slices.Repeat([]float64{101}, 240), around(1, 160)), slices.Concat(hundreds, around(300, 160)), bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.NoDifference},
		{"the test shows what the ratio does not", slices.Concat(hundreds, around(90, 160)), slices.Concat(hundreds, around(110, 160)), bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.NoDifference},
		{"one run", []float64{200}, around(100, 30), bench.Nanoseconds, bench.Options{}, bench.MannWhitney, 0, bench.TooFew},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := bench.CompareCells(runsOf("purecap", test.cell...), runsOf("hybrid", test.baseline...), test.unit, test.options)
			if err != nil {
				t.Fatal(err)
			}
			if got.Verdict != test.want || got.Test != test.test || got.Pairs != test.pairs || got.AdjustedP != got.P || got.Family != 1 {
				t.Errorf("%s by %s of %d pairs, p %v, adjusted %v; want %s by %s of %d\n%+v", got.Verdict, got.Test, got.Pairs, got.P, got.AdjustedP, test.want, test.test, test.pairs, got)
			}
			if shown := test.want != bench.NoDifference && test.want != bench.TooFew; got.Verdict.Shown() != shown {
				t.Errorf("shown: %v", got.Verdict.Shown())
			}
			if len(test.cell) > 1 && got.Ratio != nil && got.RunsNeeded < 2 {
				t.Errorf("%d runs needed", got.RunsNeeded)
			}
			if got.Verdict == bench.TooFew && len(test.cell) > 1 && got.RunsNeeded <= len(test.cell) {
				t.Errorf("%d runs are too few, but %d needed", len(test.cell), got.RunsNeeded)
			}
		})
	}
}

// TestRunsNeededOfUnequalSamples: what few runs leave open is not told by the many runs of the other cell. As many runs of both as are
// needed have about the width asked for.
func TestRunsNeededOfUnequalSamples(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 3))
	draw := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 * math.Exp(0.05*random.NormFloat64())
		}
		return values
	}
	compare := func(cell, baseline int) bench.Comparison {
		got, err := bench.CompareCells(runsOf("purecap", draw(cell)...), runsOf("hybrid", draw(baseline)...), bench.Nanoseconds, bench.Options{Precision: 0.02})
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	var needed []float64
	for i := range 100 {
		sizes := [][2]int{{10, 400}, {400, 10}}[i%2]
		needed = append(needed, float64(compare(sizes[0], sizes[1]).RunsNeeded))
	}
	slices.Sort(needed)
	enough := int(needed[len(needed)/2])
	got := compare(enough, enough)
	if asked := 0.02 * got.Ratio.Value; got.Ratio.Interval.HalfWidth() < asked/2 || got.Ratio.Interval.HalfWidth() > 2*asked {
		t.Errorf("with %d runs of each, the median of what was needed, the interval is ± %v, want about ± %v", enough, got.Ratio.Interval.HalfWidth(), asked)
	}
}

// TestVerdictNeedsTheTest: where the ratio's interval leaves 1 out and only the adjustment for other comparisons keeps the
// test from showing it, no difference is shown.
func TestVerdictNeedsTheTest(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 7))
	draw := func(middle float64) []float64 {
		values := make([]float64, 20)
		for i := range values {
			values[i] = middle * math.Exp(0.02*random.NormFloat64())
		}
		return values
	}
	found := 0
	for range 300 {
		c, err := bench.CompareCells(runsOf("purecap", draw(101.2)...), runsOf("hybrid", draw(100)...), bench.Nanoseconds, bench.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if c.Ratio.Interval.Contains(1) || c.P < 0.02 || c.P > 0.05 {
			continue
		}
		found++
		same, err := bench.CompareCells(runsOf("purecap", around(100, 20)...), runsOf("hybrid", around(100, 20)...), bench.Nanoseconds, bench.Options{})
		if err != nil {
			t.Fatal(err)
		}
		family := []bench.Comparison{c, same, same}
		if err := bench.Family(family, bench.Options{}); err != nil {
			t.Fatal(err)
		}
		if !c.Verdict.Shown() || family[0].Verdict.Shown() || family[0].AdjustedP < 0.05 {
			t.Errorf("alone %s at p %v, of three %s at p %v", c.Verdict, c.P, family[0].Verdict, family[0].AdjustedP)
		}
	}
	if found < 5 {
		t.Errorf("only %d comparisons are between", found)
	}
}

// With one run fewer no values at all show anything, with as many the clearest do.
func TestFewestToShow(t *testing.T) {
	for _, test := range []struct {
		comparisons int
		pairs       bool
		want        int
	}{{1, true, 6}, {3, true, 7}, {5, true, 8}, {1, false, 4}, {3, false, 5}} {
		if got := bench.FewestToShow(test.comparisons, test.pairs); got != test.want {
			t.Errorf("%d comparisons, pairs %v: %d, want %d", test.comparisons, test.pairs, got, test.want)
		}
	}
	fewest := bench.FewestToShow(1, true)
	for n, shown := range map[int]bool{fewest - 1: false, fewest: true} {
		var slow, fast []float64
		for i := range n {
			fast, slow = append(fast, 10+0.01*float64(i%3)), append(slow, 20+0.01*float64(i%2))
		}
		test, err := statistics.Wilcoxon(slow, fast)
		if err != nil || (test.P < 0.05) != shown {
			t.Errorf("%d blocks: p = %v, %v", n, test.P, err)
		}
	}
}

// The reason for more runs is the one that asks for the most: a narrow interval of few runs is narrow enough, but no test shows anything.
func TestNeededForTheTest(t *testing.T) {
	wide := []float64{80, 90, 100, 110, 120, 101, 99}
	for name, test := range map[string]struct {
		of   bench.Comparison
		runs int // 0: as many as there may be
		want bool
	}{
		"4 pairs, hardly scattered": {compared(t, []float64{200.1, 200.2, 200.3, 200.4}, []float64{100.1, 100.2, 100.3, 100.4}, bench.Options{Interleaved: true}), 6, true},
		"3 runs of either":          {compared(t, []float64{200.1, 200.2, 200.3}, []float64{100.1, 100.2, 100.3}, bench.Options{}), 4, true},
		"few, and far apart":        {compared(t, wide[:4], wide[1:5], bench.Options{}), 0, false},
		"enough for the test":       {compared(t, wide, []float64{81, 92, 103, 107, 119, 98, 102}, bench.Options{}), 0, false},
		"no interval":               {compared(t, []float64{200}, []float64{100}, bench.Options{}), 0, false},
	} {
		if got := test.of.NeededForTheTest(); got != test.want || test.runs > 0 && test.of.RunsNeeded != test.runs {
			t.Errorf("%s: %v, %d runs; want %v, %d", name, got, test.of.RunsNeeded, test.want, test.runs)
		}
	}
}
