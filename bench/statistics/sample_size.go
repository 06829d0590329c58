package statistics

import (
	"fmt"
	"math"
)

// RunsFor gives how many values a sample needs for an interval around a value to have
// half the width precision·|value|, if n values gave the interval. An interval's
// width goes with 1/√n (Cochran 1977), so that half the width takes four times the
// values. For an interval of two samples, n is the larger one's size and the answer
// is for each.
//
// It is at least 2, and n·(present/asked)² rounded up, which may be less than n. The
// present width is itself estimated: from 10 values the answer may be off by a factor
// of 3, from 30 of 2.5, from 100 of 2. The error is ErrTooFew for n below 2, ErrNoRatio for a value of
// 0, ErrArgument for a precision not above 0, ErrNotFinite for more than 2^53 values.
func RunsFor(precision float64, interval Interval, value float64, n int) (int, error) {
	switch {
	case !(precision > 0) || math.IsInf(precision, 0):
		return 0, fmt.Errorf("precision %v: %w", precision, ErrArgument)
	case n < 2:
		return 0, fmt.Errorf("an interval of %d values: %w", n, ErrTooFew)
	case value == 0:
		return 0, fmt.Errorf("precision relative to 0: %w", ErrNoRatio)
	}
	times := interval.HalfWidth() / math.Abs(value) / precision
	runs := math.Ceil(float64(n) * times * times)
	if !(runs <= 1<<53) {
		return 0, fmt.Errorf("%v runs: %w", runs, ErrNotFinite)
	}
	return max(2, int(runs)), nil
}
