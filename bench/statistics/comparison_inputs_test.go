package statistics_test

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"

	"eaibench/bench/statistics"
)

// Every function has an answer of finite numbers or a typed error for every input.
func TestDegenerate(t *testing.T) {
	nan, inf, huge := math.NaN(), math.Inf(1), math.MaxFloat64
	samples := map[string][]float64{
		"none": {}, "NaN": {1, nan, 2}, "infinite": {inf, 1}, "minus infinite": {-inf}, "one": {3}, "two": {1, 2},
		"equal": {5, 5, 5, 5}, "zero": {0, 0, 0}, "minus zero": {math.Copysign(0, -1), 0}, "huge": {huge, huge, huge}, "minus huge": {-huge, -huge, -huge},
		"all sizes": {-huge, -1, 0, math.SmallestNonzeroFloat64, 1, huge}, "small": {5e-324, 1e-323, 1.5e-323}, "usual": {4, 8, 15, 16, 23, 42},
	}
	known := []error{statistics.ErrEmpty, statistics.ErrNotFinite, statistics.ErrTooFew, statistics.ErrConstant, statistics.ErrNoRatio, statistics.ErrArgument}
	how := statistics.Resampling{Confidence: 0.95, Resamples: 100, Seed: 1}
	for nameX, x := range samples {
		for nameY, y := range samples {
			check := func(what string, err error, results ...any) {
				t.Helper()
				what = fmt.Sprintf("%s of %s, %s", what, nameX, nameY)
				if err != nil {
					if !slices.ContainsFunc(known, func(one error) bool { return errors.Is(err, one) }) {
						t.Errorf("%s: %v", what, err)
					}
					return
				}
				for _, result := range results {
					switch r := result.(type) {
					case float64:
						if math.IsNaN(r) || math.IsInf(r, 0) {
							t.Errorf("%s: %v", what, r)
						}
					case *statistics.Interval:
						if r != nil && !(r.Low <= r.High && !math.IsInf(r.Low, 0) && !math.IsInf(r.High, 0)) {
							t.Errorf("%s: %v", what, *r)
						}
					}
				}
			}
			a, err := statistics.MannWhitney(x, y)
			check("Mann-Whitney", err, a.Statistic, a.P)
			a, err = statistics.Wilcoxon(x, y)
			check("Wilcoxon", err, a.Statistic, a.P)
			s, err := statistics.HodgesLehmann(x, y, 0.95)
			check("shift", err, s.Value, s.Interval)
			s, err = statistics.HodgesLehmannPaired(x, y, 0.95)
			check("paired shift", err, s.Value, s.Interval)
			d, err := statistics.CliffsDelta(x, y, 0.95)
			check("delta", err, d.Delta, d.Interval)
			k, err := statistics.KruskalWallis(x, y)
			check("Kruskal-Wallis", err, k.H, k.P, k.EpsilonSquared)
			r, err := statistics.RatioOfMedians(x, y, how)
			check("ratio", err, r.Value, r.Interval)
			if err == nil && r.Interval != nil {
				n, err := statistics.RunsFor(0.02, *r.Interval, r.Value, len(x))
				check("runs", err, float64(n))
			}
			r, err = statistics.RatioOfMediansPaired(x, y, how)
			check("paired ratio", err, r.Value, r.Interval)
			r, err = statistics.RatioOfPairs(x, y, 0.95)
			check("ratio of pairs", err, r.Value, r.Interval)
			p, err := statistics.Holm(x)
			for _, one := range p {
				check("Holm", err, one)
			}
		}
	}
}

