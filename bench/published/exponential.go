package published

import (
	"fmt"
	"math"

	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/floats"
)

// exponentialEvaluations is how often the published analyses let the curve be
// computed before they give up.
const exponentialEvaluations = 10000

// FitExponential fits c₀·exp(c₁·x) to y above 0 by non-linear least squares, searched
// for by Levenberg and Marquardt's method from c₀ = c₁ = 1, as SciPy's curve_fit does
// when it is told no start.
//
// That start is a poor one for x far from 1. Beyond about 709 it is not a float64 at
// all, and this is ErrNoFit; curve_fit evaluates it 10000 times and then says that
// parameters were not found. From about 50 on the search ends, here as there, with a
// curve that is far from the points, and an R² far below 0. So no published choice
// among curves over block sizes of 100 to 1000 MB ever had an exponential one to
// choose, and this is what a table computed again must show.
//
// The error is as for FitModel.
func FitExponential(x, y []float64) (Fit, error) {
	if err := checkPoints(x, y); err != nil {
		return Fit{}, err
	}
	for i, value := range y {
		if value <= 0 {
			return Fit{}, fmt.Errorf("exponential: y %d is %v: %w", i, value, ErrNotPositive)
		}
	}
	if n := different(x); n < 2 {
		return Fit{}, fmt.Errorf("exponential: %d different x, want 2: %w", n, statistics.ErrTooFew)
	}
	if floats.Min(y) == floats.Max(y) {
		return Fit{}, fmt.Errorf("exponential: y: %w", statistics.ErrConstant)
	}
	residuals := func(c, out []float64) {
		for i := range x {
			out[i] = c[0]*math.Exp(c[1]*x[i]) - y[i]
		}
	}
	found, err := marquardt(residuals, []float64{1, 1}, len(x), exponentialEvaluations)
	if err != nil {
		return Fit{}, fmt.Errorf("exponential: %w", err)
	}
	distances := make([]float64, len(x))
	residuals(found, distances)
	r2, err := determination(y, distances)
	if err != nil {
		return Fit{}, fmt.Errorf("exponential: %w", err)
	}
	return Fit{Model: Exponential, Coefficients: found, R2: r2}, nil
}
