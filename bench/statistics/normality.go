package statistics

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// What ShapiroWilk takes: Royston fitted his approximation to samples of these sizes.
const (
	fewestShapiroWilk = 3
	mostShapiroWilk   = 5000
)

// Normality is the outcome of a test whether values may come from a normal distribution.
type Normality struct {
	// W is above 0 and up to 1; near to 1 for normal values.
	W float64 `json:"w"`
	// P is the chance of a W so low in a normal sample, from 0 to 1.
	P float64 `json:"p"`
}

// ShapiroWilk tests values, 3 to 5000 of them, for normality: Royston's algorithm AS R94 (Remark AS R94, Applied
// Statistics 44, 1995), as R has it. The error is ErrEmpty, ErrNotFinite, ErrTooFew, ErrTooMany or ErrConstant.
func ShapiroWilk(values []float64) (Normality, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return Normality{}, err
	}
	n := len(sorted)
	switch {
	case n < fewestShapiroWilk:
		return Normality{}, fmt.Errorf("Shapiro–Wilk of %d values: %w", n, ErrTooFew)
	case n > mostShapiroWilk:
		return Normality{}, fmt.Errorf("Shapiro–Wilk of %d values, for up to %d: %w", n, mostShapiroWilk, ErrTooMany)
	}
	distances := centred(sorted)
	if distances == nil {
		return Normality{}, fmt.Errorf("Shapiro–Wilk: %w", ErrConstant)
	}
	shortOf1 := shortOfOne(shapiroWeights(n), distances)
	return Normality{W: 1 - shortOf1, P: shapiroP(shortOf1, n)}, nil
}

// shapiroWeights are the coefficients of the lower half of the order statistics, negative and rising; those of the
// upper half mirror them, and the middle one of an odd number has none.
func shapiroWeights(n int) []float64 {
	if n == 3 {
		return []float64{-math.Sqrt(0.5)}
	}
	// Blom's approximation of the expected order statistics of a normal sample, and the sum of its squares.
	weights := make([]float64, n/2)
	squares := 0.0
	for i := range weights {
		weights[i] = distuv.UnitNormal.Quantile((float64(i+1) - 0.375) / (float64(n) + 0.25))
		squares += 2 * weights[i] * weights[i]
	}
	norm, u := math.Sqrt(squares), 1/math.Sqrt(float64(n))
	// The outermost one or two are corrected by polynomials; the others are scaled so that the squares make 1.
	outer := []float64{weights[0]/norm - polynomial(u, 0, 0.221157, -0.147981, -2.07119, 4.434685, -2.706056)}
	if n > 5 {
		outer = append(outer, weights[1]/norm-polynomial(u, 0, 0.042981, -0.293762, -1.752461, 5.682633, -3.582633))
	}
	left, share := squares, 1.0
	for i, weight := range outer {
		left -= 2 * weights[i] * weights[i]
		share -= 2 * weight * weight
	}
	scale := math.Sqrt(left / share)
	for i := range weights {
		if i < len(outer) {
			weights[i] = outer[i]
		} else {
			weights[i] /= scale
		}
	}
	return weights
}

// shortOfOne is 1 − W, where W is the squared correlation of the weights with the sorted values. It is formed from
// the difference of the two roots, because W is next to 1 for large normal samples.
func shortOfOne(weights, distances []float64) float64 {
	n := len(distances)
	var products, ofWeights, ofValues sum
	for i, weight := range weights {
		products.add(weight * (distances[i] - distances[n-1-i]))
		ofWeights.add(2 * weight * weight)
	}
	for _, distance := range distances {
		ofValues.add(distance * distance)
	}
	both := math.Sqrt(ofWeights.value() * ofValues.value())
	short := (both - products.value()) * (both + products.value()) / (both * both)
	return min(max(short, 0), 1)
}

// shapiroP is the tail of Royston's normalising transformation of 1 − W.
func shapiroP(shortOf1 float64, n int) float64 {
	if n == 3 { // Exact; W is at least 3/4.
		return min(max(6/math.Pi*(math.Asin(math.Sqrt(1-shortOf1))-math.Asin(math.Sqrt(0.75))), 0), 1)
	}
	if shortOf1 == 0 {
		return 1
	}
	y, size := math.Log(shortOf1), float64(n)
	var mean, deviation float64
	if n <= 11 {
		limit := -2.273 + 0.459*size
		if y >= limit {
			return 0 // W is lower than the transformation reaches; R says 1e-99.
		}
		y = -math.Log(limit - y)
		mean = polynomial(size, 0.544, -0.39978, 0.025054, -6.714e-4)
		deviation = math.Exp(polynomial(size, 1.3822, -0.77857, 0.062767, -0.0020322))
	} else {
		logarithm := math.Log(size)
		mean = polynomial(logarithm, -1.5861, -0.31082, -0.083751, 0.0038915)
		deviation = math.Exp(polynomial(logarithm, -0.4803, -0.082676, 0.0030302))
	}
	// gonum's Survival is 1 − CDF, which has no digits left where p is small.
	return 0.5 * math.Erfc((y-mean)/deviation/math.Sqrt2)
}

// polynomial has its coefficients from the constant one on.
func polynomial(x float64, coefficients ...float64) float64 {
	value := 0.0
	for _, coefficient := range slices.Backward(coefficients) {
		value = value*x + coefficient
	}
	return value
}
