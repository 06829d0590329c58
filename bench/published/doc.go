// Package published owns the methods that only published tables of Morello
// measurements need, so that these can be computed again: Levene's test, regressions
// and the choice among them, outlier rules, summaries of pipe messages. Methods that
// a comparison of one's own should use are in the package statistics, and not all of
// these are advice: dropping values until they look alike is one that is not.
//
// Everything is a pure function of its arguments. As in statistics, what has no
// answer is a typed error, never NaN, and the errors of that package are used.
//
// The package knows no files, no tables' layout and no campaigns.
package published

import (
	"errors"
	"fmt"
	"math"

	"eaibench/bench/statistics"
)

// Typed refusals beside those of the package statistics.
var (
	// ErrNotPositive: a logarithm or an exponential curve needs values above 0.
	ErrNotPositive = errors.New("not above 0")
	// ErrNoFit: no parameters were found for a curve.
	ErrNoFit = errors.New("the curve cannot be fitted")
)

// checkNumbers refuses an empty list and what is not finite.
func checkNumbers(name string, values []float64) error {
	if len(values) == 0 {
		return fmt.Errorf("%s: %w", name, statistics.ErrEmpty)
	}
	for i, value := range values {
		if !finite(value) {
			return fmt.Errorf("%s: value %d is %v: %w", name, i, value, statistics.ErrNotFinite)
		}
	}
	return nil
}

// checkPoints refuses coordinates that are not pairs of finite numbers.
func checkPoints(x, y []float64) error {
	if len(x) != len(y) {
		return fmt.Errorf("%d x for %d y: %w", len(x), len(y), statistics.ErrArgument)
	}
	if err := checkNumbers("x", x); err != nil {
		return err
	}
	return checkNumbers("y", y)
}

func finite(value float64) bool { return !math.IsNaN(value) && !math.IsInf(value, 0) }
