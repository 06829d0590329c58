package paper

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/published"
	"eaibench/bench/statistics"
	"eaibench/results"
)

// integration is the study of an integration process inside a compartment and outside. Its numbers are in the log of an
// analysis.
type integration struct {
	data *results.Data
}

// printedNumber is one in a line of the log.
var printedNumber = regexp.MustCompile(`-?[0-9]+(?:\.[0-9]+)?`)

// noNumbers are lines that have none which was measured.
var noNumbers = []string{"Analysis started at:", "Analysis finished at:", "Inside CSV:", "Outside CSV:", "Log file:", "===", "Metric:"}

// log computes every number of the log. A line is a label, and numbers behind it.
func (i integration) log(folder fs.FS) (Table, error) {
	const file = "isc2-2026/expected.log"
	table := Table{File: file}
	data, err := fs.ReadFile(folder, file)
	if err != nil {
		return table, fmt.Errorf("reading published numbers: %w", err)
	}
	var again strings.Builder
	metric := ""
	lines := map[string]bool{}
	for line := range strings.Lines(string(data)) {
		text := strings.TrimRight(line, "\r\n")
		if name, ok := strings.CutPrefix(text, "Metric: "); ok {
			metric = strings.TrimSuffix(name, "_ms")
		}
		label, behind, found := strings.Cut(text, ": ")
		switch {
		case plain(text) || !found && !printedNumber.MatchString(text):
			again.WriteString(line)
			continue
		case !found || printedNumber.ReplaceAllString(behind, "#") != formOf(label):
			table.Numbers = append(table.Numbers, judged(func() (computed, error) {
				return computed{}, fmt.Errorf("%w: want %s: %s", ErrTable, label, formOf(label))
			}, placeOf(label, metric), behind))
			again.WriteString(line)
			continue
		}
		lines[placeOf(label, metric)] = true
		ours := i.line(&table, label, metric, behind)
		again.WriteString(label + ": " + ours + strings.TrimPrefix(line, text))
	}
	if len(table.Numbers) == 0 {
		return table, fmt.Errorf("%s: %w: it has no number", file, ErrTable)
	}
	for _, place := range everyLine() {
		if !lines[place] {
			table.Numbers = append(table.Numbers, judged(func() (computed, error) {
				return computed{}, fmt.Errorf("%w: the log has no such line", ErrTable)
			}, place, ""))
		}
	}
	table.Again = []byte(again.String())
	return table, nil
}

func plain(text string) bool {
	for _, beginning := range noNumbers {
		if strings.HasPrefix(text, beginning) {
			return true
		}
	}
	return false
}

// placeOf names a line: by its label, and the metric that it is of.
func placeOf(label, metric string) string {
	if _, step := steps[label]; step || strings.HasPrefix(label, adjustedLabel) {
		return label
	}
	return metric + ", " + label
}

// ofMetric are the labels of the lines that each metric has.
func ofMetric() []string {
	return []string{
		"Trusted mean ± std", "Conventional mean ± std", "Shapiro trusted", "Shapiro conventional", "Mann–Whitney raw p-value", "Cliff's Delta",
		"Trusted mean ± std without outliers", "Conventional mean ± std without outliers", "Trusted outliers removed", "Conventional outliers removed",
	}
}

// everyLine are the places of the lines with numbers that the log has.
func everyLine() []string {
	all := slices.Sorted(maps.Keys(steps))
	for _, metric := range compared {
		all = append(all, adjustedLabel+metric+"_ms")
		for _, label := range ofMetric() {
			all = append(all, placeOf(label, metric))
		}
	}
	return all
}

// formOf is what stands behind a label, with # for each number: a sign before one, or a unit that is another, makes another number
// of it.
func formOf(label string) string {
	switch label {
	case "Service lookup", "Certificate retrieval", "Public-key retrieval", "Local decryption":
		return "mean=# ms, contribution=#%"
	case "Read_act total mean":
		return "# ms"
	}
	if _, step := steps[label]; step {
		return "mean=# ms"
	}
	if strings.Contains(label, "mean ± std") {
		return "# ± #"
	}
	return "#"
}

// digitsOf is how many digits behind the point the log has of the n-th number behind a label, counted from 0.
func digitsOf(label string, n int) int {
	switch {
	case strings.Contains(label, "mean ± std"):
		return 2
	case strings.HasSuffix(label, "outliers removed"):
		return 0
	case label == "Cliff's Delta", n > 0: // a share in %
		return 3
	}
	return 6 // p, and ms
}

// line computes the numbers behind a label, in their order, and gives the text with them.
func (i integration) line(table *Table, label, metric, behind string) string {
	numbers, err := i.numbers(label, metric)
	at := -1
	return printedNumber.ReplaceAllStringFunc(behind, func(theirs string) string {
		at++
		place := placeOf(label, metric)
		if at > 0 {
			place += fmt.Sprintf(", number %d", at+1)
		}
		one := judged(func() (computed, error) {
			switch {
			case err != nil:
				return computed{}, err
			case at >= len(numbers):
				return computed{}, fmt.Errorf("%q: %w: it has more numbers than were published", label, ErrTable)
			}
			return printed(numbers[at], places(digitsOf(label, at))), nil
		}, place, theirs)
		table.Numbers = append(table.Numbers, one)
		return one.Ours
	})
}

