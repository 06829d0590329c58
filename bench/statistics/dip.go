package statistics

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
)

// Modality is how far a sample is from having one mode.
type Modality struct {
	// N is how many values there are, at least 4.
	N int `json:"n"`
	// Dip is the least distance of the sample's distribution function from any one with a single mode, from 0 to 0.25.
	Dip float64 `json:"dip"`
	// P is the share of uniform samples of the same size whose dip is as large, above 0, at most 1. Of all distributions
	// with one mode the uniform one has about the largest dips: for others P is too high rather than too low.
	P float64 `json:"p"`
}

const (
	// fewestForDip: three values have no two modes.
	fewestForDip = 4
	// largestForDip is the size of the largest uniform samples that are drawn: beyond it the distribution of √n·dip
	// hardly changes (Hartigan and Hartigan 1985 give its limit).
	largestForDip = 500
)

// DipSize is the size of the uniform samples that n values are compared with: n itself up to 20, from there on one of a series a
// quarter apart, the next that is not smaller, and 500 for all beyond. So few draws serve samples of many sizes. √n·dip of uniform
// samples grows with n, and little from one size to the next: P is too high rather than too low.
func DipSize(n int) int {
	size := min(n, exactDips)
	for size < n && size < largestForDip {
		size = min(size+size/4, largestForDip)
	}
	return size
}

// exactDips is up to which size samples are compared with those of their own size alone.
const exactDips = 20

// UniformDips are the dips of uniform samples of one size: what the dip of a sample is compared with. It may be used by
// several goroutines at once.
type UniformDips struct {
	n    int
	dips []float64 // rising, times √n
}

// NewUniformDips draws so many samples of n values by a seed. The error is ErrTooFew for n below 4, or ErrArgument
// without samples.
func NewUniformDips(n, samples int, seed uint64) (*UniformDips, error) {
	if n < fewestForDip {
		return nil, fmt.Errorf("dips of %d values: %w", n, ErrTooFew)
	}
	if samples < 1 {
		return nil, fmt.Errorf("dips of %d samples: %w", samples, ErrArgument)
	}
	u := &UniformDips{n: n, dips: make([]float64, samples)}
	random := rand.New(rand.NewPCG(seed, uint64(n)))
	drawn := make([]float64, min(n, largestForDip))
	scale := math.Sqrt(float64(len(drawn)))
	for i := range u.dips {
		for j := range drawn {
			drawn[j] = random.Float64()
		}
		slices.Sort(drawn)
		u.dips[i] = scale * dipOfSorted(drawn)
	}
	slices.Sort(u.dips)
	return u, nil
}

// Test tells samples with one mode from others (Hartigan and Hartigan 1985, The Dip Test of Unimodality). The smallest
// P is 1/(samples + 1). The error is ErrEmpty, ErrNotFinite, or ErrArgument for a number of values whose DipSize is another than
// that of the uniform samples.
func (u *UniformDips) Test(values []float64) (Modality, error) {
	dip, err := Dip(values)
	if err != nil {
		return Modality{}, err
	}
	n := len(values)
	if n != u.n && DipSize(n) != u.n {
		return Modality{}, fmt.Errorf("dip of %d values beside those of %d: %w", len(values), u.n, ErrArgument)
	}
	below, _ := slices.BinarySearch(u.dips, dip*math.Sqrt(float64(n)))
	above := len(u.dips) - below
	return Modality{N: n, Dip: dip, P: float64(1+above) / float64(1+len(u.dips))}, nil
}

// Dip is the least distance, over all x, of the sample's distribution function from any one that has a single mode:
// convex before it and concave behind. Equal values are a step there, and no reason for a dip at the mode. The error is
// ErrEmpty or ErrNotFinite.
func Dip(values []float64) (float64, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return 0, err
	}
	if sorted[len(sorted)-1] > math.MaxFloat64/4 || sorted[0] < -math.MaxFloat64/4 { // Else differences may be beyond float64.
		for i := range sorted {
			sorted[i] /= 8
		}
	}
	return dipOfSorted(sorted), nil
}

