package statistics_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"eaibench/bench/statistics"

	"pgregory.net/rapid"
)

// stretch is so many values of a normal distribution.
type stretch struct {
	n        int
	mean, sd float64
}

// seriesOf draws stretches one after the other; the same seed gives the same values.
func seriesOf(seed uint64, stretches ...stretch) []float64 {
	random := rand.New(rand.NewPCG(seed, 0))
	var values []float64
	for _, s := range stretches {
		for range s.n {
			values = append(values, s.mean+s.sd*random.NormFloat64())
		}
	}
	return values
}

func TestChangepoints(t *testing.T) {
	for _, test := range []struct {
		name   string
		series []float64
		want   []int
	}{
		{"none", seriesOf(1, stretch{200, 10, 1}), nil},
		{"mean", seriesOf(2, stretch{60, 10, 1}, stretch{60, 20, 1}), []int{60}},
		{"variance", seriesOf(3, stretch{100, 10, 0.1}, stretch{100, 10, 5}), []int{100}},
		{"three", seriesOf(4, stretch{50, 10, 1}, stretch{50, 30, 1}, stretch{50, 10, 1}, stretch{50, 50, 1}), []int{50, 100, 150}},
		{"without variance", seriesOf(5, stretch{20, 1, 0}, stretch{20, 2, 0}), []int{20}},
		{"equal", seriesOf(6, stretch{20, 1, 0}), nil},
		{"next to the largest number", seriesOf(7, stretch{30, 1e308, 1e306}, stretch{30, 1e307, 1e306}), []int{30}},
		{"at a large offset", seriesOf(8, stretch{30, 1e9, 0.01}, stretch{30, 1e9 + 1, 0.01}), []int{30}},
		// Ticks of a coarse clock are often equal; that is no change.
		{"ticks", []float64{4, 4, 5, 4, 5, 4, 4, 4, 5, 5, 4, 5, 4, 4, 5, 5, 5, 4, 4, 5, 4, 4, 4, 4, 5, 4, 5, 4, 4, 5}, nil},
	} {
		got, err := statistics.Changepoints(test.series)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("%s: changes at %v, want %v", test.name, got, test.want)
		}
	}
}

// costOfSegment is written down from the definition.
func costOfSegment(values []float64, least float64) float64 {
	n, mean, squares := float64(len(values)), 0.0, 0.0
	for _, value := range values {
		mean += value / n
	}
	for _, value := range values {
		squares += (value - mean) * (value - mean)
	}
	variance := max(squares/n, least)
	return n*math.Log(variance) + squares/variance
}

// TestChangepointsAreOptimal: no segmentation costs less than what is found, among all that there are.
func TestChangepointsAreOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		// Levels that last, of whole numbers, so that equal values and pruning both happen.
		var values []float64
		for range rapid.IntRange(1, 8).Draw(t, "levels") {
			level, noise := rapid.IntRange(0, 1000).Draw(t, "level"), rapid.IntRange(0, 30).Draw(t, "noise")
			for _, value := range rapid.SliceOfN(rapid.IntRange(level, level+noise), 10, 60).Draw(t, "values") {
				values = append(values, float64(value))
			}
		}
		n := len(values)
		if n < 4 || slices.Min(values) == slices.Max(values) {
			return
		}
		found, err := statistics.Changepoints(values)
		if err != nil {
			t.Fatal(err)
		}
		sorted := slices.Compact(slices.Sorted(slices.Values(values)))
		step := math.Inf(1)
		for i := 1; i < len(sorted); i++ {
			step = min(step, sorted[i]-sorted[i-1])
		}
		summary := summaryOf(t, values)
		least := max(step*step/12, 1e-10**summary.SD**summary.SD*float64(n-1)/float64(n))
		penalty := 15 * math.Log(float64(n))
		best := make([]float64, n+1)
		for end := 1; end <= n; end++ {
			best[end] = math.Inf(1)
			for from := range end - 1 {
				before := best[from] + penalty
				if from == 0 {
					before = 0
				}
				best[end] = min(best[end], before+costOfSegment(values[from:end], least))
			}
		}
		cost, from := penalty*float64(len(found)), 0
		for _, to := range append(slices.Clone(found), n) {
			if to-from < 2 {
				t.Fatalf("a segment of %d value: %v", to-from, found)
			}
			cost, from = cost+costOfSegment(values[from:to], least), to
		}
		if math.Abs(cost-best[n]) > 1e-6*(1+math.Abs(best[n])) {
			t.Fatalf("changes at %v cost %v, the best %v", found, cost, best[n])
		}
	})
}

