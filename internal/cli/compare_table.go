package cli

import (
	"fmt"
	"io"
	"math"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/plots"
)

// writeCompared prints the comparison for people.
func writeCompared(w io.Writer, c *compared) error {
	var page strings.Builder
	for i, campaign := range c.Campaigns {
		if i > 0 {
			page.WriteString("against\n")
		}
		// The second is what is compared with the first.
		campaign = c.Campaigns[len(c.Campaigns)-1-i]
		fmt.Fprintf(&page, "%s\nscenario %s, solution %s, platform %s, in %s\n", campaign.Title, campaign.Name, campaign.Solution, campaign.Platform, campaign.Folder)
	}
	if c.StandIn {
		fmt.Fprintf(&page, "Every mode is a %s: the numbers say nothing about CHERI.\n", plots.StandIn)
	}
	for _, sentence := range c.Insecure {
		fmt.Fprintln(&page, sentence)
	}
	for _, difference := range c.Differences {
		page.WriteString(indented("differs: " + difference))
	}
	for _, one := range c.Tables {
		fmt.Fprintf(&page, "\n%s\n%s\n", one.heading(), comparedText(one))
		for _, note := range comparedNotes(one, len(c.Campaigns) > 1) {
			page.WriteString(indented(note))
		}
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func comparedText(one comparedTable) string {
	var sizes []float64
	for _, compared := range one.Comparisons {
		sizes = append(sizes, math.Abs(compared.Shift.Value))
	}
	scale := bench.ScaleFor(one.Unit, sizes...)
	shift := "shift"
	if scale.Name != "" {
		shift += " (" + scale.Name + ")"
	}
	t := newTable(table.Row{"mode", "against", "runs", "ratio", shift, "p", "δ", "verdict"})
	signed := func(x float64) string { return fmt.Sprintf("%+.*f", decimals(scale, sizes), x/scale.Size) }
	for _, compared := range one.Comparisons {
		ratio := absent
		if compared.Ratio != nil {
			ratio = withInterval(compared.Ratio.Value, compared.Ratio.Interval, func(x float64) string { return fmt.Sprintf("%.3f", x) })
		}
		verdict := string(compared.Verdict)
		if compared.Above {
			verdict += ", above the limit"
		}
		t.AppendRow(table.Row{
			compared.Cell.Mode, compared.Baseline.Mode, runsText(compared.Comparison), ratio, withInterval(compared.Shift.Value, compared.Shift.Interval, signed),
			pText(compared.AdjustedP), fmt.Sprintf("%+.2f", compared.Effect.Delta), verdict,
		})
	}
	alignRight(t, 3, 7)
	return t.Render()
}

func withInterval(value float64, interval *statistics.Interval, text func(float64) string) string {
	if interval == nil {
		return text(value) + " (" + absent + ")"
	}
	return fmt.Sprintf("%s (%s … %s)", text(value), text(interval.Low), text(interval.High))
}

// runsText is how many pairs, or runs of both, are compared.
func runsText(c bench.Comparison) string {
	if c.Pairs > 0 {
		return counted(c.Pairs, "pair")
	}
	return fmt.Sprintf("%d + %d", c.N, c.BaselineN)
}

func pText(p float64) string {
	if p < 0.0001 {
		return "< 0.0001"
	}
	return fmt.Sprintf("%.4f", p)
}

// comparedNotes are what has to be said below a table.
func comparedNotes(one comparedTable, campaigns bool) []string {
	var notes []string
	for _, compared := range one.Comparisons {
		pair := fmt.Sprintf("%s against %s: ", compared.Cell.Mode, compared.Baseline.Mode)
		if changes := changesOf(compared, campaigns); len(changes) > 1 {
			notes = append(notes, fmt.Sprintf("%schanges %d things at once: %s", pair, len(changes), strings.Join(changes, ", ")))
		}
	}
	if needs := needsOf(one); needs != "" {
		notes = append(notes, needs)
	}
	notes = append(notes, one.Notes...)
	if n := len(one.Comparisons); n > 0 {
		first := one.Comparisons[0]
		note := fmt.Sprintf("In brackets %s intervals.", percentText(confidence(one)))
		if n > 1 {
			note += fmt.Sprintf(" p is %s's, after Holm over these %d comparisons.", first.Test, n)
		} else {
			note += fmt.Sprintf(" p is %s's.", first.Test)
		}
		notes = append(notes, note)
	}
	if all := one.AllModes; all != nil {
		notes = append(notes, fmt.Sprintf("All %d modes: Kruskal–Wallis H = %s, p %s, ε² = %.2f.", all.Groups, bench.Significant(all.H, 3), pEquals(all.P), all.EpsilonSquared))
	}
	return notes
}

// needsOf says how many runs would be enough where there are too few, "" where there are none.
func needsOf(one comparedTable) string {
	var needs []string
	for _, compared := range one.Comparisons {
		if compared.Verdict == bench.TooFew && compared.RunsNeeded > 0 {
			needs = append(needs, fmt.Sprintf("%s against %s %d", compared.Cell.Mode, compared.Baseline.Mode, compared.RunsNeeded))
		}
	}
	if len(needs) == 0 {
		return ""
	}
	return fmt.Sprintf("Too few samples; runs of each, all told, to know the ratio to ± %s and to show a difference: %s.",
		percentText(one.Comparisons[0].Precision), strings.Join(needs, ", "))
}

// changesOf lists what is not the same on both sides, besides the runs: the steps of the chain of modes, and the campaign.
func changesOf(c comparedCell, campaigns bool) []string {
	var changes []string
	if c.Cell.Mode != c.Baseline.Mode {
		way := append(append([]string{c.Cell.Mode}, c.Skips...), c.Baseline.Mode)
		for i := range len(way) - 1 {
			changes = append(changes, way[i+1]+" to "+way[i])
		}
	}
	if campaigns {
		changes = append(changes, "the campaign")
	}
	return changes
}

func pEquals(p float64) string {
	if p < 0.0001 {
		return pText(p)
	}
	return "= " + pText(p)
}

// confidence is that of the table's intervals, which is the same for all.
func confidence(one comparedTable) float64 {
	for _, compared := range one.Comparisons {
		for _, interval := range []*statistics.Interval{compared.Shift.Interval, compared.Effect.Interval} {
			if interval != nil {
				return interval.Confidence
			}
		}
	}
	return statistics.Confidence
}
