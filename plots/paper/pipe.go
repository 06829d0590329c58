package paper

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"

	"eaibench/bench/published"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// pipe is the study of messages.
type pipe struct {
	data *results.Data
}

// largestKept is the largest message, in bytes, whose measurements the authors have kept.
const largestKept = 16384

// notKept are the larger messages, in bytes, of which they published numbers alone.
func notKept() []int { return []int{24576, 32768, 49152, 65536} }

// summaries are the three tables of means, two of which are one: with outliers and without.
func (p pipe) summaries(folder fs.FS) ([]Table, error) {
	everything := func(times []float64) ([]float64, error) { return times, nil }
	var tables []Table
	for _, one := range []struct {
		file   string
		filter func([]float64) ([]float64, error)
	}{
		{"experiments_summary", everything},
		{"experiments_summary_no_outliers", withoutOutliers},
		{"table_6_communication_summary", withoutOutliers},
	} {
		table, err := p.summary(folder, "pipe/expected/"+one.file+".csv", one.filter)
		if err != nil {
			return nil, err
		}
		tables = append(tables, table)
	}
	return tables, nil
}

// withoutOutliers keeps what the published tables keep.
func withoutOutliers(times []float64) ([]float64, error) {
	kept, err := published.PipeFences().Kept(times)
	if err != nil {
		return nil, err
	}
	return points{times, times}.only(kept).y, nil
}

// summary computes a table of two lines of headings, quantity and mode, and one that names the sizes.
func (p pipe) summary(folder fs.FS, file string, filter func([]float64) ([]float64, error)) (Table, error) {
	grid, err := readGrid(folder, file)
	if err != nil {
		return Table{}, err
	}
	const headings = 3
	table := Table{File: file}
	if len(grid) <= headings {
		return table, fmt.Errorf("%s: %w: it has no row", file, ErrTable)
	}
	if err := errors.Join(p.everySize(grid[headings:]), everyQuantity(grid)); err != nil {
		return table, fmt.Errorf("%s: %w", file, err)
	}
	again := slices.Clone(grid[:headings])
	for _, fields := range grid[headings:] {
		ours := slices.Clone(fields)
		for i := 1; i < len(fields); i++ {
			quantity, mode := grid[0][i], grid[1][i]
			one := judged(func() (computed, error) { return p.number(fields[0], quantity, mode, filter) },
				fmt.Sprintf("%s bytes, %s, %s", fields[0], mode, quantity), fields[i])
			table.Numbers = append(table.Numbers, one)
			ours[i] = one.Ours
		}
		again = append(again, ours)
	}
	table.Again, err = encodeGrid(again)
	return table, err
}

// everyQuantity refuses a summary without a column of each quantity of each mode, or with two of one.
func everyQuantity(grid [][]string) error {
	seen := map[string]int{}
	for i := 1; i < len(grid[0]) && i < len(grid[1]); i++ {
		seen[grid[0][i]+" of "+grid[1][i]]++
	}
	for quantity, overhead := range map[string]bool{
		"Latência Média (ms)": false, "Desvio Padrão (ms)": false, "Variabilidade (%)": false, "Throughput (MB/s)": false,
		"Overhead Latência (%)": true, "Overhead Throughput (%)": true,
	} {
		for _, mode := range []string{"benchmark", "purecap", "outexperiment"} {
			if overhead && mode == "outexperiment" { // of nothing over itself
				continue
			}
			if name := quantity + " of " + mode; seen[name] != 1 {
				return fmt.Errorf("%w: it has %d columns of %s", ErrTable, seen[name], name)
			}
		}
	}
	return nil
}

