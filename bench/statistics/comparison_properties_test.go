package statistics_test

import (
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
		q, _ := statistics.RatioOfPairs(plus(x[:n], 100), plus(y[:n], 100), 0.95)
		inverse, _ := statistics.RatioOfPairs(plus(y[:n], 100), plus(x[:n], 100), 0.95)
		near(t, "ratio of pairs", q.Value, 1/inverse.Value)
		if q.Interval != nil {
			near(t, "low of the ratio of pairs", q.Interval.Low, 1/inverse.Interval.High)
		}
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
		// What slows both runs of a block by a factor is not in the ratio of pairs.
		each := func(values []float64) []float64 {
			slowed := slices.Clone(values[:n])
			for i := range slowed {
				slowed[i] *= float64(1 + i%7)
			}
			return slowed
		}
		e, err := statistics.RatioOfPairs(positive[:n], base[:n], 0.95)
		if err != nil {
			t.Fatal(err)
		}
		f, _ := statistics.RatioOfPairs(each(positive), each(base), 0.95)
		near(t, "ratio of slowed pairs", f.Value, e.Value)
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
