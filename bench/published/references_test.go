package published_test

import (
	"encoding/csv"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/published"

	"github.com/google/go-cmp/cmp"
)

// row of a reference table, by the names of its columns.
type row map[string]string

// tableOf reads testdata/NAME.csv, whose first line says how it was made.
func tableOf(t *testing.T, name string) []row {
	t.Helper()
	return rowsOf(t, filepath.Join("testdata", name+".csv"))
}

func rowsOf(t *testing.T, path string) []row {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment, reader.FieldsPerRecord = '#', -1
	records, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var rows []row
	for _, record := range records[1:] {
		if len(record) != len(records[0]) {
			continue // what a published program adds at the end of its results
		}
		one := row{}
		for i, field := range record {
			one[records[0][i]] = field
		}
		rows = append(rows, one)
	}
	if len(rows) == 0 {
		t.Fatalf("%s has no rows", path)
	}
	return rows
}

func (r row) number(t *testing.T, column string) float64 {
	t.Helper()
	return parsed(t, r[column])
}

// list is of numbers parted by semicolons.
func (r row) list(t *testing.T, column string) []float64 {
	t.Helper()
	return listOf(t, r[column])
}

func listOf(t *testing.T, text string) []float64 {
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

// same refuses what is further from the reference than tolerated, relatively.
func same(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s: %.17g, want %.17g", what, got, want)
	}
}

func TestLeveneReferences(t *testing.T) {
	samples := map[string][][]float64{}
	for _, r := range tableOf(t, "levene") {
		var groups [][]float64
		for group := range strings.SplitSeq(r["groups"], "|") {
			groups = append(groups, listOf(t, group))
		}
		samples[r["name"]] = groups
	}
	for _, table := range []string{"levene", "levene_scipy"} {
		for _, r := range tableOf(t, table) {
			got, err := published.Levene(samples[r["name"]]...)
			if err != nil {
				t.Errorf("%s: %v", r["name"], err)
				continue
			}
			same(t, r["name"]+": W", got.W, r.number(t, "w"), 1e-9)
			same(t, r["name"]+": p", got.P, r.number(t, "p"), 1e-9)
		}
	}
}

// The tables of R and SciPy have the same columns, and different points where the
// start of the search matters.
func TestRegressionReferences(t *testing.T) {
	columns := map[published.Model]string{
		published.Linear: "linear", published.Logarithmic: "logarithmic", published.Cubic: "cubic", published.Exponential: "exponential",
	}
	for _, table := range []string{"regression", "regression_scipy"} {
		for _, r := range tableOf(t, table) {
			x, y := r.list(t, "x"), r.list(t, "y")
			for model, column := range columns {
				what := table + ", " + r["name"] + ", " + string(model)
				fit, err := published.FitModel(model, x, y)
				switch r[column+"_r2"] {
				case "NA":
					continue
				case "none":
					if !errors.Is(err, published.ErrNoFit) && !errors.Is(err, published.ErrNotPositive) {
						t.Errorf("%s: %v, %v, want no fit", what, fit, err)
					}
					continue
				case "far":
					if err == nil && fit.R2 > -1 {
						t.Errorf("%s: R² %v, want one below -1", what, fit.R2)
					}
					continue
				}
				if err != nil {
					t.Errorf("%s: %v", what, err)
					continue
				}
				compareFit(t, what, fit, r, column)
			}
		}
	}
}

// compareFit holds a search to what its own tolerance of 1.5e-8 leaves of the
// coefficients: R², which is flat there, is held to as much as that of other models.
func compareFit(t *testing.T, what string, fit published.Fit, r row, column string) {
	t.Helper()
	tolerance := 1e-8
	if fit.Model == published.Exponential {
		tolerance = 1e-6
	}
	for i, got := range fit.Coefficients {
		same(t, what+", coefficient "+strconv.Itoa(i), got, r.number(t, column+"_"+strconv.Itoa(i)), tolerance)
	}
	same(t, what+", R²", fit.R2, r.number(t, column+"_r2"), 1e-9)
}

func TestOutlierReferences(t *testing.T) {
	for _, r := range tableOf(t, "outliers") {
		y := r.list(t, "y")
		var kept []int
		var err error
		if r["tail"] == "" {
			kept, err = published.KeptByResiduals(r.list(t, "x"), y, r.number(t, "reach"))
		} else {
			fences := published.Fences{Tail: r.number(t, "tail"), Reach: r.number(t, "reach")}
			for name, named := range map[string]published.Fences{"Tukey": published.TukeyFences(), "pipe": published.PipeFences()} {
				if r["name"] == name && named != fences {
					t.Errorf("%s: fences are %v, want %v", name, named, fences)
				}
			}
			low, high, failed := fences.Ends(y)
			if failed != nil {
				t.Errorf("%s: %v", r["name"], failed)
			}
			same(t, r["name"]+": low end", low, r.number(t, "low"), 1e-12)
			same(t, r["name"]+": high end", high, r.number(t, "high"), 1e-12)
			kept, err = fences.Kept(y)
		}
		if err != nil {
			t.Errorf("%s: %v", r["name"], err)
		}
		var want []int
		for _, place := range r.list(t, "kept") {
			want = append(want, int(place))
		}
		if d := cmp.Diff(want, kept); d != "" {
			t.Errorf("%s: kept (-want +got)\n%s", r["name"], d)
		}
	}
}

func TestPipeReferences(t *testing.T) {
	var baseline published.PipeSummary
	for i, r := range tableOf(t, "pipe") {
		times := r.list(t, "times")
		got, err := published.SummarizePipe(int(r.number(t, "size")), times)
		if err != nil {
			t.Fatalf("%s: %v", r["name"], err)
		}
		if i == 0 {
			baseline = got
		}
		overhead, err := got.OverheadOver(baseline)
		if err != nil {
			t.Fatalf("%s: %v", r["name"], err)
		}
		if got.N != len(times) {
			t.Errorf("%s: n is %d, want %d", r["name"], got.N, len(times))
		}
		for column, value := range map[string]float64{
			"latency": got.Latency, "sd": got.SD, "variability": got.Variability, "throughput": got.Throughput,
			"latency_overhead": overhead.Latency, "throughput_overhead": overhead.Throughput,
		} {
			same(t, r["name"]+": "+column, value, r.number(t, column), 1e-12)
		}
	}
}
