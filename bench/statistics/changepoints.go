package statistics

import (
	"fmt"
	"math"
	"slices"
)

// Settings of the search for changepoints.
const (
	// penaltyFactor times ln n is what a changepoint costs: Barrett et al. 2017 (arXiv:1602.00602), section 5.
	penaltyFactor = 15
	// shortestSegment: one value has no variance.
	shortestSegment = 2
	// leastVariance of a segment is this share of the series' variance: below it are ties of a coarse clock, and what
	// rounding leaves of running sums.
	leastVariance = 1e-10
)

// Changepoints finds where mean or variance of a series change: the indices, rising, at which segments begin, apart
// from the first one. It is the segmentation into segments of at least two values with the least sum of costs, by PELT
// (Killick, Fearnhead and Eckley 2012); a segment costs twice its negative normal log-likelihood, and each changepoint
// 15·ln n. No segment's variance is taken as less than 1e-10 of the series' own, nor than that of rounding to the
// smallest difference between its values, since equal values would otherwise be infinitely likely. Time grows with the
// square of the length where nothing changes. The error is ErrEmpty, ErrNotFinite, or ErrTooFew below four values.
func Changepoints(values []float64) ([]int, error) {
	if err := checkFinite(values); err != nil {
		return nil, err
	}
	if len(values) < 2*shortestSegment {
		return nil, fmt.Errorf("changepoints of %d values: %w", len(values), ErrTooFew)
	}
	distances := centred(values)
	if distances == nil {
		return nil, nil
	}
	return pelt(costsOf(distances), penaltyFactor*math.Log(float64(len(values)))), nil
}

// segmentCosts gives the cost of any segment from running sums.
type segmentCosts struct {
	sums, squares []float64 // of the values before an index
	least         float64   // variance
	logLeast      float64
}

// costsOf values whose mean is 0, of which at least two differ.
func costsOf(values []float64) segmentCosts {
	c := segmentCosts{sums: make([]float64, len(values)+1), squares: make([]float64, len(values)+1)}
	var total, squares sum
	for i, value := range values {
		total.add(value)
		squares.add(value * value)
		c.sums[i+1], c.squares[i+1] = total.value(), squares.value()
	}
	step := smallestStep(values)
	c.least = max(step*step/12, leastVariance*squares.value()/float64(len(values)))
	c.logLeast = math.Log(c.least)
	return c
}

// smallestStep is the smallest difference between two values that are not equal: the resolution of their clock.
func smallestStep(values []float64) float64 {
	sorted := slices.Clone(values)
	slices.Sort(sorted)
	smallest := math.Inf(1)
	for i := 1; i < len(sorted); i++ {
		if step := sorted[i] - sorted[i-1]; step > 0 {
			smallest = min(smallest, step)
		}
	}
	return smallest
}

// of the values from one index up to another, not included: twice the negative log-likelihood under the normal
// distribution that fits best, without its constant. Because a segment's parts fit at least as well as the whole,
// pruning is exact.
func (c segmentCosts) of(from, to int) float64 {
	n := float64(to - from)
	total := c.sums[to] - c.sums[from]
	variance := (c.squares[to] - c.squares[from] - total*total/n) / n
	if variance <= c.least {
		return n * (c.logLeast + max(variance, 0)/c.least)
	}
	return n * (math.Log(variance) + 1)
}

// tangent bounds the cost of segments from below without their logarithm, which is most of the work where nothing
// changes: ln v ≥ ln u + 1 − u/v, next to equal for a v near to u.
type tangent struct{ at, log float64 }

// tangentOf the variance of all values before an index.
func (c segmentCosts) tangentOf(to int) tangent {
	n := float64(to)
	mean := c.sums[to] / n
	at := max(c.squares[to]/n-mean*mean, c.least)
	return tangent{at, math.Log(at)}
}

// below gives what of gives, or less.
func (c segmentCosts) below(from, to int, u tangent) float64 {
	n := float64(to - from)
	total := c.sums[to] - c.sums[from]
	timesN := c.squares[to] - c.squares[from] - total*total/n
	if timesN <= n*c.least {
		return math.Inf(-1)
	}
	return n * (u.log + 2 - u.at*n/timesN)
}

// candidate is an index at which the last segment may begin.
type candidate struct {
	at int
	// until is the last end of a segment for which it is to be tried.
	until int
}

// forgetEvery so many ends the candidates are gone through: seldom enough to cost nothing where none can be forgotten.
const forgetEvery = 8

// pelt is optimal partitioning that forgets indices which cannot begin the last segment any more.
func pelt(costs segmentCosts, penalty float64) []int {
	n := len(costs.sums) - 1
	best := make([]float64, n+1) // of the values before an index, the penalty included
	begin := make([]int, n+1)    // of the last segment before an index
	best[0] = -penalty
	candidates := []candidate{{at: 0, until: n}}
	for end := shortestSegment; end <= n; end++ {
		if at := end - shortestSegment; at >= shortestSegment {
			candidates = append(candidates, candidate{at: at, until: n})
		}
		// Most often the last segment begins where the one before this end did; then the others need no logarithm.
		least, u := math.Inf(1), costs.tangentOf(end)
		if before := begin[end-1]; slices.ContainsFunc(candidates, func(c candidate) bool { return c.at == before }) {
			least, begin[end] = best[before]+costs.of(before, end), before
		}
		for _, one := range candidates {
			if best[one.at]+costs.below(one.at, end, u) >= least {
				continue
			}
			if cost := best[one.at] + costs.of(one.at, end); cost < least {
				least, begin[end] = cost, one.at
			}
		}
		best[end] = least + penalty
		if end%forgetEvery != 0 {
			continue
		}
		kept := candidates[:0]
		for _, one := range candidates {
			// Where beginning at end is as good, beginning earlier is not needed for segments that end so late that
			// one may begin at end.
			if one.until == n && best[one.at]+costs.of(one.at, end) >= best[end] {
				one.until = min(n, end+shortestSegment-1)
			}
			if one.until > end {
				kept = append(kept, one)
			}
		}
		candidates = kept
	}
	var changes []int
	for end := begin[n]; end > 0; end = begin[end] {
		changes = append(changes, end)
	}
	slices.Reverse(changes)
	return changes
}
