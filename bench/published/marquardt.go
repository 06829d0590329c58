package published

import (
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"
)

// The settings of MINPACK's lmdif as SciPy's curve_fit calls it.
const (
	// sumTolerance and stepTolerance end the search: relative reductions of the sum
	// of squares, and relative sizes of a step.
	sumTolerance  = 1.49012e-8
	stepTolerance = 1.49012e-8
	// firstReach is the first step's largest size, in sizes of the start.
	firstReach = 100.0
	// leastGain is which part of the predicted reduction a step must bring.
	leastGain = 1e-4
)

// search is a state of Levenberg and Marquardt's method: where it is, and how far
// the next step may reach.
type search struct {
	residuals   func(parameters, out []float64)
	evaluations int

	at    []float64 // parameters
	value []float64 // residuals there
	norm  float64   // of the residuals
	scale []float64 // of each parameter: the largest norm yet of its derivatives
	reach float64   // largest scaled size of a step
	damp  float64   // Levenberg's parameter
}

// marquardt minimises the sum of squares of n residuals from a start. gonum's optimize
// has no method for sums of squares, and another one would end in other places. This
// is Moré's (The Levenberg-Marquardt algorithm: implementation and theory, 1978), with
// derivatives by forward differences and, where the search ends well, the results of
// MINPACK. The error is ErrNoFit where it does not within the evaluations allowed, or
// where a residual or a derivative it must start from is no finite number.
func marquardt(residuals func(parameters, out []float64), start []float64, n, evaluations int) ([]float64, error) {
	if n < len(start) {
		return nil, fmt.Errorf("%d points for %d parameters: %w", n, len(start), ErrNoFit)
	}
	s := &search{residuals: residuals, at: slices.Clone(start), value: make([]float64, n)}
	s.norm = s.evaluate(s.at, s.value)
	if !finite(s.norm) {
		return nil, fmt.Errorf("the start is beyond float64: %w", ErrNoFit)
	}
	for s.evaluations < evaluations {
		slope, err := s.derive()
		if err != nil {
			return nil, err
		}
		if slope.flat(s.norm) {
			return s.at, nil
		}
		if done, err := s.descend(slope, evaluations); err != nil || done {
			return s.at, err
		}
	}
	return nil, fmt.Errorf("not within %d evaluations: %w", evaluations, ErrNoFit)
}

func (s *search) evaluate(parameters, out []float64) float64 {
	s.evaluations++
	s.residuals(parameters, out)
	return floats.Norm(out, 2)
}

// slope is the residuals' linear model: Q·R of their derivatives, and what is left of
// the residuals in Q's coordinates.
type slope struct {
	r       *mat.TriDense
	rotated []float64 // first elements of Qᵀ·residuals
	norms   []float64 // of the columns of derivatives
}

// derive computes the slope where the search is, and the scales that follow from it.
func (s *search) derive() (slope, error) {
	n, k := len(s.value), len(s.at)
	derivatives, moved := mat.NewDense(n, k, nil), make([]float64, n)
	for j, parameter := range s.at {
		step := math.Sqrt(epsilon) * math.Abs(parameter)
		if step == 0 {
			step = math.Sqrt(epsilon)
		}
		s.at[j] = parameter + step
		s.evaluate(s.at, moved)
		s.at[j] = parameter
		floats.Sub(moved, s.value)
		floats.Scale(1/step, moved)
		derivatives.SetCol(j, moved)
	}
	result := slope{norms: make([]float64, k)}
	for j := range k {
		result.norms[j] = mat.Norm(derivatives.ColView(j), 2)
	}
	if !allFinite(result.norms) {
		return slope{}, fmt.Errorf("a derivative is beyond float64: %w", ErrNoFit)
	}
	result.r, result.rotated = triangle(derivatives, s.value)
	if s.scale == nil {
		s.scale = make([]float64, k)
		for j, norm := range result.norms {
			s.scale[j] = norm
			if norm == 0 {
				s.scale[j] = 1
			}
		}
		s.reach = firstReach * scaledNorm(s.scale, s.at)
		if s.reach == 0 {
			s.reach = firstReach
		}
	}
	for j, norm := range result.norms {
		s.scale[j] = max(s.scale[j], norm)
	}
	return result, nil
}

