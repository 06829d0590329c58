package statistics_test

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"eaibench/bench/statistics"
)

// wholes draws numbers with which sums and products by small powers of 2 are exact,
// so that properties hold to the bit; ties are frequent.
func wholes(t *rapid.T, name string, least, most int) []float64 {
	whole := rapid.Map(rapid.IntRange(-60, 60), func(i int) float64 { return float64(i) })
	return rapid.SliceOfN(whole, least, most).Draw(t, name)
}

func plus(values []float64, shift float64) []float64 {
	return changed(values, func(v float64) float64 { return v + shift })
}

func changed(values []float64, change func(float64) float64) []float64 {
	result := make([]float64, len(values))
	for i, value := range values {
		result[i] = change(value)
	}
	return result
}

func near(t *rapid.T, what string, got, want float64) {
	if math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
		t.Fatalf("%s: %v, want %v", what, got, want)
	}
}

// mirrored tells whether one interval is the other with its sign turned.
func mirrored(t *rapid.T, what string, a, b *statistics.Interval) {
	if (a == nil) != (b == nil) {
		t.Fatalf("%s: %v and %v", what, a, b)
	}
	if a != nil {
		near(t, what, a.Low, -b.High)
		near(t, what, a.High, -b.Low)
	}
}

// Exchanging the samples turns the sign of what has one and leaves the p-value.
func TestSwap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := wholes(t, "x", 1, 60), wholes(t, "y", 1, 60)
		u, _ := statistics.MannWhitney(x, y)
		v, _ := statistics.MannWhitney(y, x)
		near(t, "U", u.Statistic+v.Statistic, float64(len(x)*len(y)))
		near(t, "p", u.P, v.P)
		s, _ := statistics.HodgesLehmann(x, y, 0.95)
		r, _ := statistics.HodgesLehmann(y, x, 0.95)
		near(t, "shift", s.Value, -r.Value)
		mirrored(t, "shift", s.Interval, r.Interval)
		d, _ := statistics.CliffsDelta(x, y, 0.95)
		e, _ := statistics.CliffsDelta(y, x, 0.95)
		near(t, "delta", d.Delta, -e.Delta)
		near(t, "delta and U", d.Delta, 2*u.Statistic/float64(len(x)*len(y))-1)
		mirrored(t, "delta", d.Interval, e.Interval)
		if i := d.Interval; i != nil && (i.Low < -1 || i.High > 1 || !i.Contains(d.Delta)) {
			t.Fatalf("delta %v in %v", d.Delta, i)
		}
		n := min(len(x), len(y))
		w, _ := statistics.Wilcoxon(x[:n], y[:n])
		z, _ := statistics.Wilcoxon(y[:n], x[:n])
		near(t, "paired p", w.P, z.P)
		a, _ := statistics.HodgesLehmannPaired(x[:n], y[:n], 0.95)
		b, _ := statistics.HodgesLehmannPaired(y[:n], x[:n], 0.95)
		near(t, "paired shift", a.Value, -b.Value)
		mirrored(t, "paired shift", a.Interval, b.Interval)
	})
}

// Order does not matter; a shift of one sample is a shift of the estimate; a common
// scale scales it and changes neither ranks nor ratios.
func TestOrderShiftScale(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := wholes(t, "x", 2, 60), wholes(t, "y", 2, 60)
		by := float64(rapid.IntRange(-40, 40).Draw(t, "by"))
		scale := math.Ldexp(1, rapid.IntRange(-20, 20).Draw(t, "scale"))
		shuffled := slices.Clone(x)
		slices.Reverse(shuffled)
		scaled := func(v float64) float64 { return v * scale }

		s, _ := statistics.HodgesLehmann(x, y, 0.95)
		moved, _ := statistics.HodgesLehmann(plus(shuffled, by), y, 0.95)
		near(t, "moved shift", moved.Value, s.Value+by)
		larger, _ := statistics.HodgesLehmann(changed(x, scaled), changed(y, scaled), 0.95)
		near(t, "scaled shift", larger.Value/scale, s.Value)
		if s.Interval != nil {
			near(t, "moved low", moved.Interval.Low, s.Interval.Low+by)
			near(t, "scaled high", larger.Interval.High/scale, s.Interval.High)
			if !s.Interval.Contains(s.Value) {
				t.Fatalf("%v is not in %v", s.Value, s.Interval)
			}
		}
		u, _ := statistics.MannWhitney(x, y)
		again, _ := statistics.MannWhitney(changed(shuffled, scaled), changed(y, scaled))
		if u != again {
			t.Fatalf("%v and %v", u, again)
		}
		h, _ := statistics.KruskalWallis(x, y)
		k, _ := statistics.KruskalWallis(changed(y, scaled), changed(shuffled, scaled))
		near(t, "H", h.H, k.H)

		positive, base := plus(x, 100), plus(y, 100)
		how := statistics.Resampling{Confidence: 0.95, Resamples: 200, Seed: 1}
		a, err := statistics.RatioOfMedians(positive, base, how)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := statistics.RatioOfMedians(changed(plus(shuffled, 100), scaled), changed(base, scaled), how)
		if a.Value != b.Value || *a.Interval != *b.Interval {
			t.Fatalf("%v and %v", a, b)
		}
		n := min(len(x), len(y))
		c, _ := statistics.RatioOfMediansPaired(positive[:n], base[:n], how)
		d, _ := statistics.RatioOfMediansPaired(changed(positive[:n], scaled), changed(base[:n], scaled), how)
		if c.Value != d.Value || *c.Interval != *d.Interval {
			t.Fatalf("%v and %v", c, d)
		}
	})
}