// dipOfSorted narrows the interval that the mode is in (Hartigan and Hartigan 1985, section 4): where the greatest convex
// function below the steps and the least concave one above them are farthest apart, the mode cannot be outside. What the
// steps are away from these functions outside of the interval is a dip; that goes on while it may grow.
func dipOfSorted(sorted []float64) float64 {
	s := stepsOf(sorted)
	low, high := 0, len(s.at)-1
	dip := 1.0 // of 2n
	convex, concave := make([]float64, len(s.at)), make([]float64, len(s.at))
	for {
		onConvex := hull(s.at, s.below, low, high, convex, false)
		onConcave := hull(s.at, s.upTo, low, high, concave, true)
		apart, from, to := farthest(convex, concave, onConvex, onConcave)
		if apart <= dip {
			break
		}
		for i := low; i < from; i++ {
			dip = max(dip, s.upTo[i]-convex[i])
		}
		for i := to + 1; i <= high; i++ {
			dip = max(dip, concave[i]-s.below[i])
		}
		if from == low && to == high {
			break
		}
		low, high = from, to
	}
	return dip / 2 / float64(len(sorted))
}

// steps is a distribution function, counted in values: how many are below each place and how many up to it.
type steps struct{ at, below, upTo []float64 }

func stepsOf(sorted []float64) steps {
	s := steps{make([]float64, 0, len(sorted)), make([]float64, 0, len(sorted)), make([]float64, 0, len(sorted))}
	for from := 0; from < len(sorted); {
		to := from + 1
		for to < len(sorted) && sorted[to] == sorted[from] {
			to++
		}
		s.at, s.below, s.upTo = append(s.at, sorted[from]), append(s.below, float64(from)), append(s.upTo, float64(to))
		from = to
	}
	return s
}

// hull fills, from low to high, the greatest convex function that is not above the points, or the least concave one that is
// not below them, and gives the places where it touches them.
func hull(at, height []float64, low, high int, filled []float64, concave bool) []int {
	var corners []int
	for i := low; i <= high; i++ {
		for len(corners) > 1 {
			a, b := corners[len(corners)-2], corners[len(corners)-1]
			// How much the slope grows at b, times both widths.
			turn := (height[i]-height[b])*(at[b]-at[a]) - (height[b]-height[a])*(at[i]-at[b])
			if concave {
				turn = -turn
			}
			if turn > 0 {
				break
			}
			corners = corners[:len(corners)-1]
		}
		corners = append(corners, i)
	}
	filled[low] = height[low]
	for c := 1; c < len(corners); c++ {
		from, to := corners[c-1], corners[c]
		for i := from + 1; i < to; i++ {
			// The share of the way, not the slope, which may be beyond float64.
			filled[i] = height[from] + (height[to]-height[from])*((at[i]-at[from])/(at[to]-at[from]))
		}
		filled[to] = height[to]
	}
	return corners
}

// farthest gives the largest distance of the two functions at a corner of either, and the interval around it, from a corner of
// the convex one to a corner of the concave one, that the mode is in.
func farthest(convex, concave []float64, onConvex, onConcave []int) (apart float64, from, to int) {
	apart = -1
	next := 0 // the first corner of concave that is not before the one of convex
	for _, corner := range onConvex {
		for onConcave[next] < corner {
			next++
		}
		if distance := concave[corner] - convex[corner]; distance > apart {
			apart, from, to = distance, corner, onConcave[next]
		}
	}
	last := 0 // the last corner of convex that is not behind the one of concave
	for _, corner := range onConcave {
		for last+1 < len(onConvex) && onConvex[last+1] <= corner {
			last++
		}
		if distance := concave[corner] - convex[corner]; distance > apart {
			apart, from, to = distance, onConvex[last], corner
		}
	}
	return apart, from, to
}