// triangle is R of a QR decomposition, and the first elements of Qᵀ·right, which are R's
// column of the right side when it is decomposed with the matrix: Q has a row and a
// column for each point and is never needed.
func triangle(matrix *mat.Dense, right []float64) (*mat.TriDense, []float64) {
	n, k := matrix.Dims()
	both := mat.NewDense(max(n, k+1), k+1, nil)
	both.Slice(0, n, 0, k).(*mat.Dense).Copy(matrix)
	for i, value := range right {
		both.Set(i, k, value)
	}
	var qr mat.QR
	qr.Factorize(both)
	var r mat.Dense
	qr.RTo(&r)
	upper, rotated := mat.NewTriDense(k, mat.Upper, nil), make([]float64, k)
	for j := range k {
		for i := range j + 1 {
			upper.SetTri(i, j, r.At(i, j))
		}
		rotated[j] = r.At(j, k)
	}
	return upper, rotated
}

// flat tells whether no direction lowers the sum of squares.
func (l slope) flat(norm float64) bool {
	if norm == 0 {
		return true
	}
	for j, gradient := range l.gradient() {
		if l.norms[j] != 0 && gradient != 0 {
			return false
		}
	}
	return true
}

// gradient is Jᵀ·residuals, by R.
func (l slope) gradient() []float64 {
	var g mat.VecDense
	g.MulVec(l.r.T(), mat.NewVecDense(len(l.rotated), l.rotated))
	return g.RawVector().Data
}

// descend takes the first step that lowers the sum of squares, shortening it until it
// does, and tells whether the search has ended.
func (s *search) descend(l slope, evaluations int) (done bool, err error) {
	next, moved := make([]float64, len(s.at)), make([]float64, len(s.value))
	first := s.evaluations == 1+len(s.at)
	for {
		step, err := s.step(l)
		if err != nil {
			return false, err
		}
		size := scaledNorm(s.scale, step)
		if first {
			s.reach, first = min(s.reach, size), false
		}
		floats.SubTo(next, s.at, step)
		norm := s.evaluate(next, moved)
		gain := -1.0
		if norm/10 < s.norm {
			gain = 1 - (norm/s.norm)*(norm/s.norm)
		}
		straight := l.along(step) / s.norm
		damped := math.Sqrt(s.damp) * size / s.norm
		predicted := straight*straight + 2*damped*damped
		ratio := 0.0
		if predicted != 0 {
			ratio = gain / predicted
		}
		s.adapt(gain, ratio, norm, size, -(straight*straight + damped*damped))
		if ratio >= leastGain {
			copy(s.at, next)
			copy(s.value, moved)
			s.norm = norm
		}
		small := math.Abs(gain) <= sumTolerance && predicted <= sumTolerance && ratio <= 2
		switch {
		case small || s.reach <= stepTolerance*scaledNorm(s.scale, s.at):
			return true, nil
		case s.evaluations >= evaluations:
			return false, fmt.Errorf("not within %d evaluations: %w", evaluations, ErrNoFit)
		case ratio >= leastGain:
			return false, nil
		}
	}
}

// along is how far the linear model moves the residuals with a step.
func (l slope) along(step []float64) float64 {
	var moved mat.VecDense
	moved.MulVec(l.r, mat.NewVecDense(len(step), step))
	return mat.Norm(&moved, 2)
}

// adapt shortens the reach after a step that gained less than a quarter of what was
// predicted, and doubles it after one that gained three quarters or was not damped.
func (s *search) adapt(gain, ratio, norm, size, direction float64) {
	switch {
	case ratio <= 0.25:
		shorter := 0.5
		if gain < 0 {
			shorter = 0.5 * direction / (direction + 0.5*gain)
		}
		if norm/10 >= s.norm || shorter < 0.1 {
			shorter = 0.1
		}
		s.reach = shorter * min(s.reach, 10*size)
		s.damp /= shorter
	case s.damp == 0 || ratio >= 0.75:
		s.reach = 2 * size
		s.damp /= 2
	}
}

func scaledNorm(scale, parameters []float64) float64 {
	product := make([]float64, len(scale))
	floats.MulTo(product, scale, parameters)
	return floats.Norm(product, 2)
}
