package paper_test

import (
	"encoding/csv"
	"errors"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"eaibench/plots/paper"
)

// TestLogLines: what stands in a line of the log in another form than was published, or not at all, is a disagreement: nothing of it
// goes uncompared.
func TestLogLines(t *testing.T) {
	const file = "isc2-2026/expected.log"
	whole := string(invented(t, "isc2-2026")[file].Data)
	line := func(label string) string {
		for one := range strings.Lines(whole) {
			if strings.HasPrefix(one, label+": ") {
				return one
			}
		}
		t.Fatalf("no line %s", label)
		return ""
	}
	for name, test := range map[string]struct {
		label       string
		old, better string
	}{
		"a minus of typographers":    {"Cliff's Delta", ": ", ": −"},
		"a plus":                     {"Cliff's Delta", ": ", ": +"},
		"the second number is gone":  {"Trusted mean ± std", " ± 1.72", ""},
		"another unit":               {"Service lookup", " ms", " s"},
		"another label":              {"Shapiro trusted", ": ", " = "},
		"no number":                  {"Conventional mean ± std", "Conventional mean ± std: ", "Conventional mean ± std: nan"},
		"the line is gone":           {"Certificate signing", line("Certificate signing"), ""},
		"the line of another metric": {"Trusted outliers removed", line("Trusted outliers removed"), ""},
	} {
		t.Run(name, func(t *testing.T) {
			was := line(test.label)
			spoilt := strings.Replace(was, test.old, test.better, 1)
			if spoilt == was {
				t.Fatalf("%q has no %q", was, test.old)
			}
			folder := invented(t, "isc2-2026")
			folder[file] = &fstest.MapFile{Data: []byte(strings.Replace(whole, was, spoilt, 1))}
			if _, disagree := counted(computed(t, folder)); len(disagree) == 0 || !strings.Contains(disagree[0], strings.TrimSuffix(test.label, "s")) {
				t.Errorf("%q", disagree)
			}
		})
	}
}

