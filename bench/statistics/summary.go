package statistics

import (
	"fmt"
	"math"
)

// scaledMAD makes the median absolute deviation estimate the standard deviation of a normal distribution:
// 1/Φ⁻¹(3/4).
const scaledMAD = 1.482602218505601860547076529360423431326703202590312896536266275245674447622701

// Summary describes values, in their unit.
type Summary struct {
	// N is how many values there are, at least 1.
	N    int     `json:"n"`
	Mean float64 `json:"mean"`
	// SD is the standard deviation with n−1; nil for a single value, which has none.
	SD     *float64 `json:"sd,omitempty"`
	Median float64  `json:"median"`
	// MAD is the median of the distances from the median, times 1/Φ⁻¹(3/4) ≈ 1.4826.
	MAD float64 `json:"mad"`
	// Quartiles and percentiles are of type 7 of Hyndman and Fan (1996), the default of R and NumPy.
	Q1  float64 `json:"q1"`
	Q3  float64 `json:"q3"`
	P5  float64 `json:"p5"`
	P90 float64 `json:"p90"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
	Min float64 `json:"min"`
	Max float64 `json:"max"`
	// CV is SD over the mean's absolute value, without a unit; nil for a single value, for a mean of 0 and for one so
	// near to 0 that the quotient is beyond float64.
	CV *float64 `json:"cv,omitempty"`
	// Skewness is the adjusted Fisher–Pearson coefficient G₁ (Joanes and Gill 1998), without a unit; nil for fewer
	// than three values and for equal ones.
	Skewness *float64 `json:"skewness,omitempty"`
}

// Summarize describes the values, in any order, which it leaves as they are. Its memory is one copy of them. The
// error is ErrEmpty or ErrNotFinite; the latter also where a result is beyond float64, such as the standard
// deviation of ±1.7e308.
func Summarize(values []float64) (Summary, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return Summary{}, err
	}
	return summarizeSorted(sorted)
}

func summarizeSorted(sorted []float64) (Summary, error) {
	n := len(sorted)
	s := Summary{
		N: n, Min: sorted[0], Max: sorted[n-1],
		Median: quantile(sorted, 0.5), Q1: quantile(sorted, 0.25), Q3: quantile(sorted, 0.75),
		P5: quantile(sorted, 0.05), P90: quantile(sorted, 0.90), P95: quantile(sorted, 0.95), P99: quantile(sorted, 0.99),
	}
	s.MAD = medianDistance(sorted, s.Median) * scaledMAD
	s.addMoments(sorted)
	if !finite(s.MAD) || s.SD != nil && !finite(*s.SD) {
		return Summary{}, fmt.Errorf("spread of %d values from %g to %g: %w", n, s.Min, s.Max, ErrNotFinite)
	}
	return s, nil
}

// addMoments sets what is made of sums: of the values, and of the squares and cubes of their distances from the mean.
func (s *Summary) addMoments(sorted []float64) {
	n := float64(s.N)
	if s.Min == s.Max { // Exactly so, without rounding.
		s.Mean = s.Min
		if s.N > 1 {
			s.SD = new(float64)
			s.addVariation()
		}
		return
	}
	factor := unitFactor(sorted)
	mean := meanOf(sorted, factor)
	var squares, cubes sum
	for _, value := range sorted {
		distance := value*factor - mean
		squares.add(distance * distance)
		cubes.add(distance * distance * distance)
	}
	s.Mean = min(max(mean/factor, s.Min), s.Max)
	variance := squares.value() / (n - 1)
	sd := math.Sqrt(variance) / factor
	s.SD = &sd
	s.addVariation()
	if s.N > 2 && variance > 0 {
		root := math.Sqrt(variance)
		skewness := n / (n - 1) / (n - 2) * cubes.value() / root / root / root
		if finite(skewness) {
			s.Skewness = &skewness
		}
	}
}

// addVariation sets CV where there is one.
func (s *Summary) addVariation() {
	if cv := *s.SD / math.Abs(s.Mean); finite(cv) {
		s.CV = &cv
	}
}

// medianDistance is the median of the distances of sorted values from their median. The distances of the values
// below fall and those of the values above rise, so that walking both from the middle meets them in order; a sort
// would need a second copy.
func medianDistance(sorted []float64, median float64) float64 {
	n := len(sorted)
	below, above := (n-1)/2, (n-1)/2+1
	next := func() float64 {
		if above >= n || below >= 0 && median-sorted[below] <= sorted[above]-median {
			below--
			return median - sorted[below+1]
		}
		above++
		return sorted[above-1] - median
	}
	var previous, last float64
	for range n/2 + 1 {
		previous, last = last, next()
	}
	if n%2 == 1 {
		return last
	}
	return interpolate(previous, last, 0.5)
}
