package statistics

import "gonum.org/v1/gonum/stat/distuv"

// NormalScore is a value, in its unit, beside the quantile of the standard normal distribution that its rank has.
type NormalScore struct{ Normal, Value float64 }

// NormalScores gives the points of a normal QQ plot, rising: those of R's qqnorm, whose i-th of n values has the probability
// (i − a)/(n + 1 − 2a), with a = 3/8 up to ten values (Blom 1958), else 1/2 (Hazen 1914). The error is ErrEmpty or ErrNotFinite.
func NormalScores(values []float64) ([]NormalScore, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return nil, err
	}
	a, n := 0.5, float64(len(sorted))
	if len(sorted) <= 10 {
		a = 3.0 / 8
	}
	scores := make([]NormalScore, len(sorted))
	for i, value := range sorted {
		scores[i] = NormalScore{distuv.UnitNormal.Quantile((float64(i+1) - a) / (n + 1 - 2*a)), value}
	}
	return scores, nil
}
