package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
	"eaibench/plots/tables"
	"eaibench/results"
)

// answer says in words what the protection costs.
type answer struct {
	// Lead is the short answer, of the first cost.
	Lead  []string
	Costs []cost
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
	headings := bench.Distinctions(bench.Groups(data.Campaign.Cells))
	for _, one := range costs {
		chains, err := source.Chains(one.Series)
		if err != nil {
			return a, err
		}
		var whole []bench.Comparison
		for i, chain := range chains {
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
			a.Lead = lead(whole, one.Overall)
		}
		if len(one.Groups) > 0 {
			a.Costs = append(a.Costs, one)
		}
	}
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

// words say what a comparison shows, with its interval.
func words(c bench.Comparison) string {
	mode, base := c.Cell.Mode, c.Baseline.Mode
	var known *statistics.Interval
	if c.Ratio != nil {
		known = c.Ratio.Interval
	}
	switch {
	case c.Verdict.Shown() && c.Ratio != nil:
		return fmt.Sprintf("%s %s %s %s (%s).", mode, verb(c.Unit), change(c.Unit, c.Ratio), base, interval(known))
	case c.Verdict.Shown():
		return fmt.Sprintf("%s differs from %s, of which the median is 0: %s.", mode, base, c.Verdict)
	case c.Verdict == bench.NoDifference:
		return fmt.Sprintf("No difference shown between %s and %s, which is no proof of none%s.", mode, base, inBrackets(known))
	}
	return fmt.Sprintf("Too few runs to say what %s costs against %s%s.", mode, base, inBrackets(known))
}

func inBrackets(of *statistics.Interval) string {
	if of == nil {
		return ""
	}
	return " (" + interval(of) + ")"
}

// verb of a unit: processes take time, need memory, and count what is counted.
func verb(unit bench.Unit) string {
	switch unit {
	case bench.Nanoseconds:
		return "takes"
	case bench.Bytes:
		return "needs"
	}
	return "has"
}

// manyTimes is the ratio from which on a difference is said as a multiple, and not in percent.
const manyTimes = 2

// change is a ratio in words, up to the name of the baseline: "23 % more time than".
func change(unit bench.Unit, ratio *statistics.Relation) string {
	place := -2
	if ratio.Interval != nil {
		place = lastPlace(*ratio.Interval)
	}
	if ratio.Value >= manyTimes {
		return fmt.Sprintf("%s times as much%s as", decimal(ratio.Value, place), noun(unit))
	}
	return percent(ratio.Value, place) + noun(unit) + " than"
}

func noun(unit bench.Unit) string {
	switch unit {
	case bench.Nanoseconds:
		return " time"
	case bench.Bytes:
		return " memory"
	}
	return ""
}

// interval in words: "95 % interval: 8 % to 34 % more".
func interval(of *statistics.Interval) string {
	place := lastPlace(*of)
	name := fmt.Sprintf("%.4g %% interval", 100*of.Confidence)
	if of.Low >= manyTimes {
		return fmt.Sprintf("%s: %s to %s times", name, decimal(of.Low, place), decimal(of.High, place))
	}
	return fmt.Sprintf("%s: %s to %s", name, percent(of.Low, place), percent(of.High, place))
}

// percent says a ratio as a change, rounded at a place of the ratio, an exponent of ten: 1.227 at -2 is "23 % more".
func percent(ratio float64, place int) string {
	by := decimal(math.Abs(100*(ratio-1)), place+2)
	switch {
	case strings.Trim(by, "0.") == "":
		return "0 % more"
	case ratio < 1:
		return by + " % less"
	}
	return by + " % more"
}

// lastPlace is that of the second significant digit of an interval's half-width, as tables have it (JCGM 100:2008, 7.2.6).
func lastPlace(of statistics.Interval) int {
	half := of.HalfWidth()
	if !(half > 0) {
		return -3
	}
	return max(-6, int(math.Floor(math.Log10(half)))-1)
}

// decimal rounds to a multiple of ten to the place.
func decimal(value float64, place int) string {
	if place <= 0 {
		return strconv.FormatFloat(value, 'f', -place, 64)
	}
	unit := math.Pow10(place)
	return strconv.FormatFloat(math.Round(value/unit)*unit, 'f', 0, 64)
}

// behind says how much stands behind a sentence.
func behind(c bench.Comparison) string {
	number := fmt.Sprintf("%d and %d runs", c.N, c.BaselineN)
	if c.Pairs > 0 {
		number = counted(c.Pairs, "block") + " with a run of each"
	}
	p := "p = " + strconv.FormatFloat(c.AdjustedP, 'g', 2, 64)
	if c.AdjustedP < 0.0001 {
		p = "p < 0.0001"
	}
	return fmt.Sprintf("Medians %s; %s; %s%s.", fromTo(c), number, p, needed(c))
}

func fromTo(c bench.Comparison) string {
	scale := bench.ScaleFor(c.Unit, c.Median, c.BaselineMedian)
	return strings.TrimSpace(fmt.Sprintf("%s → %s %s", scale.Format(c.BaselineMedian, 3), scale.Format(c.Median, 3), scale.Name))
}

func needed(c bench.Comparison) string {
	if c.RunsNeeded <= min(c.N, c.BaselineN) {
		return ""
	}
	return fmt.Sprintf("; an interval of ± %.3g %% would need about %d runs of each cell", 100*c.Precision, c.RunsNeeded)
}

// lead is the short answer: the whole way of the only group, or of all of them together.
func lead(whole []bench.Comparison, overall string) []string {
	switch {
	case len(whole) == 0:
		return nil
	case overall != "":
		return []string{overall}
	}
	return []string{words(whole[0])}
}

// overall says in how many groups the whole way from the first mode to the last shows what.
func overall(whole []bench.Comparison) string {
	if len(whole) == 0 {
		return ""
	}
	var shown, few []float64
	none, without := 0, 0
	for _, c := range whole {
		switch {
		case c.Verdict.Shown() && c.Ratio != nil:
			shown = append(shown, c.Ratio.Value)
		case c.Verdict.Shown():
			without++
		case c.Verdict == bench.NoDifference:
			none++
		case c.Ratio != nil && c.Ratio.Interval != nil:
			few = append(few, c.Ratio.Interval.Low, c.Ratio.Interval.High)
		default:
			few = append(few, math.NaN(), math.NaN())
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
	add(none, "no difference is shown, which is no proof of none")
	add(len(few)/2, "there are too few runs to say"+possible(few))
	return fmt.Sprintf("%s against %s: %s.", modesOf(whole, false), modesOf(whole, true), strings.Join(parts, "; "))
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

// possible says from where to where intervals reach.
func possible(ends []float64) string {
	for _, end := range ends {
		if math.IsNaN(end) {
			return ""
		}
	}
	if len(ends) == 0 {
		return ""
	}
	return " (the intervals reach " + span(ends) + ")"
}

// span of ratios: "from 4.1 % more to 33 % more".
func span(ratios []float64) string {
	if len(ratios) == 0 {
		return ""
	}
	least, most := math.Inf(1), 0.0
	for _, ratio := range ratios {
		least, most = min(least, ratio), max(most, ratio)
	}
	if len(ratios) == 1 {
		return percent(least, -2)
	}
	return fmt.Sprintf("from %s to %s", percent(least, -2), percent(most, -2))
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
