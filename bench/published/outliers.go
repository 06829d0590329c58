package published

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat"
)

// Fences calls a value an outlier by its distance from quantiles (type 7) of all
// values: with a the quantile at Tail, b that at 1 − Tail, kept is what lies from
// a − Reach·(b−a) to b + Reach·(b−a), both ends included.
type Fences struct {
	// Tail is a probability, at least 0 and below one half.
	Tail float64
	// Reach is at least 0.
	Reach float64
}

// TukeyFences are the usual ones: 1.5 interquartile ranges beyond the quartiles.
func TukeyFences() Fences { return Fences{Tail: 0.25, Reach: 1.5} }

// PipeFences are those behind the published table of pipe messages without outliers,
// which does not name them: half a range beyond the quantiles at 0.3 and 0.7, of the
// total times of a mode and a size. They drop up to half of the values, and are here
// to compute that table again, not to be used. docs/published-pipe-outliers.md says
// how they were found.
func PipeFences() Fences { return Fences{Tail: 0.3, Reach: 0.5} }

// Ends are the lowest and the highest value that would be kept, in the values' unit.
// The error is statistics.ErrEmpty, ErrNotFinite, or ErrArgument.
func (f Fences) Ends(values []float64) (low, high float64, err error) {
	if !(f.Tail >= 0 && f.Tail < 0.5) || !(f.Reach >= 0) || math.IsInf(f.Reach, 1) {
		return 0, 0, fmt.Errorf("fences %v: %w", f, statistics.ErrArgument)
	}
	if err := checkNumbers("values", values); err != nil {
		return 0, 0, err
	}
	a, errA := statistics.Quantile(values, f.Tail)
	b, errB := statistics.Quantile(values, 1-f.Tail)
	if err := errors.Join(errA, errB); err != nil {
		return 0, 0, fmt.Errorf("fences: %w", err)
	}
	low, high = a-f.Reach*(b-a), b+f.Reach*(b-a)
	if !finite(low) || !finite(high) {
		return 0, 0, fmt.Errorf("fences: %w", statistics.ErrNotFinite)
	}
	return low, high, nil
}

// Kept lists the places, in order, of the values that are not outliers. Where more
// than half of the values are equal, the others may all be outliers. The error is
// that of Ends.
func (f Fences) Kept(values []float64) ([]int, error) {
	low, high, err := f.Ends(values)
	if err != nil {
		return nil, err
	}
	var kept []int
	for i, value := range values {
		if low <= value && value <= high {
			kept = append(kept, i)
		}
	}
	return kept, nil
}

// ResidualLimit is how many standard deviations off the line a kept value of the
// published memory tables may be.
const ResidualLimit = 3.0

// KeptByResiduals lists the places, in order, of the points whose distance from the
// least-squares line of y on x is at most limit standard deviations (n − 1) of these
// distances. Points of which there are fewer than three, or that all have the same x,
// are all kept, and so are those on a line: distances that are rounding say nothing.
// The error is statistics.ErrEmpty, ErrNotFinite or ErrArgument.
func KeptByResiduals(x, y []float64, limit float64) ([]int, error) {
	if err := checkPoints(x, y); err != nil {
		return nil, err
	}
	if !(limit > 0) {
		return nil, fmt.Errorf("limit %v: %w", limit, statistics.ErrArgument)
	}
	all := make([]int, len(x))
	for i := range all {
		all[i] = i
	}
	if len(x) < 3 || different(x) < 2 {
		return all, nil
	}
	_, residuals, err := polynomial(x, y, 1)
	if err != nil {
		return nil, err
	}
	deviation := stat.StdDev(residuals, nil)
	if !finite(deviation) {
		return nil, fmt.Errorf("residuals: %w", statistics.ErrNotFinite)
	}
	if deviation <= roundingOf(y) {
		return all, nil
	}
	return slices.DeleteFunc(all, func(i int) bool { return math.Abs(residuals[i]/deviation) > limit }), nil
}

// roundingOf is the size of differences between values that are nothing but rounding.
func roundingOf(y []float64) float64 {
	const steps = 64
	return steps * epsilon * max(floats.Max(y), -floats.Min(y))
}

// different counts the different values.
func different(values []float64) int {
	return len(slices.Compact(slices.Sorted(slices.Values(values))))
}
