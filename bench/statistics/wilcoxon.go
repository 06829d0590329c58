package statistics

import (
	"cmp"
	"math"
	"slices"
)

// Wilcoxon is the signed-rank test of pairs x[i], y[i] (Wilcoxon 1945). Statistic is
// the sum of the ranks of |x − y| over the pairs whose x is larger.
//
// Pairs without a difference are left out, as Wilcoxon did and R does. P is exact
// where none was left out, fewer than 50 pairs remain and no two differences have
// the same size; otherwise of the normal distribution, corrected for ties and
// continuity. Where no pair differs, P is 1. The error is ErrEmpty, ErrArgument
// where the lengths differ, or ErrNotFinite, also of a difference.
func Wilcoxon(x, y []float64) (RankTest, error) {
	d, err := differences(x, y)
	if err != nil {
		return RankTest{}, err
	}
	pairs := len(d)
	d = slices.DeleteFunc(d, func(difference float64) bool { return difference == 0 })
	slices.SortFunc(d, func(a, b float64) int { return cmp.Compare(math.Abs(a), math.Abs(b)) })
	sizes := make([]float64, len(d))
	for i, difference := range d {
		sizes[i] = math.Abs(difference)
	}
	n := float64(len(d))
	sum, ties := positiveRanks(d, sizes), tieSum(sizes)
	if len(d) == pairs && ties == 0 && pairs < exactBelow {
		return RankTest{Statistic: sum, P: signedRankDistribution(pairs).twoSided(int(sum)), Exact: true}, nil
	}
	variance := n*(n+1)*(2*n+1)/24 - ties/48
	return RankTest{Statistic: sum, P: twoSidedNormal(sum-n*(n+1)/4, math.Sqrt(variance))}, nil
}

// LeastWilcoxon is the smallest p-value that Wilcoxon's exact test can give with so
// many pairs: all differences of one sign, of 2^n combinations of signs.
func LeastWilcoxon(pairs int) float64 {
	return min(1, math.Ldexp(2, -max(0, pairs)))
}

// positiveRanks sums the ranks, means where sizes are equal, of the positive
// differences; both arguments are sorted by size.
func positiveRanks(d, sizes []float64) float64 {
	sum := 0.0
	for from := 0; from < len(d); {
		to, positive := from, 0
		for ; to < len(d) && sizes[to] == sizes[from]; to++ {
			if d[to] > 0 {
				positive++
			}
		}
		sum += float64(positive) * float64(from+1+to) / 2
		from = to
	}
	return sum
}
