package published_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"math/big"
	"os"
	"path/filepath"
	"regexp"
	"slices"
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

// cell of a published pipe table: message size, quantity, mode.
type cell struct {
	size           int
	quantity, mode string
}

// pipeTable reads a table with two lines of headings and one of an index's name.
func pipeTable(t *testing.T, path string) map[cell]float64 {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	records, err := csv.NewReader(file).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	table := map[cell]float64{}
	for _, record := range records[3:] {
		for i, text := range record[1:] {
			table[cell{int(parsed(t, record[0])), records[0][i+1], records[1][i+1]}] = parsed(t, text)
		}
	}
	return table
}

// The published pipe tables hold ten message sizes, the measurements six. Those four
// cannot be computed again; each number of the six can, in both tables.
func TestPipeTables(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "pipe")
	everything := func(times []float64) []float64 { return times }
	without := func(times []float64) []float64 {
		kept, err := published.PipeFences().Kept(times)
		if err != nil {
			t.Fatal(err)
		}
		return points{times, times}.only(kept).y
	}
	for table, filter := range map[string]func([]float64) []float64{
		"experiments_summary": everything, "experiments_summary_no_outliers": without, "table_6_communication_summary": without,
	} {
		got := pipeCells(t, folder, filter)
		want := pipeTable(t, filepath.Join(folder, "expected", table+".csv"))
		maps.DeleteFunc(want, func(c cell, _ float64) bool { return c.size > 16384 })
		if len(got) != 96 || len(want) != len(got) {
			t.Errorf("%s: %d numbers, want %d", table, len(got), len(want))
		}
		for _, c := range slices.SortedFunc(maps.Keys(want), func(a, b cell) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }) {
			same(t, fmt.Sprintf("%s: %+v", table, c), got[c], want[c], printed)
		}
	}
}

func pipeCells(t *testing.T, folder string, filter func([]float64) []float64) map[cell]float64 {
	t.Helper()
	cells := map[cell]float64{}
	summaries := map[cell]published.PipeSummary{}
	for mode, file := range pipeFiles() {
		all := pointsOf(t, filepath.Join(folder, file), "Message Size (Bytes)", "Total Time (ms)")
		for _, size := range slices.Compact(slices.Sorted(slices.Values(all.x))) {
			s, err := published.SummarizePipe(int(size), filter(all.at(size)))
			if err != nil {
				t.Fatal(err)
			}
			summaries[cell{size: int(size), mode: mode}] = s
			for quantity, value := range map[string]float64{
				"Latência Média (ms)": s.Latency, "Desvio Padrão (ms)": s.SD, "Variabilidade (%)": s.Variability, "Throughput (MB/s)": s.Throughput,
			} {
				cells[cell{int(size), quantity, mode}] = value
			}
		}
	}
	for at, s := range summaries {
		if at.mode == "outexperiment" {
			continue
		}
		overhead, err := s.OverheadOver(summaries[cell{size: at.size, mode: "outexperiment"}])
		if err != nil {
			t.Fatal(err)
		}
		cells[cell{at.size, "Overhead Latência (%)", at.mode}] = overhead.Latency
		cells[cell{at.size, "Overhead Throughput (%)", at.mode}] = overhead.Throughput
	}
	return cells
}

func pipeFiles() map[string]string {
	return map[string]string{
		"benchmark":     "pipe-in-experiment-purecap-benchmark-results.csv",
		"purecap":       "pipe-in-experiment-purecap-results.csv",
		"outexperiment": "pipe-out-experiment-results.csv",
	}
}

