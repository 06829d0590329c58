package statistics

import (
	"cmp"
	"fmt"
	"slices"
)

// Holm adjusts the p-values of one family of tests so that the chance of any false
// positive among them is at most the level each adjusted one is compared with (Holm
// 1979). Their order is kept, and a smaller p never becomes the larger one. The error
// is ErrEmpty, or ErrArgument for what is no probability.
func Holm(p []float64) ([]float64, error) {
	if len(p) == 0 {
		return nil, fmt.Errorf("p-values: %w", ErrEmpty)
	}
	order := make([]int, len(p))
	for i, one := range p {
		if !(one >= 0 && one <= 1) {
			return nil, fmt.Errorf("p-value %d is %v: %w", i, one, ErrArgument)
		}
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p[a], p[b]) })
	adjusted := make([]float64, len(p))
	largest := 0.0
	for i, at := range order {
		largest = max(largest, min(1, float64(len(p)-i)*p[at]))
		adjusted[at] = largest
	}
	return adjusted, nil
}
