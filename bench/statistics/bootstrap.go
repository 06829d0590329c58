package statistics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Resamples is how many times a bootstrap draws where nobody asks for another number: the ends of a 95 % interval
// then move by a few hundredths of its width from seed to seed.
const Resamples = 10_000

// What a bootstrap takes: fewer resamples have no tails, more would not end while somebody waits.
const (
	fewestResamples = 100
	mostResamples   = 10_000_000
)

func checkResamples(resamples int) error {
	if resamples < fewestResamples || resamples > mostResamples {
		return fmt.Errorf("%d resamples, want %d to %d: %w", resamples, fewestResamples, mostResamples, ErrArgument)
	}
	return nil
}

// resampler draws samples with replacement. The same seed gives the same samples.
type resampler struct{ *rand.Rand }

func newResampler(seed uint64) resampler {
	return resampler{rand.New(rand.NewPCG(seed, 0))}
}

// draw fills the sample with values drawn from all.
func (r resampler) draw(all, sample []float64) {
	n := uint64(len(all))
	for i := range sample {
		sample[i] = all[r.Uint64N(n)]
	}
}

// replicates are a statistic's values over resamples, in rising order. The statistic draws its samples itself, from
// one sample or from several.
func (r resampler) replicates(resamples int, statistic func() float64) []float64 {
	drawn := make([]float64, resamples)
	for i := range drawn {
		drawn[i] = statistic()
	}
	slices.Sort(drawn)
	return drawn
}

// MeanInterval is the confidence interval of the mean, in the values' unit, by the bias-corrected and accelerated
// bootstrap (BCa; Efron 1987, Better bootstrap confidence intervals). It makes resamples of the values, 100 to
// 10,000,000; the same seed gives the same interval for the same values, in whatever order they are. Equal values
// have an interval without width. For few values of a skewed distribution it covers less than its confidence: see
// docs/statistics.md. The error is ErrEmpty, ErrNotFinite, ErrArgument, or ErrTooFew for a single value.
func MeanInterval(values []float64, confidence float64, seed uint64, resamples int) (Interval, error) {
	if err := checkConfidence(confidence); err != nil {
		return Interval{}, err
	}
	if err := checkResamples(resamples); err != nil {
		return Interval{}, err
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
	random := newResampler(seed)
	drawn := random.replicates(resamples, func() float64 {
		total := 0.0
		for range n {
			total += distances[random.Uint64N(uint64(n))]
		}
		return total / float64(n)
	})
	// Leaving a value out moves the mean by its distance over −(n−1), which the acceleration's scale forgets.
	low, high := biasCorrected(drawn, 0, distances, confidence)
	interval.Low = min(max((low+mean)/factor, sorted[0]), sorted[n-1])
	interval.High = min(max((high+mean)/factor, interval.Low), sorted[n-1])
	return interval, nil
}

// biasCorrected gives the ends of a BCa interval from a statistic's sorted replicates, its estimate, and the
// influence of each value on it: what is proportional to the mean of the estimates without one value less the
// estimate without this one.
func biasCorrected(replicates []float64, estimate float64, influences []float64, confidence float64) (low, high float64) {
	below, _ := slices.BinarySearch(replicates, estimate)
	upTo, _ := slices.BinarySearch(replicates, math.Nextafter(estimate, math.Inf(1)))
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