// Selection finds what writing all differences down finds, whatever the numbers are.
func TestHodgesLehmannOfAnyNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		any := rapid.Float64Range(-1e300, 1e300)
		x, y := rapid.SliceOfN(any, 1, 12).Draw(t, "x"), rapid.SliceOfN(any, 1, 12).Draw(t, "y")
		var all []float64
		for _, a := range x {
			for _, b := range y {
				all = append(all, a-b)
			}
		}
		slices.Sort(all)
		got, err := statistics.HodgesLehmann(x, y, 0.95)
		if err != nil {
			t.Fatal(err)
		}
		want := all[len(all)/2]
		if len(all)%2 == 0 {
			want = all[len(all)/2-1]/2 + want/2
		}
		near(t, "shift", got.Value, want)
	})
}

func TestHolmProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 30).Draw(t, "p")
		adjusted, err := statistics.Holm(p)
		if err != nil {
			t.Fatal(err)
		}
		near(t, "smallest", slices.Min(adjusted), min(1, float64(len(p))*slices.Min(p)))
		for i := range p {
			if adjusted[i] < p[i] || adjusted[i] > 1 {
				t.Fatalf("%v became %v", p[i], adjusted[i])
			}
			for j := range p {
				if p[i] < p[j] && adjusted[i] > adjusted[j] {
					t.Fatalf("%v ≤ %v became %v > %v", p[i], p[j], adjusted[i], adjusted[j])
				}
			}
		}
	})
}

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

func rising(n int) []float64 {
	values := make([]float64, n)
	for i := range values {
		values[i] = float64(i + 1)
	}
	return values
}

// The suggested number of runs gives about the width asked for: within a factor of
// 1.5 in the median over many simulations, of 2.5 in nine of ten.
func TestRunsForHits(t *testing.T) {
	const trials, precision = 200, 0.02
	random := rand.New(rand.NewPCG(4, 2))
	sample := func(n int) []float64 {
		values := make([]float64, n)
		for i := range values {
			values[i] = 100 * math.Exp(0.1*random.NormFloat64())
		}
		return values
	}
	halfWidth := func(n int) float64 {
		r, err := statistics.RatioOfMedians(sample(n), sample(n), statistics.Resampling{Confidence: 0.95, Resamples: 1000, Seed: random.Uint64()})
		if err != nil {
			t.Fatal(err)
		}
		return r.Interval.HalfWidth() / r.Value
	}
	for _, n := range []int{10, 30, 100} {
		var reached []float64
		for range trials {
			r, err := statistics.RatioOfMedians(sample(n), sample(n), statistics.Resampling{Confidence: 0.95, Resamples: 1000, Seed: random.Uint64()})
			if err != nil {
				t.Fatal(err)
			}
			runs, err := statistics.RunsFor(precision, *r.Interval, r.Value, n)
			if err != nil {
				t.Fatal(err)
			}
			reached = append(reached, halfWidth(runs)/precision)
		}
		slices.Sort(reached)
		middle, low, high := reached[trials/2], reached[trials/20], reached[trials*19/20]
		t.Logf("from %3d runs: the suggestion reaches %.2f of the width asked for, 90 %% within %.2f … %.2f", n, middle, low, high)
		if middle < 1/1.5 || middle > 1.5 || low < 1/2.5 || high > 2.5 {
			t.Errorf("from %d runs: %.2f (%.2f … %.2f) of the width", n, middle, low, high)
		}
	}
}

// The words change where Romano et al. (2006) say, for both signs.
func TestSizesInWords(t *testing.T) {
	thousand := rising(1000)
	for below, want := range map[int]string{500: "negligible", 573: "negligible", 574: "small", 664: "small", 665: "medium", 736: "medium", 737: "large", 1000: "large"} {
		for _, delta := range []struct {
			x    float64
			sign float64
		}{{float64(below) + 0.5, 1}, {float64(1000-below) + 0.5, -1}} {
			got, err := statistics.CliffsDelta([]float64{delta.x}, thousand, 0.95)
			if want := delta.sign * float64(2*below-1000) / 1000; err != nil || math.Abs(got.Delta-want) > 1e-12 {
				t.Errorf("delta %v, want %v, %v", got.Delta, want, err)
			}
			if got.Size != want {
				t.Errorf("delta %v is %s, want %s", got.Delta, got.Size, want)
			}
		}
	}
}
