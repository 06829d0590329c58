package published_test

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/published"
)

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
			same(t, fmt.Sprintf("%s: %+v", table, c), got[c], want[c], 1e-13)
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

// pipePoints are the measurements of a row of the other published pipe table, whose outliers are dropped over all sizes of
// a mode at once.
func pipePoints(t *testing.T, folder string, want row) points {
	t.Helper()
	modes := map[string]string{benchmarkABI: "benchmark", purecapABI: "purecap", "Outside compartment": "outexperiment"}
	p := pointsOf(t, filepath.Join(folder, pipeFiles()[modes[want["Experiment"]]]), "Message Size (Bytes)", want["Variable"])
	if want["Outliers"] == "Without_Outliers" {
		kept, err := published.TukeyFences().Kept(p.y)
		if err != nil {
			t.Fatal(err)
		}
		p = p.only(kept)
	}
	return p
}

// The other published pipe table drops outliers over all sizes of a mode at once, and
// keeps a line whose R² is nine tenths of the best.
func TestPipeRegressions(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "pipe")
	for _, want := range rowsOf(t, filepath.Join(folder, "expected", "statistical_results_summary.csv")) {
		what := strings.Join([]string{want["Experiment"], want["Outliers"], want["Variable"]}, ", ")
		p := pipePoints(t, folder, want)
		if got := strconv.Itoa(len(p.y)); got != want["Count After Filtering"] {
			t.Errorf("%s: %s values, want %s", what, got, want["Count After Filtering"])
		}
		bestIs(t, what, p, published.ShareOf(0.9), want["Best Regression"], want.number(t, "R²"))
	}
}
