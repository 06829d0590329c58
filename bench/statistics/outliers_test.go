package statistics_test

import (
	"math"
	"slices"
	"testing"

	"eaibench/bench/statistics"
)

func TestOutliers(t *testing.T) {
	const none, mild, severe = statistics.NoOutlier, statistics.MildOutlier, statistics.SevereOutlier
	for _, test := range []struct {
		name   string
		values []float64
		tukey  []statistics.Severity
		beyond []int // indices with a modified z beyond 3.5
		z      []float64
	}{
		// Quartiles 3 and 7, fences at −3 and 13, and at −9 and 19; median 5, MAD 2.
		{
			"none",
			[]float64{1, 2, 3, 4, 5, 6, 7, 8, 9},
			[]statistics.Severity{none, none, none, none, none, none, none, none, none},
			nil,
			[]float64{-1.349, -1.01175, -0.6745, -0.33725, 0, 0.33725, 0.6745, 1.01175, 1.349},
		},
		{
			"at the fence",
			[]float64{13, 2, 3, 4, 5, 6, 7, 8, -3},
			[]statistics.Severity{none, none, none, none, none, none, none, none, none},
			nil, nil,
		},
		{
			"beyond the fences",
			[]float64{13.5, 2, 3, 4, 5, 6, 7, 8, -9.5},
			[]statistics.Severity{mild, none, none, none, none, none, none, none, severe},
			[]int{8},
			nil,
		},
		{
			"at the outer fence",
			[]float64{19, 2, 3, 4, 5, 6, 7, 8, -9},
			[]statistics.Severity{mild, none, none, none, none, none, none, none, mild},
			[]int{0, 8},
			nil,
		},
		{
			"more than half equal",
			[]float64{7, 7, 7, 7, 7, 7, 8},
			[]statistics.Severity{none, none, none, none, none, none, severe},
			nil, nil,
		},
		{
			"the largest numbers",
			[]float64{math.MaxFloat64, 1, 2, 3, 4, -math.MaxFloat64, 5},
			[]statistics.Severity{severe, none, none, none, none, severe, none},
			[]int{0, 5},
			nil,
		},
		{"one", []float64{3}, []statistics.Severity{none}, nil, nil},
	} {
		labels, err := statistics.Outliers(test.values)
		if err != nil {
			t.Fatal(err)
		}
		var tukey []statistics.Severity
		var beyond []int
		for i, label := range labels {
			tukey = append(tukey, label.Tukey)
			if label.BeyondZ {
				beyond = append(beyond, i)
			}
			if test.z != nil && math.Abs(*label.ModifiedZ-test.z[i]) > 1e-12 {
				t.Errorf("%s: z of %v is %v, want %v", test.name, test.values[i], *label.ModifiedZ, test.z[i])
			}
			if label.Outlier() != (label.BeyondZ || label.Tukey != none) {
				t.Errorf("%s: %+v is an outlier: %v", test.name, label, label.Outlier())
			}
		}
		if !slices.Equal(tukey, test.tukey) || !slices.Equal(beyond, test.beyond) {
			t.Errorf("%s: %v, z beyond at %v; want %v, %v", test.name, tukey, beyond, test.tukey, test.beyond)
		}
	}
}

// TestDescribe: all values with their intervals, and the same without what has a label.
func TestDescribe(t *testing.T) {
	values := referenceSample(t, "outliers")
	got, err := statistics.Describe(values, statistics.Confidence, 3)
	if err != nil {
		t.Fatal(err)
	}
	median, err := statistics.MedianInterval(values, 0.95)
	if err != nil {
		t.Fatal(err)
	}
	mean, err := statistics.MeanInterval(values, 0.95, 3, statistics.MeanResamples)
	if err != nil {
		t.Fatal(err)
	}
	if *got.MedianInterval != median || *got.MeanInterval != mean {
		t.Errorf("intervals %+v and %+v, want %+v and %+v", *got.MedianInterval, *got.MeanInterval, median, mean)
	}
	if normality, err := statistics.ShapiroWilk(values); err != nil || *got.Normality != normality {
		t.Errorf("normality %+v, want %+v, %v", *got.Normality, normality, err)
	}
	if all := summaryOf(t, values); asJSON(t, got.Summary) != asJSON(t, all) {
		t.Errorf("%+v, want %+v", got.Summary, all)
	}
	// Two were added to 38 normal values, of which the least and the greatest are a little far out too.
	rest := slices.DeleteFunc(slices.Clone(values), func(x float64) bool { return x < 6.2 || x > 7.8 })
	if want := summaryOf(t, rest); got.Outliers != (statistics.OutlierCounts{Mild: 2, Severe: 2, ModifiedZ: 2, Any: 4}) || asJSON(t, got.WithoutOutliers) != asJSON(t, want) {
		t.Errorf("outliers %+v; without them %s, want %s", got.Outliers, asJSON(t, got.WithoutOutliers), asJSON(t, want))
	}
	for n, want := range map[int][2]bool{1: {false, false}, 2: {false, true}, 5: {false, true}, 6: {true, true}} {
		got, err := statistics.Describe(risingTo(n), statistics.Confidence, 1)
		if (got.Normality != nil) != (n >= 3) {
			t.Errorf("%d values: normality %+v", n, got.Normality)
		}
		if err != nil || (got.MedianInterval != nil) != want[0] || (got.MeanInterval != nil) != want[1] || got.WithoutOutliers != nil {
			t.Errorf("%d values: %+v, %v", n, got, err)
		}
	}
}
