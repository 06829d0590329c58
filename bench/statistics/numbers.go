package statistics

import (
	"fmt"
	"math"
	"slices"
)

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }

// checkFinite refuses nothing at all, and values that are no numbers.
func checkFinite(values []float64) error {
	if len(values) == 0 {
		return ErrEmpty
	}
	for i, value := range values {
		if !finite(value) {
			return fmt.Errorf("value %d is %v: %w", i, value, ErrNotFinite)
		}
	}
	return nil
}

// sortedFinite gives the values in rising order and leaves the caller's as they are.
func sortedFinite(values []float64) ([]float64, error) {
	if err := checkFinite(values); err != nil {
		return nil, err
	}
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	return sorted, nil
}

// sum adds with the rounding errors kept beside (Neumaier 1974), so that a million values at a large offset lose
// no digits.
type sum struct{ total, lost float64 }

func (s *sum) add(x float64) {
	total := s.total + x
	if math.Abs(s.total) >= math.Abs(x) {
		s.lost += (s.total - total) + x
	} else {
		s.lost += (x - total) + s.total
	}
	s.total = total
}

func (s *sum) value() float64 { return s.total + s.lost }

// unitFactor is a power of two that brings finite values between −1 and 1, so that neither their sum nor their
// cubes leave float64. Multiplying by it and dividing again loses nothing of values that matter beside the largest.
func unitFactor(values []float64) float64 {
	largest := 0.0
	for _, value := range values {
		largest = max(largest, math.Abs(value))
	}
	_, exponent := math.Frexp(largest)
	return math.Ldexp(1, -max(exponent, -1000))
}

// meanOf finite values times a factor, at least one of them.
func meanOf(values []float64, factor float64) float64 {
	var total sum
	for _, value := range values {
		total.add(value * factor)
	}
	return total.value() / float64(len(values))
}

// centred gives the differences from the mean, divided by the largest of them: between −1 and 1, whatever the
// offset and the unit. nil where all values are equal.
func centred(values []float64) []float64 {
	factor := unitFactor(values)
	mean := meanOf(values, factor)
	differences := make([]float64, len(values))
	largest := 0.0
	for i, value := range values {
		differences[i] = value*factor - mean
		largest = max(largest, math.Abs(differences[i]))
	}
	if slices.Min(values) == slices.Max(values) || largest == 0 {
		return nil
	}
	for i := range differences {
		differences[i] /= largest
	}
	return differences
}
