package statistics_test

import (
	"encoding/json"
	"errors"
	"math"
	"testing"

	"eaibench/bench/statistics"
)

// oneSample is every exported function of one sample, and how many values it needs; where it needs that they vary,
// equal ones are refused.
var oneSample = []struct {
	name   string
	of     func(values []float64) (any, error)
	fewest int
	varied bool
}{
	{"Summarize", func(v []float64) (any, error) { return statistics.Summarize(v) }, 1, false},
	{"Median", func(v []float64) (any, error) { return statistics.Median(v) }, 1, false},
	{"Quantile", func(v []float64) (any, error) { return statistics.Quantile(v, 0.3) }, 1, false},
	{"Outliers", func(v []float64) (any, error) { return statistics.Outliers(v) }, 1, false},
	{"Describe", func(v []float64) (any, error) { return statistics.Describe(v, statistics.Confidence, 1) }, 1, false},
	{"MedianInterval", func(v []float64) (any, error) { return statistics.MedianInterval(v, 0.95) }, 6, false},
	{"QuantileInterval", func(v []float64) (any, error) { return statistics.QuantileInterval(v, 0.5, 0.75) }, 3, false},
	{"MeanInterval", func(v []float64) (any, error) { return statistics.MeanInterval(v, 0.95, 1, 200) }, 2, false},
	{"ShapiroWilk", func(v []float64) (any, error) { return statistics.ShapiroWilk(v) }, 3, true},
	{"Pearson", func(v []float64) (any, error) { return statistics.Pearson(v, v) }, 3, true},
	{"Spearman", func(v []float64) (any, error) { return statistics.Spearman(v, v) }, 3, true},
	{"Changepoints", func(v []float64) (any, error) { return statistics.Changepoints(v) }, 4, false},
	{"Classify", func(v []float64) (any, error) { return statistics.Classify(v) }, 10, false},
	{"Dip", func(v []float64) (any, error) { return statistics.Dip(v) }, 1, false},
}

// TestEveryInput: what has no answer is a typed error, and an answer is finite numbers alone, which JSON can hold.
func TestEveryInput(t *testing.T) {
	equal := func(n int, value float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = value
		}
		return values
	}
	rising := func(n int, step float64) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = float64(i+1) * step
		}
		return values
	}
	for _, one := range oneSample {
		for _, test := range []struct {
			name     string
			values   []float64
			notAtAll error // for every function
		}{
			{"nothing", nil, statistics.ErrEmpty},
			{"empty", []float64{}, statistics.ErrEmpty},
			{"NaN", append(rising(12, 1), math.NaN()), statistics.ErrNotFinite},
			{"NaN alone", []float64{math.NaN()}, statistics.ErrNotFinite},
			{"infinite", append(rising(12, 1), math.Inf(1)), statistics.ErrNotFinite},
			{"infinite below", append([]float64{math.Inf(-1)}, rising(12, 1)...), statistics.ErrNotFinite},
			{"one", []float64{5}, nil},
			{"two", []float64{5, 6}, nil},
			{"two equal", []float64{5, 5}, nil},
			{"three", []float64{5, 6, 8}, nil},
			{"four", rising(4, 1), nil},
			{"six", rising(6, 0.1), nil},
			{"twenty", rising(20, 0.1), nil},
			{"twenty equal", equal(20, 0.1), nil},
			{"twenty zeros", equal(20, 0), nil},
			{"zeros of both signs", []float64{0, math.Copysign(0, -1), 0, 0, 0, 0, 0, 0, 0, 0, math.Copysign(0, -1)}, nil},
			{"all but one equal", append(equal(19, 7), 8), nil},
			{"next to the largest number", rising(20, math.MaxFloat64/20), nil},
			{"next to 0", rising(20, math.SmallestNonzeroFloat64), nil},
			{"largest and least", append(rising(19, math.SmallestNonzeroFloat64), math.MaxFloat64), nil},
		} {
			got, err := one.of(test.values)
			want := test.notAtAll
			if want == nil && len(test.values) < one.fewest {
				want = statistics.ErrTooFew
			}
			if want == nil && one.varied && test.values[0] == test.values[len(test.values)-1] {
				want = statistics.ErrConstant
			}
			if !errors.Is(err, want) {
				t.Errorf("%s of %s: %v, want %v", one.name, test.name, err, want)
			}
			if err == nil {
				if _, err := json.Marshal(got); err != nil {
					t.Errorf("%s of %s is %+v: %v", one.name, test.name, got, err)
				}
			}
		}
		// Beyond float64 is either an error or an answer without infinities.
		got, err := one.of([]float64{-math.MaxFloat64, math.MaxFloat64, 0, 1, 2, 3, 4, 5, 6, 7, 8, math.MaxFloat64})
		if _, fault := json.Marshal(got); fault != nil || err != nil && !errors.Is(err, statistics.ErrNotFinite) {
			t.Errorf("%s of the largest numbers of both signs is %+v, %v", one.name, got, err)
		}
	}
}

func TestArgumentsOutsideTheirRange(t *testing.T) {
	values := []float64{1, 2, 3, 4, 5, 6, 7}
	refused := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, statistics.ErrArgument) {
			t.Errorf("%s: %v", what, err)
		}
	}
	for _, level := range []float64{0, 1, -0.5, 1.5, math.NaN(), math.Inf(1)} {
		_, err := statistics.MedianInterval(values, level)
		refused("median's interval", err)
		_, err = statistics.QuantileInterval(values, 0.5, level)
		refused("quantile's interval", err)
		_, err = statistics.QuantileInterval(values, level, 0.5)
		refused("interval of a quantile", err)
		_, err = statistics.MeanInterval(values, level, 1, 1000)
		refused("mean's interval", err)
		if level != 0 && level != 1 {
			_, err = statistics.Quantile(values, level)
			refused("quantile", err)
		}
	}
	for _, resamples := range []int{-1, 0, 99, 10_000_001, math.MaxInt} {
		_, err := statistics.MeanInterval(values, 0.95, 1, resamples)
		refused("resamples", err)
	}
	for _, correlation := range []func(x, y []float64) (statistics.Correlation, error){statistics.Pearson, statistics.Spearman} {
		_, err := correlation(values, values[1:])
		refused("lengths", err)
		if _, err = correlation(values, []float64{4, 4, 4, 4, 4, 4, 4}); !errors.Is(err, statistics.ErrConstant) {
			t.Errorf("correlation with a constant: %v", err)
		}
		if _, err = correlation(values, []float64{1, 2, 3, 4, 5, 6, math.NaN()}); !errors.Is(err, statistics.ErrNotFinite) {
			t.Errorf("correlation with NaN: %v", err)
		}
	}
	if _, err := statistics.ShapiroWilk(make([]float64, 5001)); !errors.Is(err, statistics.ErrTooMany) {
		t.Errorf("Shapiro–Wilk of 5001 values: %v", err)
	}
	// Confidences that no table has neither fail nor leave the sample.
	for _, confidence := range []float64{1e-12, 0.5, 0.999999, 1 - 1e-15} {
		got, err := statistics.MeanInterval([]float64{1, 1, 1, 1, 1, 1, 1, 50}, confidence, 1, 100)
		if err != nil || !(1 <= got.Low && got.Low <= got.High && got.High <= 50) {
			t.Errorf("mean's interval at %v: %+v, %v", confidence, got, err)
		}
	}
}
