package statistics_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"eaibench/bench/statistics"
)

// shapes are what samples of runs look like; the noise that both runs of a block
// share multiplies them.
var shapes = []struct {
	name string
	draw func(*rand.Rand) float64
}{
	{"normal", func(r *rand.Rand) float64 { return 100 + 5*r.NormFloat64() }},
	{"lognormal", func(r *rand.Rand) float64 { return 100 * math.Exp(0.5*r.NormFloat64()) }},
	{"bimodal", func(r *rand.Rand) float64 {
		if r.Float64() < 0.7 {
			return 100 + 3*r.NormFloat64()
		}
		return 130 + 3*r.NormFloat64()
	}},
}

// samplePair draws two samples without a difference.
func samplePair(r *rand.Rand, draw func(*rand.Rand) float64, n int, blocks bool) (x, y []float64) {
	x, y = make([]float64, n), make([]float64, n)
	for i := range n {
		shared := 1.0
		if blocks {
			shared = math.Exp(0.1 * r.NormFloat64())
		}
		x[i], y[i] = shared*draw(r), shared*draw(r)
	}
	return x, y
}

// design is how runs were ordered, and the methods for it.
type design struct {
	name   string
	blocks bool
	ratio  func(x, base []float64, how statistics.Resampling) (statistics.Relation, error)
	shift  func(x, y []float64, confidence float64) (statistics.Shift, error)
}

var designs = []design{
	{"separate", false, statistics.RatioOfMedians, statistics.HodgesLehmann},
	{"in blocks", true, statistics.RatioOfMediansPaired, statistics.HodgesLehmannPaired},
}

// TestCoverageOfComparisons prints how often intervals hold the true ratio, 1, of medians and of pairs, the
// true shift and δ, 0; docs have the table. None may cover less than 95 % less three
// standard errors of the simulation.
func TestCoverageOfComparisons(t *testing.T) {
	t.Logf("%-10s %-9s %4s %7s  %-7s %-7s %-7s %-7s", "shape", "runs", "n", "samples", "ratio", "shift", "delta", "pairs")
	for i, shape := range shapes {
		for _, design := range designs {
			for _, n := range []int{10, 30, 100, 300} {
				trials := min(1000, 60_000/n)
				random := rand.New(rand.NewPCG(uint64(n), uint64(i)))
				least := 0.95 - 3*math.Sqrt(0.95*0.05/float64(trials))
				ratio, shift, delta, pairs := design.coverage(t, random, shape.draw, n, trials)
				ofPairs := "–"
				if design.blocks {
					ofPairs = fmt.Sprintf("%.3f", pairs)
				}
				t.Logf("%-10s %-9s %4d %7d  %.3f   %.3f   %.3f   %s", shape.name, design.name, n, trials, ratio, shift, delta, ofPairs)
				if min(ratio, shift, delta) < least || design.blocks && pairs < least {
					t.Errorf("%s, %s, %d runs: an interval covers less than %.3f", shape.name, design.name, n, least)
				}
			}
		}
	}
}

// coverage gives the shares of trials whose intervals hold the truth; that of the ratio of pairs is said of blocks only.
func (d design) coverage(t *testing.T, random *rand.Rand, draw func(*rand.Rand) float64, n, trials int) (ratio, shift, delta, pairs float64) {
	t.Helper()
	each := 1 / float64(trials)
	for range trials {
		x, y := samplePair(random, draw, n, d.blocks)
		r, err := d.ratio(x, y, statistics.Resampling{Confidence: 0.95, Resamples: 599, Seed: random.Uint64()})
		if err != nil {
			t.Fatal(err)
		}
		s, err := d.shift(x, y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		e, err := statistics.CliffsDelta(x, y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		p, err := statistics.RatioOfPairs(x, y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		ratio += each * count(r.Interval.Contains(1))
		pairs += each * count(p.Interval.Contains(1))
		shift += each * count(s.Interval.Contains(0))
		delta += each * count(e.Interval.Contains(0))
	}
	return ratio, shift, delta, pairs
}

func count(is bool) float64 {
	if is {
		return 1
	}
	return 0
}

// TestFalsePositives compares what does not differ: of 100 tests at 0.05, 5 may say
// otherwise.
func TestFalsePositives(t *testing.T) {
	const level = 0.05
	trials := 2000
	error3 := 3 * math.Sqrt(level*(1-level)/float64(trials))
	for i, shape := range shapes {
		for _, n := range []int{10, 30, 60} {
			random := rand.New(rand.NewPCG(uint64(n), 5+uint64(i)))
			var independent, pairs, groups float64
			for range trials {
				x, y := samplePair(random, shape.draw, n, false)
				z, _ := samplePair(random, shape.draw, n, false)
				u, err := statistics.MannWhitney(x, y)
				if err != nil {
					t.Fatal(err)
				}
				h, err := statistics.KruskalWallis(x, y, z)
				if err != nil {
					t.Fatal(err)
				}
				v, err := statistics.Wilcoxon(samplePair(random, shape.draw, n, true))
				if err != nil {
					t.Fatal(err)
				}
				independent += count(u.P < level)
				pairs += count(v.P < level)
				groups += count(h.P < level)
			}
			for test, positives := range map[string]float64{"Mann-Whitney": independent, "Wilcoxon": pairs, "Kruskal-Wallis": groups} {
				rate := positives / float64(trials)
				t.Logf("%-9s n = %2d  %-14s %.3f of A/A tests below %.2f (± %.3f)", shape.name, n, test, rate, level, error3)
				// An exact test of few values rejects less: there is no p-value just below 0.05.
				if rate > level+error3 || (n >= 30 && rate < level-error3) {
					t.Errorf("%s, %s of %d: %.3f, want %.2f ± %.3f", shape.name, test, n, rate, level, error3)
				}
			}
		}
	}
}