// everySize refuses a summary without a row of each size that was measured or published without measurements, or with two of one:
// what it has no row of is compared with nothing.
func (p pipe) everySize(rows [][]string) error {
	seen := map[string]bool{}
	for _, fields := range rows {
		if seen[fields[0]] {
			return fmt.Errorf("%w: two rows are of %s bytes", ErrTable, fields[0])
		}
		seen[fields[0]] = true
	}
	var sizes []string
	for _, size := range notKept() {
		sizes = append(sizes, strconv.Itoa(size))
	}
	for _, mode := range publishedModes() {
		for _, size := range pointsOf(p.data, mode, "total", messageBytes, 1).sizes() {
			sizes = append(sizes, strconv.FormatFloat(size, 'f', -1, 64))
		}
	}
	for _, size := range sizes {
		if !seen[size] {
			return fmt.Errorf("%w: no row is of %s bytes", ErrTable, size)
		}
	}
	return nil
}

// number computes one of a summary's.
func (p pipe) number(bytes, quantity, mode string, filter func([]float64) ([]float64, error)) (computed, error) {
	size, err := strconv.Atoi(bytes)
	if err != nil {
		return computed{}, fmt.Errorf("size %q: %w", bytes, ErrTable)
	}
	of, err := p.of(size, mode, filter)
	if err != nil {
		return computed{}, err
	}
	if of == nil && slices.Contains(notKept(), size) {
		return unknown("messages above %d bytes: their measurements were not kept by the authors", largestKept), nil
	}
	if of == nil {
		return computed{}, fmt.Errorf("messages of %d bytes: %w", size, statistics.ErrEmpty)
	}
	switch quantity {
	case "Latência Média (ms)":
		return number(of.Latency, pipeDigits), nil
	case "Desvio Padrão (ms)":
		return number(of.SD, pipeDigits), nil
	case "Variabilidade (%)":
		return number(of.Variability, pipeDigits), nil
	case "Throughput (MB/s)":
		return number(of.Throughput, pipeDigits), nil
	}
	base, err := p.of(size, "outexperiment", filter)
	if err != nil || base == nil {
		return computed{}, fmt.Errorf("messages of %d bytes outside: %w", size, statistics.ErrEmpty)
	}
	overhead, err := of.OverheadOver(*base)
	if err != nil {
		return computed{}, err
	}
	switch quantity {
	case "Overhead Latência (%)":
		return number(overhead.Latency, pipeDigits), nil
	case "Overhead Throughput (%)":
		return number(overhead.Throughput, pipeDigits), nil
	}
	return computed{}, fmt.Errorf("quantity %q: %w", quantity, ErrTable)
}

// of summarises the messages of a size in a mode; nil where there are none.
func (p pipe) of(size int, mode string, filter func([]float64) ([]float64, error)) (*published.PipeSummary, error) {
	name, err := modeOf(mode)
	if err != nil {
		return nil, err
	}
	times := pointsOf(p.data, name, "total", messageBytes, 1).at(float64(size))
	if len(times) == 0 {
		return nil, nil
	}
	kept, err := filter(times)
	if err != nil {
		return nil, err
	}
	found, err := published.SummarizePipe(size, kept)
	if err != nil {
		return nil, err
	}
	return &found, nil
}

var pipeMetrics = map[string]string{"Write Time (ms)": "write", "Read Time (ms)": "read"}

// points of a row of the table of tests: outliers are dropped over all sizes of a mode at once. all is with them.
func (p pipe) points(row record) (kept, all points, err error) {
	name, err := modeOf(row["Experiment"])
	if err != nil {
		return kept, all, err
	}
	metric, ok := pipeMetrics[row["Variable"]]
	if !ok {
		return kept, all, fmt.Errorf("variable %q: %w", row["Variable"], ErrTable)
	}
	all = pointsOf(p.data, name, metric, messageBytes, 1)
	switch row["Outliers"] {
	case "With_Outliers":
		return all, all, nil
	case "Without_Outliers":
		places, err := published.TukeyFences().Kept(all.y)
		return all.only(places), all, err
	}
	return kept, all, fmt.Errorf("outliers %q: %w", row["Outliers"], ErrTable)
}