// adjustedLabel begins the label of a p-value after Holm; the metric follows.
const adjustedLabel = "Holm-adjusted p-value for "

// steps are the labels of the internal costs, by component and metric.
var steps = map[string]bench.Series{
	"Service lookup":                 {Component: bench.Launcher, Metric: "lookupService"},
	"Certificate retrieval":          {Component: bench.Launcher, Metric: "getCertificate"},
	"Public-key retrieval":           {Component: bench.Launcher, Metric: "getProgramPublicKey"},
	"Local decryption":               {Component: bench.IntegrationProcess, Metric: "decrypt"},
	"Read_act total mean":            {Component: bench.IntegrationProcess, Metric: "read_act_total"},
	"Source-code retrieval":          {Component: bench.Launcher, Metric: "retrieveProgram"},
	"Compilation":                    {Component: bench.Launcher, Metric: "compile"},
	"Compartment creation":           {Component: bench.Launcher, Metric: "createCompartment"},
	"Deployment":                     {Component: bench.Launcher, Metric: "deploy"},
	"Integrated-services retrieval":  {Component: bench.Launcher, Metric: "getIntegratedServices"},
	"Key exchange":                   {Component: bench.Launcher, Metric: "exchangeKeys"},
	"Attestable-document generation": {Component: bench.Launcher, Metric: "generateAttestableDoc"},
	"Certificate generation":         {Component: bench.Launcher, Metric: "generateCertificate"},
	"Certificate signing":            {Component: bench.Launcher, Metric: "sign"},
	"Program execution":              {Component: bench.Launcher, Metric: "run"},
	"Launcher.start()":               {Component: bench.Launcher, Metric: "start_total"},
}

// numbers are those of a label: of a metric, or of a step of the trusted environment.
func (i integration) numbers(label, metric string) ([]float64, error) {
	if step, ok := steps[label]; ok {
		mean, err := meanOf(valuesOf(i.data, "inside", step.Component, step.Metric))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.Metric, err)
		}
		whole, err := meanOf(valuesOf(i.data, "inside", bench.IntegrationProcess, "read_act_total"))
		if err != nil {
			return nil, fmt.Errorf("read_act_total: %w", err)
		}
		share, err := published.Share(mean, whole)
		return []float64{mean, share}, err
	}
	if name, ok := strings.CutPrefix(label, adjustedLabel); ok {
		p, err := i.adjusted(strings.TrimSuffix(name, "_ms"))
		return []float64{p}, err
	}
	trusted := valuesOf(i.data, "inside", bench.IntegrationProcess, metric)
	conventional := valuesOf(i.data, "outside", bench.IntegrationProcess, metric)
	side := trusted
	if strings.HasPrefix(label, "Conventional") || strings.HasSuffix(label, "conventional") {
		side = conventional
	}
	switch label {
	case "Trusted mean ± std", "Conventional mean ± std":
		return meanAndDeviation(side)
	case "Trusted mean ± std without outliers", "Conventional mean ± std without outliers":
		kept, err := published.TukeyFences().Kept(side)
		if err != nil {
			return nil, err
		}
		return meanAndDeviation(points{side, side}.only(kept).y)
	case "Trusted outliers removed", "Conventional outliers removed":
		kept, err := published.TukeyFences().Kept(side)
		return []float64{float64(len(side) - len(kept))}, err
	case "Shapiro trusted", "Shapiro conventional":
		p, err := normality(side)
		return []float64{p}, err
	case "Mann–Whitney raw p-value":
		test, err := published.MannWhitney(trusted, conventional)
		return []float64{test.P}, err
	case "Cliff's Delta":
		effect, err := statistics.CliffsDelta(trusted, conventional, statistics.Confidence)
		return []float64{effect.Delta}, err
	}
	return nil, fmt.Errorf("label %q: %w", label, ErrTable)
}

// compared are the metrics of the main comparison, whose p-values are one family.
var compared = []string{"read_act_total", "execute_total"}

// adjusted is a metric's p-value after Holm.
func (i integration) adjusted(metric string) (float64, error) {
	var raw []float64
	at := -1
	for place, one := range compared {
		test, err := published.MannWhitney(valuesOf(i.data, "inside", bench.IntegrationProcess, one), valuesOf(i.data, "outside", bench.IntegrationProcess, one))
		if err != nil {
			return 0, err
		}
		raw = append(raw, test.P)
		if one == metric {
			at = place
		}
	}
	if at < 0 {
		return 0, fmt.Errorf("metric %q: %w", metric, ErrTable)
	}
	p, err := statistics.Holm(raw)
	if err != nil {
		return 0, err
	}
	return p[at], nil
}

func meanAndDeviation(values []float64) ([]float64, error) {
	s, err := published.SummarizePipe(1, values) // of any times
	if err != nil {
		return nil, err
	}
	return []float64{s.Latency, s.SD}, nil
}
