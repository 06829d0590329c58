package statistics

import (
	"errors"
	"math"
	"slices"
)

// Severity says how far beyond the quartiles a value is.
type Severity string

// Tukey's fences (Exploratory Data Analysis, 1977).
const (
	// NoOutlier: within 1.5 interquartile ranges of the quartiles.
	NoOutlier Severity = "none"
	// MildOutlier: beyond 1.5, within 3.
	MildOutlier Severity = "mild"
	// SevereOutlier: beyond 3 interquartile ranges.
	SevereOutlier Severity = "severe"
)

// modifiedZLimit is what Iglewicz and Hoaglin (How to Detect and Handle Outliers, 1993) call an outlier.
const modifiedZLimit = 3.5

// Label says what a value looks like beside the others. It is never a reason to delete the value.
type Label struct {
	// Tukey goes by the quartiles. Where more than half of the values are equal, they have no distance, and every
	// other value is severe.
	Tukey Severity `json:"tukey"`
	// ModifiedZ is 0.6745·(x − median)/MAD, MAD not scaled (Iglewicz and Hoaglin 1993), at most float64's largest
	// number; nil where the MAD is 0.
	ModifiedZ *float64 `json:"modified_z,omitempty"`
	// BeyondZ: ModifiedZ is above 3.5 or below −3.5.
	BeyondZ bool `json:"beyond_z"`
}

// Outlier tells whether one of the two methods calls the value so.
func (l Label) Outlier() bool { return l.Tukey != NoOutlier || l.BeyondZ }

// Outliers labels each value, in the order of the values. The error is ErrEmpty or ErrNotFinite.
func Outliers(values []float64) ([]Label, error) {
	sorted, err := sortedFinite(values)
	if err != nil {
		return nil, err
	}
	scale := 1.0
	if max(-sorted[0], sorted[len(sorted)-1]) > math.MaxFloat64/16 { // Else differences may be beyond float64.
		scale = 1.0 / 16
		for i := range sorted {
			sorted[i] *= scale
		}
	}
	q1, median, q3 := quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)
	apart := q3 - q1
	distance := medianDistance(sorted, median)
	labels := make([]Label, len(values))
	for i, value := range values {
		value *= scale
		beyond := max(q1-value, value-q3)
		switch {
		case beyond > 3*apart:
			labels[i].Tukey = SevereOutlier
		case beyond > 1.5*apart:
			labels[i].Tukey = MildOutlier
		default:
			labels[i].Tukey = NoOutlier
		}
		if distance > 0 {
			z := 0.6745 * (value - median) / distance
			z = min(max(z, -math.MaxFloat64), math.MaxFloat64)
			labels[i].ModifiedZ, labels[i].BeyondZ = &z, math.Abs(z) > modifiedZLimit
		}
	}
	return labels, nil
}

// OutlierCounts says how many values have which label.
type OutlierCounts struct {
	Mild      int `json:"mild"`
	Severe    int `json:"severe"`
	ModifiedZ int `json:"modified_z"`
	// Any counts each value once.
	Any int `json:"any"`
}

// Description is all there is to say about values, in their unit.
type Description struct {
	// Summary is of all values.
	Summary
	// MedianInterval is nil where there are too few values for one: below 6 at 95 %.
	MedianInterval *Interval `json:"median_interval,omitempty"`
	// MeanInterval is nil for a single value.
	MeanInterval *Interval `json:"mean_interval,omitempty"`
	// Normality by ShapiroWilk; nil where the values are equal, or fewer or more than it takes.
	Normality *Normality    `json:"normality,omitempty"`
	Outliers  OutlierCounts `json:"outliers"`
	// WithoutOutliers is of the values that have no label; nil where every value is among them, so that it is never
	// shown in place of Summary, only beside it.
	WithoutOutliers *Summary `json:"without_outliers,omitempty"`
}

// Describe summarises the values with their intervals at the confidence, between 0 and 1, the mean's from MeanResamples
// drawn by the seed, and with and without outliers. The error is ErrEmpty, ErrNotFinite or ErrArgument.
func Describe(values []float64, confidence float64, seed uint64) (Description, error) {
	summary, err := Summarize(values)
	if err != nil {
		return Description{}, err
	}
	d := Description{Summary: summary}
	if d.MedianInterval, err = unlessTooFew(MedianInterval(values, confidence)); err != nil {
		return Description{}, err
	}
	if d.MeanInterval, err = unlessTooFew(MeanInterval(values, confidence, seed, MeanResamples)); err != nil {
		return Description{}, err
	}
	switch normality, err := ShapiroWilk(values); {
	case err == nil:
		d.Normality = &normality
	case !errors.Is(err, ErrTooFew) && !errors.Is(err, ErrTooMany) && !errors.Is(err, ErrConstant):
		return Description{}, err
	}
	labels, err := Outliers(values)
	if err != nil {
		return Description{}, err
	}
	d.Outliers = countOutliers(labels)
	if d.Outliers.Any == 0 {
		return d, nil
	}
	rest := slices.Clone(values)[:0]
	for i, value := range values {
		if !labels[i].Outlier() {
			rest = append(rest, value)
		}
	}
	// The median's neighbours are never outliers: something is left.
	without, err := Summarize(rest)
	if err != nil {
		return Description{}, err
	}
	d.WithoutOutliers = &without
	return d, nil
}

func countOutliers(labels []Label) OutlierCounts {
	var counts OutlierCounts
	for _, label := range labels {
		switch label.Tukey {
		case MildOutlier:
			counts.Mild++
		case SevereOutlier:
			counts.Severe++
		}
		if label.BeyondZ {
			counts.ModifiedZ++
		}
		if label.Outlier() {
			counts.Any++
		}
	}
	return counts
}

// unlessTooFew turns an interval that needs more values into none.
func unlessTooFew(interval Interval, err error) (*Interval, error) {
	switch {
	case errors.Is(err, ErrTooFew):
		return nil, nil
	case err != nil:
		return nil, err
	}
	return &interval, nil
}
