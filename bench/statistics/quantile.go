package statistics

import "fmt"

// Median of the values, in any order and in their unit. The error is ErrEmpty or ErrNotFinite.
func Median(values []float64) (float64, error) { return Quantile(values, 0.5) }

// Quantile of the values, in any order and in their unit, at a probability from 0 to 1: type 7 of Hyndman and Fan
// (1996), the default of R and NumPy. The error is ErrEmpty, ErrNotFinite or ErrArgument.
func Quantile(values []float64, probability float64) (float64, error) {
	if !(probability >= 0 && probability <= 1) {
		return 0, fmt.Errorf("probability %v is not from 0 to 1: %w", probability, ErrArgument)
	}
	sorted, err := sortedFinite(values)
	if err != nil {
		return 0, err
	}
	return quantile(sorted, probability), nil
}

// quantile of sorted values, type 7: linear between the order statistics around (n−1)p. It is here because
// montanaflynn's Percentile, which agrees, sorts at each call, and gonum has no type 7.
func quantile(sorted []float64, p float64) float64 {
	position := p * float64(len(sorted)-1)
	below := int(position)
	if below+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return interpolate(sorted[below], sorted[below+1], position-float64(below))
}

// interpolate is the point at a weight from 0 to 1 on the way from low to high, never outside of them.
func interpolate(low, high, weight float64) float64 {
	way := high - low
	if !finite(way) {
		return low*(1-weight) + high*weight
	}
	return min(max(low+way*weight, low), high)
}
