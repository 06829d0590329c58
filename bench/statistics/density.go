package statistics

import (
	"math"

	"github.com/aclements/go-moremath/stats"
)

// DensityPoint is the estimated density, per unit of the values, at a value.
type DensityPoint struct{ At, Density float64 }

// Density estimates the density of the distribution that values are from, at so many places, at least 2, at equal distances from the
// lowest to the highest value: a Gaussian kernel with the bandwidth of Scott (1992), 1.06·min(SD, IQR/1.349)·n^(−1/5), quartiles
// being of type 7. Where that is 0 there is no estimate, and no point. The error is ErrEmpty, ErrNotFinite, also of the spread, or
// ErrArgument.
func Density(values []float64, places int) ([]DensityPoint, error) {
	if places < 2 {
		return nil, ErrArgument
	}
	sorted, err := sortedFinite(values)
	if err != nil {
		return nil, err
	}
	summary, err := summarizeSorted(sorted)
	if err != nil || summary.SD == nil {
		return nil, err
	}
	const ofNormal = 1.349 // interquartile range for an SD of 1
	width := 1.06 * min(*summary.SD, (summary.Q3-summary.Q1)/ofNormal) * math.Pow(float64(len(sorted)), -1.0/5)
	if width == 0 {
		return nil, nil
	}
	estimate := stats.KDE{Sample: stats.Sample{Xs: sorted, Sorted: true}, Kernel: stats.GaussianKernel, Bandwidth: width}
	low, high := sorted[0], sorted[len(sorted)-1]
	points := make([]DensityPoint, places)
	for i := range points {
		at := interpolate(low, high, float64(i)/float64(places-1))
		points[i] = DensityPoint{at, estimate.PDF(at)}
	}
	return points, nil
}
