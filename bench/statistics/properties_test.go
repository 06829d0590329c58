package statistics_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"math"
	"slices"
	"testing"

	"eaibench/bench/statistics"

	"pgregory.net/rapid"
)

// TestIntervalsMove: with the values, whatever their unit, offset and order.
func TestIntervalsMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := samples(6, 40).Draw(t, "sample")
		shift := rapid.Float64Range(0, 1e6).Draw(t, "shift")
		// By a power of two scaling is exact.
		scale := math.Ldexp(1, rapid.IntRange(-20, 20).Draw(t, "exponent"))
		for _, one := range []func([]float64) (statistics.Interval, error){
			func(v []float64) (statistics.Interval, error) { return statistics.MedianInterval(v, 0.95) },
			func(v []float64) (statistics.Interval, error) { return statistics.MeanInterval(v, 0.95, 7, 200) },
		} {
			still, err := one(values)
			if err != nil {
				t.Fatal(err)
			}
			if still.Low > still.High || still.Low < slices.Min(values) || still.High > slices.Max(values) {
				t.Fatalf("%+v is outside the values", still)
			}
			scaled, err := one(moved(values, scale, 0))
			if err != nil || scaled.Low != still.Low*scale || scaled.High != still.High*scale {
				t.Fatalf("%+v, scaled by %v %+v, %v", still, scale, scaled, err)
			}
			shifted, err := one(moved(values, 1, shift))
			if off := 1e-9 * (slices.Max(values) + shift); err != nil || math.Abs(shifted.Low-still.Low-shift) > off || math.Abs(shifted.High-still.High-shift) > off {
				t.Fatalf("%+v, shifted by %v %+v, %v", still, shift, shifted, err)
			}
		}
	})
}

// TestLabelsMove: labels belong to values, not to their places or units, and removing none of them leaves all.
func TestLabelsMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := samples(1, 40).Draw(t, "sample")
		scale := math.Ldexp(1, rapid.IntRange(-20, 20).Draw(t, "exponent"))
		still, err := statistics.Outliers(values)
		if err != nil {
			t.Fatal(err)
		}
		other, err := statistics.Outliers(moved(values, scale, 0))
		if err != nil {
			t.Fatal(err)
		}
		slices.Reverse(other)
		if a, b := asJSON(t, still), asJSON(t, other); a != b {
			t.Fatalf("%s, scaled by %v %s", a, scale, b)
		}
		described, err := statistics.Describe(values, statistics.Confidence, 1)
		if err != nil {
			t.Fatal(err)
		}
		outliers := 0
		for _, label := range still {
			if label.Outlier() {
				outliers++
			}
		}
		if described.N != len(values) || described.Outliers.Any != outliers || (described.WithoutOutliers == nil) != (outliers == 0) {
			t.Fatalf("%d outliers of %d values: %+v", outliers, len(values), described)
		}
		if described.WithoutOutliers != nil && described.WithoutOutliers.N != len(values)-outliers {
			t.Fatalf("%d without %d are %d", len(values), outliers, described.WithoutOutliers.N)
		}
	})
}

func asJSON(t interface{ Fatal(...any) }, value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestTestsMove: normality and correlation do not know units, offsets and order.
func TestTestsMove(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := rapid.SliceOfNDistinct(rapid.IntRange(1, 1_000_000), 4, 60, rapid.ID).Draw(t, "x")
		values, others := make([]float64, len(x)), make([]float64, len(x))
		for i := range x {
			values[i] = float64(x[i])
			others[i] = float64(x[i] * 7919 % 1009)
		}
		scale, shift := rapid.Float64Range(0.1, 10).Draw(t, "scale"), rapid.Float64Range(0, 1e6).Draw(t, "shift")
		close := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-8 {
				t.Fatalf("%s: %v and %v", what, a, b)
			}
		}
		still, err := statistics.ShapiroWilk(values)
		if err != nil {
			t.Fatal(err)
		}
		for _, other := range [][]float64{moved(values, scale, shift), moved(values, -scale, shift)} {
			got, err := statistics.ShapiroWilk(other)
			if err != nil {
				t.Fatal(err)
			}
			close("W", got.W, still.W)
			close("p", got.P, still.P)
		}
		if !(still.W > 0 && still.W <= 1 && still.P >= 0 && still.P <= 1) {
			t.Fatalf("%+v", still)
		}
		for _, correlation := range []func(x, y []float64) (statistics.Correlation, error){statistics.Pearson, statistics.Spearman} {
			still, err := correlation(values, others)
			if errors.Is(err, statistics.ErrConstant) {
				continue
			}
			got, err2 := correlation(moved(others, 1, 0), moved(values, -scale, shift))
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			close("coefficient", got.Coefficient, -still.Coefficient)
			close("p", got.P, still.P)
			if same, err := correlation(values, moved(moved(values, scale, shift), 1, 0)); err != nil || math.Abs(same.Coefficient-1) > 1e-12 || same.P > 1e-6 && len(values) > 4 {
				t.Fatalf("with itself: %+v, %v", same, err)
			}
		}
	})
}

// floats makes eight bytes each a number.
func floats(data []byte) []float64 {
	var values []float64
	for ; len(data) >= 8; data = data[8:] {
		values = append(values, math.Float64frombits(binary.LittleEndian.Uint64(data)))
	}
	return values
}

// fuzzSeeds adds plain and odd values.
func fuzzSeeds(f *testing.F) {
	for _, values := range [][]float64{
		{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
		{9, 9, 9, 5, 5.1, 5, 5.2, 5, 5.1, 5, 5, 5, 5.1, 5, 5.2, 5, 5.3, 5, 5, 5},
		{-math.MaxFloat64, math.MaxFloat64, 0, 1, 1, 1, 1, 1, 1, 1, 1},
		{math.SmallestNonzeroFloat64, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1},
		{math.NaN()},
		{math.Inf(1), 1, 2},
	} {
		var data []byte
		for _, value := range values {
			data = binary.LittleEndian.AppendUint64(data, math.Float64bits(value))
		}
		f.Add(data)
	}
}

// FuzzOneSample: any numbers have an answer that JSON can hold, or a typed error.
func FuzzOneSample(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		values := floats(data[:min(len(data), 8*300)])
		for _, one := range oneSample {
			if one.name == "Describe" {
				continue // 10,000 resamples; its parts are here
			}
			got, err := one.of(values)
			if err != nil && !typed(err) {
				t.Errorf("%s: %v has no type", one.name, err)
			}
			if _, fault := json.Marshal(got); err == nil && fault != nil {
				t.Errorf("%s of %v is %+v: %v", one.name, values, got, fault)
			}
		}
		if s, err := statistics.Summarize(values); err == nil && !slices.IsSorted([]float64{s.Min, s.P5, s.Q1, s.Median, s.Q3, s.P90, s.P95, s.P99, s.Max}) {
			t.Errorf("out of order: %+v", s)
		}
	})
}

func typed(err error) bool {
	return slices.ContainsFunc([]error{
		statistics.ErrEmpty, statistics.ErrNotFinite, statistics.ErrTooFew, statistics.ErrTooMany, statistics.ErrConstant,
		statistics.ErrNoRatio, statistics.ErrArgument,
	}, func(one error) bool { return errors.Is(err, one) })
}
