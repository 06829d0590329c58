package statistics_test

import (
	"encoding/json"
	"errors"
	"maps"
	"math"
	"slices"
	"testing"

	"eaibench/bench/statistics"

	"github.com/montanaflynn/stats"
	"gonum.org/v1/gonum/stat"
	"pgregory.net/rapid"
)

func summaryOf(t interface {
	Helper()
	Fatal(...any)
}, values []float64,
) statistics.Summary {
	t.Helper()
	summary, err := statistics.Summarize(values)
	if err != nil {
		t.Fatal(err)
	}
	return summary
}

// The wanted values are exact; R loses digits of some.
func TestSummarizeWhatIsHard(t *testing.T) {
	const largest = math.MaxFloat64
	for _, test := range []struct {
		name                   string
		values                 []float64
		mean, sd, median, mad  float64
		q1, q3, least, maximum float64
		skewness               float64
	}{
		{"squares beyond float64", []float64{-1e200, 0, 1e200}, 0, 1e200, 0, 1e200, -5e199, 5e199, -1e200, 1e200, 0},
		{"a large offset", []float64{1e15, 1e15 + 1, 1e15 + 2, 1e15 + 9}, 1e15 + 3, math.Sqrt(50.0 / 3), 1e15 + 1.5, 1, 1e15 + 0.75, 1e15 + 3.75, 1e15, 1e15 + 9, 180 * 4 / 6.0 / math.Pow(50.0/3, 1.5)},
		{"next to the largest number", []float64{largest, largest / 2, largest / 4, largest / 4}, largest / 2, largest * math.Sqrt(0.375/3), largest * 0.375, largest / 8, largest / 4, largest * 0.625, largest / 4, largest, 4.0 / 6 * (0.125 - 2.0/64) / math.Pow(0.125, 1.5)},
		{"next to 0", []float64{1e-310, 2e-310, 3e-310}, 2e-310, 1e-310, 2e-310, 1e-310, 1.5e-310, 2.5e-310, 1e-310, 3e-310, 0},
		{"equal, not binary", []float64{0.1, 0.1, 0.1}, 0.1, 0, 0.1, 0, 0.1, 0.1, 0.1, 0.1, math.NaN()},
		{"two", []float64{20, 10}, 15, math.Sqrt(50), 15, 5, 12.5, 17.5, 10, 20, math.NaN()},
	} {
		t.Run(test.name, func(t *testing.T) {
			before := slices.Clone(test.values)
			got := summaryOf(t, test.values)
			close := func(what string, got, want float64) {
				// Numbers below 2.2e-308 have fewer digits.
				if math.Abs(got-want) > 1e-9*math.Abs(want)+2e-323 {
					t.Errorf("%s = %v, want %v", what, got, want)
				}
			}
			close("mean", got.Mean, test.mean)
			close("sd", *got.SD, test.sd)
			close("median", got.Median, test.median)
			close("mad", got.MAD, test.mad/0.6744897501960817)
			close("q1", got.Q1, test.q1)
			close("q3", got.Q3, test.q3)
			close("min", got.Min, test.least)
			close("max", got.Max, test.maximum)
			switch {
			case (got.Skewness == nil) != math.IsNaN(test.skewness):
				t.Errorf("skewness %v, want %v", got.Skewness, test.skewness)
			case got.Skewness != nil && test.skewness == 0:
				if math.Abs(*got.Skewness) > 1e-12 {
					t.Errorf("skewness %v, want 0", *got.Skewness)
				}
			case got.Skewness != nil:
				close("skewness", *got.Skewness, test.skewness)
			}
			if (got.CV == nil) != (test.mean == 0) {
				t.Errorf("cv %v at a mean of %v", got.CV, test.mean)
			}
			if !slices.Equal(before, test.values) {
				t.Error("the values were reordered")
			}
		})
	}
	if _, err := statistics.Summarize([]float64{-largest, largest}); !errors.Is(err, statistics.ErrNotFinite) {
		t.Errorf("a spread beyond float64: %v", err)
	}
}

// TestSummaryJSON: what scripts read keeps its names; what there is not has none.
func TestSummaryJSON(t *testing.T) {
	always := []string{"n", "mean", "median", "mad", "q1", "q3", "p5", "p90", "p95", "p99", "min", "max"}
	for _, test := range []struct {
		values []float64
		also   []string
	}{
		{[]float64{3}, nil},
		{[]float64{3, 4}, []string{"sd", "cv"}},
		{[]float64{3, 3, 3}, []string{"sd", "cv"}},
		{[]float64{-2, 0, 2}, []string{"sd", "skewness"}},
		{[]float64{1, 2, 3}, []string{"sd", "cv", "skewness"}},
	} {
		text, err := json.Marshal(summaryOf(t, test.values))
		if err != nil {
			t.Fatal(err)
		}
		var members map[string]float64
		if err := json.Unmarshal(text, &members); err != nil {
			t.Fatal(err)
		}
		got, want := slices.Sorted(maps.Keys(members)), slices.Sorted(slices.Values(append(test.also, always...)))
		if !slices.Equal(got, want) {
			t.Errorf("%v has %q, want %q", test.values, got, want)
		}
	}
}

