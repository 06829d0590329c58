package bench

import (
	"fmt"
	"slices"
	"strings"

	"eaibench/bench/statistics"
)

// FewestHeld is how many values a ratio of medians needs on both sides for its interval to hold what its confidence says. A bootstrap
// of fewer is narrow because they are few: where there is no difference, each of four pairs is above in one comparison of 16, and
// both of two runs are above both of two others in one of 6.
const FewestHeld = 5

// manyForMean is from how many runs on a mean's interval holds nearly what it says, unless they are skewed (docs/statistics.md).
const manyForMean = 100

// heldOf says in how many of 100 campaigns the ratio's interval at 95 % holds the true ratio, of 2, 3 and 4 pairs or runs of either.
func heldOf(paired bool) [3]int {
	if paired {
		return [3]int{50, 75, 88}
	}
	return [3]int{66, 91, 93}
}

// OfFew tells that a comparison is of fewer than FewestHeld pairs, or runs of one of its cells.
func (c Comparison) OfFew() bool {
	values := c.Pairs
	if values == 0 {
		values = min(c.N, c.BaselineN)
	}
	return values < FewestHeld
}

// FewForTheRatio tells that the ratio's interval is of so few runs that it does not hold what an interval of its confidence holds.
func (c Comparison) FewForTheRatio() bool {
	return c.OfFew() && c.Ratio != nil && c.Ratio.Interval != nil
}

// IntervalText says what an interval of the confidence, between 0 and 1, is.
func IntervalText(confidence float64) string {
	return "interval that holds the true value in " + ofHundred(confidence) + " of 100 such campaigns"
}

// MeanCaveat follows IntervalText where it is said of means.
const MeanCaveat = "a mean's of few runs in fewer (docs/statistics.md)"

// FewForTheMean tells that the mean's interval is of so few values that MeanCaveat holds.
func FewForTheMean(of statistics.Description) bool {
	return of.MeanInterval != nil && of.N < manyForMean
}

// RatioCaveat follows IntervalText where ratios of medians, which are called ratio there, have intervals of so few runs that they
// hold less; "" where none has.
func RatioCaveat(ratio string, comparisons []Comparison) string {
	var held []string
	confidence := 0.0
	for _, c := range comparisons {
		if !c.FewForTheRatio() {
			continue
		}
		confidence = c.Ratio.Interval.Confidence
		if text := c.held(); text != "" && !slices.Contains(held, text) {
			held = append(held, text)
		}
	}
	if confidence == 0 {
		return ""
	}
	text := fmt.Sprintf("%s of fewer than %d runs: in fewer than %s", ratio, FewestHeld, ofHundred(confidence))
	if len(held) > 0 {
		text += " (" + strings.Join(held, ", ") + ")"
	}
	return text
}

// held says how often the ratio's interval holds the true ratio; "" where that is not known: of samples of unequal size, or at another
// confidence.
func (c Comparison) held() string {
	n, of := c.Pairs, "pairs"
	if n == 0 {
		n, of = c.N, "runs of either"
	}
	known := heldOf(c.Pairs > 0)
	if i := n - 2; i >= 0 && i < len(known) && c.Ratio.Interval.Confidence == statistics.Confidence && (c.Pairs > 0 || c.N == c.BaselineN) {
		return fmt.Sprintf("of %d %s: in about %d", n, of, known[i])
	}
	return ""
}

func ofHundred(confidence float64) string { return fmt.Sprintf("%.4g", 100*confidence) }
