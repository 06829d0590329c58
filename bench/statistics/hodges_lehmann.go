package statistics

import (
	"fmt"
	"math"
	"slices"
)

// Shift is by how much one sample lies above another, in the unit of the values.
type Shift struct {
	Value float64 `json:"value"`
	// Interval is nil where so few values cannot give one of that confidence.
	Interval *Interval `json:"interval,omitempty"`
}

// HodgesLehmann estimates the shift of x against y as the median of all differences
// x[i] − y[j] (Hodges and Lehmann 1963). The ends of the interval are differences
// too, counted from both ends by the distribution of Mann and Whitney's U (Lehmann
// 1963), exact where both samples have fewer than 50 values, otherwise normal with
// a correction for continuity. With equal values it covers more than it says.
//
// Time is O((m + n) log(m + n)), memory O(m + n). The error is ErrEmpty, ErrNotFinite,
// also of a difference, or ErrArgument for a confidence not between 0 and 1.
func HodgesLehmann(x, y []float64, confidence float64) (Shift, error) {
	if err := checkConfidence(confidence); err != nil {
		return Shift{}, err
	}
	x, y, err := bothInOrder(x, y)
	if err != nil {
		return Shift{}, err
	}
	m, n := len(x), len(y)
	all := differencesOf(x, y)
	if !finite(all.least) || !finite(all.most) {
		return Shift{}, fmt.Errorf("differences of the samples: %w", ErrNotFinite)
	}
	var rank int
	enough, method := true, "exact ranks of differences"
	if m < exactBelow && n < exactBelow {
		rank, enough = uDistribution(m, n).orderStatistic(confidence)
	} else {
		size := float64(m) * float64(n)
		rank, method = normalOrderStatistic(size/2, math.Sqrt(size*float64(m+n+1)/12), confidence), "normal ranks of differences"
	}
	return all.shift(rank, enough, confidence, method), nil
}

// HodgesLehmannPaired estimates the shift of pairs x[i], y[i] as the median of Walsh's
// averages, the means of two differences x − y, each with itself too. The ends of
// the interval are such averages, counted by the distribution of the signed-rank
// sum, exact below 50 pairs, otherwise normal. Pairs without a difference stay in.
// Time, memory and errors are as HodgesLehmann's; ErrArgument also where the lengths
// differ.
func HodgesLehmannPaired(x, y []float64, confidence float64) (Shift, error) {
	if err := checkConfidence(confidence); err != nil {
		return Shift{}, err
	}
	d, err := differences(x, y)
	if err != nil {
		return Shift{}, err
	}
	slices.Sort(d)
	var rank int
	enough, method := true, "exact ranks of Walsh averages"
	if len(d) < exactBelow {
		rank, enough = signedRankDistribution(len(d)).orderStatistic(confidence)
	} else {
		n := float64(len(d))
		rank, method = normalOrderStatistic(n*(n+1)/4, math.Sqrt(n*(n+1)*(2*n+1)/24), confidence), "normal ranks of Walsh averages"
	}
	return walshAverages(d).shift(rank, enough, confidence, method), nil
}

// normalOrderStatistic is what cumulative.orderStatistic would give for a normal
// distribution, counted from 1.
func normalOrderStatistic(mean, sigma, confidence float64) int {
	return max(1, int(math.Ceil(mean-normalZ(confidence)*sigma-0.5)))
}

// combinations are numbers made of two of a sample each, which are too many to be
// written down.
type combinations struct {
	many        int
	least, most float64
	// upTo counts those not above a value, in linear time.
	upTo func(value float64) int
}

// differencesOf every two values of sorted samples. Rows and columns of the matrix of
// differences are sorted, so that its border between what is above the value and
// what is not is one staircase (Johnson and Mizoguchi 1978).
func differencesOf(x, y []float64) combinations {
	return combinations{len(x) * len(y), x[0] - y[len(y)-1], x[len(x)-1] - y[0], func(value float64) int {
		count, above := 0, 0
		for _, one := range x {
			for above < len(y) && one-y[above] > value {
				above++
			}
			count += len(y) - above
		}
		return count
	}}
}

// walshAverages of sorted values: the means of d[i] and d[j], i ≤ j.
func walshAverages(d []float64) combinations {
	return combinations{len(d) * (len(d) + 1) / 2, d[0], d[len(d)-1], func(value float64) int {
		count, below := 0, len(d)
		for i, one := range d {
			for below > i && between(one, d[below-1]) > value {
				below--
			}
			if below <= i {
				break
			}
			count += below - i
		}
		return count
	}}
}

// shift takes the median, and the rank-th from below and above as interval.
func (c combinations) shift(rank int, enough bool, confidence float64, method string) Shift {
	s := Shift{Value: c.nth((c.many + 1) / 2)}
	if c.many%2 == 0 {
		s.Value = between(s.Value, c.nth(c.many/2+1))
	}
	if enough {
		s.Interval = &Interval{Low: c.nth(rank), High: c.nth(c.many + 1 - rank), Confidence: confidence, Method: method}
	}
	return s
}

// nth smallest, from 1. Instead of a pivot that may be bad, it halves the float64
// numbers between the least and the most, which are 2^64 at most: at most 64 counts,
// no random numbers, and the number found is one of the combinations.
func (c combinations) nth(n int) float64 {
	low, high := place(c.least), place(c.most)
	for low < high {
		half := low + (high-low)/2
		if c.upTo(number(half)) >= n {
			high = half
		} else {
			low = half + 1
		}
	}
	return number(low) + 0 // never −0
}

// place numbers the float64s in their order; number is its inverse.
func place(value float64) uint64 {
	bits := math.Float64bits(value)
	if bits>>63 == 1 {
		return ^bits
	}
	return bits | 1<<63
}

func number(place uint64) float64 {
	if place>>63 == 1 {
		return math.Float64frombits(place &^ (1 << 63))
	}
	return math.Float64frombits(^place)
}
