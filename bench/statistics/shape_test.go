package statistics_test

import (
	"errors"
	"math"
	"testing"

	"eaibench/bench/statistics"
)

var (
	few  = []float64{3.1, 2.7, 4.4, 2.9, 3.3, 5.8, 3.0}
	more = append(append([]float64(nil), few...), 3.2, 2.8, 3.6, 4.0, 2.5)
)

// R 4.2: qqnorm(x, plot.it = FALSE)$x, sorted.
func TestNormalScores(t *testing.T) {
	for _, test := range []struct{ values, want []float64 }{
		{few, []float64{-1.364488748170, -0.758292556991, -0.352933986127, 0, 0.352933986127, 0.758292556991, 1.364488748170}},
		{more, []float64{
			-1.731664396122, -1.150349380376, -0.812217801500, -0.548522282698, -0.318639363964, -0.104633455614,
			0.104633455614, 0.318639363964, 0.548522282698, 0.812217801500, 1.150349380376, 1.731664396122,
		}},
		{[]float64{7}, []float64{0}},
	} {
		scores, err := statistics.NormalScores(test.values)
		if err != nil || len(scores) != len(test.want) {
			t.Fatalf("%v, %v", scores, err)
		}
		for i, score := range scores {
			if math.Abs(score.Normal-test.want[i]) > 1e-11 || i > 0 && score.Value < scores[i-1].Value {
				t.Errorf("%d: %+v, want %v", i, score, test.want[i])
			}
		}
	}
	if _, err := statistics.NormalScores(nil); !errors.Is(err, statistics.ErrEmpty) {
		t.Error(err)
	}
}

// R 4.2: bw <- 1.06*min(sd(y), IQR(y)/1.349)*length(y)^(-1/5); mean(dnorm((at - y)/bw))/bw.
func TestDensity(t *testing.T) {
	points, err := statistics.Density(more, 5)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []float64{0.3661831338850, 0.4989910699329, 0.1966977775475, 0.0427511814052, 0.0844551842967} {
		if at := 2.5 + 3.3*float64(i)/4; math.Abs(points[i].At-at) > 1e-12 || math.Abs(points[i].Density-want) > 1e-11 {
			t.Errorf("%d: %+v, want %v at %v", i, points[i], want, at)
		}
	}
	// It is a density: over all of a wide range it adds up to 1.
	wide := append([]float64{-20, 30}, more...)
	points, err = statistics.Density(wide, 5000)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.0
	for i := 1; i < len(points); i++ {
		total += (points[i].At - points[i-1].At) * (points[i].Density + points[i-1].Density) / 2
	}
	// The halves of the two outermost kernels are cut off.
	if want := 1 - 1/float64(len(wide)); math.Abs(total-want) > 1e-3 {
		t.Errorf("adds up to %v, want %v", total, want)
	}
	for _, equal := range [][]float64{{3}, {3, 3, 3}, {1, 2, 2, 2, 2, 2, 9}} { // no quartile differs
		if points, err := statistics.Density(equal, 10); err != nil || points != nil {
			t.Errorf("%v: %v, %v", equal, points, err)
		}
	}
	for name, test := range map[string]struct {
		values []float64
		places int
		want   error
	}{"none": {nil, 5, statistics.ErrEmpty}, "not finite": {[]float64{1, math.NaN()}, 5, statistics.ErrNotFinite}, "one place": {few, 1, statistics.ErrArgument}} {
		if _, err := statistics.Density(test.values, test.places); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
