package statistics

import (
	"fmt"
	"math"
	"slices"
)

// exactBelow is the sample size from which on the distributions of U and of the
// signed-rank sum are taken as normal, as R does.
const exactBelow = 50

// RankTest is the outcome of a two-sided test of ranks.
type RankTest struct {
	// Statistic is U of the first sample, or the sum of the ranks of positive
	// differences.
	Statistic float64 `json:"statistic"`
	// P is the two-sided p-value, above 0 up to 1.
	P float64 `json:"p"`
	// Exact tells whether P is of the exact distribution, not of the normal one.
	Exact bool `json:"exact"`
}

// inOrder gives a sorted copy of the values. The error is ErrEmpty or ErrNotFinite.
func inOrder(what string, values []float64) ([]float64, error) {
	if err := allFinite(what, values); err != nil {
		return nil, err
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted, nil
}

// bothInOrder sorts copies of two samples.
func bothInOrder(x, y []float64) (sortedX, sortedY []float64, err error) {
	if sortedX, err = inOrder("first sample", x); err != nil {
		return nil, nil, err
	}
	sortedY, err = inOrder("second sample", y)
	return sortedX, sortedY, err
}

// allFinite is checkFinite that names the sample.
func allFinite(what string, values []float64) error {
	if err := checkFinite(values); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// differences of pairs, x − y. The error is ErrEmpty, ErrArgument where the
// lengths differ, or ErrNotFinite.
func differences(x, y []float64) ([]float64, error) {
	if err := pairs(x, y); err != nil {
		return nil, err
	}
	d := make([]float64, len(x))
	for i := range x {
		if d[i] = x[i] - y[i]; !finite(d[i]) {
			return nil, fmt.Errorf("difference of pair %d: %w", i, ErrNotFinite)
		}
	}
	return d, nil
}

func pairs(x, y []float64) error {
	if len(x) != len(y) {
		return fmt.Errorf("pairs of %d and %d values: %w", len(x), len(y), ErrArgument)
	}
	if err := allFinite("first of the pairs", x); err != nil {
		return err
	}
	return allFinite("second of the pairs", y)
}

// between is the mean of two numbers, not beyond float64 where they are not.
func between(a, b float64) float64 {
	if total := a + b; finite(total) {
		return total / 2
	}
	return a/2 + b/2
}

// tieSum is Σ(t³ − t) over the groups of t equal values among sorted ones: what
// corrections for ties take from the variance.
func tieSum(sorted []float64) float64 {
	sum := 0.0
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		t := float64(to - from)
		sum += t*t*t - t
		from = to
	}
	return sum
}

// twoSidedNormal is the p-value of a rank statistic whose distance from its mean
// is given, with a continuity correction of ½. Without variance, nothing but the
// mean was possible and p is 1.
func twoSidedNormal(distance, sigma float64) float64 {
	if distance == 0 || sigma == 0 {
		return 1
	}
	z := max(0, math.Abs(distance)-0.5) / sigma
	// Not 0, which no test can give: the smallest number there is, where erfc ends.
	return max(math.Erfc(z/math.Sqrt2), math.SmallestNonzeroFloat64)
}

// normalZ is the quantile of the normal distribution that leaves half of what the
// confidence does not cover above it.
func normalZ(confidence float64) float64 { return math.Sqrt2 * math.Erfinv(confidence) }
