package statistics

import (
	"math"
	"slices"
)

// MannWhitney tests whether values of one sample tend to be above those of the
// other (Mann and Whitney 1947). Statistic is U of x: the number of pairs in which
// x is above y, ties counting one half; from 0 to len(x)·len(y).
//
// P is exact where both samples have fewer than 50 values and no two of all values
// are equal, otherwise of the normal distribution, its variance corrected for ties
// and U for continuity: the rule of R's wilcox.test. (SciPy's "auto" asks for at
// most 8 values in one sample instead.) Where all values are equal, every order
// gives the same U, and P is 1. The error is ErrEmpty or ErrNotFinite.
func MannWhitney(x, y []float64) (RankTest, error) {
	x, y, err := bothInOrder(x, y)
	if err != nil {
		return RankTest{}, err
	}
	m, n := float64(len(x)), float64(len(y))
	above, equal := dominance(x, y)
	u := above + equal/2
	pooled := append(slices.Clone(x), y...)
	slices.Sort(pooled)
	ties := tieSum(pooled)
	if ties == 0 && len(x) < exactBelow && len(y) < exactBelow {
		return RankTest{Statistic: u, P: uDistribution(len(x), len(y)).twoSided(int(u)), Exact: true}, nil
	}
	variance := m * n / 12 * (m + n + 1 - ties/((m+n)*(m+n-1)))
	if pooled[0] == pooled[len(pooled)-1] {
		variance = 0 // and not what rounding leaves of it
	}
	return RankTest{Statistic: u, P: twoSidedNormal(u-m*n/2, math.Sqrt(variance))}, nil
}

// LeastMannWhitney is the smallest p-value that MannWhitney's exact test can give
// with samples of these sizes, each at least 1: both orders that part the samples,
// of all orders. Below it nothing can be shown, whatever the values.
func LeastMannWhitney(m, n int) float64 {
	if m < 1 || n < 1 {
		return 1
	}
	logarithm := func(k int) float64 { l, _ := math.Lgamma(float64(k) + 1); return l }
	return min(1, 2*math.Exp(logarithm(m)+logarithm(n)-logarithm(m+n)))
}

// dominance counts the pairs in which x is above y, and those that are equal, of
// sorted samples.
func dominance(x, y []float64) (above, equal float64) {
	below, notAbove := 0, 0 // of y, how many are below x, and below or equal to it
	for _, value := range x {
		for below < len(y) && y[below] < value {
			below++
		}
		for notAbove < len(y) && y[notAbove] <= value {
			notAbove++
		}
		above += float64(below)
		equal += float64(notAbove - below)
	}
	return above, equal
}
