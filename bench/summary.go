package bench

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/montanaflynn/stats"
)

// Typed refusals of the statistics: nothing here returns NaN without an error.
var (
	// ErrEmpty: there is nothing to summarise.
	ErrEmpty = errors.New("no values")
	// ErrNotFinite: a value is NaN or infinite, or a result is beyond float64.
	ErrNotFinite = errors.New("not a finite number")
	// ErrNoRatio: the ratio to zero does not exist.
	ErrNoRatio = errors.New("no ratio to a median of 0")
)

// Summary describes the values of a cell's runs, in the values' unit.
type Summary struct {
	// N is how many values there are, at least 1.
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	// SD is the standard deviation with n−1; nil for a single value, which has
	// none.
	SD     *float64 `json:"sd,omitempty"`
	Median float64  `json:"median"`
	// Q1 and Q3 are the quartiles, type 7 of Hyndman and Fan (1996), the default
	// of R and NumPy.
	Q1  float64 `json:"q1"`
	Q3  float64 `json:"q3"`
	Min float64 `json:"min"`
	Max float64 `json:"max"`
}

// Summarize describes the values, in any order, which it leaves as they are. The
// error is ErrEmpty or ErrNotFinite.
func Summarize(values []float64) (Summary, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return Summary{}, err
	}
	mean, err := stats.Mean(sorted)
	if err != nil {
		return Summary{}, fmt.Errorf("mean: %w", err)
	}
	summary := Summary{
		N: len(sorted), Mean: mean, Min: sorted[0], Max: sorted[len(sorted)-1],
		Q1: quantile(sorted, 0.25), Median: quantile(sorted, 0.5), Q3: quantile(sorted, 0.75),
	}
	spread := 0.0
	if summary.N > 1 {
		if spread, err = stats.StandardDeviationSample(sorted); err != nil {
			return Summary{}, fmt.Errorf("standard deviation: %w", err)
		}
		summary.SD = &spread
	}
	for _, result := range []float64{summary.Mean, spread, summary.Q1, summary.Median, summary.Q3} {
		if !finite(result) {
			return Summary{}, fmt.Errorf("summary of %d values up to %g: %w", summary.N, summary.Max, ErrNotFinite)
		}
	}
	return summary, nil
}

// Median of the values, in any order. The error is ErrEmpty or ErrNotFinite.
func Median(values []float64) (float64, error) { return Quantile(values, 0.5) }

// Quantile of the values, in any order, type 7, at a probability from 0 to 1.
// The error is ErrEmpty or ErrNotFinite.
func Quantile(values []float64, probability float64) (float64, error) {
	if !(probability >= 0 && probability <= 1) {
		return 0, fmt.Errorf("probability %v is not between 0 and 1: %w", probability, ErrNotFinite)
	}
	sorted, err := sortedFinite(values)
	if err != nil {
		return 0, err
	}
	return quantile(sorted, probability), nil
}

// Ratio of two medians; 1 is no difference, 2 twice the base. The error is
// ErrNoRatio if the base is 0, ErrNotFinite if the ratio is beyond float64.
func Ratio(median, base float64) (float64, error) {
	if base == 0 {
		return 0, ErrNoRatio
	}
	ratio := median / base
	if !finite(ratio) {
		return 0, fmt.Errorf("ratio of %v to %v: %w", median, base, ErrNotFinite)
	}
	return ratio, nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

func sortedFinite(values []float64) ([]float64, error) {
	if len(values) == 0 {
		return nil, ErrEmpty
	}
	for i, value := range values {
		if !finite(value) {
			return nil, fmt.Errorf("value %d is %v: %w", i, value, ErrNotFinite)
		}
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted, nil
}

// quantile of sorted values, type 7: linear between the order statistics around
// (n−1)p. It is here because montanaflynn's Percentile, which agrees, sorts at
// each call, and gonum has no type 7.
func quantile(sorted []float64, p float64) float64 {
	position := p * float64(len(sorted)-1)
	below := int(position)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	weight := position - float64(below)
	// Weighted rather than lower + weight·difference: the difference of two large
	// values may be beyond float64.
	return sorted[below]*(1-weight) + sorted[below+1]*weight
}
