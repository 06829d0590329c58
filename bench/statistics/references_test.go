package statistics_test

import (
	"encoding/csv"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/statistics"
)

// referenceSample reads values that the reference scripts read too.
func referenceSample(t *testing.T, name string) []float64 {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", "samples", name+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	var values []float64
	for line := range strings.Lines(string(text)) {
		values = append(values, numberOf(t, strings.TrimSpace(line)))
	}
	return values
}

func numberOf(t *testing.T, text string) float64 {
	t.Helper()
	number, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return number
}

// reference is a row of a reference table, by column.
type reference map[string]string

func (r reference) number(t *testing.T, column string) float64 {
	t.Helper()
	if _, ok := r[column]; !ok {
		t.Fatalf("no column %s", column)
	}
	return numberOf(t, r[column])
}

// referencesOf reads a table that R or SciPy made.
func referencesOf(t *testing.T, subject string) []reference {
	t.Helper()
	file, err := os.Open(filepath.Join("testdata", subject+".csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	reader := csv.NewReader(file)
	reader.Comment = '#'
	rows, err := reader.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) < 2 {
		t.Fatalf("%s has no rows", subject)
	}
	var list []reference
	for _, row := range rows[1:] {
		one := reference{}
		for i, column := range rows[0] {
			one[column] = row[i]
		}
		list = append(list, one)
	}
	return list
}

// What is agreed with R and SciPy: statistics, relative; p-values, absolute and, where they are small, relative.
const (
	forStatistics = 1e-9
	forP          = 1e-6
)

func agrees(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance*math.Abs(want)) {
		t.Errorf("%s = %.17g, want %.17g", what, got, want)
	}
}

func TestSummaryAgainstR(t *testing.T) {
	for _, row := range referencesOf(t, "summary") {
		name := row["sample"]
		got, err := statistics.Summarize(referenceSample(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if got.N != int(row.number(t, "n")) {
			t.Errorf("%s: n = %d", name, got.N)
		}
		for column, value := range map[string]float64{
			"mean": got.Mean, "sd": *got.SD, "median": got.Median, "mad": got.MAD, "q1": got.Q1, "q3": got.Q3,
			"p5": got.P5, "p90": got.P90, "p95": got.P95, "p99": got.P99, "min": got.Min, "max": got.Max, "cv": *got.CV,
		} {
			agrees(t, name+" "+column, value, row.number(t, column), forStatistics)
		}
	}
}

func TestSkewnessAgainstSciPy(t *testing.T) {
	for _, row := range referencesOf(t, "skewness") {
		got, err := statistics.Summarize(referenceSample(t, row["sample"]))
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, row["sample"], *got.Skewness, row.number(t, "skewness"), forStatistics)
	}
}

func TestShapiroWilkAgainstR(t *testing.T) {
	for _, row := range referencesOf(t, "shapiro_wilk") {
		got, err := statistics.ShapiroWilk(referenceSample(t, row["sample"]))
		if err != nil {
			t.Fatal(err)
		}
		agrees(t, row["sample"]+" W", got.W, row.number(t, "w"), forStatistics)
		agrees(t, row["sample"]+" p", got.P, row.number(t, "p"), forP)
	}
}

func TestCorrelationAgainstR(t *testing.T) {
	for _, row := range referencesOf(t, "correlation") {
		x, y := referenceSample(t, row["x"]), referenceSample(t, row["y"])
		n := min(len(x), len(y))
		x, y = x[:n], y[:n]
		if row["x"] == row["y"] {
			for i := range y {
				y[i] = x[n-1-i]
			}
		}
		method := map[string]func(x, y []float64) (statistics.Correlation, error){
			"pearson": statistics.Pearson, "spearman": statistics.Spearman,
		}[row["method"]]
		got, err := method(x, y)
		if err != nil {
			t.Fatal(err)
		}
		name := row["method"] + " of " + row["x"] + " and " + row["y"]
		agrees(t, name, got.Coefficient, row.number(t, "coefficient"), forStatistics)
		agrees(t, name+" p", got.P, row.number(t, "p"), forP)
	}
}

// TestReferencesAreCompared: scripts/references.sh sees a number, a word and a line that differ, a table that is not
// there, and what is not installed. What stands for R here prints the script itself.
func TestReferencesAreCompared(t *testing.T) {
	programs := t.TempDir()
	if err := os.WriteFile(filepath.Join(programs, "Rscript"), []byte("#!/bin/sh\ncat \"$1\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	const computed = "# made\nname,value\none,1.5\n"
	for _, test := range []struct {
		name, kept string
		path, ci   string
		code       int
		says       string
	}{
		{"equal", computed, programs + ":", "", 0, "1 numbers agree"},
		{"within the tolerance", "name,value\none,1.5000000001\n", programs + ":", "", 0, "1 tables agree, 0 do not"},
		{"another number", "name,value\none,1.50000001\n", programs + ":", "", 1, "column 2 is 1.5, kept 1.50000001"},
		{"another name", "name,value\ntwo,1.5\n", programs + ":", "", 1, `column 1 is "one", kept "two"`},
		{"a line too few", computed + "two,2\n", programs + ":", "", 1, "1 lines are missing"},
		{"a line too many", "name,value\n", programs + ":", "", 1, `"one,1.5"`},
		{"no table", "", programs + ":", "", 1, "no table beside it"},
		{"not installed", computed, "", "", 0, "R is not installed"},
		{"not installed in CI", computed, "", "true", 1, "1 were not computed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.path == "" {
				test.path = withoutR(t)
			} else {
				test.path += os.Getenv("PATH")
			}
			folder := filepath.Join(t.TempDir(), "testdata")
			files := map[string]string{"table.R": computed}
			if test.kept != "" {
				files["table.csv"] = test.kept
			}
			if err := os.Mkdir(folder, 0o755); err != nil {
				t.Fatal(err)
			}
			for name, text := range files {
				if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			command := exec.Command("../../scripts/references.sh", folder)
			command.Env = []string{"PATH=" + test.path, "CI=" + test.ci}
			said, _ := command.CombinedOutput()
			if code := command.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(said), test.says) {
				t.Errorf("ends with %d, want %d, and says\n%s\nwithout %q", code, test.code, said, test.says)
			}
		})
	}
}

// withoutR is a PATH that leads to what the script needs, and to no R.
func withoutR(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"sh", "awk", "grep", "mktemp", "rm", "find", "sort", "dirname", "basename", "cat"} {
		program, err := exec.LookPath(name)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(program, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}