// tests is the table of tests over all sizes.
func (p pipe) tests() columnsOf {
	of := func(use func(kept, all points) (computed, error)) func(record) (computed, error) {
		return func(row record) (computed, error) {
			kept, all, err := p.points(row)
			if err != nil {
				return computed{}, err
			}
			return use(kept, all)
		}
	}
	// Values that are not normal are tested by ranks; in this table none are.
	byRanks := func(name string) func(record) (computed, error) {
		return of(func(kept, _ points) (computed, error) {
			probability, err := normality(kept.y)
			if published.Normal(probability) {
				return unknown("of normal values the authors apply another test, which no row of theirs names"), err
			}
			return word(name), err
		})
	}
	return columnsOf{
		keys: []string{"Experiment", "Outliers", "Variable"},
		rows: len(publishedModes()) * 2 * len(pipeMetrics), // with outliers and without
		columns: map[string]func(record) (computed, error){
			"Total Count":           of(func(_, all points) (computed, error) { return count(len(all.y)), nil }),
			"Count After Filtering": of(func(kept, _ points) (computed, error) { return count(len(kept.y)), nil }),
			"Count Removed":         of(func(kept, all points) (computed, error) { return count(len(all.y) - len(kept.y)), nil }),
			"% Removed": of(func(kept, all points) (computed, error) {
				share, err := published.Share(float64(len(all.y)-len(kept.y)), float64(len(all.y)))
				return printed(share, upTo(2)), err
			}),
			"Normality (Shapiro)": of(func(kept, _ points) (computed, error) {
				probability, err := normality(kept.y)
				return word(map[bool]string{true: "Yes", false: "No"}[published.Normal(probability)]), err
			}),
			"Shapiro p-value": of(func(kept, _ points) (computed, error) {
				probability, err := normality(kept.y)
				return number(probability, shapiroDigits), err
			}),
			"Test Applied": byRanks("Kruskal-Wallis"),
			"Test p-value": of(func(kept, _ points) (computed, error) {
				var groups [][]float64
				for _, size := range kept.sizes() {
					groups = append(groups, kept.at(size))
				}
				test, err := statistics.KruskalWallis(groups...)
				return number(test.P, allDigits), err
			}),
			"Correlation": byRanks("Spearman"),
			"Correlation Coefficient": of(func(kept, _ points) (computed, error) {
				found, err := statistics.Spearman(kept.x, kept.y)
				return number(found.Coefficient, allDigits), err
			}),
			"Correlation p-value": of(func(kept, _ points) (computed, error) {
				found, err := statistics.Spearman(kept.x, kept.y)
				return number(found.P, allDigits), err
			}),
			"Best Regression": of(func(kept, _ points) (computed, error) {
				best, err := bestFit(kept, published.ShareOf(0.9))
				return word(string(best.Model)), err
			}),
			"R²": of(func(kept, _ points) (computed, error) {
				best, err := bestFit(kept, published.ShareOf(0.9))
				return number(best.R2, allDigits), err
			}),
		},
	}
}

func (p pipe) tables(folder fs.FS) ([]Table, error) {
	tables, err := p.summaries(folder)
	if err != nil {
		return nil, err
	}
	table, err := p.tests().compute(folder, "pipe/expected/statistical_results_summary.csv")
	if err != nil {
		return nil, err
	}
	return append(tables, table), nil
}

// dropped says how many of the messages of a mode and a size the rule of the published table leaves out: least, median
// and most over modes and sizes.
func (p pipe) dropped() (least, median, most float64, err error) {
	var shares []float64
	for _, mode := range []string{"outexperiment", "purecap", "benchmark"} {
		name, err := modeOf(mode)
		if err != nil {
			return 0, 0, 0, err
		}
		all := pointsOf(p.data, name, "total", messageBytes, 1)
		for _, size := range all.sizes() {
			times := all.at(size)
			kept, err := withoutOutliers(times)
			if err != nil {
				return 0, 0, 0, err
			}
			share, err := published.Share(float64(len(times)-len(kept)), float64(len(times)))
			if err != nil {
				return 0, 0, 0, err
			}
			shares = append(shares, share)
		}
	}
	if median, err = statistics.Median(shares); err != nil {
		return 0, 0, 0, err
	}
	return slices.Min(shares), median, slices.Max(shares), nil
}
