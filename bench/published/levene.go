package published

import (
	"fmt"
	"math"
	"slices"

	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mathext"
)

// LeveneTest is the outcome of Levene's test that groups vary equally.
type LeveneTest struct {
	// W is the statistic, at least 0.
	W float64 `json:"w"`
	// P is that of F with groups − 1 and values − groups degrees of freedom, from 0 to 1.
	P float64 `json:"p"`
}

// Levene tests whether groups vary equally, by an analysis of variance of the
// distances of their values from the group's median: Levene's test (1960) with the
// centre of Brown and Forsythe (1974), the default of SciPy.
//
// The error is statistics.ErrTooFew for fewer than two groups, or a group of fewer
// than two values; ErrConstant where in each group all distances are equal; ErrEmpty
// or ErrNotFinite.
func Levene(groups ...[]float64) (LeveneTest, error) {
	if len(groups) < 2 {
		return LeveneTest{}, fmt.Errorf("%d groups, want two or more: %w", len(groups), statistics.ErrTooFew)
	}
	distances := make([][]float64, len(groups))
	largest, n := 0.0, 0
	for i, group := range groups {
		name := fmt.Sprintf("group %d", i)
		if err := checkNumbers(name, group); err != nil {
			return LeveneTest{}, err
		}
		if len(group) < 2 {
			return LeveneTest{}, fmt.Errorf("%s has a single value: %w", name, statistics.ErrTooFew)
		}
		var err error
		if distances[i], err = fromMedian(group); err != nil {
			return LeveneTest{}, fmt.Errorf("%s: %w", name, err)
		}
		largest = max(largest, slices.Max(distances[i]))
		n += len(group)
	}
	if !finite(largest) {
		return LeveneTest{}, fmt.Errorf("distances: %w", statistics.ErrNotFinite)
	}
	between, within := variances(distances, largest)
	if !(within > 0) {
		return LeveneTest{}, fmt.Errorf("distances from the medians: %w", statistics.ErrConstant)
	}
	freedom, rest := float64(len(groups)-1), float64(n-len(groups))
	w := between / within * rest / freedom
	if !finite(w) {
		return LeveneTest{}, fmt.Errorf("statistic: %w", statistics.ErrNotFinite)
	}
	// The upper tail by symmetry: 1 − CDF would have no digits left where p is small.
	return LeveneTest{W: w, P: mathext.RegIncBeta(rest/2, freedom/2, rest/(rest+freedom*w))}, nil
}

// fromMedian lists each value's distance from the median.
func fromMedian(group []float64) ([]float64, error) {
	centre, err := statistics.Median(group)
	if err != nil {
		return nil, err
	}
	distances := make([]float64, len(group))
	for i, value := range group {
		distances[i] = math.Abs(value - centre)
	}
	// Distances that only rounding made different have no variance.
	if least := slices.Min(distances); slices.Max(distances)-least <= roundingOf(group) {
		for i := range distances {
			distances[i] = least
		}
	}
	return distances, nil
}

// variances sums the squares between groups and within them, in units of the largest
// value, whose own square may be beyond float64.
func variances(groups [][]float64, largest float64) (between, within float64) {
	if largest == 0 {
		return 0, 0
	}
	sum, n := 0.0, 0
	means := make([]float64, len(groups))
	for i, group := range groups {
		floats.Scale(1/largest, group)
		means[i] = group[0]
		if slices.Min(group) != slices.Max(group) {
			means[i] = floats.Sum(group) / float64(len(group))
		}
		sum, n = sum+means[i]*float64(len(group)), n+len(group)
	}
	grand := sum / float64(n)
	for i, group := range groups {
		between += float64(len(group)) * (means[i] - grand) * (means[i] - grand)
		for _, value := range group {
			within += (value - means[i]) * (value - means[i])
		}
	}
	return between, within
}
