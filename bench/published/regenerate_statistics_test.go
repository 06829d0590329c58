package published_test

import (
	"errors"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"eaibench/bench/published"
	"eaibench/bench/statistics"
)

// The columns of the memory tables that general methods compute.
func TestMemoryTablesByStatistics(t *testing.T) {
	m := memoryOf(t)
	for _, want := range m.expected(t, "table_2_memory_experiment_summary") {
		what := strings.Join([]string{want["Compartment"], want["Outliers"], want["Variable"]}, ", ")
		p := m.points(t, want["Compartment"], want["Outliers"], want["Variable"])
		if got := published.NormalityText(normality(t, p.y)); got != want["Norm. (Shap.)"] {
			t.Errorf("%s: %s, want %s", what, got, want["Norm. (Shap.)"])
		}
		pearson, err := statistics.Pearson(p.x, p.y)
		if err != nil {
			t.Fatal(err)
		}
		same(t, what+": Pearson", pearson.Coefficient, want.number(t, "Pearson Correl."), printed)
		spearman, err := statistics.Spearman(p.x, p.y)
		if err != nil {
			t.Fatal(err)
		}
		same(t, what+": Spearman", spearman.Coefficient, want.number(t, "Spearman Correl."), printed)
	}
	for _, want := range m.expected(t, "table_3_memory_global_effect_sizes") {
		what := strings.Join([]string{want["BlockSize"], want["Outliers"], want["Variable"]}, ", ")
		var groups [][]float64
		normal := true
		for mode := range strings.SplitSeq(want["GroupsIncluded"], " | ") {
			group := m.points(t, mode, want["Outliers"], want["Variable"]).at(want.number(t, "BlockSize"))
			groups = append(groups, group)
			normal = normal && published.Normal(normality(t, group))
		}
		test, err := statistics.KruskalWallis(groups...)
		if err != nil {
			t.Fatal(err)
		}
		if got := published.PText(test.P); got != want["KW"] {
			t.Errorf("%s: p %s, want %s", what, got, want["KW"])
		}
		same(t, what+": ε²", test.EpsilonSquared, want.number(t, "EffectSizeValue"), printed)
		if got := strconv.FormatBool(normal); got != strings.ToLower(want["NormalAcrossGroups"]) {
			t.Errorf("%s: all normal is %s, want %s", what, got, want["NormalAcrossGroups"])
		}
	}
	for _, want := range m.expected(t, "table_4_memory_pairwise_by_block") {
		modes := strings.Split(want["Comparison"], " vs ")
		var sides [2][]float64
		for i, mode := range modes {
			sides[i] = m.points(t, mode, want["Outliers"], want["Variable"]).at(want.number(t, "BlockSize"))
		}
		effect, err := statistics.CliffsDelta(sides[0], sides[1], statistics.Confidence)
		if err != nil {
			t.Fatal(err)
		}
		same(t, strings.Join([]string{want["BlockSize"], want["Outliers"], want["Variable"], want["Comparison"]}, ", ")+": δ",
			effect.Delta, want.number(t, "CliffsDelta"), printed)
	}
}

// normality is Shapiro and Wilk's p. The published analysis takes equal values, which
// have none, for normal: SciPy gives 1 for them.
func normality(t *testing.T, values []float64) float64 {
	t.Helper()
	test, err := statistics.ShapiroWilk(values)
	if errors.Is(err, statistics.ErrConstant) {
		return 1
	}
	if err != nil {
		t.Fatal(err)
	}
	return test.P
}

// The tests of the other pipe table.
func TestPipeTestsByStatistics(t *testing.T) {
	folder := filepath.Join(publishedFolder(t), "pipe")
	for _, want := range rowsOf(t, filepath.Join(folder, "expected", "statistical_results_summary.csv")) {
		what := strings.Join([]string{want["Experiment"], want["Outliers"], want["Variable"]}, ", ")
		p := pipePoints(t, folder, want)
		var groups [][]float64
		for _, size := range []float64{1024, 2048, 4096, 6144, 8192, 16384} {
			groups = append(groups, p.at(size))
		}
		test, err := statistics.KruskalWallis(groups...)
		if err != nil {
			t.Fatal(err)
		}
		same(t, what+": p of Kruskal and Wallis", test.P, want.number(t, "Test p-value"), printed)
		spearman, err := statistics.Spearman(p.x, p.y)
		if err != nil {
			t.Fatal(err)
		}
		same(t, what+": Spearman", spearman.Coefficient, want.number(t, "Correlation Coefficient"), printed)
		same(t, what+": p of Spearman", spearman.P, want.number(t, "Correlation p-value"), printed)
		same(t, what+": p of Shapiro and Wilk", normality(t, p.y), want.number(t, "Shapiro p-value"), 1e-6)
	}
}
