package published

import (
	"fmt"
	"math"

	"eaibench/bench/statistics"
)

// significance is the level of every test in the published tables.
const significance = 0.05

// Normal tells whether Shapiro and Wilk's p-value is taken for normal values there.
func Normal(p float64) bool { return p > significance }

// NormalityText is a p-value of Shapiro and Wilk's test as the memory tables print it.
func NormalityText(p float64) string {
	switch {
	case p < 0.001:
		return "Rejected (p < 0.001)"
	case p < significance:
		return fmt.Sprintf("Rejected (p = %.3f)", p)
	default:
		return fmt.Sprintf("Accepted (p = %.3f)", p)
	}
}

// PText is any other p-value as the memory tables print it.
func PText(p float64) string {
	if p < 0.001 {
		return "< 0.001"
	}
	return fmt.Sprintf("%.3f", p)
}

// leastDivisor is what the memory tables still divide by, in ms.
const leastDivisor = 1e-12

// MedianRatio is the median of a over that of b. The error is statistics.ErrNoRatio,
// an empty place of the memory tables, where the divisor is within 1e-12 of 0; or
// ErrEmpty or ErrNotFinite.
func MedianRatio(a, b []float64) (float64, error) {
	dividend, err := statistics.Median(a)
	if err != nil {
		return 0, fmt.Errorf("dividend: %w", err)
	}
	divisor, err := statistics.Median(b)
	if err != nil {
		return 0, fmt.Errorf("divisor: %w", err)
	}
	if math.Abs(divisor) <= leastDivisor {
		return 0, fmt.Errorf("median %v: %w", divisor, statistics.ErrNoRatio)
	}
	ratio := dividend / divisor
	if !finite(ratio) {
		return 0, fmt.Errorf("ratio: %w", statistics.ErrNotFinite)
	}
	return ratio, nil
}

// Spread is the median and the interquartile range (type 7), in the values' unit, by
// which the memory tables bring together what they found at each block size. The
// error is statistics.ErrEmpty or ErrNotFinite.
func Spread(values []float64) (median, interquartile float64, err error) {
	summary, err := statistics.Summarize(values)
	if err != nil {
		return 0, 0, err
	}
	interquartile = summary.Q3 - summary.Q1
	if !finite(interquartile) {
		return 0, 0, fmt.Errorf("interquartile range: %w", statistics.ErrNotFinite)
	}
	return summary.Median, interquartile, nil
}

// Share is what a step contributes to a whole, in per cent, from their mean times. The
// error is statistics.ErrNoRatio for a whole of 0, or ErrNotFinite.
func Share(part, whole float64) (float64, error) {
	if whole == 0 {
		return 0, fmt.Errorf("share: %w", statistics.ErrNoRatio)
	}
	share := 100 * (part / whole)
	if !finite(share) {
		return 0, fmt.Errorf("share of %v in %v: %w", part, whole, statistics.ErrNotFinite)
	}
	return share, nil
}
