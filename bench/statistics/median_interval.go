package statistics

import (
	"fmt"
	"sort"

	"gonum.org/v1/gonum/mathext"
)

// MedianInterval is the confidence interval of the median, in the values' unit: the narrowest pair of order statistics
// of equal rank from both ends that covers the median at least with the confidence, whatever the distribution
// (Conover, Practical Nonparametric Statistics, 3rd ed., section 3.2). Its level is exact and not interpolated: the
// coverage is that of a binomial distribution and mostly above what is asked. The error is ErrEmpty, ErrNotFinite,
// ErrArgument for a confidence not between 0 and 1, or ErrTooFew where even the extremes do not cover enough: below
// 6 values at 95 %.
func MedianInterval(values []float64, confidence float64) (Interval, error) {
	return QuantileInterval(values, 0.5, confidence)
}

// QuantileInterval is the same for the quantile at a probability between 0 and 1, both excluded: order statistics
// beyond each of which the quantile lies with at most half of what the confidence leaves. The errors are those of
// MedianInterval.
func QuantileInterval(values []float64, probability, confidence float64) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if !(probability > 0 && probability < 1) {
		return Interval{}, fmt.Errorf("probability %v is not between 0 and 1: %w", probability, ErrArgument)
	}
	sorted, err := sortedFinite(values)
	if err != nil {
		return Interval{}, err
	}
	n := len(sorted)
	tail := (1 - confidence) / 2
	low := ranksOutside(n, probability, tail)
	high := ranksOutside(n, 1-probability, tail)
	if low == 0 || high == 0 {
		return Interval{}, fmt.Errorf("%d values do not bound the quantile at %v with confidence %v: %w", n, probability, confidence, ErrTooFew)
	}
	return Interval{Low: sorted[low-1], High: sorted[n-high], Confidence: confidence, Method: "exact order statistics"}, nil
}

// ranksOutside is the highest rank, from 1, whose order statistic is above the quantile with a chance of at most tail;
// 0 where there is none.
func ranksOutside(n int, probability, tail float64) int {
	// The order statistic of rank r is above the quantile when fewer than r of the n values are below it: P(B ≤ r−1)
	// with B binomial, which is the incomplete beta function I(1−p; n−r+1, r). The tiny allowance is for its rounding
	// where the chance is equal to the tail.
	return sort.Search(n, func(i int) bool {
		rank := float64(i + 1)
		return mathext.RegIncBeta(float64(n)-rank+1, rank, 1-probability) > tail*(1+1e-12)
	})
}
