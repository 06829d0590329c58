package tables

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// comparisons say what the difference of each mode to the previous one of the chain, and to the first, is worth.
func (s *Source) comparisons() ([]*Table, error) { return s.eachSeries(s.comparison) }

func (s *Source) comparison(series bench.Series) (*Table, error) {
	chains, err := s.chain(series)
	if err != nil {
		return nil, err
	}
	var shifts []float64
	for _, chain := range chains {
		for _, c := range chain.Comparisons {
			shifts = append(shifts, math.Abs(c.Shift.Value))
		}
	}
	if len(shifts) == 0 {
		return nil, fmt.Errorf("%w: no two modes of the chain have runs that count", ErrNoData)
	}
	unit := bench.UnitIn(s.data.Samples, series)
	scale := bench.ScaleFor(unit, shifts...)
	t := s.table(nameOf("comparison", series), series.String()+", modes compared")
	t.columns = comparisonColumns(unit, scale.Name, s.confidence())
	for i, chain := range chains {
		part := section{of: []string{s.headings[i]}}
		for _, c := range chain.Comparisons {
			part.rows = append(part.rows, comparisonRow(c, scaledBy(scale), s.confidence()))
		}
		if len(part.rows) == 0 {
			continue
		}
		t.sections = append(t.sections, part)
		t.Notes = append(t.Notes, leadBy(s.headings[i], method(chain)))
		for _, link := range chain.Links {
			if link.Summary == nil {
				t.Notes = append(t.Notes, leadBy(s.headings[i], link.Cell.Mode+" is compared with nothing, since "+bench.WhyNoValue("it", series)))
			}
		}
	}
	t.Notes = append(comparisonNotes(s.confidence(), chains), t.Notes...)
	return t, nil
}

func comparisonNotes(confidence float64, chains []bench.ChainTable) []string {
	notes := []string{
		"n: blocks, each with a run of both, or runs of either. Ratio of medians: 1.10 is 10 % more. Of pairs: ratio of the runs of each block, by Hodges and " +
			"Lehmann: what slows a whole block is not in it. Shift: median of the differences between runs. δ: Cliff's, −1 to 1. p: after Holm, to four places.",
		"A verdict goes by interval and p as computed, not as rounded.",
		roundingNote("too few runs"),
	}
	var all []bench.Comparison
	for _, chain := range chains {
		all = append(all, chain.Comparisons...)
	}
	if caveat := bench.RatioCaveat("ratio of medians", all); caveat != "" {
		notes = append(notes, coverageNote(confidence)+"; "+caveat+".")
	}
	return notes
}

// method names tests and family of a group's comparisons, and the test over all modes.
func method(chain bench.ChainTable) string {
	var tests []string
	for _, c := range chain.Comparisons {
		if !slices.Contains(tests, c.Test) {
			tests = append(tests, c.Test)
		}
	}
	text := fmt.Sprintf("%s; Holm over %d", strings.Join(tests, ", "), len(chain.Comparisons))
	if all := chain.AllModes; all != nil {
		text += fmt.Sprintf("; Kruskal–Wallis over all %d modes: H = %s, %s, ε² = %s", all.Groups, significant(all.H, plainDigits), statistics.ProbabilitySentence(all.P), significant(all.EpsilonSquared, plainDigits))
	}
	return text
}

func comparisonColumns(unit bench.Unit, sign string, confidence float64) []column {
	hidden := func(names ...string) column { return column{kind: numbers, csv: names, csvOnly: true} }
	with := func(heading, sign, name string, unit bench.Unit) column {
		return column{kind: numbers, heading: heading, unit: sign, interval: confidence, csv: withInterval(name, unit)}
	}
	delta := with("δ", "", "delta", "")
	delta.interval = 0 // the page has room for its value alone
	return []column{
		{heading: "mode", csv: []string{"mode"}},
		{heading: "against", csv: []string{"baseline"}},
		{heading: "n", csv: []string{"n", "baseline_n", "pairs"}},
		with("ratio", "", "ratio", ""),
		with("of pairs", "", "pair_ratio", ""),
		with("shift", sign, "shift", unit),
		{kind: numbers, heading: "p", csv: []string{"p_holm"}},
		delta,
		{kind: prose, heading: "verdict", width: 0.11, csv: []string{"verdict"}},
		hidden("p"), hidden(inUnit("median", unit)), hidden(inUnit("baseline_median", unit)), hidden("runs_needed"), hidden("confidence"),
		{csv: []string{"test"}, csvOnly: true},
		{csv: []string{"caveat"}, csvOnly: true},
	}
}

func comparisonRow(c bench.Comparison, scale scaled, confidence float64) []cell {
	n := fmt.Sprintf("%d+%d", c.N, c.BaselineN)
	if c.Pairs > 0 {
		n = fmt.Sprint(c.Pairs)
	}
	p := probability(c.AdjustedP)
	var needed cell // 0 is unknown
	if c.RunsNeeded > 0 {
		needed = integer(c.RunsNeeded)
	}
	return []cell{
		text(c.Cell.Mode), text(c.Baseline.Mode),
		{text: n, raw: []string{fmt.Sprint(c.N), fmt.Sprint(c.BaselineN), fmt.Sprint(c.Pairs)}},
		relation(c.Ratio), relation(c.PairRatio), measured(c.Shift.Value, c.Shift.Interval, scale),
		{number: &p, raw: []string{raw(c.AdjustedP)}},
		measured(c.Effect.Delta, c.Effect.Interval, unscaled()), text(string(c.Verdict)),
		plain(&c.P, unscaled()), plain(&c.Median, scale), plain(&c.BaselineMedian, scale), needed, plain(&confidence, unscaled()),
		text(c.Test), text(ratioCaveat(c, confidence)),
	}
}

// ratioCaveat says in CSV, whose rows travel without notes, that the ratio's interval is of few runs; "" where it is not.
func ratioCaveat(c bench.Comparison, confidence float64) string {
	if caveat := bench.RatioCaveat("ratio of medians", []bench.Comparison{c}); caveat != "" {
		return coverageNote(confidence) + "; " + caveat
	}
	return ""
}

func relation(of *statistics.Relation) cell {
	if of == nil {
		return cell{}
	}
	return measured(of.Value, of.Interval, unscaled())
}