func TestClassify(t *testing.T) {
	spiked := seriesOf(9, stretch{60, 10, 0.2})
	spiked[25], spiked[40], spiked[59] = 90, 80, 70
	for _, test := range []struct {
		name     string
		series   []float64
		class    statistics.CourseClass
		steady   int // first index, at least
		upTo     int // and at most
		outliers []int
	}{
		{"noise", seriesOf(1, stretch{100, 10, 1}), statistics.Flat, 0, 0, nil},
		{"equal", seriesOf(1, stretch{30, 10, 0}), statistics.Flat, 0, 0, nil},
		{"few", seriesOf(2, stretch{10, 10, 1}), statistics.Flat, 0, 0, nil},
		{"only the variance changes", seriesOf(3, stretch{60, 10, 0.1}, stretch{60, 10, 3}), statistics.Flat, 0, 0, nil},
		{"by less than its own spread", seriesOf(3, stretch{300, 10.5, 1}, stretch{300, 10, 1}), statistics.Flat, 0, 0, nil},
		{"three slow ones first", seriesOf(4, stretch{3, 20, 1}, stretch{27, 10, 0.5}), statistics.WarmUp, 3, 3, nil},
		{"one very slow one first", seriesOf(5, stretch{1, 100, 0}, stretch{29, 10, 0.5}), statistics.WarmUp, 1, 2, nil},
		{"in two steps", seriesOf(6, stretch{40, 30, 1}, stretch{40, 20, 1}, stretch{200, 10, 0.5}), statistics.WarmUp, 80, 80, nil},
		{"later slower", seriesOf(7, stretch{100, 10, 0.5}, stretch{200, 13, 0.5}), statistics.Slowdown, 100, 100, nil},
		{"slow, fast, medium", seriesOf(8, stretch{50, 30, 1}, stretch{50, 10, 0.5}, stretch{100, 20, 1}), statistics.Slowdown, 100, 100, nil},
		{"fast for a while, then as before", seriesOf(8, stretch{50, 20, 1}, stretch{50, 10, 0.5}, stretch{100, 20, 1}), statistics.Slowdown, 100, 100, nil},
		{"a change just before the last quarter", seriesOf(10, stretch{149, 20, 1}, stretch{51, 10, 1}), statistics.WarmUp, 149, 149, nil},
		{"a change in the last quarter", seriesOf(10, stretch{160, 20, 1}, stretch{40, 10, 1}), statistics.NoSteadyState, -1, -1, nil},
		{"to and fro", seriesOf(11, stretch{50, 10, 1}, stretch{50, 20, 1}, stretch{50, 10, 1}, stretch{50, 20, 1}, stretch{30, 10, 1}), statistics.NoSteadyState, -1, -1, nil},
		{"spikes", spiked, statistics.Flat, 0, 0, []int{25, 40, 59}},
		{"spikes in a long series", append(append(seriesOf(12, stretch{250, 30, 1}), 200), seriesOf(13, stretch{600, 10, 1})...), statistics.WarmUp, 250, 252, []int{250}},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := statistics.Classify(test.series)
			if err != nil {
				t.Fatal(err)
			}
			steady := -1
			if got.FirstSteady != nil {
				steady = *got.FirstSteady
			}
			if got.Class != test.class || steady < test.steady || steady > test.upTo || !slices.Equal(got.Outliers, test.outliers) {
				t.Errorf("%s from %d, outliers %v; want %s from %d, outliers %v; segments %+v", got.Class, steady, got.Outliers, test.class, test.steady, test.outliers, got.Segments)
			}
			checkSegments(t, got, len(test.series))
		})
	}
}

// checkSegments: they follow each other from the first to the last value.
func checkSegments(t interface{ Fatalf(string, ...any) }, course statistics.Course, n int) {
	from := 0
	for _, segment := range course.Segments {
		if segment.From != from || segment.To <= from {
			t.Fatalf("segments %+v of %d values", course.Segments, n)
		}
		from = segment.To
	}
	if last := course.Segments[len(course.Segments)-1]; from != n || !last.LikeLast {
		t.Fatalf("segments %+v of %d values", course.Segments, n)
	}
}

// TestCourseMoves: the class does not depend on the unit; nor, where no mean is near to 0, on an offset.
func TestCourseMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var stretches []stretch
		for range rapid.IntRange(1, 4).Draw(t, "stretches") {
			stretches = append(stretches, stretch{rapid.IntRange(5, 60).Draw(t, "n"), rapid.Float64Range(10, 100).Draw(t, "mean"), rapid.Float64Range(0.5, 5).Draw(t, "sd")})
		}
		values := seriesOf(rapid.Uint64().Draw(t, "seed"), stretches...)
		if len(values) < 10 {
			return
		}
		scaled := slices.Clone(values)
		for i := range scaled {
			scaled[i] *= 1024
		}
		one, err := statistics.Classify(values)
		if err != nil {
			t.Fatal(err)
		}
		other, err := statistics.Classify(scaled)
		if err != nil {
			t.Fatal(err)
		}
		checkSegments(t, one, len(values))
		if a, b := asJSON(t, one.FirstSteady), asJSON(t, other.FirstSteady); one.Class != other.Class || a != b || len(one.Segments) != len(other.Segments) {
			t.Fatalf("%+v, in another unit %+v", one, other)
		}
		if (one.FirstSteady == nil) != (one.Class == statistics.NoSteadyState) || (one.Class == statistics.Flat) != (one.FirstSteady != nil && *one.FirstSteady == 0) {
			t.Fatalf("%+v", one)
		}
	})
}

// FuzzClassify: any series of numbers has a class, or a typed error.
func FuzzClassify(f *testing.F) {
	fuzzSeeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		values := floats(data[:min(len(data), 8*1000)])
		course, err := statistics.Classify(values)
		if err != nil {
			if !typed(err) {
				t.Errorf("%v has no type", err)
			}
			return
		}
		checkSegments(t, course, len(values))
		if !slices.Contains([]statistics.CourseClass{statistics.Flat, statistics.WarmUp, statistics.Slowdown, statistics.NoSteadyState}, course.Class) {
			t.Errorf("class %q", course.Class)
		}
		asJSON(t, course)
	})
}

// Nothing can be forgotten in a series that never changes, and almost everything in one that often does.
func BenchmarkClassify10000(b *testing.B) {
	var often []stretch
	for i := range 100 {
		often = append(often, stretch{100, float64(i % 7 * 10), 1})
	}
	for name, values := range map[string][]float64{"flat": seriesOf(1, stretch{10_000, 10, 1}), "often": seriesOf(2, often...)} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := statistics.Classify(values); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
