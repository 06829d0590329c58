package published

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// step is the one that lowers the linear model's sum of squares most within the reach,
// to a tenth of it, and sets damp to what made it that short: the root of
// |scaled step| − reach, found by Newton's method on its reciprocal within bounds
// (Moré 1978, section 5). The search goes against it.
func (s *search) step(l slope) ([]float64, error) {
	step, factor, err := l.solve(s.scale, 0)
	if err != nil {
		return nil, err
	}
	excess := scaledNorm(s.scale, step) - s.reach
	if excess <= 0.1*s.reach {
		s.damp = 0
		return step, nil
	}
	low := excess / s.reach / sensitivity(factor, s.scale, step)
	gradient := l.gradient()
	for j := range gradient {
		gradient[j] /= s.scale[j]
	}
	high := floats.Norm(gradient, 2) / s.reach
	if high == 0 {
		high = math.SmallestNonzeroFloat64 / min(s.reach, 0.1)
	}
	damp := min(max(s.damp, low), high)
	if damp == 0 {
		damp = floats.Norm(gradient, 2) / scaledNorm(s.scale, step)
	}
	const rounds = 10
	for round := 1; ; round++ {
		if damp == 0 {
			damp = max(math.SmallestNonzeroFloat64, high/1000)
		}
		if step, factor, err = l.solve(s.scale, damp); err != nil {
			return nil, err
		}
		excess = scaledNorm(s.scale, step) - s.reach
		if math.Abs(excess) <= 0.1*s.reach || round == rounds {
			s.damp = damp
			return step, nil
		}
		if excess > 0 {
			low = max(low, damp)
		} else {
			high = min(high, damp) // for a damp of 0
		}
		damp = max(low, damp+excess/s.reach/sensitivity(factor, s.scale, step))
	}
}

// solve finds the step that minimises |J·step − residuals|² + damp·|scaled step|², and
// R of that problem.
func (l slope) solve(scale []float64, damp float64) ([]float64, *mat.TriDense, error) {
	k := len(scale)
	r, right := l.r, l.rotated
	if damp > 0 {
		both := mat.NewDense(2*k, k, nil)
		both.Slice(0, k, 0, k).(*mat.Dense).Copy(l.r)
		for j := range k {
			both.Set(k+j, j, math.Sqrt(damp)*scale[j])
		}
		r, right = triangle(both, append(append([]float64{}, l.rotated...), make([]float64, k)...))
	}
	step := make([]float64, k)
	for i := k - 1; i >= 0; i-- {
		rest := right[i]
		for j := i + 1; j < k; j++ {
			rest -= r.At(i, j) * step[j]
		}
		if r.At(i, i) != 0 { // A parameter that changes nothing stays where it is.
			step[i] = rest / r.At(i, i)
		}
	}
	if !allFinite(step) {
		return nil, nil, fmt.Errorf("a step is beyond float64: %w", ErrNoFit)
	}
	return step, r, nil
}

// sensitivity is how fast the scaled step shortens as damp grows, relative to its
// size: |R⁻ᵀ·D·(D·step)/|D·step||².
func sensitivity(r *mat.TriDense, scale, step []float64) float64 {
	size := scaledNorm(scale, step)
	solved := make([]float64, len(step))
	for i := range solved {
		rest := scale[i] * scale[i] * step[i] / size
		for j := range i {
			rest -= r.At(j, i) * solved[j]
		}
		if r.At(i, i) != 0 {
			solved[i] = rest / r.At(i, i)
		}
	}
	norm := floats.Norm(solved, 2)
	return norm * norm
}
