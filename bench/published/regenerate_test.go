package published_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/published"
)

// printed is how close, relatively, a number computed again must come to one that was
// published with all its digits.
const printed = 1e-9

// publishedFolder holds published measurements with the tables made of them. They are
// their authors', and not part of the project.
func publishedFolder(t *testing.T) string {
	t.Helper()
	folder := os.Getenv("EAIBENCH_PUBLISHED_DATA")
	if folder == "" {
		t.Skip("EAIBENCH_PUBLISHED_DATA names no folder with published measurements: nothing to compute again")
	}
	return folder
}

// points are those of one mode and variable: block or message sizes, and times in ms.
type points struct{ x, y []float64 }

// at lists the times of one size.
func (p points) at(size float64) []float64 {
	var times []float64
	for i, x := range p.x {
		if x == size {
			times = append(times, p.y[i])
		}
	}
	return times
}

// only keeps the points at the places.
func (p points) only(places []int) points {
	var kept points
	for _, i := range places {
		kept.x, kept.y = append(kept.x, p.x[i]), append(kept.y, p.y[i])
	}
	return kept
}

func pointsOf(t *testing.T, path, x, y string) points {
	t.Helper()
	var all points
	for _, r := range rowsOf(t, path) {
		all.x, all.y = append(all.x, r.number(t, x)), append(all.y, r.number(t, y))
	}
	return all
}

const (
	benchmarkABI = "purecap-benchmark ABI"
	purecapABI   = "purecap ABI"
	outside      = "outside compartment"
)

// memory reads the points of a mode and variable, with outliers or without.
type memory struct {
	folder string
	read   map[string]points
}

func (m memory) points(t *testing.T, mode, outliers, variable string) points {
	t.Helper()
	key := mode + outliers + variable
	if already, ok := m.read[key]; ok {
		return already
	}
	files := map[string]string{
		benchmarkABI: "memory-in-experiment-purecap-benchmark-results.csv",
		purecapABI:   "memory-in-experiment-purecap-results.csv",
		outside:      "memory-out-experiment-results.csv",
	}
	all := pointsOf(t, filepath.Join(m.folder, files[mode]), "Block Size (MB)", variable)
	if outliers == "Without" {
		kept, err := published.KeptByResiduals(all.x, all.y, published.ResidualLimit)
		if err != nil {
			t.Fatal(err)
		}
		all = all.only(kept)
	}
	m.read[key] = all
	return all
}

func memoryOf(t *testing.T) memory {
	t.Helper()
	return memory{folder: filepath.Join(publishedFolder(t), "memory"), read: map[string]points{}}
}

func (m memory) expected(t *testing.T, table string) []row {
	t.Helper()
	return rowsOf(t, filepath.Join(m.folder, "expected", table+".csv"))
}

func TestMemoryTable2(t *testing.T) {
	m := memoryOf(t)
	for _, want := range m.expected(t, "table_2_memory_experiment_summary") {
		what := strings.Join([]string{want["Compartment"], want["Outliers"], want["Variable"]}, ", ")
		p := m.points(t, want["Compartment"], want["Outliers"], want["Variable"])
		if got := strconv.Itoa(len(p.y)); got != want["N"] {
			t.Errorf("%s: %s points, want %s", what, got, want["N"])
		}
		bestIs(t, what, p, published.GainBelow(0.02), want["Best Reg."], want.number(t, "R²"))
	}
}

// bestIs compares the choice among regressions. That no exponential one took part is
// what SciPy does with these sizes.
func bestIs(t *testing.T, what string, p points, keeps published.KeepsLinear, model string, r2 float64) {
	t.Helper()
	regression, err := published.Regress(p.x, p.y)
	if err != nil {
		t.Fatal(err)
	}
	best := regression.Best(keeps)
	if string(best.Model) != model {
		t.Errorf("%s: %s is best, want %s", what, best.Model, model)
	}
	same(t, what+": R²", best.R2, r2, printed)
	if regression.Refused[published.Exponential] == nil {
		t.Errorf("%s: there is an exponential fit", what)
	}
}

func TestMemoryTable3(t *testing.T) {
	m := memoryOf(t)
	for _, want := range m.expected(t, "table_3_memory_global_effect_sizes") {
		what := strings.Join([]string{want["BlockSize"], want["Outliers"], want["Variable"]}, ", ")
		var groups [][]float64
		for mode := range strings.SplitSeq(want["GroupsIncluded"], " | ") {
			groups = append(groups, m.points(t, mode, want["Outliers"], want["Variable"]).at(want.number(t, "BlockSize")))
		}
		levene, err := published.Levene(groups...)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		same(t, what+": Levene's p", levene.P, want.number(t, "Levene_p"), printed)
	}
}

func TestMemoryTables4And5(t *testing.T) {
	m := memoryOf(t)
	ratios, deltas := map[string][]float64{}, map[string][]float64{}
	for _, want := range m.expected(t, "table_4_memory_pairwise_by_block") {
		what := strings.Join([]string{want["BlockSize"], want["Outliers"], want["Variable"], want["Comparison"]}, ", ")
		modes := strings.Split(want["Comparison"], " vs ")
		var sides [2][]float64
		for i, side := range []string{"A", "B"} {
			sides[i] = m.points(t, modes[i], want["Outliers"], want["Variable"]).at(want.number(t, "BlockSize"))
			median, _, err := published.Spread(sides[i])
			if err != nil {
				t.Fatal(err)
			}
			if got := strconv.Itoa(len(sides[i])); got != want["N_"+side] {
				t.Errorf("%s: %s values, want %s", what, got, want["N_"+side])
			}
			same(t, what+": median "+side, median, want.number(t, "Median_"+side), printed)
		}
		line := strings.Join([]string{want["Outliers"], want["Variable"], want["Comparison"]}, ", ")
		deltas[line] = append(deltas[line], want.number(t, "CliffsDelta"))
		ratio, err := published.MedianRatio(sides[0], sides[1])
		if (err != nil) != (want["MedianRatio_A_over_B"] == "") {
			t.Errorf("%s: ratio %v, %v, want %q", what, ratio, err, want["MedianRatio_A_over_B"])
		}
		if err == nil {
			same(t, what+": ratio", ratio, want.number(t, "MedianRatio_A_over_B"), printed)
			ratios[line] = append(ratios[line], ratio)
		}
	}
	for _, want := range m.expected(t, "table_5_memory_pairwise_aggregated") {
		line := strings.Join([]string{want["Outliers"], want["Variable"], want["Comparison"]}, ", ")
		spreadIs(t, line+": δ", deltas[line], want.number(t, "MedianCliffsDelta"), want.number(t, "IQRCliffsDelta"))
		spreadIs(t, line+": ratio", ratios[line], want.number(t, "MedianMedianRatio"), want.number(t, "IQRMedianRatio"))
	}
}

// spreadIs allows what rounding leaves of a difference.
func spreadIs(t *testing.T, what string, values []float64, median, apart float64) {
	t.Helper()
	gotMedian, gotApart, err := published.Spread(values)
	if err != nil {
		t.Fatal(err)
	}
	same(t, what+": median", gotMedian, median, printed)
	same(t, what+": 1 + interquartile range", 1+gotApart, 1+apart, 1e-14)
}
