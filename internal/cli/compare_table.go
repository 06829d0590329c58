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
		if !campaign.Complete {
			page.WriteString("This campaign is not complete: its runs so far are compared.\n")
		}
	}
	if c.StandIn {
		fmt.Fprintf(&page, "Every mode is a %s: the numbers say nothing about CHERI.\n", plots.StandIn)
	}
	for _, sentence := range c.Insecure {
		fmt.Fprintln(&page, sentence)
	}
	if c.Caution != "" {
		fmt.Fprintln(&page, c.Caution)
	}
	if len(c.Campaigns) > 1 {
		page.WriteString("The campaigns did not run side by side: whatever changed between them is in every number below.\n")
	}
	for _, difference := range c.Differences {
		page.WriteString(indented("differs: " + difference))
	}
	for _, one := range c.Tables {
		fmt.Fprintf(&page, "\n%s\n%s\n", one.heading(), comparedText(one, c.FailAbove != nil))
		for _, note := range comparedNotes(one, len(c.Campaigns) > 1) {
			page.WriteString(indented(note))
		}
	}
	_, err := io.WriteString(w, page.String())
	return err
}

func comparedText(one comparedTable, limit bool) string {
	var sizes []float64
	for _, compared := range one.Comparisons {
		sizes = append(sizes, math.Abs(compared.Shift.Value))
	}
	scale := bench.ScaleFor(one.Unit, sizes...)
	level := percentText(confidence(one.all()))
	shift := "shift"
	if scale.Name != "" {
		shift += " in " + scale.Name
	}
	header := table.Row{"mode", "against", "n", "ratio (" + level + ")", shift, "p (Holm)", "δ", "verdict", "needs"}
	if limit {
		header = append(header, "limit")
	}
	t := newTable(header)
	signed := func(x float64) string { return fmt.Sprintf("%+.*f", decimals(scale, sizes), x/scale.Size) }
	for _, compared := range one.Comparisons {
		ratio := absent
		if compared.Ratio != nil {
			ratio = withInterval(compared.Ratio.Value, compared.Ratio.Interval, func(x float64) string { return fmt.Sprintf("%.3f", x) })
		}
		row := table.Row{
			compared.Cell.Mode, compared.Baseline.Mode, runsText(compared.Comparison), ratio, withInterval(compared.Shift.Value, compared.Shift.Interval, signed),
			probability(compared.AdjustedP), fmt.Sprintf("%+.2f", compared.Effect.Delta), compared.Verdict, needs(compared.Comparison),
		}
		if limit {
			row = append(row, compared.limitText())
		}
		t.AppendRow(row)
	}
	alignRight(t, 3, 7)
	return t.Render()
}

// limitText says on which side of the limit the ratio's interval is.
func (c comparedCell) limitText() string {
	switch {
	case c.Ratio == nil || c.Ratio.Interval == nil:
		return absent
	case c.Above:
		return "above"
	}
	return "not above"
}

func withInterval(value float64, interval *statistics.Interval, text func(float64) string) string {
	if interval == nil {
		return text(value) + " (" + absent + ")"
	}
	return fmt.Sprintf("%s (%s…%s)", text(value), text(interval.Low), text(interval.High))
}

// runsText is how many pairs are compared, or how many runs of each.
func runsText(c bench.Comparison) string {
	if c.Pairs > 0 {
		return fmt.Sprint(c.Pairs)
	}
	return fmt.Sprintf("%d+%d", c.N, c.BaselineN)
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
	notes = append(notes, one.Notes...)
	if len(one.Comparisons) > 0 {
		notes = append(notes, methods(comparison{Comparisons: one.all(), AllModes: one.AllModes}))
	}
	return notes
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
