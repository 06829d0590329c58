package statistics

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat/distuv"
)

// Effect is Cliff's δ: how much more often a value of the first sample is above one
// of the second than below it.
type Effect struct {
	// Delta is from −1, all below, to 1, all above.
	Delta float64 `json:"delta"`
	// Interval is nil where a sample has a single value.
	Interval *Interval `json:"interval,omitempty"`
	// Size is Delta's size in words: Negligible, small, medium or large.
	Size string `json:"size"`
}

// Negligible is the size of an effect below 0.147.
const Negligible = "negligible"

// CliffsDelta of x against y (Cliff 1993), 2U/mn − 1. The interval is Cliff's (1996)
// asymmetric one, which Feng and Cliff (2004) found best, within −1 and 1, with the
// quantile of Student's t with m + n − 2 degrees of freedom. The variance is
// Cliff's consistent estimate [(n−1)s²ᵢ + (m−1)s²ⱼ + s²ᵢⱼ]/mn, with variances of
// the rows, columns and elements of the matrix of signs (divisors m−1, n−1, mn−1).
// At δ = ±1 that is 0; there the inner end is ±(b−t²)/(b+t²), b being the smaller
// sample's size (Feng and Cliff 2004).
//
// Time is O((m+n) log(m+n)). The error is ErrEmpty, ErrNotFinite or ErrArgument.
func CliffsDelta(x, y []float64, confidence float64) (Effect, error) {
	if err := checkConfidence(confidence); err != nil {
		return Effect{}, err
	}
	x, y, err := bothInOrder(x, y)
	if err != nil {
		return Effect{}, err
	}
	m, n := float64(len(x)), float64(len(y))
	above, equal := dominance(x, y)
	below := m*n - above - equal
	delta := (above - below) / (m * n)
	effect := Effect{Delta: delta, Size: sizeOf(delta)}
	if len(x) < 2 || len(y) < 2 {
		return effect, nil
	}
	t := distuv.StudentsT{Sigma: 1, Nu: m + n - 2}.Quantile(1 - (1-confidence)/2)
	low, high := deltaInterval(delta, deltaVariance(x, y, delta, above+below), t, min(m, n))
	effect.Interval = &Interval{Low: low, High: high, Confidence: confidence, Method: "Cliff, asymmetric"}
	return effect, nil
}

// deltaVariance takes sorted samples and the number of pairs that differ.
func deltaVariance(x, y []float64, delta, differing float64) float64 {
	m, n := float64(len(x)), float64(len(y))
	elements := (differing - m*n*delta*delta) / (m*n - 1)
	return max(0, ((n-1)*rowVariance(x, y, delta)+(m-1)*rowVariance(y, x, -delta)+elements)/(m*n))
}

// rowVariance is the variance, over the rows, of how much each lies above the sorted
// columns, around its mean.
func rowVariance(rows, columns []float64, mean float64) float64 {
	sum, n := 0.0, float64(len(columns))
	for _, value := range rows {
		below := sort.SearchFloat64s(columns, value)
		notAbove := below + sort.Search(len(columns)-below, func(i int) bool { return columns[below+i] > value })
		deviation := (float64(below)-(n-float64(notAbove)))/n - mean
		sum += deviation * deviation
	}
	return sum / float64(len(rows)-1)
}

// deltaInterval is Cliff's (1996), formula 5.13 there; smaller is the smaller
// sample's size.
func deltaInterval(delta, variance, t, smaller float64) (low, high float64) {
	if math.Abs(delta) == 1 {
		inner := (smaller - t*t) / (smaller + t*t)
		return min(delta, delta*inner), max(delta, delta*inner)
	}
	spread := t * t * variance
	middle := delta - delta*delta*delta
	reach := t * math.Sqrt(variance) * math.Sqrt((1-delta*delta)*(1-delta*delta)+spread)
	below := 1 - delta*delta + spread
	return max(-1, (middle-reach)/below), min(1, (middle+reach)/below)
}

// sizeOf uses the thresholds of Romano et al. (2006).
func sizeOf(delta float64) string {
	switch size := math.Abs(delta); {
	case size < 0.147:
		return Negligible
	case size < 0.33:
		return "small"
	case size < 0.474:
		return "medium"
	default:
		return "large"
	}
}
