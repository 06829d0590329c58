package statistics

import (
	"fmt"
	"math"
)

// RatioOfPairs estimates how many times as large as base[i] x[i] of the same block is: the shift of their logarithms
// by HodgesLehmannPaired, put back. What slowed both runs of a block by the same factor is not in it, as it is in the medians of
// either sample, so that its interval is narrower than RatioOfMediansPaired's where blocks differ.
//
// The error is ErrEmpty, ErrNotFinite, also of the ratio, ErrArgument for a confidence not between 0 and 1 or lengths
// that differ, or ErrNoRatio where a value is not above 0.
func RatioOfPairs(x, base []float64, confidence float64) (Relation, error) {
	if err := pairs(x, base); err != nil {
		return Relation{}, err
	}
	logs, logsOfBase := make([]float64, len(x)), make([]float64, len(x))
	for i := range x {
		if x[i] <= 0 || base[i] <= 0 {
			return Relation{}, fmt.Errorf("pair %d, %v to %v: %w", i, x[i], base[i], ErrNoRatio)
		}
		logs[i], logsOfBase[i] = math.Log(x[i]), math.Log(base[i])
	}
	shift, err := HodgesLehmannPaired(logs, logsOfBase, confidence)
	if err != nil {
		return Relation{}, err
	}
	ratio := Relation{Value: math.Exp(shift.Value)}
	if shift.Interval != nil {
		ratio.Interval = &Interval{
			Low: math.Exp(shift.Interval.Low), High: math.Exp(shift.Interval.High),
			Confidence: confidence, Method: shift.Interval.Method + " of logarithms",
		}
	}
	if !finite(ratio.Value) || ratio.Interval != nil && !finite(ratio.Interval.High) {
		return Relation{}, fmt.Errorf("ratio of pairs: %w", ErrNotFinite)
	}
	return ratio, nil
}
