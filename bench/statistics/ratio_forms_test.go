package statistics

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// TestFormsOfRatioInterval is why RatioOfMedians takes percentiles: from the same resamples, it
// makes other intervals that are in use, and prints how often each holds the true
// ratio. The median is not smooth: corrections that count resamples below the estimate
// (BC) meet many that equal it, and what is turned around (basic, on the log scale)
// suffers from its few values. The percentile interval may cover least nowhere.
func TestFormsOfRatioInterval(t *testing.T) {
	const trials = 400
	names := []string{"percentile", "basic of logs", "bias-corrected", "normal of logs"}
	least := make([]float64, len(names))
	for i := range least {
		least[i] = 1
	}
	for _, blocks := range []bool{false, true} {
		for _, n := range []int{6, 10, 30, 100} {
			random := rand.New(rand.NewPCG(uint64(n), 1))
			covered := make([]float64, len(names))
			for range trials {
				x, base := make([]float64, n), make([]float64, n)
				for i := range n {
					shared := 1.0
					if blocks {
						shared = math.Exp(0.1 * random.NormFloat64())
					}
					x[i], base[i] = shared*math.Exp(0.1*random.NormFloat64()), shared*math.Exp(0.1*random.NormFloat64())
				}
				for form, ends := range forms(t, x, base, blocks, random.Uint64()) {
					if ends[0] <= 1 && 1 <= ends[1] {
						covered[form] += 1.0 / trials
					}
				}
			}
			for form, name := range names {
				t.Logf("in blocks %-5v n = %3d  %-14s %.3f", blocks, n, name, covered[form])
				least[form] = min(least[form], covered[form])
			}
		}
	}
	for form, name := range names[1:] {
		if least[0] < least[form+1] {
			t.Errorf("the percentile interval covers %.3f at the least, the %s one %.3f", least[0], name, least[form+1])
		}
	}
	if allowed := 0.95 - 3*math.Sqrt(0.95*0.05/trials); least[0] < allowed {
		t.Errorf("the percentile interval covers %.3f at the least, want %.3f", least[0], allowed)
	}
}

// forms gives the ends of each form of interval, in the order of the test's names.
func forms(t *testing.T, x, base []float64, blocks bool, seed uint64) [][2]float64 {
	t.Helper()
	draw := drawUnpaired
	if blocks {
		draw = drawPaired
	}
	median, medianBase, next := draw(x, base, rand.New(rand.NewPCG(seed, 0)))
	estimate := median / medianBase
	const resamples = 599
	ratios := make([]float64, resamples)
	sum, squares, below := 0.0, 0.0, 0.0
	for i := range ratios {
		a, b := next()
		ratios[i] = a / b
		logarithm := math.Log(ratios[i] / estimate)
		sum += logarithm
		squares += logarithm * logarithm
		switch {
		case ratios[i] < estimate:
			below++
		case ratios[i] == estimate:
			below += 0.5
		}
	}
	slices.Sort(ratios)
	at := func(p float64) float64 {
		return ratios[min(max(int(math.Round(p*(resamples+1))), 1), resamples)-1]
	}
	low, high := percentiles(ratios, 0.95)
	spread := math.Exp(normalZ(0.95) * math.Sqrt((squares-sum*sum/resamples)/(resamples-1)))
	bias := math.Sqrt2 * math.Erfinv(2*min(max(below/resamples, 1.0/resamples), 1-1.0/resamples)-1)
	corrected := func(z float64) float64 { return at(math.Erfc(-(2*bias+z)/math.Sqrt2) / 2) }
	return [][2]float64{
		{low, high},
		{estimate * estimate / high, estimate * estimate / low},
		{corrected(-normalZ(0.95)), corrected(normalZ(0.95))},
		{estimate / spread, estimate * spread},
	}
}
