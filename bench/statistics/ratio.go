package statistics

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resamples is how often an interval is resampled where nobody asks for another
// number.
const Resamples = 2000

// Relation is how many times as large as a base something is.
type Relation struct {
	// Median of x and Base, that of the base, are known even where there is no ratio of medians. RatioOfPairs leaves
	// them 0.
	Median float64 `json:"-"`
	Base   float64 `json:"-"`
	// Value is the ratio, not below 0; 1 is no difference.
	Value float64 `json:"value"`
	// Interval is nil where a sample has too few values for one, or the base's median is 0
	// in a resample.
	Interval *Interval `json:"interval,omitempty"`
}

// Resampling says how a bootstrap interval is made.
type Resampling struct {
	// Confidence is between 0 and 1.
	Confidence float64
	// Resamples is 100 to 1,000,000.
	Resamples int
	// Seed: the same seed and values give the same interval.
	Seed uint64
}

func (r Resampling) check() error {
	if r.Resamples < 100 || r.Resamples > 1_000_000 {
		return fmt.Errorf("%d resamples, want 100 to 1,000,000: %w", r.Resamples, ErrArgument)
	}
	return checkConfidence(r.Confidence)
}

// RatioOfMedians compares independent samples. The interval is the percentile bootstrap
// of Efron (1979), resampling both. The median of a resample is drawn as what it is, an order
// statistic of uniform numbers put through the sample's quantiles, so that a
// resample costs the same whatever the sample's size.
//
// The error is ErrEmpty, ErrNotFinite, ErrArgument, or ErrNoRatio where the base's
// median is 0, or the signs differ.
func RatioOfMedians(x, base []float64, how Resampling) (Relation, error) {
	if err := how.check(); err != nil {
		return Relation{}, err
	}
	if err := errors.Join(allFinite("sample", x), allFinite("base", base)); err != nil {
		return Relation{}, err
	}
	return relation(x, base, how, drawUnpaired)
}

// RatioOfMediansPaired compares x[i] with base[i] of the same block; what is resampled are blocks. Errors
// are RatioOfMedians's, and ErrArgument where the lengths differ.
func RatioOfMediansPaired(x, base []float64, how Resampling) (Relation, error) {
	if err := how.check(); err != nil {
		return Relation{}, err
	}
	if err := pairs(x, base); err != nil {
		return Relation{}, err
	}
	return relation(x, base, how, drawPaired)
}

// drawing gives the medians of both samples, and what draws those of resamples.
type drawing func(x, base []float64, random *rand.Rand) (median, ofBase float64, draw func() (median, ofBase float64))

// drawUnpaired resamples both samples independently.
func drawUnpaired(x, base []float64, random *rand.Rand) (median, ofBase float64, draw func() (median, ofBase float64)) {
	x, base = slices.Sorted(slices.Values(x)), slices.Sorted(slices.Values(base))
	drawX, drawBase := resampledMedian(x, random), resampledMedian(base, random)
	return quantile(x, 0.5), quantile(base, 0.5), func() (float64, float64) { return drawX(), drawBase() }
}

// drawPaired resamples blocks, with what both samples have in them.
func drawPaired(x, base []float64, random *rand.Rand) (median, ofBase float64, draw func() (median, ofBase float64)) {
	rankedX, rankedBase := ranked(x), ranked(base)
	times := make([]int32, len(x)) // how often each block is in the resample
	return quantile(rankedX.sorted, 0.5), quantile(rankedBase.sorted, 0.5), func() (float64, float64) {
		clear(times)
		for range times {
			times[random.IntN(len(times))]++
		}
		return rankedX.median(times), rankedBase.median(times)
	}
}

// relation makes the ratio and, from resampled medians, its interval.
func relation(x, base []float64, how Resampling, drawing drawing) (Relation, error) {
	median, ofBase, draw := drawing(x, base, rand.New(rand.NewPCG(how.Seed, 0)))
	result := Relation{Median: median, Base: ofBase}
	var err error
	if result.Value, err = quotient(median, ofBase); err != nil || min(len(x), len(base)) < 2 {
		return result, err
	}
	ratios := make([]float64, how.Resamples)
	for i := range ratios {
		if ratios[i], err = quotient(draw()); err != nil {
			return result, nil
		}
	}
	slices.Sort(ratios)
	low, high := percentiles(ratios, how.Confidence)
	result.Interval = &Interval{Low: low, High: high, Confidence: how.Confidence, Method: "percentile bootstrap"}
	return result, nil
}

// percentiles are the ends between which the confidence of sorted resamples lies:
// the (B+1)α-th from both ends (Davison and Hinkley 1997).
func percentiles(sorted []float64, confidence float64) (low, high float64) {
	outside := int(math.Round(float64(len(sorted)+1) * (1 - confidence) / 2))
	outside = min(max(outside, 1), (len(sorted)+1)/2)
	return sorted[outside-1], sorted[len(sorted)-outside]
}

// quotient of two medians. The error is ErrNoRatio or ErrNotFinite.
func quotient(median, base float64) (float64, error) {
	if base == 0 || (median != 0 && (median < 0) != (base < 0)) {
		return 0, fmt.Errorf("%v to %v: %w", median, base, ErrNoRatio)
	}
	ratio := median / base
	if !finite(ratio) {
		return 0, fmt.Errorf("ratio of %v to %v: %w", median, base, ErrNotFinite)
	}
	return ratio, nil
}

// resampledMedian draws medians of resamples of sorted values. The k-th of n uniform
// numbers is of the distribution Beta(k, n+1−k); the next one above it is the least
// of the n−k that remain (David and Nagaraja 2003).
func resampledMedian(sorted []float64, random *rand.Rand) func() float64 {
	n := len(sorted)
	at := func(uniform float64) float64 { return sorted[min(n-1, int(uniform*float64(n)))] }
	k := (n + 1) / 2
	kth := distuv.Beta{Alpha: float64(k), Beta: float64(n + 1 - k), Src: random}
	if n%2 == 1 {
		return func() float64 { return at(kth.Rand()) }
	}
	return func() float64 {
		lower := kth.Rand()
		upper := lower + (1-lower)*(1-math.Pow(random.Float64(), 1/float64(n-k)))
		return between(at(lower), at(upper))
	}
}

// rankedValues are the values of blocks, and the blocks in the order of their values.
type rankedValues struct {
	sorted []float64
	block  []int32
}

func ranked(values []float64) rankedValues {
	r := rankedValues{make([]float64, len(values)), make([]int32, len(values))}
	for i := range values {
		r.block[i] = int32(i)
	}
	slices.SortFunc(r.block, func(a, b int32) int {
		switch {
		case values[a] < values[b]:
			return -1
		case values[a] > values[b]:
			return 1
		}
		return 0
	})
	for i, block := range r.block {
		r.sorted[i] = values[block]
	}
	return r
}

// median of the blocks, each as often as times says.
func (r rankedValues) median(times []int32) float64 {
	n := len(r.sorted)
	lower, upper := (n+1)/2, n/2+1 // the same, if n is odd
	counted := 0
	for i, block := range r.block {
		before := counted
		counted += int(times[block])
		if before < lower && counted >= lower {
			if counted >= upper {
				return r.sorted[i]
			}
			for next := i + 1; ; next++ {
				if times[r.block[next]] > 0 {
					return between(r.sorted[i], r.sorted[next])
				}
			}
		}
	}
	return r.sorted[n-1]
}