// The other published pipe table drops outliers over all sizes of a mode at once, and
// keeps a line whose R² is nine tenths of the best.
func TestPipeRegressions(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "pipe")
	modes := map[string]string{benchmarkABI: "benchmark", purecapABI: "purecap", "Outside compartment": "outexperiment"}
	for _, want := range rowsOf(t, filepath.Join(folder, "expected", "statistical_results_summary.csv")) {
		what := strings.Join([]string{want["Experiment"], want["Outliers"], want["Variable"]}, ", ")
		p := pointsOf(t, filepath.Join(folder, pipeFiles()[modes[want["Experiment"]]]), "Message Size (Bytes)", want["Variable"])
		if want["Outliers"] == "Without_Outliers" {
			kept, err := published.TukeyFences().Kept(p.y)
			if err != nil {
				t.Fatal(err)
			}
			p = p.only(kept)
		}
		if got := strconv.Itoa(len(p.y)); got != want["Count After Filtering"] {
			t.Errorf("%s: %s values, want %s", what, got, want["Count After Filtering"])
		}
		bestIs(t, what, p, published.ShareOf(0.9), want["Best Regression"], want.number(t, "R²"))
	}
}

// What the analysis of the integration process says about outliers and shares.
func TestIntegrationProcessLog(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "isc2-2026")
	text, err := os.ReadFile(filepath.Join(folder, "expected.log"))
	if err != nil {
		t.Fatal(err)
	}
	log := string(text)
	trusted, conventional := rowsOf(t, filepath.Join(folder, "inside.csv")), rowsOf(t, filepath.Join(folder, "outside.csv"))
	for _, metric := range []string{"read_act_total_ms", "execute_total_ms"} {
		lines := "Metric: " + metric + "\n"
		removed := ""
		for _, side := range []struct {
			name string
			rows []row
		}{{"Trusted", trusted}, {"Conventional", conventional}} {
			values := metricOf(t, side.rows, "integration_process", metric)
			kept, err := published.TukeyFences().Kept(values)
			if err != nil {
				t.Fatal(err)
			}
			left := points{values, values}.only(kept).y
			s, err := published.SummarizePipe(1, left) // of any times
			if err != nil {
				t.Fatal(err)
			}
			lines += fmt.Sprintf("%s mean ± std without outliers: %.2f ± %.2f\n", side.name, s.Latency, s.SD)
			removed += fmt.Sprintf("%s outliers removed: %d\n", side.name, len(values)-len(left))
		}
		if !strings.Contains(log, lines+removed) {
			t.Errorf("the log does not say\n%s%s", lines, removed)
		}
	}
	whole := meanOf(metricOf(t, trusted, "integration_process", "read_act_total_ms"))
	shares := regexp.MustCompile(`(?m)^(.+): mean=([0-9.]+) ms, contribution=([0-9.]+)%$`).FindAllStringSubmatch(log, -1)
	metrics := map[string][2]string{
		"Service lookup": {"launcher", "lookupService_ms"}, "Certificate retrieval": {"launcher", "getCertificate_ms"},
		"Public-key retrieval": {"launcher", "getProgramPublicKey_ms"}, "Local decryption": {"integration_process", "decrypt_ms"},
	}
	if len(shares) != len(metrics) {
		t.Fatalf("%d shares in the log, want %d", len(shares), len(metrics))
	}
	for _, line := range shares {
		mean := meanOf(metricOf(t, trusted, metrics[line[1]][0], metrics[line[1]][1]))
		share, err := published.Share(mean, whole)
		if err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprintf("%s: mean=%.6f ms, contribution=%.3f%%", line[1], mean, share); got != line[0] {
			t.Errorf("%s, want %s", got, line[0])
		}
	}
}

func metricOf(t *testing.T, rows []row, component, metric string) []float64 {
	t.Helper()
	var values []float64
	for _, r := range rows {
		if r["component"] == component && r["metric"] == metric {
			values = append(values, r.number(t, "value_ms"))
		}
	}
	return values
}

// meanOf sums with bits to spare: one of the printed means is a tie of its last digit,
// 0.1038565, and falls to the other side when rounded sums are added from left to right.
func meanOf(values []float64) float64 {
	sum := new(big.Float).SetPrec(200)
	for _, value := range values {
		sum.Add(sum, big.NewFloat(value))
	}
	mean, _ := sum.Quo(sum, big.NewFloat(float64(len(values)))).Float64()
	return mean
}
