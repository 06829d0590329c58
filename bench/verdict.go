package bench

import (
	"fmt"

	"eaibench/bench/statistics"
)

// Verdict is a comparison in words.
type Verdict string

// The verdicts. A difference is shown if the interval of the ratio leaves 1 out (that
// of the shift 0, where there is no ratio), the p-value, adjusted for all comparisons
// of the table, is below the level, and ratio and shift point the same way. Where it
// is not, the runs are too few if the ratio's interval is wider than the precision
// asked for, or if the test could not have shown a difference however large.
const (
	// Faster and Slower are of times.
	Faster Verdict = "faster"
	Slower Verdict = "slower"
	// Less and More are of memory, Fewer and More of counts.
	Less         Verdict = "less"
	Fewer        Verdict = "fewer"
	More         Verdict = "more"
	NoDifference Verdict = "no difference shown"
	TooFew       Verdict = "too few samples"
)

// Shown tells whether the verdict is that there is a difference.
func (v Verdict) Shown() bool { return v != NoDifference && v != TooFew }

// Family adjusts the p-values of comparisons that are looked at together, such as
// those of one table, by Holm, and decides on their verdicts and runs needed anew.
// The options are those of the comparisons. The error wraps statistics.ErrArgument.
func Family(comparisons []Comparison, options Options) error {
	if len(comparisons) == 0 {
		return nil
	}
	options = options.withDefaults()
	p := make([]float64, len(comparisons))
	for i, c := range comparisons {
		p[i] = c.P
	}
	adjusted, err := statistics.Holm(p)
	if err != nil {
		return fmt.Errorf("adjusting %d comparisons: %w", len(comparisons), err)
	}
	for i := range comparisons {
		c := &comparisons[i]
		c.AdjustedP, c.Family = adjusted[i], len(comparisons)
		c.RunsNeeded = c.runsNeeded(p, i, options)
		c.Verdict = c.decide(c.canShow(p, i, c.LeastP, options), options)
	}
	return nil
}

// canShow tells whether the i-th test would show a difference if its p-value were
// so small, the others' being as they are.
func (c *Comparison) canShow(p []float64, i int, least float64, options Options) bool {
	changed := append([]float64(nil), p...)
	changed[i] = min(p[i], least)
	adjusted, err := statistics.Holm(changed)
	return err == nil && adjusted[i] < options.level()
}

// FewestToShow is the least number of runs of each cell with which a test of so many comparisons, 1 at the least, can give a p that
// shows a difference after Holm, whatever the values: of pairs Wilcoxon's, else Mann and Whitney's.
func FewestToShow(comparisons int, pairs bool) int {
	for n := 1; ; n++ {
		least := statistics.LeastMannWhitney(n, n)
		if pairs {
			least = statistics.LeastWilcoxon(n)
		}
		if least*float64(comparisons) < 1-statistics.Confidence {
			return n
		}
	}
}

// NeededForTheTest tells why so many runs are needed: true where fewer, although enough for the precision, could not show a difference
// at all; false where the precision takes as many, or nothing is known.
func (c *Comparison) NeededForTheTest() bool {
	if c.Ratio == nil || c.Ratio.Interval == nil {
		return false
	}
	needed, err := c.runsFor(c.Precision)
	return err == nil && c.RunsNeeded > needed
}

// runsFor is how many runs of each cell have an interval of the ratio, which must have one now, that is so narrow.
func (c *Comparison) runsFor(precision float64) (int, error) {
	n := c.Pairs
	if n == 0 { // The variances add, each by its n: two of the harmonic mean have the same width.
		n = (2*c.N*c.BaselineN + c.N + c.BaselineN - 1) / (c.N + c.BaselineN)
	}
	return statistics.RunsFor(precision, *c.Ratio.Interval, c.Ratio.Value, n)
}

// runsNeeded is the larger of what the precision and what the test needs.
func (c *Comparison) runsNeeded(p []float64, i int, options Options) int {
	if c.Ratio == nil || c.Ratio.Interval == nil {
		return 0
	}
	needed, err := c.runsFor(options.Precision)
	if err != nil {
		return 0
	}
	least := func(n int) float64 {
		if c.Pairs > 0 {
			return statistics.LeastWilcoxon(n)
		}
		return statistics.LeastMannWhitney(n, n)
	}
	// Each further run halves the least p at the least: with 1,000 it is 0, and if a
	// test cannot show anything then, it is the others of the family that hinder it.
	for n := 2; n < 1000; n++ {
		if c.canShow(p, i, least(n), options) {
			return max(needed, n)
		}
	}
	return needed
}

func (c *Comparison) decide(canShow bool, options Options) Verdict {
	interval, none, value := c.Shift.Interval, 0.0, c.Shift.Value
	if c.Ratio != nil {
		interval, none, value = c.Ratio.Interval, 1, c.Ratio.Value
	}
	switch {
	case !canShow || interval == nil:
		return TooFew
	case c.AdjustedP < options.level() && !interval.Contains(none) && (value > none) == (c.Shift.Value > 0):
		return direction(c.Unit, value > none)
	case c.Ratio != nil && interval.HalfWidth() > options.Precision*c.Ratio.Value:
		return TooFew
	}
	return NoDifference
}

// direction is the word for more, or less, of the unit.
func direction(unit Unit, more bool) Verdict {
	switch {
	case unit == Nanoseconds && more:
		return Slower
	case unit == Nanoseconds:
		return Faster
	case more:
		return More
	case unit == Count:
		return Fewer
	default:
		return Less
	}
}
