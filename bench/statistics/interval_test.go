package statistics_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"eaibench/bench/statistics"
)

func TestQuantileIntervalAgainstR(t *testing.T) {
	refused := 0
	for _, row := range referencesOf(t, "quantile_interval") {
		values := referenceSample(t, row["sample"])
		p, confidence := row.number(t, "probability"), row.number(t, "confidence")
		got, err := statistics.QuantileInterval(values, p, confidence)
		if row["low"] == "too few" {
			refused++
			if !errors.Is(err, statistics.ErrTooFew) {
				t.Errorf("%s at %v, %v: %v, %v", row["sample"], p, confidence, got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if low, high := row.number(t, "low"), row.number(t, "high"); got.Low != low || got.High != high {
			t.Errorf("%s at %v, %v: %v to %v, want %v to %v", row["sample"], p, confidence, got.Low, got.High, low, high)
		}
		if p == 0.5 {
			if median, err := statistics.MedianInterval(values, confidence); err != nil || median != got {
				t.Errorf("%s: interval of the median %v, %v, of the quantile at 0.5 %v", row["sample"], median, err, got)
			}
		}
	}
	if refused == 0 {
		t.Error("nothing was refused")
	}
}

// The ranks of the tables of the median's interval at 95 % (Conover; Nair 1940), and the least n.
func TestMedianIntervalRanks(t *testing.T) {
	ranks := map[int]int{6: 1, 8: 1, 9: 2, 10: 2, 12: 3, 15: 4, 20: 6, 25: 8, 30: 10, 50: 18, 100: 40}
	for n := 1; n <= 100; n++ {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(n - i)
		}
		got, err := statistics.MedianInterval(values, 0.95)
		if n < 6 {
			if !errors.Is(err, statistics.ErrTooFew) {
				t.Errorf("n = %d: %v, %v", n, got, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if got.Low+got.High != float64(n+1) {
			t.Errorf("n = %d: ranks %v and %v are not symmetrical", n, got.Low, got.High)
		}
		if rank, ok := ranks[n]; ok && got.Low != float64(rank) {
			t.Errorf("n = %d: rank %v, want %d", n, got.Low, rank)
		}
		if coverage := coverageOfRanks(n, int(got.Low)); coverage < 0.95 {
			t.Errorf("n = %d: ranks %v and %v cover %v", n, got.Low, got.High, coverage)
		}
		if coverage := coverageOfRanks(n, int(got.Low)+1); coverage >= 0.95 {
			t.Errorf("n = %d: ranks %v and %v would cover %v too", n, got.Low+1, got.High-1, coverage)
		}
	}
	// Exactly what is asked: the extremes of two values cover half.
	if got, err := statistics.MedianInterval([]float64{1, 2}, 0.5); err != nil || got.Low != 1 || got.High != 2 {
		t.Errorf("two values at 50 %%: %v, %v", got, err)
	}
}

// coverageOfRanks sums the binomial coefficients between a rank and its mirror.
func coverageOfRanks(n, rank int) float64 {
	chance, total := math.Pow(0.5, float64(n)), 0.0
	for below := range n + 1 {
		if below >= rank && below <= n-rank {
			total += chance
		}
		chance *= float64(n-below) / float64(below+1)
	}
	return total
}

// TestMeanIntervalAgainstSciPy: SciPy's ends over 30 seeds have a mean and a standard deviation; ours over as many
// seeds have the same, within what 30 seeds leave open.
func TestMeanIntervalAgainstSciPy(t *testing.T) {
	const seeds = 30
	for _, row := range referencesOf(t, "mean_interval") {
		values := referenceSample(t, row["sample"])
		lows, highs := make([]float64, seeds), make([]float64, seeds)
		for seed := range lows {
			got, err := statistics.MeanInterval(values, row.number(t, "confidence"), uint64(seed), int(row.number(t, "resamples")))
			if err != nil {
				t.Fatal(err)
			}
			lows[seed], highs[seed] = got.Low, got.High
		}
		for end, ours := range map[string][]float64{"low": lows, "high": highs} {
			mine, err := statistics.Summarize(ours)
			if err != nil {
				t.Fatal(err)
			}
			theirs, theirSD := row.number(t, end), row.number(t, end+"_sd")
			if off, standardError := mine.Mean-theirs, math.Hypot(*mine.SD, theirSD)/math.Sqrt(seeds); math.Abs(off) > 4.5*standardError {
				t.Errorf("%s %s at %s: %v, SciPy's %v: %.1f standard errors apart", row["sample"], end, row["confidence"], mine.Mean, theirs, off/standardError)
			}
			// Few whole numbers have few means, and an end may sit on one of them whatever the seed.
			if ratio := *mine.SD / theirSD; len(values) >= 10 && (ratio < 0.4 || ratio > 2.5) {
				t.Errorf("%s %s at %s: moves by %v from seed to seed, SciPy's by %v", row["sample"], end, row["confidence"], *mine.SD, theirSD)
			}
		}
	}
}

func TestMeanIntervalBySeed(t *testing.T) {
	values := referenceSample(t, "lognormal")
	interval := func(values []float64, seed uint64) statistics.Interval {
		got, err := statistics.MeanInterval(values, 0.95, seed, 1000)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	one := interval(values, 1)
	if other := interval(values, 1); other != one {
		t.Errorf("the same seed gives %v and %v", one, other)
	}
	if other := interval(values, 2); other == one {
		t.Error("two seeds give the same interval")
	}
	backwards := slices.Clone(values)
	slices.Reverse(backwards)
	if other := interval(backwards, 1); other != one {
		t.Errorf("another order gives %v, not %v", other, one)
	}
	if one.Confidence != 0.95 || one.Method != "BCa bootstrap" || !one.Contains(4) || one.HalfWidth() <= 0 {
		t.Errorf("got %+v", one)
	}
}
