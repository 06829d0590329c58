package cli

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/bench"
	"eaibench/bench/statistics"
)

// term explains a column where its numbers stand.
type term struct{ column, meaning string }

// legend writes what columns of numbers mean, in lines of at most 100 columns.
func legend(terms []term) string {
	var text strings.Builder
	for _, one := range terms {
		text.WriteString(hanging(fmt.Sprintf("%-10s", one.column), one.meaning))
	}
	return text.String()
}

// branches say of which modes × previous is not to the mode of the row above, since the chain branches there; each once.
func branches(shown []comparison) string {
	var said []string
	for _, one := range shown {
		for i, mode := range one.Modes {
			if mode.ToPrevious == nil || i > 0 && one.Modes[i-1].Cell.Mode == mode.Previous {
				continue
			}
			if text := mode.Cell.Mode + " is to " + mode.Previous; !slices.Contains(said, text) {
				said = append(said, text)
			}
		}
	}
	if len(said) == 0 {
		return ""
	}
	return "; the chain branches: × previous of " + strings.Join(said, ", of ")
}

// summaryTerms explain the table of medians.
func summaryTerms(shown []comparison) []term {
	return []term{
		{"median …", "over runs; a run is one value, the median over its requests"},
		{"×", "ratio of medians to the previous mode of the chain and to the first; 1.10 is 10 % more" + branches(shown)},
		{"MAD, CV", "spread: median distance from the median × 1.4826 (an sd without outliers); sd / mean"},
		{"skewness", "0 where values lie alike on both sides, more with a tail of large ones"},
		{"outliers", "mild/severe by Tukey's fences/by the modified z-score; left out of the lines with − alone"},
		{"course", "of the values over the campaign, by their changepoints; " + absent + ": fewer than 10"},
	}
}

// comparisonTerms explain the columns that say what a difference is worth; all has every comparison shown, and is not empty; effects and
// allModes tell whether the effect, and the test over all modes, are shown.
func comparisonTerms(all []bench.Comparison, effects, allModes bool) []term {
	precision := percentText(all[0].Precision)
	interval := bench.IntervalText(statistics.Confidence) + ", " + bench.MeanCaveat + "; " + absent + ": too few runs for one"
	if caveat := bench.RatioCaveat("×", all); caveat != "" {
		interval += "; " + caveat
	}
	terms := []term{
		{"95 %", interval},
		{"p (Holm)", "how often noise alone shows as much, adjusted for all comparisons of the table"},
	}
	if effects {
		terms = append(terms, term{"δ", "Cliff's: share of pairs of runs in which the mode has more, less the reverse: -1 to 1"})
	}
	terms = append(terms, term{"verdict", fmt.Sprintf("a difference where the interval leaves out 1 and p is below 0.05; %s where the interval is wider than ± %s, "+
		"or so few runs have no p below 0.05; else %s, which is no proof of none", bench.TooFew, precision, bench.NoDifference)})
	if allModes {
		terms = append(terms, term{"ε²", "share of the variation among all runs of a table that the mode explains: 0 to 1"})
	}
	for _, one := range all {
		if one.RunsNeeded > min(one.N, one.BaselineN) {
			terms = append(terms, term{"needs", "runs of each cell for an interval of ± " + precision + ", and for a p below 0.05"})
			break
		}
	}
	return terms
}
