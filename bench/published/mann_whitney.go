package published

import (
	"errors"
	"math"

	"eaibench/bench/statistics"
)

// exactUpTo is the largest of the smaller sample's sizes for which the published analyses compute an exact p-value.
const exactUpTo = 8

// MannWhitney is the test by the rule of the published analyses, SciPy's "auto": P is exact where one sample has at most
// eight values and no two of all values are equal; else of the normal distribution, its variance corrected for ties and
// U for continuity. statistics.MannWhitney is exact for more; like it, this one is not where the other sample has 50
// values or more. The error is statistics.ErrEmpty or ErrNotFinite.
func MannWhitney(x, y []float64) (statistics.RankTest, error) {
	if err := errors.Join(checkNumbers("x", x), checkNumbers("y", y)); err != nil {
		return statistics.RankTest{}, err
	}
	test, err := statistics.MannWhitney(x, y)
	if err != nil || !test.Exact || min(len(x), len(y)) <= exactUpTo {
		return test, err
	}
	// No two values are equal, or the test were not exact.
	m, n := float64(len(x)), float64(len(y))
	away := math.Abs(test.Statistic-m*n/2) - 0.5
	z := away / math.Sqrt(m*n*(m+n+1)/12)
	return statistics.RankTest{Statistic: test.Statistic, P: min(1, math.Erfc(z/math.Sqrt2))}, nil
}