// samples draws values that a program may have measured.
func samples(least, most int) *rapid.Generator[[]float64] {
	return rapid.Custom(func(t *rapid.T) []float64 {
		one := rapid.OneOf(rapid.Float64Range(1, 1e9), rapid.Map(rapid.IntRange(1, 9), func(i int) float64 { return float64(i) }))
		return rapid.SliceOfN(one, least, most).Draw(t, "values")
	})
}

// moved gives the values scaled and shifted, and in another order.
func moved(values []float64, scale, shift float64) []float64 {
	other := make([]float64, len(values))
	for i, value := range values {
		other[len(values)-1-i] = value*scale + shift
	}
	return other
}

func TestSummaryProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := samples(2, 60).Draw(t, "sample")
		shift := rapid.Float64Range(0, 1e6).Draw(t, "shift")
		scale := rapid.Float64Range(0.1, 10).Draw(t, "scale")
		got, other := summaryOf(t, values), summaryOf(t, moved(values, scale, shift))
		size := math.Abs(got.Max)*scale + shift // what rounding is proportional to
		close := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-9*size {
				t.Fatalf("%s: %v and %v", what, a, b)
			}
		}
		for _, pair := range []struct {
			what            string
			one, two, moves float64
		}{
			{"mean", got.Mean, other.Mean, shift},
			{"median", got.Median, other.Median, shift},
			{"min", got.Min, other.Min, shift},
			{"q1", got.Q1, other.Q1, shift},
			{"q3", got.Q3, other.Q3, shift},
			{"max", got.Max, other.Max, shift},
			{"p5", got.P5, other.P5, shift},
			{"p90", got.P90, other.P90, shift},
			{"p95", got.P95, other.P95, shift},
			{"p99", got.P99, other.P99, shift},
			{"sd", *got.SD, *other.SD, 0},
			{"mad", got.MAD, other.MAD, 0},
		} {
			close(pair.what, pair.two, pair.one*scale+pair.moves)
		}
		if !slices.IsSorted([]float64{got.Min, got.P5, got.Q1, got.Median, got.Q3, got.P90, got.P95, got.P99, got.Max}) {
			t.Fatalf("out of order: %+v", got)
		}
		if got.CV != nil {
			close("sd", *got.CV*math.Abs(got.Mean), *got.SD)
		}
		if backwards := summaryOf(t, moved(values, 1, 0)); backwards.Mean != got.Mean || *backwards.SD != *got.SD || backwards.MAD != got.MAD {
			t.Fatalf("in another order: %+v and %+v", got, backwards)
		}
		if minus := summaryOf(t, moved(values, -1, 0)); got.Skewness != nil && math.Abs(*minus.Skewness+*got.Skewness) > 1e-6 {
			t.Fatalf("skewness %v, of the negative %v", *got.Skewness, *minus.Skewness)
		}
	})
}

// Two libraries and the package agree.
func TestSummaryAgainstLibraries(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		values := samples(3, 60).Draw(t, "sample")
		got := summaryOf(t, values)
		close := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-9*(1+math.Abs(a)+math.Abs(b)) {
				t.Fatalf("%s: %v and %v", what, a, b)
			}
		}
		for p, mine := range map[float64]float64{25: got.Q1, 50: got.Median, 75: got.Q3, 90: got.P90} {
			theirs, err := stats.Percentile(values, p)
			if err != nil {
				t.Fatal(err)
			}
			close("montanaflynn's percentile", mine, theirs)
		}
		mad, err := stats.MedianAbsoluteDeviation(values)
		if err != nil {
			t.Fatal(err)
		}
		close("montanaflynn's MAD", got.MAD, mad/0.6744897501960817)
		mean, sd := stat.MeanStdDev(values, nil)
		close("gonum's mean", got.Mean, mean)
		close("gonum's sd", *got.SD, sd)
		if got.Skewness != nil && got.N > 5 && sd > 1e-3 {
			close("gonum's skewness", *got.Skewness, stat.Skew(values, nil))
		}
	})
}

func million() []float64 {
	values := make([]float64, 1_000_000)
	for i := range values {
		values[i] = float64((i * 7919) % 1_000_003)
	}
	return values
}

// TestSummaryMemory: a million values are 8 MB, and one copy of them is all it takes.
func TestSummaryMemory(t *testing.T) {
	values := million()
	result := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if _, err := statistics.Summarize(values); err != nil {
				b.Fatal(err)
			}
		}
	})
	if bytes := result.AllocedBytesPerOp(); bytes == 0 || bytes > 20<<20 {
		t.Errorf("a summary of a million values allocates %d bytes", bytes)
	}
	t.Logf("a summary of a million values: %v", result.MemString())
}

func BenchmarkSummarizeMillion(b *testing.B) {
	values := million()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := statistics.Summarize(values); err != nil {
			b.Fatal(err)
		}
	}
}
