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
		if i > 0 && i == len(c.Campaigns)-1 {
			page.WriteString("against\n")
		}
		// The first, last here, is what the others are compared with.
		campaign = c.Campaigns[len(c.Campaigns)-1-i]
		incomplete := ""
		if !campaign.Complete {
			incomplete = ", which is not complete"
		}
		fmt.Fprintf(&page, "%s\nscenario %s, solution %s, platform %s%s\nin %s%s\n",
			campaign.Title, campaign.Name, campaign.Solution, campaign.Platform, onTarget(campaign.Target), campaign.Folder, incomplete)
		if campaign.Links != "" {
			fmt.Fprintln(&page, campaign.Links)
		}
	}
	if c.StandIn {
		fmt.Fprintf(&page, "Every mode is a %s: the numbers say nothing about CHERI.\n", plots.StandIn)
	}
	for _, sentence := range c.Insecure {
		fmt.Fprintln(&page, sentence)
	}
	if c.Caution != "" {
		page.WriteString(wrapped(c.Caution, 100) + "\n")
	}
	for _, sentence := range c.Alerts {
		page.WriteString(wrapped(sentence, 100) + "\n")
	}
	if len(c.Campaigns) > 1 {
		page.WriteString("The campaigns did not run side by side: whatever changed between them is in every number below.\n")
	}
	for _, difference := range c.Differences {
		page.WriteString(indented("differs: " + difference))
	}
	for _, cell := range c.Unpaired {
		page.WriteString(indented("not compared: " + cell))
	}
	for _, one := range c.Tables {
		if len(one.Comparisons) == 0 {
			fmt.Fprintf(&page, "\n%s\n  nothing to compare\n", one.heading())
			continue
		}
		fmt.Fprintf(&page, "\n%s\n%s\n", one.heading(), comparedText(one, c))
		for _, note := range comparedNotes(one, len(c.Campaigns) > 1) {
			page.WriteString(indented(note))
		}
	}
	page.WriteString(c.legend(page.String()))
	_, err := io.WriteString(w, page.String())
	return err
}

// ofPairs begins the row of the ratio of pairs, where blocks are compared and are enough for an interval.
const ofPairs = "of pairs"

// legend explains the columns of the tables on a page.
func (c *compared) legend(page string) string {
	var all []bench.Comparison
	pairs, runs, allModes := false, false, false
	for _, table := range c.Tables {
		allModes = allModes || table.AllModes != nil
		for _, one := range table.Comparisons {
			all = append(all, one.Comparison)
			pairs, runs = pairs || one.Pairs > 0, runs || one.Pairs == 0
		}
	}
	if len(all) == 0 {
		return ""
	}
	n := "blocks, each with a run of both"
	switch {
	case pairs && runs:
		n += ", or runs of either"
	case runs:
		n = "runs of either"
	}
	var ratioOfPairs []term
	if strings.Contains(page, ofPairs) {
		ratioOfPairs = []term{{ofPairs, "×, of the runs of each block (Hodges and Lehmann, of logarithms): what slows a whole block is not in it"}}
	}
	terms := append([]term{
		{"n", n + "; a run is one value, the median over its requests"},
		{"×", "ratio of medians: 1.10 is 10 % more than what it is compared with; verdict and needs are of this one"},
	}, ratioOfPairs...)
	terms = append(terms, term{"shift", "median of the differences between runs (Hodges and Lehmann)"})
	terms = append(terms, comparisonTerms(all, strings.Contains(page, effectColumn), allModes)...)
	if c.FailAbove != nil {
		terms = append(terms, term{"limit", "above, where the whole interval of the ratio is more than " + percentText(*c.FailAbove) + " above 1; else kept; " + absent + ": cannot be told"})
	}
	return "\n" + legend(terms)
}

// comparedText is a table in at most 100 columns if it can be: intervals go below their values, and then the effect makes way.
func comparedText(one comparedTable, c *compared) string {
	text := ""
	for _, shape := range []comparedShape{{effect: true}, {effect: true, stacked: true}, {stacked: true}} {
		if text = shape.render(one, c); widest(text) <= 100 {
			break
		}
	}
	return text
}