func TestRefusals(t *testing.T) {
	x, how := []float64{1, 2, 3}, statistics.Resampling{Confidence: 0.95, Resamples: 100}
	refused := func(_ any, err error) error { return err }
	for name, test := range map[string]struct{ got, want error }{
		"empty":                 {refused(statistics.MannWhitney(nil, x)), statistics.ErrEmpty},
		"second empty":          {refused(statistics.HodgesLehmann(x, nil, 0.95)), statistics.ErrEmpty},
		"NaN":                   {refused(statistics.CliffsDelta(x, []float64{math.NaN()}, 0.95)), statistics.ErrNotFinite},
		"unequal lengths":       {refused(statistics.Wilcoxon(x, x[:2])), statistics.ErrArgument},
		"unequal blocks":        {refused(statistics.RatioOfMediansPaired(x, x[:2], how)), statistics.ErrArgument},
		"confidence 1":          {refused(statistics.HodgesLehmannPaired(x, x, 1)), statistics.ErrArgument},
		"confidence NaN":        {refused(statistics.HodgesLehmann(x, x, math.NaN())), statistics.ErrArgument},
		"resamples":             {refused(statistics.RatioOfMedians(x, x, statistics.Resampling{Confidence: 0.95, Resamples: 99})), statistics.ErrArgument},
		"base 0":                {refused(statistics.RatioOfMedians(x, []float64{0, 0}, how)), statistics.ErrNoRatio},
		"signs":                 {refused(statistics.RatioOfMedians(x, []float64{-1, -2}, how)), statistics.ErrNoRatio},
		"a pair's base 0":       {refused(statistics.RatioOfPairs(x, []float64{1, 0, 2}, 0.95)), statistics.ErrNoRatio},
		"a pair's sign":         {refused(statistics.RatioOfPairs([]float64{1, -2, 3}, x, 0.95)), statistics.ErrNoRatio},
		"pairs of none":         {refused(statistics.RatioOfPairs(nil, nil, 0.95)), statistics.ErrEmpty},
		"a pair too few":        {refused(statistics.RatioOfPairs(x, x[:2], 0.95)), statistics.ErrArgument},
		"pairs' confidence":     {refused(statistics.RatioOfPairs(x, x, 0)), statistics.ErrArgument},
		"ratio of pairs beyond": {refused(statistics.RatioOfPairs([]float64{1e300}, []float64{1e-300}, 0.95)), statistics.ErrNotFinite},
		"its interval beyond":   {refused(statistics.RatioOfPairs([]float64{1, 1, 1, 1, 1, 1e300}, []float64{1, 1, 1, 1, 1, 1e-300}, 0.95)), statistics.ErrNotFinite},
		"ratio beyond":          {refused(statistics.RatioOfMedians([]float64{1e300}, []float64{1e-300}, how)), statistics.ErrNotFinite},
		"difference beyond":     {refused(statistics.HodgesLehmann([]float64{1e308}, []float64{-1e308}, 0.95)), statistics.ErrNotFinite},
		"one group":             {refused(statistics.KruskalWallis(x)), statistics.ErrTooFew},
		"groups of one":         {refused(statistics.KruskalWallis(x[:1], x[:1])), statistics.ErrTooFew},
		"no p":                  {refused(statistics.Holm(nil)), statistics.ErrEmpty},
		"no probability":        {refused(statistics.Holm([]float64{0.1, 1.1})), statistics.ErrArgument},
		"precision 0":           {refused(statistics.RunsFor(0, statistics.Interval{}, 1, 10)), statistics.ErrArgument},
		"runs of one":           {refused(statistics.RunsFor(0.02, statistics.Interval{}, 1, 1)), statistics.ErrTooFew},
		"precision relative to": {refused(statistics.RunsFor(0.02, statistics.Interval{}, 0, 10)), statistics.ErrNoRatio},
		"runs beyond":           {refused(statistics.RunsFor(1e-300, statistics.Interval{Low: 1, High: 2}, 1, 10)), statistics.ErrNotFinite},
	} {
		if !errors.Is(test.got, test.want) {
			t.Errorf("%s: %v, want %v", name, test.got, test.want)
		}
	}
}

// Few values give an estimate, and no interval that says more than they know.
func TestFewValues(t *testing.T) {
	for n, want := range map[int]bool{1: false, 3: false, 4: true} {
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i)
		}
		shift, err := statistics.HodgesLehmann(x, plus(x, 0.5), 0.95)
		if err != nil || shift.Value != -0.5 || (shift.Interval != nil) != want {
			t.Errorf("%d: %+v, %v", n, shift, err)
		}
	}
	ratio, err := statistics.RatioOfMedians([]float64{3}, []float64{2, 2, 2}, statistics.Resampling{Confidence: 0.95, Resamples: 100})
	if err != nil || ratio.Value != 1.5 || ratio.Interval != nil {
		t.Errorf("%+v, %v", ratio, err)
	}
	for n := 1; n < 40; n++ {
		x := plus(rising(n), 0)
		apart := plus(x, 1000)
		test, err := statistics.MannWhitney(apart, x)
		if err != nil || math.Abs(test.P/statistics.LeastMannWhitney(n, n)-1) > 1e-9 {
			t.Errorf("%d apart: %v, least %v, %v", n, test.P, statistics.LeastMannWhitney(n, n), err)
		}
		test, err = statistics.Wilcoxon(changed(x, func(v float64) float64 { return v * v * 3 }), changed(x, func(v float64) float64 { return -v }))
		if err != nil || test.P != statistics.LeastWilcoxon(n) {
			t.Errorf("%d pairs of one sign: %v, least %v, %v", n, test.P, statistics.LeastWilcoxon(n), err)
		}
	}
}
