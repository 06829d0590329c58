package statistics_test

import (
	"math"
	"strings"
	"testing"

	"eaibench/bench/statistics"
)

// sample is a list of numbers parted by semicolons.
func (r reference) sample(t *testing.T, column string) []float64 {
	t.Helper()
	return sampleOf(t, r[column])
}

func sampleOf(t *testing.T, text string) []float64 {
	t.Helper()
	var values []float64
	for field := range strings.SplitSeq(text, ";") {
		values = append(values, numberOf(t, field))
	}
	return values
}

// sameInterval compares with columns NAME_low and NAME_high, NA where there is none.
func sameInterval(t *testing.T, row reference, name string, got *statistics.Interval) {
	t.Helper()
	switch {
	case (row[name+"_low"] == "NA") != (got == nil):
		t.Errorf("%s: interval %v, want from %s", name, got, row[name+"_low"])
	case got != nil:
		agrees(t, name+" low", got.Low, row.number(t, name+"_low"), forStatistics)
		agrees(t, name+" high", got.High, row.number(t, name+"_high"), forStatistics)
	}
}

func TestTwoSamplesAgreeWithR(t *testing.T) {
	for _, row := range referencesOf(t, "two_samples") {
		t.Run(row["name"], func(t *testing.T) {
			x, y := row.sample(t, "x"), row.sample(t, "y")
			test, err := statistics.MannWhitney(x, y)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "U", test.Statistic, row.number(t, "u"), forStatistics)
			agrees(t, "p", test.P, row.number(t, "p"), forP)
			if want := row["exact"] == "TRUE"; test.Exact != want {
				t.Errorf("exact %v, want %v", test.Exact, want)
			}
			shift, err := statistics.HodgesLehmann(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "shift", shift.Value, row.number(t, "shift"), forStatistics)
			sameInterval(t, row, "shift", shift.Interval)
			effect, err := statistics.CliffsDelta(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "delta", effect.Delta, row.number(t, "delta"), forStatistics)
			sameInterval(t, row, "delta", effect.Interval)
		})
	}
}

func TestPairsAgreeWithR(t *testing.T) {
	for _, row := range referencesOf(t, "paired_samples") {
		t.Run(row["name"], func(t *testing.T) {
			x, y := row.sample(t, "x"), row.sample(t, "y")
			test, err := statistics.Wilcoxon(x, y)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "V", test.Statistic, row.number(t, "v"), forStatistics)
			agrees(t, "p", test.P, row.number(t, "p"), forP)
			if want := row["exact"] == "TRUE"; test.Exact != want {
				t.Errorf("exact %v, want %v", test.Exact, want)
			}
			shift, err := statistics.HodgesLehmannPaired(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "shift", shift.Value, row.number(t, "shift"), forStatistics)
			sameInterval(t, row, "shift", shift.Interval)
			ratio, err := statistics.RatioOfPairs(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, "ratio", ratio.Value, row.number(t, "ratio"), forStatistics)
			sameInterval(t, row, "ratio", ratio.Interval)
		})
	}
}

func TestSeveralSamplesAgreeWithR(t *testing.T) {
	for _, row := range referencesOf(t, "several_samples") {
		got, err := statistics.KruskalWallis(groupsOf(t, row)...)
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, row["name"]+": H", got.H, row.number(t, "h"), forStatistics)
		agrees(t, row["name"]+": p", got.P, row.number(t, "p"), forP)
		agrees(t, row["name"]+": epsilon squared", got.EpsilonSquared, row.number(t, "epsilon_squared"), forStatistics)
	}
}

func groupsOf(t *testing.T, row reference) [][]float64 {
	t.Helper()
	var groups [][]float64
	for group := range strings.SplitSeq(row["groups"], "|") {
		groups = append(groups, sampleOf(t, group))
	}
	return groups
}

func TestHolmAgreesWithR(t *testing.T) {
	for _, row := range referencesOf(t, "holm") {
		adjusted, err := statistics.Holm(row.sample(t, "p"))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range row.sample(t, "adjusted") {
			agrees(t, row["name"], adjusted[i], want, forStatistics)
		}
	}
}

// SciPy says the same of the samples that R made.
func TestRankTestsAgreeWithSciPy(t *testing.T) {
	samples := map[string]reference{}
	for test, table := range map[string]string{"Mann-Whitney": "two_samples", "Wilcoxon": "paired_samples", "Kruskal-Wallis": "several_samples"} {
		for _, row := range referencesOf(t, table) {
			samples[test+row["name"]] = row
		}
	}
	for _, row := range referencesOf(t, "two_samples_scipy") {
		sample := samples[row["test"]+row["name"]]
		var statistic, p float64
		switch row["test"] {
		case "Mann-Whitney", "Wilcoxon":
			test := statistics.MannWhitney
			if row["test"] == "Wilcoxon" {
				test = statistics.Wilcoxon
			}
			got, err := test(sample.sample(t, "x"), sample.sample(t, "y"))
			if err != nil {
				t.Fatal(err)
			}
			statistic, p = got.Statistic, got.P
		default:
			got, err := statistics.KruskalWallis(groupsOf(t, sample)...)
			if err != nil {
				t.Fatal(err)
			}
			statistic, p = got.H, got.P
		}
		agrees(t, row["test"]+" "+row["name"], statistic, row.number(t, "statistic"), forStatistics)
		agrees(t, row["test"]+" "+row["name"]+": p", p, row.number(t, "p"), forP)
	}
}

// The ends differ by simulation alone: both are quantiles of resamples, whose
// standard error is √(0.025·0.975/B)/f, f being the density of ratios there. It is
// taken from our own resamples, between the ends of neighbouring confidences.
func TestRatioAgreesWithSciPy(t *testing.T) {
	const resamples, theirs = 100_000, 40_000
	for _, row := range referencesOf(t, "ratio") {
		x, base := row.sample(t, "x"), row.sample(t, "y")
		of := statistics.RatioOfMedians
		if row["paired"] == "True" {
			of = statistics.RatioOfMediansPaired
		}
		at := func(confidence float64) statistics.Interval {
			got, err := of(x, base, statistics.Resampling{Confidence: confidence, Resamples: resamples, Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			agrees(t, row["name"], got.Value, row.number(t, "ratio"), forStatistics)
			return *got.Interval
		}
		// Five standard errors of the difference, as a share of the resamples.
		within := 5 * math.Sqrt(0.025*0.975*(1.0/resamples+1.0/theirs))
		wide, narrow := at(0.95+2*within), at(0.95-2*within)
		if low := row.number(t, "low"); low < wide.Low || low > narrow.Low {
			t.Errorf("%s: low %v, ours %v … %v", row["name"], low, wide.Low, narrow.Low)
		}
		if high := row.number(t, "high"); high > wide.High || high < narrow.High {
			t.Errorf("%s: high %v, ours %v … %v", row["name"], high, narrow.High, wide.High)
		}
	}
}