// comparedShape is how wide a table of comparisons is.
type comparedShape struct {
	// stacked has intervals below their values, and verdicts in lines of 14 columns.
	stacked bool
	// effect has the column of the effect.
	effect bool
}

func (shape comparedShape) render(one comparedTable, c *compared) string {
	var sizes []float64
	for _, compared := range one.Comparisons {
		sizes = append(sizes, math.Abs(compared.Shift.Value))
	}
	scale := bench.ScaleFor(one.Unit, sizes...)
	level := percentText(confidence(one.all()))
	shift := "shift"
	if scale.Name != "" {
		shift += " (" + scale.Name + ")"
	}
	several, limit := len(c.Campaigns) > 2, c.FailAbove != nil
	header := table.Row{"mode", "against", "n", "× (" + level + ")", shift, "p (Holm)"}
	last := 6
	if several {
		header = append(table.Row{"campaign"}, header...)
		last++
	}
	if shape.effect {
		header = append(header, effectColumn)
	}
	header = append(header, "verdict", "needs")
	if limit {
		header = append(header, "limit")
	}
	t := newTable(header)
	signed := func(x float64) string { return fmt.Sprintf("%+.*f", decimals(scale, sizes), x/scale.Size) }
	for _, compared := range one.Comparisons {
		row := table.Row{
			compared.Cell.Mode, compared.Baseline.Mode, runsText(compared.Comparison), shape.ratio(compared.Ratio),
			shape.withInterval(compared.Shift.Value, compared.Shift.Interval, signed), statistics.ProbabilityText(compared.AdjustedP),
		}
		verdict := string(compared.Verdict)
		if shape.stacked {
			verdict = wrapped(verdict, 14)
		}
		if several {
			row = append(table.Row{c.label(compared.Campaign)}, row...)
		}
		if shape.effect {
			row = append(row, fmt.Sprintf("%+.2f", compared.Effect.Delta))
		}
		row = append(row, verdict, needs(compared.Comparison))
		if limit {
			row = append(row, compared.limitText())
		}
		t.AppendRow(row)
		if ratio := compared.PairRatio; ratio != nil && ratio.Interval != nil {
			below := table.Row{"", ofPairs, "", shape.ratio(ratio)}
			if several {
				below = append(table.Row{""}, below...)
			}
			t.AppendRow(below)
		}
	}
	first := last - 3
	if shape.effect {
		last++
	}
	alignRight(t, first, last)
	return t.Render()
}

// limitText says on which side of the limit the ratio's interval is; nothing where it cannot be held against it.
func (c comparedCell) limitText() string {
	switch {
	case cannotBeHeld(c.Comparison) != nil:
		return absent
	case c.Above:
		return "above"
	}
	return "kept"
}

// ratio is one with its interval, if there is one.
func (shape comparedShape) ratio(of *statistics.Relation) string {
	if of == nil {
		return absent
	}
	return shape.withInterval(of.Value, of.Interval, func(x float64) string { return fmt.Sprintf("%.3f", x) })
}

// withInterval is a value with its interval behind or below it.
func (shape comparedShape) withInterval(value float64, interval *statistics.Interval, text func(float64) string) string {
	between := absent
	if interval != nil {
		between = text(interval.Low) + " … " + text(interval.High)
	}
	if shape.stacked {
		return text(value) + "\n" + between
	}
	return text(value) + " (" + between + ")"
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
		notes = append(notes, methods(comparison{Comparisons: one.all(), AllModes: one.AllModes})...)
	}
	return notes
}

// changesOf lists what is not the same on both sides, besides the runs: the steps of the chain of modes, and the campaign.
func changesOf(c comparedCell, campaigns bool) []string {
	var changes []string
	if c.Cell.Mode != c.Baseline.Mode {
		way := append(append([]string{c.Cell.Mode}, c.Skips...), c.Baseline.Mode)
		for i := len(way) - 1; i > 0; i-- {
			changes = append(changes, way[i]+" to "+way[i-1])
		}
	}
	if campaigns {
		changes = append(changes, "the campaign")
	}
	return changes
}
