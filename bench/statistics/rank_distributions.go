package statistics

import (
	"math"
	"math/bits"
)

// cumulative is the distribution of a rank statistic from 0 to its largest value,
// symmetric: element k is the probability of at most k.
type cumulative []float64

// twoSided doubles the smaller tail at a value of the statistic.
func (c cumulative) twoSided(statistic int) float64 {
	return min(1, 2*c[min(statistic, len(c)-1-statistic)])
}

// orderStatistic gives the rank r, from 1, for which the r-th smallest and the r-th
// largest of the len(c)−1 differences that the statistic counts enclose the shift
// with at least the confidence (Lehmann 1963). False where even the smallest and
// the largest do not.
func (c cumulative) orderStatistic(confidence float64) (int, bool) {
	outside := (1 - confidence) / 2
	const rounding = 1e-12
	if c[0] > outside*(1+rounding) {
		return 0, false
	}
	rank := 0
	for c[rank] < outside*(1-rounding) {
		rank++
	}
	return max(1, rank), true
}

// uDistribution is the distribution of Mann and Whitney's U without ties: the
// coefficients of the Gaussian binomial Π(1−q^(n+i))/(1−q^i), i = 1…m. They are
// computed in integers modulo 2^128, where subtractions lose nothing; the
// binomial of 49 + 49 things has 95 bits.
func uDistribution(m, n int) cumulative {
	counts := make([]wide, m*n+1)
	counts[0] = wide{lo: 1}
	for i := 1; i <= m; i++ {
		for u := len(counts) - 1; u >= n+i; u-- {
			counts[u] = counts[u].minus(counts[u-n-i])
		}
		for u := i; u < len(counts); u++ {
			counts[u] = counts[u].plus(counts[u-i])
		}
	}
	for u := 1; u < len(counts); u++ {
		counts[u] = counts[u].plus(counts[u-1])
	}
	distribution := make(cumulative, len(counts))
	all := counts[len(counts)-1].float()
	for u, count := range counts {
		distribution[u] = count.float() / all
	}
	return distribution
}

// signedRankDistribution is the distribution of Wilcoxon's signed-rank sum without
// ties and zeros: the coefficients of Π(1+q^i), i = 1…n, over 2^n. Below 50 pairs
// float64 holds each as it is.
func signedRankDistribution(n int) cumulative {
	counts := make(cumulative, n*(n+1)/2+1)
	counts[0] = 1
	for i := 1; i <= n; i++ {
		for v := len(counts) - 1; v >= i; v-- {
			counts[v] += counts[v-i]
		}
	}
	sum := 0.0
	for v, count := range counts {
		sum += count
		counts[v] = math.Ldexp(sum, -n)
	}
	return counts
}

// wide is an integer modulo 2^128.
type wide struct{ hi, lo uint64 }

func (a wide) plus(b wide) wide {
	lo, carry := bits.Add64(a.lo, b.lo, 0)
	hi, _ := bits.Add64(a.hi, b.hi, carry)
	return wide{hi, lo}
}

func (a wide) minus(b wide) wide {
	lo, borrow := bits.Sub64(a.lo, b.lo, 0)
	hi, _ := bits.Sub64(a.hi, b.hi, borrow)
	return wide{hi, lo}
}

func (a wide) float() float64 { return math.Ldexp(float64(a.hi), 64) + float64(a.lo) }
