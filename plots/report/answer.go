package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/plots/tables"
	"eaibench/results"
)

// answer says in words what the protection costs.
type answer struct {
	// Lead is the short answer, of the first cost.
	Lead []string
	// Caveat says that intervals of few runs hold less than others; "" where none is of few.
	Caveat string
	Costs  []cost
}

// cost is what is said of one series.
type cost struct {
	Title  string
	Series bench.Series
	// Overall counts the groups' verdicts, "" where there is one group.
	Overall string
	Groups  []groupCost
}

// groupCost is what is said of cells that differ in their mode alone.
type groupCost struct {
	Heading   string
	Sentences []sentence
}

// sentence is a comparison in words.
type sentence struct {
	Text string
	// Behind says how much stands behind it.
	Behind string
	// Verdict is shown, none or few, for the page's look.
	Verdict string
	// Whole is true for the whole way from the first mode to the last.
	Whole bool
}

// costs are the series that the answer is about, those of them that were measured; of an imported campaign what its files measure.
func costs(data *results.Data) []cost {
	if data.Campaign.Import != nil {
		var found []cost
		for _, series := range data.Campaign.Series() {
			found = append(found, cost{Title: series.Metric, Series: series})
		}
		return found
	}
	measured := map[bench.Series]bool{}
	for _, sample := range data.Samples {
		measured[sample.Series()] = true
	}
	var found []cost
	for _, one := range []cost{
		{Title: "Time of the operations", Series: bench.ExecuteTotal()},
		{Title: "Time of the attested start", Series: bench.StartTotal()},
		{Title: "Memory of the integration process", Series: bench.ProportionalMemory()},
	} {
		if measured[one.Series] {
			found = append(found, one)
		}
	}
	return found
}

func seriesOf(costs []cost) []bench.Series {
	var all []bench.Series
	for _, one := range costs {
		all = append(all, one.Series)
	}
	return all
}

// answerOf puts into words what the tables of the costs compare.
func answerOf(data *results.Data, source *tables.Source, costs []cost) (answer, error) {
	var a answer
	var all []bench.Comparison
	headings := bench.Distinctions(bench.Groups(data.Campaign.Cells))
	for _, one := range costs {
		chains, err := source.Chains(one.Series)
		if err != nil {
			return a, err
		}
		var whole []bench.Comparison
		for i, chain := range chains {
			all = append(all, chain.Comparisons...)
			said, last := groupCostOf(headings[i], chain)
			if last != nil {
				whole = append(whole, *last)
			}
			if len(said.Sentences) > 0 {
				one.Groups = append(one.Groups, said)
			}
		}
		if one.Overall = overall(whole); len(chains) == 1 {
			one.Overall = ""
		}
		if len(a.Costs) == 0 {
			a.Lead = one.lead(whole)
		}
		if len(one.Groups) > 0 {
			a.Costs = append(a.Costs, one)
		}
	}
	a.Caveat = caveat(all)
	if len(a.Lead) == 0 {
		a.Lead = []string{"There is no answer yet: no two modes have runs that count."}
	}
	return a, nil
}

// groupCostOf puts a group's comparisons into words, and gives the one from the chain's first mode to its last.
func groupCostOf(heading string, chain bench.ChainTable) (groupCost, *bench.Comparison) {
	said := groupCost{Heading: heading}
	if len(chain.Comparisons) == 0 {
		return said, nil
	}
	// The last link's comparison with the first mode stands last.
	last := chain.Comparisons[len(chain.Comparisons)-1]
	said.Sentences = append(said.Sentences, sentenceOf(last, true))
	for _, one := range chain.Comparisons[:len(chain.Comparisons)-1] {
		said.Sentences = append(said.Sentences, sentenceOf(one, false))
	}
	return said, &last
}

func sentenceOf(c bench.Comparison, whole bool) sentence {
	s := sentence{Text: words(c), Behind: behind(c), Verdict: "none", Whole: whole}
	if c.Verdict.Shown() {
		s.Verdict = "shown"
	} else if c.Verdict == bench.TooFew {
		s.Verdict = "few"
	}
	return s
}

