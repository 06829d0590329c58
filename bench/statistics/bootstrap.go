package statistics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// MeanResamples is how many samples the bootstrap of a mean draws where nobody asks for another number: the ends of a
// 95 % interval then move by a hundredth or two of its width from seed to seed.
const MeanResamples = 10_000

// What a bootstrap takes: fewer resamples have no tails, more would not end while somebody waits.
const (
	fewestResamples = 100
	mostResamples   = 10_000_000
)

// MeanInterval is the confidence interval of the mean, in the values' unit, by the bias-corrected and accelerated
// bootstrap (BCa; Efron 1987, Better bootstrap confidence intervals). It makes resamples of the values, 100 to
// 10,000,000; the same seed gives the same interval for the same values, in whatever order they are. Equal values
// have an interval without width. For few values of a skewed distribution it covers less than its confidence: see
// docs/statistics.md. The error is ErrEmpty, ErrNotFinite, ErrArgument, or ErrTooFew for a single value.
func MeanInterval(values []float64, confidence float64, seed uint64, resamples int) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if resamples < fewestResamples || resamples > mostResamples {
		return Interval{}, fmt.Errorf("%d resamples, want %d to %d: %w", resamples, fewestResamples, mostResamples, ErrArgument)
	}
	sorted, err := sortedFinite(values)
	if err != nil {
		return Interval{}, err
	}
	n := len(sorted)
	if n < 2 {
		return Interval{}, fmt.Errorf("bootstrap of %d value: %w", n, ErrTooFew)
	}
	interval := Interval{Low: sorted[0], High: sorted[n-1], Confidence: confidence, Method: "BCa bootstrap"}
	if interval.Low == interval.High {
		return interval, nil
	}
	factor := unitFactor(sorted)
	mean := meanOf(sorted, factor)
	// Distances from the mean: their sums lose no digits at a large offset.
	distances := make([]float64, n)
	for i, value := range sorted {
		distances[i] = value*factor - mean
	}
	drawn := resampledMeans(distances, resamples, rand.New(rand.NewPCG(seed, 0)))
	// Leaving a value out moves the mean by its distance over −(n−1), which the acceleration's scale forgets.
	// Their own mean is not 0 but what rounding left.
	low, high := biasCorrected(drawn, meanOf(distances, 1), distances, confidence)
	interval.Low = min(max((low+mean)/factor, sorted[0]), sorted[n-1])
	interval.High = min(max((high+mean)/factor, interval.Low), sorted[n-1])
	return interval, nil
}

// resampledMeans are the means of samples drawn with replacement, in rising order.
func resampledMeans(values []float64, resamples int, random *rand.Rand) []float64 {
	n := uint64(len(values))
	means := make([]float64, resamples)
	for i := range means {
		total := 0.0
		for drawn := uint64(0); drawn < n; drawn += 2 {
			// Each half of the bits draws one: below a million values, none is 0.03 % more likely than another.
			bits := random.Uint64()
			total += values[((bits>>32)*n)>>32]
			if drawn+1 < n {
				total += values[((bits&math.MaxUint32)*n)>>32]
			}
		}
		means[i] = total / float64(n)
	}
	slices.Sort(means)
	return means
}

// biasCorrected gives the ends of a BCa interval from a statistic's sorted replicates, its estimate, and the
// influence of each value on it: what is proportional to the mean of the estimates without one value less the
// estimate without this one.
func biasCorrected(replicates []float64, estimate float64, influences []float64, confidence float64) (low, high float64) {
	// A sum's rounding depends on its order: what differs by no more is equal, and counts half.
	rounding := 1e-12 * max(math.Abs(replicates[0]-estimate), math.Abs(replicates[len(replicates)-1]-estimate))
	below, _ := slices.BinarySearch(replicates, estimate-rounding)
	upTo, _ := slices.BinarySearch(replicates, estimate+rounding)
	share := float64(below+upTo) / 2 / float64(len(replicates))
	// An estimate beyond all replicates has no bias that could be counted; half a replicate is the nearest that can.
	half := 0.5 / float64(len(replicates))
	bias := distuv.UnitNormal.Quantile(min(max(share, half), 1-half))
	acceleration := accelerationOf(influences)
	at := func(probability float64) float64 {
		z := bias + distuv.UnitNormal.Quantile(probability)
		shrink := 1 - acceleration*z
		if shrink <= 0 { // Only at confidences beyond use: the end is the last replicate.
			return quantile(replicates, math.Round((1+math.Copysign(1, z))/2))
		}
		return quantile(replicates, distuv.UnitNormal.CDF(bias+z/shrink))
	}
	tail := (1 - confidence) / 2
	return at(tail), at(1 - tail)
}

// accelerationOf is Efron's a: a sixth of the influences' skewness; 0 where nothing has influence.
func accelerationOf(influences []float64) float64 {
	factor := unitFactor(influences)
	var squares, cubes sum
	for _, influence := range influences {
		influence *= factor
		squares.add(influence * influence)
		cubes.add(influence * influence * influence)
	}
	if squares.value() == 0 {
		return 0
	}
	return cubes.value() / (6 * math.Pow(squares.value(), 1.5))
}
