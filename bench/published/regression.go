package published

import (
	"fmt"
	"math"
	"slices"

	"eaibench/bench/statistics"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
)

// epsilon is the distance from 1 to the next float64.
const epsilon = 0x1p-52

// Model is a curve of the published tables, by the name it has in them.
type Model string

// The models, in the order in which they are tried.
const (
	// Linear is c₀ + c₁·x.
	Linear Model = "Linear"
	// Logarithmic is c₀ + c₁·ln x.
	Logarithmic Model = "Logarithmic"
	// Exponential is c₀·exp(c₁·x).
	Exponential Model = "Exponential"
	// Cubic is c₀ + c₁·x + c₂·x² + c₃·x³.
	Cubic Model = "Cubic Polynomial"
)

// Fit is a curve through points.
type Fit struct {
	Model Model `json:"model"`
	// Coefficients are c₀, c₁ … of the model's formula.
	Coefficients []float64 `json:"coefficients"`
	// R2 is 1 − Σ(y−ŷ)²/Σ(y−ȳ)², at most 1; below 0 where the mean is nearer to the
	// points than the curve.
	R2 float64 `json:"r2"`
}

// At is the curve's y at x. It is NaN or infinite where the formula is, such as the
// logarithm at 0.
func (f Fit) At(x float64) float64 {
	switch f.Model {
	case Exponential:
		return f.Coefficients[0] * math.Exp(f.Coefficients[1]*x)
	case Logarithmic:
		x = math.Log(x)
	}
	return horner(f.Coefficients, x)
}

// FitModel fits a model to points by least squares: Exponential by the method of
// FitExponential, the others, which are linear in their coefficients, at once.
//
// The error is statistics.ErrTooFew for fewer different x than coefficients,
// ErrConstant where all y are equal, ErrNotPositive for a logarithm of x or an
// exponential of y that is not above 0, ErrNoFit, or ErrEmpty, ErrNotFinite,
// ErrArgument (also for an unknown model).
func FitModel(model Model, x, y []float64) (Fit, error) {
	if err := checkPoints(x, y); err != nil {
		return Fit{}, err
	}
	switch model {
	case Linear:
		return fitPolynomial(model, x, y, 1)
	case Cubic:
		return fitPolynomial(model, x, y, 3)
	case Logarithmic:
		logarithms := make([]float64, len(x))
		for i, value := range x {
			if value <= 0 {
				return Fit{}, fmt.Errorf("logarithm: x %d is %v: %w", i, value, ErrNotPositive)
			}
			logarithms[i] = math.Log(value)
		}
		return fitPolynomial(model, logarithms, y, 1)
	case Exponential:
		return FitExponential(x, y)
	}
	return Fit{}, fmt.Errorf("model %q: %w", model, statistics.ErrArgument)
}

func fitPolynomial(model Model, x, y []float64, degree int) (Fit, error) {
	coefficients, residuals, err := polynomial(x, y, degree)
	if err != nil {
		return Fit{}, fmt.Errorf("%s: %w", model, err)
	}
	r2, err := determination(y, residuals)
	if err != nil {
		return Fit{}, fmt.Errorf("%s: %w", model, err)
	}
	return Fit{Model: model, Coefficients: coefficients, R2: r2}, nil
}

// polynomial fits one of the degree by a QR decomposition, and gives its coefficients
// from that of x⁰ on and each y's distance from it. x is moved and scaled to −1 … 1
// for that: the powers of 1000 are nearly parallel otherwise.
func polynomial(x, y []float64, degree int) (coefficients, residuals []float64, err error) {
	if n := different(x); n <= degree {
		return nil, nil, fmt.Errorf("%d different x, want %d: %w", n, degree+1, statistics.ErrTooFew)
	}
	low, high := floats.Min(x), floats.Max(x)
	middle, half := low/2+high/2, high/2-low/2
	design := mat.NewDense(len(x), degree+1, nil)
	scaled := make([]float64, len(x))
	for i, value := range x {
		scaled[i] = (value - middle) / half
		power := 1.0
		for j := range degree + 1 {
			design.Set(i, j, power)
			power *= scaled[i]
		}
	}
	var qr mat.QR
	qr.Factorize(design)
	var solution mat.VecDense
	if err := qr.SolveVecTo(&solution, false, mat.NewVecDense(len(y), slices.Clone(y))); err != nil {
		return nil, nil, fmt.Errorf("x are too close to each other: %w", ErrNoFit)
	}
	ofScaled := solution.RawVector().Data
	residuals = make([]float64, len(y))
	for i := range y {
		residuals[i] = y[i] - horner(ofScaled, scaled[i])
	}
	coefficients = substitute(ofScaled, -middle/half, 1/half)
	if !allFinite(coefficients) || !allFinite(residuals) {
		return nil, nil, fmt.Errorf("coefficients: %w", statistics.ErrNotFinite)
	}
	return coefficients, residuals, nil
}

// horner is the polynomial's value at x.
func horner(coefficients []float64, x float64) float64 {
	value := 0.0
	for _, c := range slices.Backward(coefficients) {
		value = value*x + c
	}
	return value
}

// substitute gives the coefficients in x of a polynomial in a + b·x.
func substitute(coefficients []float64, a, b float64) []float64 {
	result := make([]float64, len(coefficients))
	for _, c := range slices.Backward(coefficients) {
		for j := len(result) - 1; j > 0; j-- {
			result[j] = a*result[j] + b*result[j-1]
		}
		result[0] = a*result[0] + c
	}
	return result
}

// determination is R², in units of the largest distance from the mean, so that no
// square is beyond float64 but that of a curve which is.
func determination(y, residuals []float64) (float64, error) {
	mean := stat.Mean(y, nil)
	if floats.Min(y) == floats.Max(y) {
		return 0, fmt.Errorf("y: %w", statistics.ErrConstant)
	}
	unit := max(floats.Max(y)-mean, mean-floats.Min(y))
	unexplained, all := 0.0, 0.0
	for i := range y {
		r, d := residuals[i]/unit, (y[i]-mean)/unit
		unexplained += r * r
		all += d * d
	}
	r2 := 1 - unexplained/all
	if !finite(r2) {
		return 0, fmt.Errorf("share of variance: %w", statistics.ErrNotFinite)
	}
	return r2, nil
}

func allFinite(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return !finite(v) })
}
