package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// verdictTable says of each comparison whether there is a difference. Where names are too long for
// 100 columns, the size of the effect makes way.
func verdictTable(comparisons []bench.Comparison) string {
	whole := renderVerdicts(comparisons, true)
	if widest(whole) > 100 {
		return renderVerdicts(comparisons, false)
	}
	return whole
}

// widest is the width of the widest line, in columns.
func widest(lines string) int {
	most := 0
	for line := range strings.Lines(lines) {
		most = max(most, text.StringWidthWithoutEscSequences(strings.TrimRight(line, "\n ")))
	}
	return most
}

// effectColumn is the column of the effect's size, which is left out where a table is too wide.
const effectColumn = "δ"

func renderVerdicts(comparisons []bench.Comparison, effects bool) string {
	header := table.Row{"mode", "against", "× (" + percentText(confidence(comparisons)) + ")", "p (Holm)"}
	if effects {
		header = append(header, effectColumn)
	}
	t := newTable(append(header, "verdict", "needs"))
	for _, c := range comparisons {
		row := table.Row{c.Cell.Mode, c.Baseline.Mode, ratioInterval(c), statistics.ProbabilityText(c.AdjustedP)}
		if effects {
			row = append(row, fmt.Sprintf("%+.2f %s", c.Effect.Delta, c.Effect.Size))
		}
		t.AppendRow(append(row, c.Verdict, needs(c)))
	}
	alignRight(t, 3, 4)
	return t.Render()
}

// confidence is that of the intervals of a table, which is the same for all.
func confidence(comparisons []bench.Comparison) float64 {
	for _, c := range comparisons {
		for _, interval := range []*statistics.Interval{c.Shift.Interval, c.Effect.Interval} {
			if interval != nil {
				return interval.Confidence
			}
		}
	}
	return statistics.Confidence
}

func ratioInterval(c bench.Comparison) string {
	if c.Ratio == nil || c.Ratio.Interval == nil {
		return absent
	}
	return fmt.Sprintf("%.3f … %.3f", c.Ratio.Interval.Low, c.Ratio.Interval.High)
}

// needs is how many runs are needed, where there are fewer.
func needs(c bench.Comparison) string {
	if c.RunsNeeded <= min(c.N, c.BaselineN) {
		return absent
	}
	return fmt.Sprintf("%d runs", c.RunsNeeded)
}

// methods names, a sentence each, how the comparisons of a table were made, and the test over all modes.
func methods(c comparison) []string {
	var tests []string
	for _, one := range c.Comparisons {
		test := one.Test
		if one.Pairs > 0 {
			test = fmt.Sprintf("%s of %s", one.Test, counted(one.Pairs, "block"))
		}
		if !slices.Contains(tests, test) {
			tests = append(tests, test)
		}
	}
	sentences := []string{fmt.Sprintf("%s; Holm over %s", strings.Join(tests, ", "), counted(len(c.Comparisons), "comparison"))}
	if all := c.AllModes; all != nil {
		sentences = append(sentences, fmt.Sprintf("Kruskal–Wallis over all %d modes: H = %.2f, %s, ε² = %.2f", all.Groups, all.H, statistics.ProbabilitySentence(all.P), all.EpsilonSquared))
	}
	return sentences
}
