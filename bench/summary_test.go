package bench_test

import (
	"errors"
	"math"
	"slices"
	"testing"

	"eaibench/bench"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12*max(1, math.Abs(want)) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// The wanted values are R 4.2's: mean, sd, quantile(type = 7), min, max.
func TestSummarize(t *testing.T) {
	for _, test := range []struct {
		name                                 string
		values                               []float64
		mean, sd, q1, median, q3, least, max float64
	}{
		{"odd, unsorted", []float64{40, 15, 50, 20, 35}, 32, 14.404860290887933, 20, 35, 40, 15, 50},
		{"even", []float64{4, 1, 3, 2}, 2.5, 1.2909944487358056, 1.75, 2.5, 3.25, 1, 4},
		{"two", []float64{10, 20}, 15, 7.0710678118654755, 12.5, 15, 17.5, 10, 20},
		{"all equal", []float64{7, 7, 7}, 7, 0, 7, 7, 7, 7, 7},
		{"squares beyond float64", []float64{-1e200, 1e200}, 0, 1.4142135623730951e200, -5e199, 0, 5e199, -1e200, 1e200},
		{"nanoseconds", []float64{4000001, 4000003, 4000002}, 4000002, 1, 4000001.5, 4000002, 4000002.5, 4000001, 4000003},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.values)
			got, err := bench.Summarize(test.values)
			if err != nil {
				t.Fatal(err)
			}
			if got.N != len(test.values) || got.SD == nil {
				t.Fatalf("n = %d, sd = %v", got.N, got.SD)
			}
			near(t, "mean", got.Mean, test.mean)
			near(t, "sd", *got.SD, test.sd)
			near(t, "q1", got.Q1, test.q1)
			near(t, "median", got.Median, test.median)
			near(t, "q3", got.Q3, test.q3)
			near(t, "min", got.Min, test.least)
			near(t, "max", got.Max, test.max)
			if !slices.Equal(before, test.values) {
				t.Error("the values were reordered")
			}
		})
	}
}

func TestSummarizeOne(t *testing.T) {
	got, err := bench.Summarize([]float64{3})
	if err != nil || got.N != 1 || got.SD != nil || got.Median != 3 || got.Q1 != 3 || got.Q3 != 3 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestRefusals(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   error
	}{
		{"empty", nil, bench.ErrEmpty},
		{"NaN", []float64{1, math.NaN()}, bench.ErrNotFinite},
		{"infinite", []float64{math.Inf(1), 1}, bench.ErrNotFinite},
		{"spread beyond float64", []float64{-math.MaxFloat64, math.MaxFloat64}, bench.ErrNotFinite},
	} {
		if _, err := bench.Summarize(test.values); !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := bench.Median(nil); !errors.Is(err, bench.ErrEmpty) {
		t.Errorf("median of nothing: %v", err)
	}
	for _, probability := range []float64{-0.1, 1.1, math.NaN()} {
		if _, err := bench.Quantile([]float64{1}, probability); err == nil {
			t.Errorf("quantile at %v was given", probability)
		}
	}
	if _, err := bench.Ratio(1, 0); !errors.Is(err, bench.ErrNoRatio) {
		t.Errorf("ratio to 0: %v", err)
	}
	if _, err := bench.Ratio(math.MaxFloat64, 0.1); !errors.Is(err, bench.ErrNotFinite) {
		t.Errorf("ratio beyond float64: %v", err)
	}
}

// Two libraries and the package agree; shift, scale and order do what they must.
func TestSummaryProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := rapid.SliceOfN(rapid.Float64Range(1, 1e9), 2, 60).Draw(t, "values")
		shift := rapid.Float64Range(0, 1e6).Draw(t, "shift")
		scale := rapid.Float64Range(0.1, 10).Draw(t, "scale")
		got, err := bench.Summarize(values)
		if err != nil {
			t.Fatal(err)
		}
		close := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-9*(1+math.Abs(a)+math.Abs(b)) {
				t.Fatalf("%s: %v and %v", what, a, b)
			}
		}
		for p, mine := range map[float64]float64{25: got.Q1, 50: got.Median, 75: got.Q3} {
			theirs, err := stats.Percentile(values, p)
			if err != nil {
				t.Fatal(err)
			}
			close("montanaflynn's percentile", mine, theirs)
		}
		mean, sd := stat.MeanStdDev(values, nil)
		close("gonum's mean", got.Mean, mean)
		close("gonum's sd", *got.SD, sd)

		moved := make([]float64, len(values))
		for i, value := range values {
			moved[len(values)-1-i] = value*scale + shift
		}
		other, err := bench.Summarize(moved)
		if err != nil {
			t.Fatal(err)
		}
		close("median", other.Median, got.Median*scale+shift)
		close("q1", other.Q1, got.Q1*scale+shift)
		close("mean", other.Mean, got.Mean*scale+shift)
		close("sd", *other.SD, *got.SD*scale)
		if !(got.Min <= got.Q1 && got.Q1 <= got.Median && got.Median <= got.Q3 && got.Q3 <= got.Max) {
			t.Fatalf("out of order: %+v", got)
		}
	})
}

func TestScale(t *testing.T) {
	for _, test := range []struct {
		unit   bench.Unit
		values []float64
		digits int
		want   string
	}{
		{bench.Nanoseconds, []float64{999}, 3, "999 ns"},
		{bench.Nanoseconds, []float64{1500, 2}, 3, "1.50 µs"},
		{bench.Nanoseconds, []float64{3456789}, 3, "3.46 ms"},
		{bench.Nanoseconds, []float64{123456789}, 2, "123 ms"},
		{bench.Nanoseconds, []float64{2e9}, 2, "2.0 s"},
		{bench.Nanoseconds, []float64{0}, 3, "0 ns"},
		{bench.Bytes, []float64{1 << 20}, 3, "1.00 MiB"},
		{bench.Bytes, []float64{1023}, 3, "1023 B"},
		{"req/s", []float64{12345}, 3, "12345 req/s"},
	} {
		scale := bench.ScaleFor(test.unit, test.values...)
		if got := scale.Format(test.values[0], test.digits) + " " + scale.Name; got != test.want {
			t.Errorf("%v %s: got %q, want %q", test.values, test.unit, got, test.want)
		}
	}
}

func BenchmarkSummarize(b *testing.B) {
	values := make([]float64, 1_000_000)
	for i := range values {
		values[i] = float64((i * 7919) % 1_000_003)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bench.Summarize(values); err != nil {
			b.Fatal(err)
		}
	}
}
