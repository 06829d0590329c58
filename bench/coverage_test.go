package bench_test

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

func compared(t *testing.T, cell, baseline []float64, options bench.Options) bench.Comparison {
	t.Helper()
	c, err := bench.CompareCells(runsOf("purecap", cell...), runsOf("hybrid", baseline...), bench.Nanoseconds, options)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// What is said of intervals of few runs, and that nothing is said of others.
func TestRatioCaveat(t *testing.T) {
	pairs, runs := bench.Options{Interleaved: true}, bench.Options{}
	of := func(cell, baseline int, options bench.Options) bench.Comparison {
		return compared(t, around(120, cell), around(100, baseline), options)
	}
	const few = "× of fewer than 5 runs: in fewer than 95"
	for name, test := range map[string]struct {
		of   []bench.Comparison
		want string
	}{
		"none":             {nil, ""},
		"no interval":      {[]bench.Comparison{of(1, 1, pairs)}, ""},
		"enough":           {[]bench.Comparison{of(5, 5, pairs), of(5, 5, runs)}, ""},
		"pairs":            {[]bench.Comparison{of(5, 5, pairs), of(4, 4, pairs), of(4, 4, pairs)}, few + " (of 4 pairs: in about 88)"},
		"runs and pairs":   {[]bench.Comparison{of(4, 4, runs), of(3, 3, pairs)}, few + " (of 4 runs of either: in about 93, of 3 pairs: in about 75)"},
		"unequal":          {[]bench.Comparison{of(3, 30, runs)}, few},
		"other confidence": {[]bench.Comparison{of(4, 4, bench.Options{Confidence: 0.975})}, "× of fewer than 5 runs: in fewer than 97.5"},
	} {
		if got := bench.RatioCaveat("×", test.of); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// As often as is said, within three standard errors and half a percent of rounding, the ratio's interval of few runs holds the
// true ratio.
func TestFewHoldAsSaid(t *testing.T) {
	const trials = 1500
	random := rand.New(rand.NewPCG(5, 8))
	for _, test := range []struct {
		pairs bool
		n     int
		said  string
		want  float64
	}{
		{true, 2, "of 2 pairs: in about 50", 0.50},
		{true, 3, "of 3 pairs: in about 75", 0.75},
		{true, 4, "of 4 pairs: in about 88", 0.88},
		{false, 2, "of 2 runs of either: in about 66", 0.66},
		{false, 3, "of 3 runs of either: in about 91", 0.91},
		{false, 4, "of 4 runs of either: in about 93", 0.93},
	} {
		held, said := 0, ""
		for trial := range trials {
			var cell, baseline []float64
			for range test.n {
				block := 1.0
				if test.pairs {
					block = math.Exp(0.1 * random.NormFloat64())
				}
				cell = append(cell, 100*block*math.Exp(0.05*random.NormFloat64()))
				baseline = append(baseline, 100*block*math.Exp(0.05*random.NormFloat64()))
			}
			c := compared(t, cell, baseline, bench.Options{Interleaved: test.pairs, Resamples: 500, Seed: uint64(trial)})
			if c.Ratio.Interval.Contains(1) {
				held++
			}
			said = bench.RatioCaveat("×", []bench.Comparison{c})
		}
		share, most := float64(held)/trials, 0.005+3*math.Sqrt(test.want*(1-test.want)/trials)
		if math.Abs(share-test.want) > most || !strings.Contains(said, test.said) {
			t.Errorf("%d, pairs %v: %.3f hold the ratio, want %.2f ± %.3f; it says %q", test.n, test.pairs, share, test.want, most, said)
		}
	}
}

// A mean's interval of few values holds less than it says, that of hundreds does not, and none holds nothing.
func TestFewForTheMean(t *testing.T) {
	for n, want := range map[int]bool{1: false, 4: true, 99: true, 100: false} {
		of, err := statistics.Describe(around(100, n), statistics.Confidence, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := bench.FewForTheMean(of); got != want {
			t.Errorf("%d values: %v, want %v", n, got, want)
		}
	}
}
