package published

import "fmt"

// Regression is what the models give on the same points.
type Regression struct {
	// Fits are those that were possible, in the models' order; there is at least one.
	Fits []Fit
	// Refused says why the others were not.
	Refused map[Model]error
}

// Regress fits every model. One that cannot be fitted is refused and the others are
// kept, as published. The error is that of the linear model where none was possible,
// which is so whenever the points themselves are not in order.
func Regress(x, y []float64) (Regression, error) {
	result := Regression{Refused: map[Model]error{}}
	for _, model := range []Model{Linear, Logarithmic, Exponential, Cubic} {
		fit, err := FitModel(model, x, y)
		if err != nil {
			result.Refused[model] = err
			continue
		}
		result.Fits = append(result.Fits, fit)
	}
	if len(result.Fits) == 0 {
		return Regression{}, fmt.Errorf("no model: %w", result.Refused[Linear])
	}
	return result, nil
}

// KeepsLinear tells from both R² whether the linear fit is kept although another one
// is better.
type KeepsLinear func(linear, best float64) bool

// GainBelow keeps the linear fit where the best one's R² is less than a margin above
// it: 0.02 in the published memory tables.
func GainBelow(margin float64) KeepsLinear {
	return func(linear, best float64) bool { return best-linear < margin }
}

// ShareOf keeps the linear fit where its R² is at least a share of the best one's.
// 0.9 gives the choices of the published pipe tables, which do not name their rule.
func ShareOf(share float64) KeepsLinear {
	return func(linear, best float64) bool { return linear >= share*best }
}

// Best is the fit with the largest R², the first of several, unless the linear one
// is to be kept.
func (r Regression) Best(keeps KeepsLinear) Fit {
	best := r.Fits[0]
	for _, fit := range r.Fits[1:] {
		if fit.R2 > best.R2 {
			best = fit
		}
	}
	if linear := r.Fits[0]; linear.Model == Linear && keeps(linear.R2, best.R2) {
		return linear
	}
	return best
}
