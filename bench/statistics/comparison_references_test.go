package statistics_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/statistics"
)

// How far a statistic, relatively, and a p-value may be from the reference.
const (
	statisticTolerance = 1e-9
	pTolerance         = 1e-6
)

// tableRow is a row of a reference table, by the names of its columns.
type tableRow map[string]string

// tableOf reads testdata/NAME.csv, whose first line says how it was made.
func tableOf(t *testing.T, name string) []tableRow {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []tableRow
	for _, record := range records[1:] {
		row := tableRow{}
		for i, field := range record {
			row[records[0][i]] = field
		}
		rows = append(rows, row)
	}
	return rows
}

func (r tableRow) number(t *testing.T, column string) float64 {
	t.Helper()
	return parsed(t, r[column])
}

// sample is a list of numbers parted by semicolons.
func (r tableRow) sample(t *testing.T, column string) []float64 {
	t.Helper()
	return sampleOf(t, r[column])
}

func sampleOf(t *testing.T, text string) []float64 {
	t.Helper()
	var values []float64
	for field := range strings.SplitSeq(text, ";") {
		values = append(values, parsed(t, field))
	}
	return values
}

func parsed(t *testing.T, text string) float64 {
	t.Helper()
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return value
}

// same refuses a result that is relatively further from the reference than tolerated.
func same(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Max(math.Abs(want), math.SmallestNonzeroFloat64)) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

// sameInterval compares with columns NAME_low and NAME_high, NA where there is none.
func sameInterval(t *testing.T, row tableRow, name string, got *statistics.Interval) {
	t.Helper()
	switch {
	case (row[name+"_low"] == "NA") != (got == nil):
		t.Errorf("%s: interval %v, want from %s", name, got, row[name+"_low"])
	case got != nil:
		same(t, name+" low", got.Low, row.number(t, name+"_low"), statisticTolerance)
		same(t, name+" high", got.High, row.number(t, name+"_high"), statisticTolerance)
	}
}

func TestTwoSamplesAgreeWithR(t *testing.T) {
	for _, row := range tableOf(t, "two_samples") {
		t.Run(row["name"], func(t *testing.T) {
			x, y := row.sample(t, "x"), row.sample(t, "y")
			test, err := statistics.MannWhitney(x, y)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "U", test.Statistic, row.number(t, "u"), statisticTolerance)
			same(t, "p", test.P, row.number(t, "p"), pTolerance)
			if want := row["exact"] == "TRUE"; test.Exact != want {
				t.Errorf("exact %v, want %v", test.Exact, want)
			}
			shift, err := statistics.HodgesLehmann(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "shift", shift.Value, row.number(t, "shift"), statisticTolerance)
			sameInterval(t, row, "shift", shift.Interval)
			effect, err := statistics.CliffsDelta(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "delta", effect.Delta, row.number(t, "delta"), statisticTolerance)
			sameInterval(t, row, "delta", effect.Interval)
		})
	}
}

func TestPairsAgreeWithR(t *testing.T) {
	for _, row := range tableOf(t, "paired_samples") {
		t.Run(row["name"], func(t *testing.T) {
			x, y := row.sample(t, "x"), row.sample(t, "y")
			test, err := statistics.Wilcoxon(x, y)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "V", test.Statistic, row.number(t, "v"), statisticTolerance)
			same(t, "p", test.P, row.number(t, "p"), pTolerance)
			if want := row["exact"] == "TRUE"; test.Exact != want {
				t.Errorf("exact %v, want %v", test.Exact, want)
			}
			shift, err := statistics.HodgesLehmannPaired(x, y, 0.95)
			if err != nil {
				t.Fatal(err)
			}
			same(t, "shift", shift.Value, row.number(t, "shift"), statisticTolerance)
			sameInterval(t, row, "shift", shift.Interval)
		})
	}
}

func TestSeveralSamplesAgreeWithR(t *testing.T) {
	for _, row := range tableOf(t, "several_samples") {
		got, err := statistics.KruskalWallis(groupsOf(t, row)...)
		if err != nil {
			t.Fatal(err)
		}
		same(t, row["name"]+": H", got.H, row.number(t, "h"), statisticTolerance)
		same(t, row["name"]+": p", got.P, row.number(t, "p"), pTolerance)
		same(t, row["name"]+": epsilon squared", got.EpsilonSquared, row.number(t, "epsilon_squared"), statisticTolerance)
	}
}

func groupsOf(t *testing.T, row tableRow) [][]float64 {
	t.Helper()
	var groups [][]float64
	for group := range strings.SplitSeq(row["groups"], "|") {
		groups = append(groups, sampleOf(t, group))
	}
	return groups
}

func TestHolmAgreesWithR(t *testing.T) {
	for _, row := range tableOf(t, "holm") {
		adjusted, err := statistics.Holm(row.sample(t, "p"))
		if err != nil {
			t.Fatal(err)
		}
		for i, want := range row.sample(t, "adjusted") {
			same(t, row["name"], adjusted[i], want, statisticTolerance)
		}
	}
}

// SciPy says the same of the samples that R made.
func TestRankTestsAgreeWithSciPy(t *testing.T) {
	samples := map[string]tableRow{}
	for test, table := range map[string]string{"Mann-Whitney": "two_samples", "Wilcoxon": "paired_samples", "Kruskal-Wallis": "several_samples"} {
		for _, row := range tableOf(t, table) {
			samples[test+row["name"]] = row
		}
	}
	for _, row := range tableOf(t, "two_samples_scipy") {
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
		same(t, row["test"]+" "+row["name"], statistic, row.number(t, "statistic"), statisticTolerance)
		same(t, row["test"]+" "+row["name"]+": p", p, row.number(t, "p"), pTolerance)
	}
}

// The ends differ by simulation alone: both are quantiles of resamples, whose
// standard error is √(0.025·0.975/B)/f, f being the density of ratios there. It is
// taken from our own resamples, between the ends of neighbouring confidences.
func TestRatioAgreesWithSciPy(t *testing.T) {
	const resamples, theirs = 100_000, 40_000
	for _, row := range tableOf(t, "ratio") {
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
			same(t, row["name"], got.Value, row.number(t, "ratio"), statisticTolerance)
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