// lead is the short answer: of what, and the whole way of the only group, or of all of them together.
func (c cost) lead(whole []bench.Comparison) []string {
	if len(whole) == 0 {
		return nil
	}
	said := c.Overall
	if said == "" {
		said = words(whole[0])
	}
	of := c.Series.String()
	if !strings.HasPrefix(of, c.Title) {
		of = fmt.Sprintf("%s (%s)", c.Title, of)
	}
	return []string{of + ": " + said}
}

// overall says in how many groups the whole way from the first mode to the last shows what.
func overall(whole []bench.Comparison) string {
	if len(whole) == 0 {
		return ""
	}
	var shown, few []rounded
	none, without, negligible := 0, 0, 0
	for _, c := range whole {
		if c.Verdict.Shown() && c.Effect.Size == statistics.Negligible {
			negligible++
		}
		switch {
		case c.Verdict.Shown() && c.Ratio != nil:
			shown = append(shown, roundedRatio(c.Ratio))
		case c.Verdict.Shown():
			without++
		case c.Verdict == bench.NoDifference:
			none++
		case c.Ratio != nil && c.Ratio.Interval != nil:
			low, high := roundedEnds(*c.Ratio.Interval)
			few = append(few, low, high)
		default:
			few = append(few, rounded{math.NaN(), 0}, rounded{math.NaN(), 0})
		}
	}
	var parts []string
	add := func(n int, text string) {
		if n > 0 {
			parts = append(parts, fmt.Sprintf("in %s %s", share(n, len(whole)), text))
		}
	}
	add(len(shown), "a difference is shown, "+span(shown))
	add(without, "a difference is shown from a median of 0")
	add(negligible, "what is shown is a negligible effect beside how the runs scatter")
	add(none, "no difference is shown, which is no proof of none")
	add(len(few)/2, "there are too few runs to say"+possible(few))
	return fmt.Sprintf("%s against %s, %s.", modesOf(whole, false), modesOf(whole, true), strings.Join(parts, "; "))
}

// share of the groups in words.
func share(n, all int) string {
	switch {
	case n == all && all == 2:
		return "both groups of cells"
	case n == all:
		return fmt.Sprintf("all %d groups of cells", all)
	}
	return fmt.Sprintf("%d of %d groups of cells", n, all)
}

// caveat says that the intervals of comparisons of few runs hold less than others; "" where none is of few.
func caveat(all []bench.Comparison) string {
	few := slices.IndexFunc(all, bench.Comparison.FewForTheRatio)
	if few < 0 {
		return ""
	}
	confidence := all[few].Ratio.Interval.Confidence
	return fmt.Sprintf("%.4g %%: %s; %s.", 100*confidence, bench.IntervalText(confidence), bench.RatioCaveat("ratio of medians", all))
}

// possible says from where to where intervals reach.
func possible(ends []rounded) string {
	for _, end := range ends {
		if math.IsNaN(end.ratio) {
			return ""
		}
	}
	if len(ends) == 0 {
		return ""
	}
	return " (the intervals reach " + span(ends) + ")"
}

// span of ratios, rounded as in their own sentences: "from 4.1 % more to 33 % more", "from 2.60 to 10.2 times as much".
func span(ratios []rounded) string {
	if len(ratios) == 0 {
		return ""
	}
	byRatio := func(a, b rounded) int { return cmp.Compare(a.ratio, b.ratio) }
	low, high := slices.MinFunc(ratios, byRatio), slices.MaxFunc(ratios, byRatio)
	if low.words() == high.words() {
		return low.words()
	}
	return "from " + between(low, high)
}

// modesOf names the modes that are compared, or those they are compared with, each once.
func modesOf(all []bench.Comparison, baseline bool) string {
	var names []string
	seen := map[string]bool{}
	for _, c := range all {
		name := c.Cell.Mode
		if baseline {
			name = c.Baseline.Mode
		}
		if !seen[name] {
			seen[name] = true
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}