// spoilt is a study of which one file of published numbers has another field in a row and column.
func spoilt(t *testing.T, study, file string, row int, column, field string) fstest.MapFS {
	t.Helper()
	folder := invented(t, study)
	name := study + "/expected/" + file + ".csv"
	grid, err := csv.NewReader(strings.NewReader(string(folder[name].Data))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	place := slices.Index(grid[0], column)
	if place < 0 || grid[row][place] == field {
		t.Fatalf("%s: column %q is at %d", file, column, place)
	}
	grid[row][place] = field
	var text strings.Builder
	if err := csv.NewWriter(&text).WriteAll(grid); err != nil {
		t.Fatal(err)
	}
	folder[name] = &fstest.MapFile{Data: []byte(text.String())}
	return folder
}

// TestNoNumberInstead: infinity and 0 agree with nothing but themselves, however wide or small a number is.
func TestNoNumberInstead(t *testing.T) {
	const memory, pipe = "table_5_memory_pairwise_aggregated", "statistical_results_summary"
	for _, test := range []struct{ study, file, column, field string }{
		{"memory", memory, "IQRCliffsDelta", "inf"},
		{"memory", memory, "IQRMedianRatio", "-inf"},
		{"memory", memory, "MedianMedianRatio", "inf"},
		{"memory", memory, "MedianMedianRatio", "nan"},
		{"pipe", pipe, "Test p-value", "0"},
		{"pipe", pipe, "Correlation p-value", "0.0"},
	} {
		t.Run(test.column+" "+test.field, func(t *testing.T) {
			folder := spoilt(t, test.study, test.file, 1, test.column, test.field)
			if _, disagree := counted(computed(t, folder)); len(disagree) != 1 || !strings.Contains(disagree[0], test.column) {
				t.Errorf("%q", disagree)
			}
		})
	}
}

// TestRows: a table without a row, or with one twice, is not as it was published.
func TestRows(t *testing.T) {
	for _, name := range []string{
		"memory/expected/table_2_memory_experiment_summary.csv", "memory/expected/table_3_memory_global_effect_sizes.csv",
		"memory/expected/table_4_memory_pairwise_by_block.csv", "memory/expected/table_5_memory_pairwise_aggregated.csv",
		"pipe/expected/experiments_summary.csv", "pipe/expected/experiments_summary_no_outliers.csv", "pipe/expected/table_6_communication_summary.csv",
		"pipe/expected/statistical_results_summary.csv",
	} {
		study, _, _ := strings.Cut(name, "/")
		lines := strings.SplitAfter(string(invented(t, study)[name].Data), "\n")
		const row = 4
		for what, changed := range map[string][]string{
			"gone": slices.Delete(slices.Clone(lines), row, row+1), "twice": slices.Insert(slices.Clone(lines), row, lines[row]),
		} {
			folder := invented(t, study)
			folder[name] = &fstest.MapFile{Data: []byte(strings.Join(changed, ""))}
			if _, err := paper.Compute(folder, now, "test"); !errors.Is(err, paper.ErrTable) {
				t.Errorf("%s, a row is %s: %v", name, what, err)
			}
		}
	}
}

// TestSizeThatWasNotPublished: only of the sizes that were published without measurements is it known why there are none.
func TestSizeThatWasNotPublished(t *testing.T) {
	folder := invented(t, "pipe")
	file := folder["pipe/expected/experiments_summary.csv"]
	text := string(file.Data)
	row := text[strings.Index(text, "\n32768,")+1:]
	row = row[:strings.Index(row, "\n")+1]
	file.Data = []byte(text + strings.Replace(row, "32768", "99999", 1))
	if _, disagree := counted(computed(t, folder)); len(disagree) != 16 {
		t.Errorf("%d disagree: %q", len(disagree), disagree)
	}
}

// TestAdjustedOfItsMetric: the p-value after Holm in a line is that of the line's metric. Where one metric differs in everything and
// the other in nothing, the larger stays as it was, and the smaller is doubled.
func TestAdjustedOfItsMetric(t *testing.T) {
	folder := invented(t, "isc2-2026")
	for _, name := range []string{"isc2-2026/inside.csv", "isc2-2026/outside.csv"} {
		var text strings.Builder
		run := 0
		for line := range strings.Lines(string(folder[name].Data)) {
			fields := strings.Split(line, ",")
			if fields[4] == "execute_total_ms" {
				run++
				fields[5] = strconv.Itoa(100 + run)
			}
			text.WriteString(strings.Join(fields, ","))
		}
		folder[name] = &fstest.MapFile{Data: []byte(text.String())}
	}
	ours := map[string]string{}
	for _, number := range computed(t, folder)[0].Tables[0].Numbers {
		ours[number.Place] = number.Ours
	}
	const adjusted, raw = "Holm-adjusted p-value for execute_total_ms", "execute_total, Mann–Whitney raw p-value"
	if ours[raw] == "" || ours[adjusted] != ours[raw] || ours["Holm-adjusted p-value for read_act_total_ms"] == ours[adjusted] {
		t.Errorf("%q after Holm, %q before, %q of the other", ours[adjusted], ours[raw], ours["Holm-adjusted p-value for read_act_total_ms"])
	}
}

// rowsWith drops every row of the published tables of a study in which a field has the value.
func rowsWith(t *testing.T, folder fstest.MapFS, value string) (dropped int) {
	t.Helper()
	for name, file := range folder {
		if !strings.Contains(name, "/expected/") {
			continue
		}
		grid, err := csv.NewReader(strings.NewReader(string(file.Data))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		kept := slices.DeleteFunc(slices.Clone(grid), func(fields []string) bool { return slices.Contains(fields, value) })
		dropped += len(grid) - len(kept)
		var text strings.Builder
		if err := csv.NewWriter(&text).WriteAll(kept); err != nil {
			t.Fatal(err)
		}
		folder[name] = &fstest.MapFile{Data: []byte(text.String())}
	}
	return dropped
}

// TestEveryRowOfAKey: where no row of a mode, a size, a variable or a way with outliers is left in any table, what is left is whole in
// itself, and yet less than the measurements make.
func TestEveryRowOfAKey(t *testing.T) {
	for _, test := range []struct{ study, value string }{
		{"memory", "purecap ABI"},
		{"memory", "purecap ABI vs outside compartment"},
		{"memory", "1100.0"},
		{"memory", "Without"},
		{"memory", "Free Time (ms)"},
		{"pipe", "purecap ABI"},
		{"pipe", "With_Outliers"},
		{"pipe", "Read Time (ms)"},
		{"pipe", "4096"},
		{"pipe", "24576"}, // of which there are no measurements
	} {
		folder := invented(t, test.study)
		if rowsWith(t, folder, test.value) == 0 {
			t.Fatalf("%s: no row has %s", test.study, test.value)
		}
		if _, err := paper.Compute(folder, now, "test"); !errors.Is(err, paper.ErrTable) {
			t.Errorf("%s without a row of %s: %v", test.study, test.value, err)
		}
	}
}

// TestEveryColumn: a quantity of a mode that a summary has no column of is compared with nothing.
func TestEveryColumn(t *testing.T) {
	const file = "pipe/expected/table_6_communication_summary.csv"
	for column := 1; column <= 16; column++ {
		folder := invented(t, "pipe")
		grid, err := csv.NewReader(strings.NewReader(string(folder[file].Data))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i := range grid {
			grid[i] = slices.Delete(grid[i], column, column+1)
		}
		var text strings.Builder
		if err := csv.NewWriter(&text).WriteAll(grid); err != nil {
			t.Fatal(err)
		}
		folder[file] = &fstest.MapFile{Data: []byte(text.String())}
		if _, err := paper.Compute(folder, now, "test"); !errors.Is(err, paper.ErrTable) {
			t.Errorf("without column %d: %v", column, err)
		}
	}
}

// TestFewerDigits: a number that was published rounded has as many digits as it was rounded to: with fewer, less is compared.
func TestFewerDigits(t *testing.T) {
	const file = "isc2-2026/expected.log"
	whole := string(invented(t, "isc2-2026")[file].Data)
	for label, change := range map[string][2]string{
		"Trusted mean ± std":       {"33.12 ± 1.72", "33.1 ± 1.72"},
		"Conventional mean ± std":  {"24.38 ± 0.63", "24.38 ± 0.6"},
		"Shapiro trusted":          {"0.763133", "0.763"},
		"Mann–Whitney raw p-value": {"0.000037", "0.0"},
		"Cliff's Delta":            {"1.000", "1"},
		"Holm-adjusted p-value":    {"0.000073", "0.0001"},
		"Certificate retrieval":    {"0.606%", "0.6%"},
		"Read_act total mean":      {"33.123086", "33.12309"},
		"Compilation":              {"mean=301.048985", "mean=301"},
	} {
		folder := invented(t, "isc2-2026")
		text := strings.Replace(whole, change[0], change[1], 1)
		if text == whole {
			t.Fatalf("no %s", change[0])
		}
		folder[file] = &fstest.MapFile{Data: []byte(text)}
		if _, disagree := counted(computed(t, folder)); len(disagree) != 1 || !strings.Contains(disagree[0], label) {
			t.Errorf("%s for %s: %q", change[1], change[0], disagree)
		}
	}
	for _, fewer := range []string{"5", "5.00", "5.1"} { // of 5.0
		folder := spoilt(t, "pipe", "statistical_results_summary", 2, "% Removed", fewer)
		if _, disagree := counted(computed(t, folder)); len(disagree) != 1 {
			t.Errorf("%s for 5.0: %q", fewer, disagree)
		}
	}
}
