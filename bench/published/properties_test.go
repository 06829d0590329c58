package published_test

import (
	"math"
	"slices"
	"testing"

	"eaibench/bench/published"

	"pgregory.net/rapid"
)

// whatever draws any numbers at all: ties, zeros, float64's ends, NaN and infinities.
func whatever(label string) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.OneOf(
		rapid.Float64(),
		rapid.Map(rapid.IntRange(-3, 3), func(i int) float64 { return float64(i) }),
		rapid.SampledFrom([]float64{math.NaN(), math.Inf(-1), math.MaxFloat64, -math.MaxFloat64, math.SmallestNonzeroFloat64, 1000}),
	), 0, 12)
}

// measured draws times as a program prints them.
func measured(least int) *rapid.Generator[[]float64] {
	return rapid.SliceOfN(rapid.Map(rapid.IntRange(1, 5000), func(i int) float64 { return float64(i) / 1000 }), least, 40)
}

// Nothing that is returned without an error is NaN or infinite, and nothing panics.
func TestEverythingIsFiniteOrRefused(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x, y := whatever("x").Draw(t, "x"), whatever("y").Draw(t, "y")
		if len(x) > len(y) {
			x = x[:len(y)]
		}
		y = y[:len(x)]
		var results []float64
		keep := func(err error, values ...float64) {
			if err == nil {
				results = append(results, values...)
			}
		}
		levene, err := published.Levene(x, y)
		keep(err, levene.W, levene.P)
		for _, model := range []published.Model{published.Linear, published.Logarithmic, published.Exponential, published.Cubic} {
			fit, err := published.FitModel(model, x, y)
			keep(err, append(fit.Coefficients, fit.R2)...)
		}
		low, high, err := published.PipeFences().Ends(x)
		keep(err, low, high)
		if _, err := published.KeptByResiduals(x, y, published.ResidualLimit); err != nil && len(x) == 1 && !math.IsNaN(x[0]+y[0]) && !math.IsInf(x[0]+y[0], 0) {
			t.Fatalf("one point: %v", err)
		}
		ratio, err := published.MedianRatio(x, y)
		keep(err, ratio)
		median, apart, err := published.Spread(x)
		keep(err, median, apart)
		pipe, err := published.SummarizePipe(1024, x)
		keep(err, pipe.Latency, pipe.SD, pipe.Variability, pipe.Throughput)
		for _, result := range results {
			if math.IsNaN(result) || math.IsInf(result, 0) {
				t.Fatalf("a result is %v of x %v, y %v", result, x, y)
			}
		}
	})
}

// The line is a cubic, and a constant is all of them: more coefficients explain no less.
func TestCubicExplainsNoLessThanTheLine(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		y := measured(6).Draw(t, "y")
		x := make([]float64, len(y))
		for i := range x {
			x[i] = float64(100 * (1 + i%6))
		}
		linear, err := published.FitModel(published.Linear, x, y)
		if err != nil {
			return // all y equal
		}
		cubic, err := published.FitModel(published.Cubic, x, y)
		if err != nil {
			t.Fatal(err)
		}
		if linear.R2 < -1e-12 || cubic.R2 < linear.R2-1e-12 || cubic.R2 > 1 {
			t.Fatalf("R² of the line %v, of the cubic %v", linear.R2, cubic.R2)
		}
		// R² is of the curve that the coefficients give.
		for _, fit := range []published.Fit{linear, cubic} {
			if got := explained(fit, x, y); math.Abs(got-fit.R2) > 1e-9 {
				t.Fatalf("%s: the curve has R² %v, not %v", fit.Model, got, fit.R2)
			}
		}
	})
}

func explained(fit published.Fit, x, y []float64) float64 {
	mean := 0.0
	for _, value := range y {
		mean += value / float64(len(y))
	}
	left, all := 0.0, 0.0
	for i := range y {
		left += (y[i] - fit.At(x[i])) * (y[i] - fit.At(x[i]))
		all += (y[i] - mean) * (y[i] - mean)
	}
	return 1 - left/all
}

// A curve without noise is found again, whichever model it is of.
func TestModelsAreFoundAgain(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		model := rapid.SampledFrom([]published.Model{published.Linear, published.Logarithmic, published.Exponential, published.Cubic}).Draw(t, "model")
		coefficient := rapid.Map(rapid.IntRange(1, 20), func(i int) float64 { return float64(i) / 10 })
		want := published.Fit{Model: model, Coefficients: []float64{coefficient.Draw(t, "c0"), coefficient.Draw(t, "c1")}}
		if model == published.Cubic {
			want.Coefficients = append(want.Coefficients, coefficient.Draw(t, "c2"), coefficient.Draw(t, "c3"))
		}
		var x, y []float64
		for i := range 12 {
			x = append(x, 0.25*float64(i+1))
			y = append(y, want.At(x[i]))
		}
		got, err := published.FitModel(model, x, y)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range got.Coefficients {
			if math.Abs(c-want.Coefficients[i]) > 1e-6 {
				t.Fatalf("coefficients %v, want %v", got.Coefficients, want.Coefficients)
			}
		}
	})
}

// Levene's test does not see where a group lies, nor the unit, nor the groups' order.
func TestLeveneSeesOnlyVariation(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b, c := measured(2).Draw(t, "a"), measured(2).Draw(t, "b"), measured(2).Draw(t, "c")
		test, err := published.Levene(a, b, c)
		if err != nil {
			return
		}
		if test.W < 0 || test.P < 0 || test.P > 1 {
			t.Fatalf("%+v", test)
		}
		moved := slices.Clone(a)
		for i := range moved {
			moved[i] += 64
		}
		again, err := published.Levene(c, moved, b)
		if err != nil || math.Abs(again.P-test.P) > 1e-9 {
			t.Fatalf("%+v after a move, %v, was %+v", again, err, test)
		}
	})
}

// Fences keep the middle, keep all values between kept ones, and know no order; wider
// ones keep no less.
func TestFencesKeepTheMiddle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := measured(1).Draw(t, "values")
		fences := published.Fences{Tail: rapid.Float64Range(0, 0.49).Draw(t, "tail"), Reach: rapid.Float64Range(0, 5).Draw(t, "reach")}
		kept, err := fences.Kept(values)
		if err != nil {
			t.Fatal(err)
		}
		low, high, _ := fences.Ends(values)
		inside := 0
		for _, value := range values {
			if low <= value && value <= high {
				inside++
			}
		}
		if len(kept) != inside || !slices.IsSorted(kept) {
			t.Fatalf("kept %v of %v", kept, values)
		}
		fences.Reach++
		if wider, err := fences.Kept(values); err != nil || len(wider) < len(kept) {
			t.Fatalf("wider fences keep %v, %v, less than %v", wider, err, kept)
		}
	})
}

// An overhead is 0 over itself, and latency and throughput tell the same story.
func TestOverheads(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, err := published.SummarizePipe(4096, measured(2).Draw(t, "a"))
		if err != nil {
			t.Fatal(err)
		}
		b, err := published.SummarizePipe(4096, measured(2).Draw(t, "b"))
		if err != nil {
			t.Fatal(err)
		}
		none, err := a.OverheadOver(a)
		if err != nil || none != (published.PipeOverhead{}) {
			t.Fatalf("over itself: %+v, %v", none, err)
		}
		o, err := a.OverheadOver(b)
		if err != nil {
			t.Fatal(err)
		}
		if got := (1 + o.Latency/100) * (1 - o.Throughput/100); math.Abs(got-1) > 1e-9 {
			t.Fatalf("%+v: their product is %v", o, got)
		}
	})
}
